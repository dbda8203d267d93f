// SPDX-License-Identifier: Apache-2.0
// The event store in worlds where power fails and disks report errors.
#include <cstdint>

#include <gtest/gtest.h>

#include "sim/workload/store_run.h"

namespace cairn::sim {
namespace {

StoreRunReport run_seed(std::uint64_t seed) {
  return StoreRun({.seed = seed}).run();
}

TEST(StoreSwarm, FiftySeedsLoseNothingAndAnswerEveryRequestOnce) {
  // More of them: `cairn sim --store --seeds 10000`.
  Marks fired;
  std::uint64_t repeated = 0;
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    const StoreRunReport report = run_seed(seed);
    ASSERT_EQ(report.failure, "") << "seed " << seed;
    EXPECT_GT(report.acknowledged, 0U) << "seed " << seed;
    EXPECT_GT(report.crashes, 0U) << "seed " << seed;
    repeated += report.repeated;
    for (const auto& [name, count] : report.marks) {
      fired[name] += count;
    }
  }
  EXPECT_GT(repeated, 0U);
  for (const auto* const name :
       {"disk.kill", "disk.lost_name", "disk.lost_unsynced", "disk.no_space", "disk.power_off",
        "disk.read_error", "disk.reordered", "disk.sync_error", "disk.torn_write",
        "disk.write_error", "store.closed", "store.io_failed", "store.not_opened"}) {
    EXPECT_TRUE(fired.contains(name)) << name << " never fired";
  }
}

TEST(StoreSwarm, OneSeedGivesOneDigest) {
  const std::string first = run_seed(5).digest;
  EXPECT_EQ(run_seed(5).digest, first);
  EXPECT_NE(run_seed(6).digest, first);
}

}  // namespace
}  // namespace cairn::sim
