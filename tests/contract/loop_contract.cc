// SPDX-License-Identifier: Apache-2.0
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "tests/contract/net_contract.h"

namespace cairn::test {

using sys::TimerId;

TEST_P(LoopContract, TasksRunInTheOrderPosted) {
  // Ten tasks, the third of which posts one more: that one runs last.
  std::string order;
  for (char name = 'a'; name <= 'j'; ++name) {
    loop().post([&, name] {
      order.push_back(name);
      if (name == 'c') {
        loop().post([&] { order.push_back('z'); });
      }
    });
  }
  EXPECT_TRUE(order.empty()) << "a task ran inside post";
  ASSERT_TRUE(fixture_->drive_until([&] { return order.size() == 11; }));
  EXPECT_EQ(order, "abcdefghijz");
}

TEST_P(LoopContract, StopBeforeRunMakesOneRunReturnAtOnce) {
  // A task posted before is still there for the second run, which it stops itself.
  bool ran = false;
  loop().post([&] {
    ran = true;
    loop().stop();
  });
  loop().stop();
  loop().stop();
  loop().run();
  EXPECT_FALSE(ran);
  loop().run();
  EXPECT_TRUE(ran);
}

TEST_P(LoopContract, StopEndsRunAfterTheHandlerItIsIn) {
  // The task that stops runs to its end, the one behind it waits for the next run.
  std::string order;
  loop().post([&] {
    loop().stop();
    order.push_back('a');
  });
  loop().post([&] {
    order.push_back('b');
    loop().stop();
  });
  loop().run();
  EXPECT_EQ(order, "a");
  loop().run();
  EXPECT_EQ(order, "ab");
}

TEST_P(LoopContract, StopAlsoHoldsTimersThatAreDue) {
  // Two timers due together: the first stops, the second waits for the next run.
  std::string order;
  for (const char name : {'a', 'b'}) {
    loop().after(milliseconds(1), [&, name] {
      order.push_back(name);
      loop().stop();
    });
  }
  loop().run();
  EXPECT_EQ(order, "a");
  loop().run();
  EXPECT_EQ(order, "ab");
}

TEST_P(LoopContract, TimersRunByDueTimeAndNeverEarly) {
  // Set in the wrong order; each notes how late it ran.
  std::vector<int> order;
  const Instant start = fixture_->now();
  for (const int delay : {30, 10, 20}) {
    loop().after(milliseconds(delay), [&, delay] {
      order.push_back(delay);
      EXPECT_GE(fixture_->now() - start, milliseconds(delay));
    });
  }
  ASSERT_TRUE(fixture_->drive_until([&] { return order.size() == 3; }));
  EXPECT_EQ(order, (std::vector<int>{10, 20, 30}));
}

TEST_P(LoopContract, TimersOfEqualDelayRunInTheOrderSet) {
  // Twenty of them, among a few others, none of which runs inside `after`.
  std::vector<int> order;
  for (int i = 0; i < 20; ++i) {
    loop().after(milliseconds(5), [&, i] { order.push_back(i); });
    loop().after(milliseconds(1), [] {});
  }
  EXPECT_TRUE(order.empty());
  ASSERT_TRUE(fixture_->drive_until([&] { return order.size() == 20; }));
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(order[static_cast<std::size_t>(i)], i);
  }
}

TEST_P(LoopContract, DelayOfZeroOrLessRunsSoonAndNotInsideTheCall) {
  // Both run, and neither before `after` has returned.
  int ran = 0;
  loop().after(Duration{}, [&] { ++ran; });
  loop().after(milliseconds(-5), [&] { ++ran; });
  EXPECT_EQ(ran, 0);
  EXPECT_TRUE(fixture_->drive_until([&] { return ran == 2; }));
}

TEST_P(LoopContract, CancelledTimerNeverRuns) {
  // Cancelled before, cancelled by an earlier timer, and far in the future: only the first says so
  // twice differently.
  bool ran = false;
  const TimerId first = loop().after(milliseconds(2), [&] { ran = true; });
  const TimerId second = loop().after(milliseconds(3), [&] { ran = true; });
  const TimerId far = loop().after(Duration{INT64_MAX}, [&] { ran = true; });
  EXPECT_TRUE(loop().cancel(first));
  EXPECT_FALSE(loop().cancel(first));
  bool cancelled = false;
  bool done = false;
  loop().after(milliseconds(1), [&] { cancelled = loop().cancel(second); });
  loop().after(milliseconds(20), [&] { done = true; });
  ASSERT_TRUE(fixture_->drive_until([&] { return done; }));
  EXPECT_TRUE(cancelled);
  EXPECT_TRUE(loop().cancel(far));
  EXPECT_FALSE(ran);
}

TEST_P(LoopContract, CancelIsFalseForATimerThatRanOrRuns) {
  // Asked from inside the timer's own task, afterwards, and for an id that never was.
  TimerId timer = 0;
  bool from_inside = true;
  bool ran = false;
  timer = loop().after(milliseconds(1), [&] {
    from_inside = loop().cancel(timer);
    ran = true;
  });
  ASSERT_TRUE(fixture_->drive_until([&] { return ran; }));
  EXPECT_FALSE(from_inside);
  EXPECT_FALSE(loop().cancel(timer));
  EXPECT_FALSE(loop().cancel(timer + 1000));
  EXPECT_FALSE(loop().cancel(0));
}

TEST_P(LoopContract, TimerIdsAreNeverZeroAndNeverReused) {
  // A hundred timers, half of them cancelled as soon as set.
  std::set<TimerId> ids;
  for (int i = 0; i < 100; ++i) {
    const TimerId id = loop().after(milliseconds(1), [] {});
    EXPECT_GT(id, 0U);
    EXPECT_TRUE(ids.insert(id).second);
    if (i % 2 == 0) {
      loop().cancel(id);
    }
  }
}

TEST_P(LoopContract, WhatHasNotRunIsDestroyedWithTheLoop) {
  // A task and a timer hold the last references to an object; it goes with the loop.
  auto held = std::make_shared<int>(1);
  loop().post([held] {});
  loop().after(seconds(1000), [held] {});
  const std::weak_ptr<int> watch = std::exchange(held, nullptr);
  EXPECT_FALSE(watch.expired());
  fixture_.reset();
  EXPECT_TRUE(watch.expired());
}

}  // namespace cairn::test
