// SPDX-License-Identifier: Apache-2.0
// What an append asks of the allocator once a store has warmed up: nothing.
#include <algorithm>
#include <array>
#include <atomic>
#include <barrier>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/store/posix_ground.h"
#include "tests/store/sample_shop.h"
#include "tests/support/allocations.h"
#include "tests/support/temp_folder.h"

namespace cairn::store {
namespace {

using sample_shop::Shop;

/// Small events about a few coordinates, the payloads made beforehand.
class Appends final {
 public:
  Appends() {
    for (std::size_t i = 0; i < entities_.size(); ++i) {
      entities_.at(i) = fmt::format("order/{:04}", i);
    }
    encode(payload_, sample_shop::Shipped{.pieces = 7});
  }

  /// So many, each durable before the next. False when one is not.
  bool run(StoreCore& store, int count) {
    bool is_good = true;
    for (int i = 0; i < count && is_good; ++i) {
      const NewEvent event = {.entity = entities_.at(static_cast<std::size_t>(i) % 8),
                              .kind = sample_shop::Shipped::schema::kind,
                              .bytes = payload_.written()};
      is_good = store.append({.events = std::span(&event, 1)}).has_value();
    }
    return is_good;
  }

 private:
  std::array<std::string, 8> entities_;
  GrowingByteWriter payload_;
};

StoreOptions options() {
  return {.segment_bytes = std::uint64_t{64} << 20U};
}

TEST(StoreAllocation, ADurableAppendAllocatesNothing) {
  // Deciding, linking, writing and answering, in a store without threads: every allocation of the
  // process counts.
  const test::TempFolder folder;
  const auto disk = sys::make_posix_disk(folder.path()).value();
  PosixGround world;
  Ground ground = world.on(*disk);
  ground.threads = nullptr;
  const auto store = EventStore::open(ground, "shop", domain_info<Shop>(), options()).value();
  Appends appends;
  ASSERT_TRUE(appends.run(*store, 500));
  // Indexes them: how many events each has need not be remembered any more.
  ASSERT_TRUE(store->version("order/0000", "").has_value());
  const std::size_t before = test::allocations();
  const bool is_good = appends.run(*store, 300);
  const std::size_t after = test::allocations();
  EXPECT_TRUE(is_good);
  EXPECT_EQ(after - before, 0U);
}

/// Threads of which only the one that commits is counted: those that index, and make segments and
/// files, hold up no append, and allocate as what they keep grows.
class CountedThreads final : public sys::Threads {
 public:
  explicit CountedThreads(sys::Threads& threads) : threads_(threads) {}

  Result<std::unique_ptr<sys::Thread>> start(std::string_view name, sys::Urgency urgency,
                                             std::function<void()> run) override {
    if (name == "commit") {
      return threads_.start(name, urgency, std::move(run));
    }
    return threads_.start(name, urgency, [run = std::move(run)] {
      const test::Uncounted uncounted;
      run();
    });
  }

 private:
  sys::Threads& threads_;
};

/// What so many producers at once, and whoever commits for them, allocate in some hundred appends
/// each, after as many that do not count.
std::size_t allocations_of(StoreCore& store, int producers) {
  std::barrier line(producers + 1);
  std::atomic<int> good = 0;
  std::vector<std::jthread> all;
  all.reserve(static_cast<std::size_t>(producers));
  for (int i = 0; i < producers; ++i) {
    all.emplace_back([&] {
      Appends appends;
      bool is_good = appends.run(store, 300);
      line.arrive_and_wait();
      line.arrive_and_wait();
      is_good = appends.run(store, 300) && is_good;
      line.arrive_and_wait();
      good += is_good ? 1 : 0;
      line.arrive_and_wait();
    });
  }
  line.arrive_and_wait();
  const std::size_t before = test::allocations();
  line.arrive_and_wait();
  line.arrive_and_wait();
  const std::size_t after = test::allocations();
  line.arrive_and_wait();
  EXPECT_EQ(good, producers);
  return after - before;
}

TEST(StoreAllocation, NeitherDoThoseOfManyThreadsNorWhoeverCommitsThem) {
  const test::TempFolder folder;
  const auto disk = sys::make_posix_disk(folder.path()).value();
  PosixGround world;
  Ground ground = world.on(*disk);
  CountedThreads threads(*ground.threads);
  ground.threads = &threads;
  const auto store = EventStore::open(ground, "shop", domain_info<Shop>(), options()).value();
  for (const int producers : {1, 4}) {
    // When the index lags as it never did, more is remembered, and that grows: so rounds of that
    // kind do not count, but no more than that is forgiven.
    std::size_t least = SIZE_MAX;
    for (int round = 0; round < 5 && least > 0; ++round) {
      least = std::min(least, allocations_of(*store, producers));
    }
    EXPECT_EQ(least, 0U) << producers << " producers";
  }
}

}  // namespace
}  // namespace cairn::store
