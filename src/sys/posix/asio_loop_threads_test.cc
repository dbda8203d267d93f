// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "sys/posix/posix_net.h"

namespace cairn::sys {
namespace {

TEST(PosixLoopThreads, PostAndStopWorkFromOtherThreads) {
  // Four threads post a thousand tasks each while the loop runs; each thread's tasks run in its
  // order, on the loop's thread, and a fifth thread's stop ends the run.
  const auto loop = make_posix_loop();
  std::vector<std::vector<int>> seen(4);
  const auto loop_thread = std::this_thread::get_id();
  std::atomic<int> left = 4000;
  {
    std::vector<std::jthread> threads;
    for (std::size_t t = 0; t < 4; ++t) {
      threads.emplace_back([&, t] {
        for (int i = 0; i < 1000; ++i) {
          loop->post([&, t, i] {
            EXPECT_EQ(std::this_thread::get_id(), loop_thread);
            seen[t].push_back(i);
            if (--left == 0) {
              left.notify_one();
            }
          });
        }
      });
    }
    threads.emplace_back([&] {
      for (int now = left; now != 0; now = left) {
        left.wait(now);
      }
      loop->stop();
    });
    left.notify_one();
    loop->run();
  }
  for (const auto& numbers : seen) {
    ASSERT_EQ(numbers.size(), 1000U);
    EXPECT_TRUE(std::ranges::is_sorted(numbers));
  }
}

TEST(PosixLoopThreads, PostOrderHoldsAcrossThreads) {
  // The loop's own handler posts first and then lets another thread post: that task runs second.
  const auto loop = make_posix_loop();
  std::string order;
  std::atomic<bool> first_posted = false;
  std::atomic<bool> second_posted = false;
  std::jthread other([&] {
    first_posted.wait(false);
    loop->post([&] {
      order.push_back('b');
      loop->stop();
    });
    second_posted = true;
    second_posted.notify_one();
  });
  loop->post([&] {
    loop->post([&] { order.push_back('a'); });
    first_posted = true;
    first_posted.notify_one();
    second_posted.wait(false);
  });
  loop->run();
  EXPECT_EQ(order, "ab");
}

TEST(PosixLoopThreads, StopFromAnotherThreadEndsAnIdleRun) {
  // The loop has nothing to do and sleeps in the kernel, or is about to: either way it returns.
  for (int i = 0; i < 100; ++i) {
    const auto loop = make_posix_loop();
    std::jthread other([&] { loop->stop(); });
    loop->run();
  }
}

}  // namespace
}  // namespace cairn::sys
