// SPDX-License-Identifier: Apache-2.0
#include <array>

#include <gtest/gtest.h>

#include "sys/posix/posix_disk.h"
#include "tests/support/allocations.h"
#include "tests/support/temp_folder.h"

namespace cairn::sys {
namespace {

class QueueAllocation : public ::testing::TestWithParam<DiskBackend> {};

TEST_P(QueueAllocation, RequestsAllocateNothing) {
  // Reads, writes, durable writes, syncs and wakes on a buffered file, some of them put off until
  // another is done; the process counts its allocations meanwhile.
  const test::TempFolder folder;
  const auto disk = make_posix_disk(folder.path(), GetParam());
  if (!disk) {
    GTEST_SKIP() << disk.error().to_string();
  }
  const auto file = (*disk)->open("a", {.mode = OpenMode::CreateNew}).value();
  const auto queue = (*disk)->make_queue({.depth = 4}).value();
  std::array<std::byte, 512> memory{};
  const MutableBuffer into = memory;
  const ConstBuffer from = memory;
  const std::array<IoRequest, 4> requests = {{
      {.kind = IoKind::Write, .file = file.get(), .write_from = std::span(&from, 1)},
      {.kind = IoKind::Write,
       .durable = true,
       .file = file.get(),
       .write_from = std::span(&from, 1)},
      {.kind = IoKind::SyncData, .file = file.get()},
      {.kind = IoKind::Read, .file = file.get(), .read_into = std::span(&into, 1)},
  }};
  std::array<IoCompletion, 4> done;
  std::size_t taken = 0;
  const std::size_t before = test::allocations();
  for (int round = 0; round < 50; ++round) {
    for (const IoRequest& request : requests) {
      taken += queue->submit(request) ? 0U : 1000U;
    }
    queue->wake();
    while (queue->in_flight() > 0) {
      taken += queue->wait(done, seconds(60));
    }
  }
  const std::size_t after = test::allocations();
  EXPECT_EQ(taken, 200U);
  EXPECT_EQ(after, before);
}

INSTANTIATE_TEST_SUITE_P(Posix, QueueAllocation,
                         ::testing::Values(DiskBackend::Threads, DiskBackend::Uring),
                         [](const auto& backend) {
                           return backend.param == DiskBackend::Uring ? "Uring" : "Threads";
                         });

}  // namespace
}  // namespace cairn::sys
