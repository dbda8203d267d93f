// SPDX-License-Identifier: Apache-2.0
#include <atomic>
#include <semaphore>
#include <thread>

#include <gtest/gtest.h>

#include "sys/posix/ticker.h"

namespace cairn::sys {
namespace {

TEST(TickerThreads, CallsAgainAndAgainOnAThreadOfItsOwn) {
  // Waits for three calls, none of them on this thread.
  std::counting_semaphore<> calls(0);
  std::atomic<bool> is_another = true;
  const auto here = std::this_thread::get_id();
  const auto ticker = Ticker::start(milliseconds(1), [&] {
    is_another = is_another && std::this_thread::get_id() != here;
    calls.release();
  });
  ASSERT_TRUE(ticker);
  for (int i = 0; i < 3; ++i) {
    calls.acquire();
  }
  EXPECT_TRUE(is_another);
}

TEST(TickerThreads, ItsEndWaitsForACallThatIsUnderWay) {
  // Ended while a call has begun and has some way to go.
  std::atomic<bool> is_inside = false;
  std::counting_semaphore<> has_begun(0);
  auto ticker = Ticker::start(microseconds(100), [&] {
    is_inside = true;
    has_begun.release();
    for (int i = 0; i < 1000; ++i) {
      std::this_thread::yield();
    }
    is_inside = false;
  });
  ASSERT_TRUE(ticker);
  has_begun.acquire();
  ticker->reset();
  EXPECT_FALSE(is_inside);
}

TEST(TickerThreads, GoneBeforeItsFirstCallItNeverCalls) {
  // An interval that nobody waits for.
  std::atomic<int> calls = 0;
  ASSERT_TRUE(Ticker::start(seconds(1000), [&] { ++calls; }));
  EXPECT_EQ(calls, 0);
}

}  // namespace
}  // namespace cairn::sys
