// SPDX-License-Identifier: Apache-2.0
#include "sim/world.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace cairn::sim {
namespace {

TEST(World, EventsRunInOrderOfTime) {
  // Three events scheduled in the wrong order run by time, and time is what each was due at.
  World world(1);
  std::vector<std::int64_t> times;
  for (const int delay : {30, 10, 20}) {
    world.schedule(nanoseconds(delay), [&] { times.push_back(world.now().nanoseconds); });
  }
  while (world.step()) {
  }
  EXPECT_EQ(times, (std::vector<std::int64_t>{10, 20, 30}));
}

std::string order_of_ties(std::uint64_t seed) {
  World world(seed);
  std::string order;
  for (const char name : std::string("abcdefgh")) {
    world.schedule(seconds(1), [&order, name] { order.push_back(name); });
  }
  world.run_for(seconds(1));
  return order;
}

TEST(World, SeedDecidesTheOrderOfEventsOfOneInstant) {
  // Eight events due together: one seed always gives one order, two seeds give two.
  EXPECT_EQ(order_of_ties(1), order_of_ties(1));
  EXPECT_NE(order_of_ties(1), order_of_ties(2));
}

TEST(World, CancelledEventNeverRuns) {
  // Cancel says whether it was in time, once.
  World world(1);
  bool ran = false;
  const EventId event = world.schedule(seconds(1), [&] { ran = true; });
  EXPECT_TRUE(world.cancel(event));
  EXPECT_FALSE(world.cancel(event));
  EXPECT_FALSE(world.step());
  EXPECT_FALSE(ran);
}

TEST(World, AdvanceRunsNothingAndDueEventsRunLate) {
  // A blocking call passes an event's time; the event runs afterwards, at the later time.
  World world(1);
  Instant ran_at;
  world.schedule(seconds(1), [&] { ran_at = world.now(); });
  world.advance(seconds(5));
  EXPECT_EQ(ran_at, Instant{});
  EXPECT_TRUE(world.step());
  EXPECT_EQ(ran_at, Instant{} + seconds(5));
}

TEST(World, RunUntilStopsAtThePredicateOrTheLimit) {
  // A counter that ticks each second: reached within the limit, then not reached, with time at the
  // limit either way.
  World world(1);
  int ticks = 0;
  std::function<void()> tick = [&] {
    ++ticks;
    world.schedule(seconds(1), [&] { tick(); });
  };
  tick();
  EXPECT_TRUE(world.run_until([&] { return ticks == 4; }, seconds(10)));
  EXPECT_EQ(world.now(), Instant{} + seconds(3));
  EXPECT_FALSE(world.run_until([&] { return ticks == 100; }, milliseconds(10'500)));
  EXPECT_EQ(world.now(), Instant{} + milliseconds(13'500));
}

TEST(World, DigestTellsEveryDifferenceInTheTrace) {
  // Same records, same digest; another word, subject, number, split of words or time, another one.
  const auto digest_of = [](const auto& act) {
    World world(1);
    act(world);
    return world.trace_digest().to_string();
  };
  const auto base = digest_of([](World& world) { world.trace("ab", "c", {1}); });
  EXPECT_EQ(base, digest_of([](World& world) { world.trace("ab", "c", {1}); }));
  EXPECT_NE(base, digest_of([](World& world) { world.trace("a", "bc", {1}); }));
  EXPECT_NE(base, digest_of([](World& world) { world.trace("ab", "c", {2}); }));
  EXPECT_NE(base, digest_of([](World& world) { world.trace("ab", "c", {1, 0}); }));
  EXPECT_NE(base, digest_of([](World& world) {
              world.advance(nanoseconds(1));
              world.trace("ab", "c", {1});
            }));
}

TEST(World, MarksCountWhatFired) {
  // A mark that never fired counts 0 and does not appear by being asked for.
  World world(1);
  world.mark("rare");
  world.mark("rare");
  EXPECT_EQ(world.marked("rare"), 2U);
  EXPECT_EQ(world.marked("rarer"), 0U);
  EXPECT_EQ(world.marks().size(), 1U);
}

}  // namespace
}  // namespace cairn::sim
