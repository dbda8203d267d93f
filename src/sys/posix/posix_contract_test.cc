// SPDX-License-Identifier: Apache-2.0
// The contract suites on the real back ends.
#include <thread>
#include <utility>

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
  static Result<std::unique_ptr<DiskWorld>> make(DiskBackend backend) {
    auto world = std::make_unique<PosixWorld>();
    const std::string& path = world->folder_.path();
    CAIRN_TRY(world->disk_, sys::make_posix_disk(path, backend));
    CAIRN_TRY(world->other_, sys::make_posix_disk(path, backend));
    return world;
  }

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
  return {.name = std::move(name), .make = [backend] { return PosixWorld::make(backend); }};
}

/// Both, always: where a machine forbids io_uring, its tests are skipped and say so.
std::vector<DiskFactory> disk_factories() {
  return {disk_factory("Threads", DiskBackend::Threads), disk_factory("Uring", DiskBackend::Uring)};
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
