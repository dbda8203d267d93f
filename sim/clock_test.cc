// SPDX-License-Identifier: Apache-2.0
#include "sim/clock.h"

#include <gtest/gtest.h>

#include "sim/random.h"

namespace cairn::sim {
namespace {

TEST(SimClock, WithoutFaultsItShowsVirtualTime) {
  // Both clocks move by exactly what the world does.
  World world(1);
  SimClock clock(world, "node");
  const Timestamp wall = clock.wall_now();
  const Instant instant = clock.monotonic_now();
  world.advance(seconds(90));
  EXPECT_EQ(clock.wall_now() - wall, seconds(90));
  EXPECT_EQ(clock.monotonic_now() - instant, seconds(90));
}

TEST(SimClock, SkewSetsTwoNodesApart) {
  // Civil time differs by the skew and monotonic time does not.
  World world(1);
  SimClock right(world, "right");
  SimClock wrong(world, "wrong", {.skew = seconds(-30)});
  world.advance(seconds(5));
  EXPECT_EQ(right.wall_now() - wrong.wall_now(), seconds(30));
  EXPECT_EQ(right.monotonic_now(), wrong.monotonic_now());
}

TEST(SimClock, DriftAddsUp) {
  // A thousand seconds at 100 millionths too slow are a tenth of a second less on both clocks; a
  // new rate counts from when it is set.
  World world(1);
  SimClock clock(world, "node", {.drift_ppm = -100});
  const Timestamp wall = clock.wall_now();
  world.advance(seconds(1000));
  EXPECT_EQ(clock.wall_now() - wall, milliseconds(999'900));
  EXPECT_EQ(clock.monotonic_now(), Instant{} + milliseconds(999'900));
  clock.set_drift(100);
  world.advance(seconds(1000));
  EXPECT_EQ(clock.monotonic_now(), Instant{} + seconds(2000));
}

TEST(SimClock, JumpsMoveCivilTimeOnly) {
  // An hour back: civil time goes back, monotonic time does not notice.
  World world(1);
  SimClock clock(world, "node");
  const Timestamp wall = clock.wall_now();
  const Instant instant = clock.monotonic_now();
  clock.jump(seconds(-3600));
  EXPECT_EQ(clock.wall_now() - wall, seconds(-3600));
  EXPECT_EQ(clock.monotonic_now(), instant);
  EXPECT_EQ(world.marked("clock.jumped_back"), 1U);
}

TEST(SimClock, StuckCivilTimeStandsAndThenCatchesUp) {
  // Ten seconds pass: civil time shows none of them until it is let go, then all.
  World world(1);
  SimClock clock(world, "node");
  const Timestamp wall = clock.wall_now();
  clock.set_stuck(true);
  world.advance(seconds(10));
  EXPECT_EQ(clock.wall_now(), wall);
  EXPECT_EQ(clock.monotonic_now(), Instant{} + seconds(10));
  clock.set_stuck(false);
  EXPECT_EQ(clock.wall_now() - wall, seconds(10));
}

TEST(SimClock, TroubleComesFromTheSeedAndMonotonicTimeNeverGoesBack) {
  // An hour of drawn trouble: every kind comes up, and monotonic time stays in order.
  World world(1);
  SimClock clock(world, "node",
                 {.drift_ppm = 500,
                  .trouble_every = seconds(20),
                  .jump_max = seconds(100),
                  .stuck_max = seconds(50)});
  Instant last = clock.monotonic_now();
  for (int i = 0; i < 3600; ++i) {
    world.run_for(seconds(1));
    ASSERT_GE(clock.monotonic_now(), last);
    last = clock.monotonic_now();
  }
  EXPECT_GT(world.marked("clock.jumped_back"), 0U);
  EXPECT_GT(world.marked("clock.jumped_forward"), 0U);
  EXPECT_GT(world.marked("clock.stuck"), 0U);
}

TEST(SimClock, DrawnConfigurationsDiffer) {
  // Over fifty draws each trouble is on at times and off at times.
  Rng rng(1, "clocks");
  int skewed = 0;
  int jumping = 0;
  for (int i = 0; i < 50; ++i) {
    const ClockFaults faults = draw_clock_faults(rng);
    skewed += faults.skew == Duration{} ? 0 : 1;
    jumping += faults.jump_max == Duration{} ? 0 : 1;
  }
  EXPECT_TRUE(skewed > 0 && skewed < 50);
  EXPECT_TRUE(jumping > 0 && jumping < 50);
}

TEST(SimRandom, SeedAndNodeDecideTheBytes) {
  // The same node of the same seed draws the same; another node or seed does not.
  const auto draw = [](std::uint64_t seed, const std::string& node) {
    std::vector<std::byte> bytes(20);
    SimRandom(World(seed), node).fill(bytes);
    return bytes;
  };
  EXPECT_EQ(draw(1, "a"), draw(1, "a"));
  EXPECT_NE(draw(1, "a"), draw(1, "b"));
  EXPECT_NE(draw(1, "a"), draw(2, "a"));
}

}  // namespace
}  // namespace cairn::sim
