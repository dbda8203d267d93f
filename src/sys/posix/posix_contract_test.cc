// SPDX-License-Identifier: Apache-2.0
// The contract suites on the real back ends.
#include <array>
#include <atomic>
#include <cerrno>
#include <thread>
#include <utility>

#include "sys/posix/posix_clock.h"
#include "sys/posix/posix_disk.h"
#include "sys/posix/posix_random.h"
#include "sys/posix/syscalls.h"
#include "tests/contract/clock_contract.h"
#include "tests/contract/disk_contract.h"
#include "tests/contract/random_contract.h"
#include "tests/support/temp_folder.h"

namespace cairn::test {
namespace {

using sys::DiskBackend;
using sys::IoKind;

/// The real system, but for the answers a test has asked for. What a ring is told to do happens,
/// and only its answer is another.
class FailNext final : public sys::Syscalls {
 public:
  void fail_next(IoKind kind, int number) { next_.at(std::to_underlying(kind)) = number; }

  ssize_t write(int fd, std::span<const iovec> from, std::uint64_t offset,
                int flags) noexcept override {
    const int answer = planned(IoKind::Write);
    return answer < 0 ? answer : Syscalls::write(fd, from, offset, flags);
  }

  int sync_data(int fd) noexcept override {
    const int answer = planned(IoKind::SyncData);
    return answer < 0 ? answer : Syscalls::sync_data(fd);
  }

  int ring_result(IoKind kind, int result) noexcept override {
    const int answer = planned(kind);
    return answer < 0 ? answer : result;
  }

 private:
  int planned(IoKind kind) noexcept { return -next_.at(std::to_underlying(kind)).exchange(0); }

  std::array<std::atomic<int>, 3> next_{};
};

class PosixWorld final : public DiskWorld {
 public:
  static Result<std::unique_ptr<DiskWorld>> make(DiskBackend backend) {
    auto world = std::make_unique<PosixWorld>();
    const std::string& path = world->folder_.path();
    CAIRN_TRY(world->disk_, sys::make_posix_disk(path, backend, world->syscalls_));
    CAIRN_TRY(world->other_, sys::make_posix_disk(path, backend, world->syscalls_));
    return world;
  }

  sys::Disk& disk() override { return *disk_; }

  sys::Disk& other_disk() override { return *other_; }

  sys::Clock& clock() override { return clock_; }

  void fail_next(IoKind kind, Errc code) override {
    syscalls_.fail_next(kind, code == Errc::NoSpace ? ENOSPC : EIO);
  }

 private:
  TempFolder folder_;
  FailNext syscalls_;
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
INSTANTIATE_TEST_SUITE_P(Posix, PoisonContract, ::testing::ValuesIn(disk_factories()),
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
