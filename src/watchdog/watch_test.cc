// SPDX-License-Identifier: Apache-2.0
#include "watchdog/watch.h"

#include <cstdint>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cairn::watchdog {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// A watch with a limit of 80 ms and a grace of 30, so that it wants a look every 10, and a clock
/// that the test moves. Both sides are this thread.
struct Watched : testing::Test {
  void look_after(std::int64_t wait) {
    now = now + milliseconds(wait);
    watch.look(now);
  }

  /// Looks as often as it should.
  void look_for(std::int64_t time) {
    for (std::int64_t spent = 0; spent < time; spent += 10) {
      look_after(10);
    }
  }

  [[nodiscard]] bool is_interrupted() const { return watch.interrupt().load(); }

  Instant now = {5'000'000'000};
  std::vector<std::uint64_t> told;
  Watch watch = Watch({.limit = milliseconds(80), .grace = milliseconds(30)},
                      [this](std::uint64_t ticket) { told.push_back(ticket); });
};

TEST_F(Watched, ALookIsWantedOftenEnoughToSeeTheLimit) {
  // An eighth of the limit; not less than a tenth of a millisecond, not more than a second.
  EXPECT_EQ(watch.interval(), milliseconds(10));
  EXPECT_EQ(Watch(allowance_of(nanoseconds(1)), {}).interval(), microseconds(100));
  EXPECT_EQ(Watch(allowance_of(seconds(3600)), {}).interval(), seconds(1));
}

TEST_F(Watched, GraceIsThreeEighthsOfTheLimitAndNeverTooShortForABusyMachine) {
  // So that all of it is one and a half limits, for limits that are not very short.
  EXPECT_EQ(allowance_of(seconds(8)).grace, seconds(3));
  EXPECT_EQ(allowance_of(milliseconds(1)).grace, milliseconds(100));
}

TEST_F(Watched, CommandsThatEndInTimeAreLeftAlone) {
  // Two of 70 ms each, with a pause between them that is longer than the limit.
  for (const std::uint64_t ticket : {1U, 2U}) {
    watch.arm(ticket);
    look_for(70);
    EXPECT_FALSE(is_interrupted());
    EXPECT_FALSE(watch.disarm(ticket));
    look_for(300);
  }
  EXPECT_THAT(told, IsEmpty());
}

TEST_F(Watched, OneAfterTheOtherIsNotOneLongCommand) {
  // The looks meet a running command each time, and each time another one.
  for (std::uint64_t ticket = 1; ticket < 100; ++ticket) {
    watch.arm(ticket);
    look_after(10);
    EXPECT_FALSE(watch.disarm(ticket));
  }
  EXPECT_THAT(told, IsEmpty());
}

TEST_F(Watched, TheLimitRaisesTheInterruptAndTheCommandThatEndsAtItIsNotToldOf) {
  // First seen at 10 ms, over the limit at 90; it ends at its next call of the host.
  watch.arm(1);
  look_for(80);
  EXPECT_FALSE(is_interrupted());
  look_for(10);
  EXPECT_TRUE(is_interrupted());
  EXPECT_TRUE(watch.disarm(1));
  EXPECT_FALSE(is_interrupted());
  look_for(300);
  EXPECT_THAT(told, IsEmpty());
}

TEST_F(Watched, OneThatDoesNotEndIsToldOfOnceAndWithinOneAndAHalfLimits) {
  // Nobody asks about the interrupt.
  watch.arm(7);
  look_for(110);
  EXPECT_TRUE(is_interrupted());
  EXPECT_THAT(told, IsEmpty());
  look_for(10);
  EXPECT_THAT(told, ElementsAre(7U));
  look_for(500);
  EXPECT_THAT(told, ElementsAre(7U));
  EXPECT_TRUE(watch.disarm(7));
  EXPECT_FALSE(is_interrupted());
}

TEST_F(Watched, TheNextCommandIsNotHeldToBeTheOneBefore) {
  // The interrupt is raised for the first command just as that ends: it is still up when the
  // second one has begun, and that one learns that it was not meant.
  watch.arm(1);
  look_for(90);
  ASSERT_TRUE(is_interrupted());
  watch.arm(2);
  EXPECT_FALSE(watch.disarm(2));
  watch.arm(3);
  look_for(80);
  EXPECT_FALSE(is_interrupted());
  EXPECT_FALSE(watch.disarm(3));
}

TEST_F(Watched, TimeInWhichNobodyLookedDoesNotCount) {
  // The process was stopped for an hour, twice: each time two looks' worth of it counts.
  watch.arm(1);
  look_for(10);
  look_after(3'600'000);
  look_after(3'600'000);
  EXPECT_FALSE(is_interrupted());
  look_for(30);
  EXPECT_FALSE(is_interrupted());
  look_for(10);
  EXPECT_TRUE(is_interrupted());
  EXPECT_TRUE(watch.disarm(1));
}

}  // namespace
}  // namespace cairn::watchdog
