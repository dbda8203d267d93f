// SPDX-License-Identifier: Apache-2.0
// The watch with one thread that executes and one that looks. Run under the thread sanitizer by the
// tsan preset: what the watching thread reads of a command is no race only if the watch keeps it.
#include <atomic>
#include <cstdint>
#include <thread>

#include <gtest/gtest.h>

#include "watchdog/watch.h"

namespace cairn::watchdog {
namespace {

/// What a command is, in two words that belong together.
struct Running {
  std::uint64_t ticket = 0;
  std::uint64_t again = 0;
};

TEST(WatchThreads, WhatIsToldIsTheCommandThatRunsAndNoneThatHasEnded) {
  // A clock that jumps makes every command overdue at once, and commands end at any time.
  constexpr std::uint64_t commands = 100'000;
  Running running;
  std::uint64_t wrong = 0;
  std::atomic<std::uint64_t> told = 0;
  Watch watch({.limit = nanoseconds(1), .grace = {}}, [&](std::uint64_t ticket) {
    wrong += running.ticket == ticket && running.again == ticket ? 0U : 1U;
    told.fetch_add(1);
  });
  std::atomic<bool> is_over = false;
  std::jthread looker([&] {
    for (std::int64_t at = 1; !is_over; ++at) {
      watch.look({at * 1'000'000'000});
    }
  });
  std::uint64_t interrupted = 0;
  for (std::uint64_t ticket = 1; ticket <= commands || told.load() < 3; ++ticket) {
    running = {.ticket = ticket, .again = ticket};
    watch.arm(ticket);
    // Some are short, and some wait to be looked at.
    for (std::uint64_t i = 0; i < ticket % 64; ++i) {
      static_cast<void>(watch.interrupt().load());
    }
    interrupted += watch.disarm(ticket) ? 1U : 0U;
  }
  is_over = true;
  looker.join();
  EXPECT_EQ(wrong, 0U);
  EXPECT_GE(interrupted, told.load());
}

TEST(WatchThreads, AnInterruptedCommandSeesItAndGoesOn) {
  // A command that asks for the interrupt as the host's functions do.
  Watch watch({.limit = nanoseconds(1), .grace = {}}, [](std::uint64_t) {});
  std::atomic<bool> is_over = false;
  std::jthread looker([&] {
    for (std::int64_t at = 1; !is_over; ++at) {
      watch.look({at * 1'000'000'000});
      std::this_thread::yield();
    }
  });
  std::uint64_t meant = 0;
  for (std::uint64_t ticket = 1; meant < 100; ++ticket) {
    watch.arm(ticket);
    while (!watch.interrupt().load()) {
    }
    meant += watch.disarm(ticket) ? 1U : 0U;
  }
  is_over = true;
  looker.join();
  EXPECT_FALSE(watch.interrupt().load());
}

}  // namespace
}  // namespace cairn::watchdog
