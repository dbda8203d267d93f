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

TEST(TickerThreads, NothingIsCalledOnceItIsGone) {
  // Stopped in the middle of its calls, and at once after it was started.
  std::atomic<int> calls = 0;
  std::binary_semaphore first(0);
  {
    const auto ticker = Ticker::start(microseconds(100), [&] {
      if (++calls == 1) {
        first.release();
      }
    });
    ASSERT_TRUE(ticker);
    first.acquire();
  }
  const int after = calls;
  {
    ASSERT_TRUE(Ticker::start(seconds(1000), [&] { ++calls; }));
  }
  EXPECT_EQ(calls, after);
}

}  // namespace
}  // namespace cairn::sys
