// SPDX-License-Identifier: Apache-2.0
// A program of its own, because it counts every allocation of the process.
#include <array>
#include <atomic>
#include <cstdlib>
#include <new>

#include <gtest/gtest.h>

#include "sys/posix/posix_disk.h"
#include "tests/support/temp_folder.h"

namespace {

std::atomic<std::size_t>& allocations() {
  static std::atomic<std::size_t> count = 0;
  return count;
}

}  // namespace

// Not inlined, or the compiler pairs one half with malloc and warns of the other.
[[gnu::noinline]] void* operator new(std::size_t size) {
  ++allocations();
  if (void* const memory = std::malloc(size); memory != nullptr) {
    return memory;
  }
  std::abort();
}

[[gnu::noinline]] void operator delete(void* memory) noexcept {
  std::free(memory);
}

[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}

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
  const std::size_t before = allocations();
  for (int round = 0; round < 50; ++round) {
    for (const IoRequest& request : requests) {
      taken += queue->submit(request) ? 0U : 1000U;
    }
    queue->wake();
    while (queue->in_flight() > 0) {
      taken += queue->wait(done, seconds(60));
    }
  }
  const std::size_t after = allocations();
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
