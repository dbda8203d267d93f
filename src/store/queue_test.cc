// SPDX-License-Identifier: Apache-2.0
// How many appends may be under way at once.
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "store/commit_loop.h"
#include "tests/store/sample_shop.h"

namespace cairn::store {
namespace {

using sample_shop::Shipped;

class QueueTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(rig_.open());
    ASSERT_TRUE(rig_->append({"a"}, Shipped{}));
  }

  /// One that is refused when it is decided, or one that is taken.
  Result<std::unique_ptr<Pending>> start(Expected expected) {
    Batch<sample_shop::Shop> batch;
    batch.add({.entity = "a"}, Shipped{}, {.expected = expected});
    return rig_.core().start(batch.view({}));
  }

  /// As many as there may be, all of which are going to be refused; and one more is not taken.
  std::vector<std::unique_ptr<Pending>> fill_with_refused() {
    std::vector<std::unique_ptr<Pending>> all;
    while (auto started = start(Expected::none())) {
      all.push_back(*std::move(started));
    }
    EXPECT_EQ(all.size(), CommitLoop::tickets_max);
    EXPECT_EQ(start(Expected::any()).error().code(), Errc::Busy);
    return all;
  }

  static std::size_t count_refused(const std::vector<std::unique_ptr<Pending>>& all) {
    std::size_t count = 0;
    for (const auto& pending : all) {
      const Result<Appended>* const answer = pending->poll();
      count += answer != nullptr && !*answer && answer->error().code() == Errc::Conflict ? 1U : 0U;
    }
    return count;
  }

  void expect_taken() {
    const auto good = start(Expected::exists());
    ASSERT_TRUE(good) << good.error().to_string();
    for (int rounds = 0; (*good)->poll() == nullptr && rounds < 100; ++rounds) {
      rig_.core().step();
    }
    ASSERT_NE((*good)->poll(), nullptr);
    EXPECT_TRUE(*(*good)->poll());
  }

  ShopRig rig_;
};

TEST_F(QueueTest, AppendsThatAreRefusedMakeRoomForOthers) {
  // The queue full of them, more than once: each time the next is taken, and is durable.
  for (int round = 0; round < 2; ++round) {
    const auto all = fill_with_refused();
    rig_.core().step();
    EXPECT_EQ(count_refused(all), all.size()) << round;
    expect_taken();
  }
}

TEST_F(QueueTest, TheyMakeRoomAlsoWhileTheLoopWaitsForMoreOfACrowd) {
  // Two that are answered together are a crowd: then the loop keeps the turn and sleeps.
  const auto first = start(Expected::any());
  const auto second = start(Expected::any());
  ASSERT_TRUE(first);
  ASSERT_TRUE(second);
  while ((*second)->poll() == nullptr) {
    rig_.core().step();
  }
  const auto all = fill_with_refused();
  rig_.core().step();
  EXPECT_EQ(count_refused(all), all.size());
  expect_taken();
}

}  // namespace
}  // namespace cairn::store
