// SPDX-License-Identifier: Apache-2.0
// What only shows with two threads at work. Run under the thread sanitizer by the tsan preset.
#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <thread>
#include <utility>

#include <gtest/gtest.h>

#include "base/log.h"
#include "base/ring.h"

namespace cairn {
namespace {

constexpr std::uint64_t item_count = 200'000;

/// Each item says its number twice, so that a torn one shows.
struct Item {
  std::uint64_t number = 0;
  std::uint64_t again = 0;
};

void push_all(SpscRing<Item>& ring) {
  std::array<Item, 7> batch = {};
  for (std::uint64_t next = 0; next < item_count;) {
    const std::size_t wanted = next % 3 == 0 ? 1 : batch.size();
    for (std::size_t i = 0; i < wanted; ++i) {
      batch[i] = {.number = next + i, .again = next + i};
    }
    const std::size_t pushed = ring.push_some(std::span(batch).first(wanted));
    next += pushed;
    if (pushed == 0) {
      std::this_thread::yield();
    }
  }
}

TEST(SpscRingThreads, EveryItemArrivesOnceWholeAndInOrder) {
  // One thread pushes numbered items singly and in batches, the other pops them in batches of
  // another size, through a ring so small that it is always full or empty.
  SpscRing<Item> ring(16);
  std::jthread producer([&ring] { push_all(ring); });
  std::array<Item, 5> batch = {};
  std::uint64_t next = 0;
  std::uint64_t wrong = 0;
  while (next < item_count) {
    const std::size_t popped = ring.pop_some(batch);
    for (std::size_t i = 0; i < popped; ++i, ++next) {
      wrong += batch[i].number == next && batch[i].again == next ? 0U : 1U;
    }
    if (popped == 0) {
      std::this_thread::yield();
    }
  }
  EXPECT_EQ(wrong, 0U);
  EXPECT_GE(next, item_count);
}

void push_numbered(SpscRing<std::unique_ptr<int>>& ring, int count) {
  for (int i = 0; i < count; ++i) {
    auto item = std::make_unique<int>(i);
    while (!ring.try_push(std::move(item))) {  // NOLINT(bugprone-use-after-move): kept when full
      std::this_thread::yield();
    }
  }
}

std::unique_ptr<int> wait_for_item(SpscRing<std::unique_ptr<int>>& ring) {
  std::unique_ptr<int> item;
  while (!ring.try_pop(item)) {
    std::this_thread::yield();
  }
  return item;
}

TEST(SpscRingThreads, OwnershipMovesFromThreadToThread) {
  // Heap items made by one thread and destroyed by the other.
  constexpr int count = 20'000;
  SpscRing<std::unique_ptr<int>> ring(4);
  std::jthread producer([&ring] { push_numbered(ring, count); });
  for (int expected = 0; expected < count; ++expected) {
    EXPECT_EQ(*wait_for_item(ring), expected);
  }
}

void log_many(const Logger& logger, int number) {
  for (int i = 0; i < 500; ++i) {
    logger.info("worker started", {{"number", number}});
  }
}

TEST(LoggerThreads, EveryLineArrivesWhole) {
  // Four threads log at once; the sink counts lines that are exactly one of the four texts.
  std::atomic<int> whole = 0;
  const Logger logger({.format = LogFormat::Text,
                       .now = [] { return Timestamp{}; },
                       .sink =
                           [&whole](std::string_view line) {
                             const bool ends = line.ends_with('\n');
                             const bool right = line.contains(" worker started number=");
                             whole += ends && right ? 1 : 0;
                           }});
  std::array<std::jthread, 4> threads;
  for (int number = 0; number < 4; ++number) {
    threads[static_cast<std::size_t>(number)] =
        std::jthread([&logger, number] { log_many(logger, number); });
  }
  for (std::jthread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(whole.load(), 2000);
}

}  // namespace
}  // namespace cairn
