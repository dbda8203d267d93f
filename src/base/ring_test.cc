// SPDX-License-Identifier: Apache-2.0
#include "base/ring.h"

#include <algorithm>
#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace cairn {
namespace {

TEST(SpscRing, PopsInTheOrderOfPushes) {
  // Two laps of a ring of three, one item at a time and in turn.
  SpscRing<int> ring(3);
  int out = -1;
  EXPECT_FALSE(ring.try_pop(out));
  EXPECT_EQ(out, -1);
  for (int i = 0; i < 6; i += 2) {
    EXPECT_TRUE(ring.try_push(i));
    EXPECT_TRUE(ring.try_push(i + 1));
    EXPECT_EQ(ring.size(), 2U);
    EXPECT_TRUE(ring.try_pop(out));
    EXPECT_EQ(out, i);
    EXPECT_TRUE(ring.try_pop(out));
    EXPECT_EQ(out, i + 1);
  }
}

TEST(SpscRing, HoldsExactlyItsCapacity) {
  // Powers of two and their neighbours: no more and no less than asked for.
  for (const std::size_t capacity : {1U, 2U, 3U, 7U, 8U, 9U}) {
    SpscRing<std::size_t> ring(capacity);
    for (std::size_t i = 0; i < capacity; ++i) {
      EXPECT_TRUE(ring.try_push(i));
    }
    EXPECT_FALSE(ring.try_push(99U));
    EXPECT_EQ(ring.size(), capacity);
    EXPECT_EQ(ring.capacity(), capacity);
  }
}

TEST(SpscRing, MovesItemsAndDropsWhatIsLeft) {
  // Items that only move go through whole; a push that fails leaves its item with the caller, and
  // what is still inside is destroyed with the ring.
  const auto witness = std::make_shared<int>(0);
  {
    SpscRing<std::unique_ptr<std::shared_ptr<int>>> ring(2);
    auto item = std::make_unique<std::shared_ptr<int>>(witness);
    EXPECT_TRUE(ring.try_push(std::move(item)));
    EXPECT_TRUE(ring.try_push(std::make_unique<std::shared_ptr<int>>(witness)));
    item = std::make_unique<std::shared_ptr<int>>(witness);
    EXPECT_FALSE(ring.try_push(std::move(item)));
    ASSERT_NE(item, nullptr);  // NOLINT(bugprone-use-after-move): that it is still there is shown
    std::unique_ptr<std::shared_ptr<int>> out;
    EXPECT_TRUE(ring.try_pop(out));
    EXPECT_EQ(*out, witness);
    EXPECT_EQ(witness.use_count(), 4);
  }
  EXPECT_EQ(witness.use_count(), 1);
}

/// A ring, and beside it the queue that it must act like.
class Twins {
 public:
  explicit Twins(std::size_t capacity) : ring_(capacity) {}

  void push(std::size_t count) {
    std::vector<int> items(count);
    std::ranges::generate(items, [this] { return next_++; });
    const std::size_t expected = std::min(count, ring_.capacity() - model_.size());
    RC_ASSERT(ring_.push_some(items) == expected);
    model_.insert(model_.end(), items.begin(),
                  items.begin() + static_cast<std::ptrdiff_t>(expected));
    RC_ASSERT(ring_.size() == model_.size());
  }

  void pop(std::size_t count) {
    std::vector<int> items(count);
    const std::size_t expected = std::min(count, model_.size());
    RC_ASSERT(ring_.pop_some(items) == expected);
    for (std::size_t i = 0; i < expected; ++i) {
      RC_ASSERT(items[i] == model_.front());
      model_.pop_front();
    }
    RC_ASSERT(ring_.size() == model_.size());
  }

 private:
  SpscRing<int> ring_;
  std::deque<int> model_;
  int next_ = 0;
};

RC_GTEST_PROP(SpscRing, ActsLikeABoundedDeque, (const std::vector<std::uint8_t>& steps)) {
  // Any mix of batch pushes and pops, of none to 15 items, against std::deque with a bound.
  Twins twins(*rc::gen::inRange<std::size_t>(1, 20));
  for (const std::uint8_t step : steps) {
    if (step < 128) {
      twins.push(step % 16U);
    } else {
      twins.pop(step % 16U);
    }
  }
}

TEST(SpscRingDeathTest, RefusesACapacityWithoutSense) {
  // None, and more than the limit.
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(SpscRing<int>(0), "check failed: capacity >= 1");
  EXPECT_DEATH(SpscRing<int>(ring_capacity_max + 1), "check failed: capacity <= ring_capacity_max");
}

}  // namespace
}  // namespace cairn
