// SPDX-License-Identifier: Apache-2.0
// The contract suites on the real back ends.
#include <thread>

#include "sys/posix/posix_clock.h"
#include "sys/posix/posix_disk.h"
#include "sys/posix/posix_random.h"
#include "tests/contract/clock_contract.h"
#include "tests/contract/disk_contract.h"
#include "tests/contract/random_contract.h"
#include "tests/support/temp_folder.h"

namespace cairn::test {
namespace {

using sys::DiskBackend;

class PosixWorld final : public DiskWorld {
 public:
  explicit PosixWorld(DiskBackend backend)
      : disk_(sys::make_posix_disk(folder_.path(), backend).value()),
        other_(sys::make_posix_disk(folder_.path(), backend).value()) {}

  sys::Disk& disk() override { return *disk_; }

  sys::Disk& other_disk() override { return *other_; }

  sys::Clock& clock() override { return clock_; }

 private:
  TempFolder folder_;
  std::unique_ptr<sys::Disk> disk_;
  std::unique_ptr<sys::Disk> other_;
  sys::PosixClock clock_;
};

void pass(sys::Clock& clock, Duration duration) {
  const Instant end = clock.monotonic_now() + duration;
  while (clock.monotonic_now() < end) {
    std::this_thread::yield();
  }
}

DiskFactory disk_factory(std::string name, DiskBackend backend) {
  return {.name = std::move(name),
          .make = [backend] { return std::make_unique<PosixWorld>(backend); }};
}

/// io_uring only where it works: it is never required.
std::vector<DiskFactory> disk_factories() {
  std::vector<DiskFactory> factories = {disk_factory("Threads", DiskBackend::Threads)};
  if (sys::make_posix_disk("/", DiskBackend::Uring)) {
    factories.push_back(disk_factory("Uring", DiskBackend::Uring));
  }
  return factories;
}

INSTANTIATE_TEST_SUITE_P(Posix, DiskContract, ::testing::ValuesIn(disk_factories()), factory_name);
INSTANTIATE_TEST_SUITE_P(Posix, FileContract, ::testing::ValuesIn(disk_factories()), factory_name);
INSTANTIATE_TEST_SUITE_P(Posix, IoQueueContract, ::testing::ValuesIn(disk_factories()),
                         factory_name);

INSTANTIATE_TEST_SUITE_P(
    Posix, ClockContract,
    ::testing::Values(ClockFactory{
        .name = "Posix", .make = [] { return std::make_unique<sys::PosixClock>(); }, .pass = pass}),
    clock_name);
INSTANTIATE_TEST_SUITE_P(Posix, RandomContract,
                         ::testing::Values(RandomFactory{
                             .name = "Posix",
                             .make = [] { return std::make_unique<sys::PosixRandom>(); }}),
                         random_name);

}  // namespace
}  // namespace cairn::test
