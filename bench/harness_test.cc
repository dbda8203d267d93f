// SPDX-License-Identifier: Apache-2.0
#include "bench/harness.h"

#include <gtest/gtest.h>

namespace cairn::bench {
namespace {

TEST(BenchHarness, SpreadIsMinMedianMax) {
  // Odd and even counts, in any order; the mean of the middle two for even ones.
  const Spread odd = spread_of({3, 1, 2});
  EXPECT_EQ(odd.min, 1);
  EXPECT_EQ(odd.median, 2);
  EXPECT_EQ(odd.max, 3);
  EXPECT_EQ(spread_of({4, 1, 2, 3}).median, 2.5);
}

TEST(BenchHarness, RatioAboveOneIsAheadWhicheverWayTheUnitPoints) {
  // 200/s against 100/s, and 10 ns against 20 ns, are both twice as good.
  const Row rate = {.name = "rate",
                    .value = {.min = 200, .median = 200, .max = 200},
                    .rival = "other",
                    .rival_value = Spread{.min = 100, .median = 100, .max = 100}};
  const Row time = {.name = "time",
                    .better = Better::Lower,
                    .value = {.min = 10, .median = 10, .max = 10},
                    .rival = "other",
                    .rival_value = Spread{.min = 20, .median = 20, .max = 20}};
  EXPECT_DOUBLE_EQ(ratio_of(rate).value_or(0), 2);
  EXPECT_DOUBLE_EQ(ratio_of(time).value_or(0), 2);
}

TEST(BenchHarness, AbsentRivalHasNoRatioAndFailsABar) {
  // A bar against something that was not there cannot be claimed as passed.
  Report report("test", Options{.json = true});
  Row row = {
      .name = "x", .value = {.min = 1, .median = 1, .max = 1}, .rival = "absent one", .bar = 1.0};
  EXPECT_FALSE(ratio_of(row).has_value());
  report.add(row);
  testing::internal::CaptureStdout();
  EXPECT_EQ(report.finish(), 1);
  EXPECT_NE(testing::internal::GetCapturedStdout().find("\"rival_value\": null"),
            std::string::npos);
}

TEST(BenchHarness, MissedBarFailsTheRunAndMetBarPasses) {
  // Ratio 2 against bars of 1.5 and 2.5.
  for (const auto& [bar, status] : {std::pair{1.5, 0}, std::pair{2.5, 1}}) {
    Report report("test", Options{});
    report.add({.name = "x",
                .value = {.min = 2, .median = 2, .max = 2},
                .rival = "raw",
                .rival_value = Spread{.min = 1, .median = 1, .max = 1},
                .bar = bar});
    testing::internal::CaptureStdout();
    EXPECT_EQ(report.finish(), status) << bar;
    testing::internal::GetCapturedStdout();
  }
}

}  // namespace
}  // namespace cairn::bench
