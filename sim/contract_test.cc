// SPDX-License-Identifier: Apache-2.0
// The contract suites of src/sys, run on the simulated clock, disk and randomness.
#include <memory>

#include "sim/clock.h"
#include "sim/disk.h"
#include "sim/random.h"
#include "sim/world.h"
#include "tests/contract/clock_contract.h"
#include "tests/contract/disk_contract.h"
#include "tests/contract/random_contract.h"

namespace cairn::test {
namespace {

class SimDiskWorld final : public DiskWorld {
 public:
  sys::Disk& disk() override { return disk_; }

  // All processes of a simulated machine use its one SimDisk.
  sys::Disk& other_disk() override { return disk_; }

  sys::Clock& clock() override { return clock_; }

  void fail_next(sys::IoKind /*kind*/, Errc code) override {
    disk_.place_failure({.operation = disk_.operations() + 1, .code = code});
  }

 private:
  sim::World world_{1};
  sim::SimDisk disk_{world_, "disk"};
  sim::SimClock clock_{world_, "clock"};
};

DiskFactory disk_factory() {
  return {.name = "Simulated",
          .make = []() -> Result<std::unique_ptr<DiskWorld>> {
            return std::make_unique<SimDiskWorld>();
          },
          .is_real_time = false};
}

INSTANTIATE_TEST_SUITE_P(Simulated, DiskContract, ::testing::Values(disk_factory()), factory_name);
INSTANTIATE_TEST_SUITE_P(Simulated, FileContract, ::testing::Values(disk_factory()), factory_name);
INSTANTIATE_TEST_SUITE_P(Simulated, IoQueueContract, ::testing::Values(disk_factory()),
                         factory_name);
INSTANTIATE_TEST_SUITE_P(Simulated, PoisonContract, ::testing::Values(disk_factory()),
                         factory_name);

ClockFactory clock_factory() {
  auto world = std::make_shared<sim::World>(1);
  return {.name = "Simulated",
          .make = [world] { return std::make_unique<sim::SimClock>(*world, "clock"); },
          .pass = [world](sys::Clock&, Duration span) { world->advance(span); }};
}

RandomFactory random_factory() {
  return {.name = "Simulated",
          .make = [] { return std::make_unique<sim::SimRandom>(sim::World(1), "node"); }};
}

INSTANTIATE_TEST_SUITE_P(Simulated, ClockContract, ::testing::Values(clock_factory()), clock_name);
INSTANTIATE_TEST_SUITE_P(Simulated, RandomContract, ::testing::Values(random_factory()),
                         random_name);

}  // namespace
}  // namespace cairn::test
