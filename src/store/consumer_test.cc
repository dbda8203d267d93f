// SPDX-License-Identifier: Apache-2.0
// Those who follow a store: consumers, groups, reactors, projections.
#include <map>
#include <set>
#include <string>
#include <vector>

#include <cairn/store_consumer.h>
#include <cairn/store_projection.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/store/sample_shop.h"

namespace sample_shop {

struct Stock {
  u64 ordered = 0;
  u64 shipped = 0;
};

void apply(Stock& stock, const Ordered& event, const cairn::store::EventRef& /*at*/) {
  stock.ordered += event.pieces;
}

cairn::Result<> apply(Stock& stock, const Shipped& event, const cairn::store::EventRef& /*at*/) {
  if (stock.shipped + event.pieces > stock.ordered) {
    return cairn::fail(cairn::Errc::Conflict, "more is shipped than was ordered");
  }
  stock.shipped += event.pieces;
  return {};
}

struct Count {
  u64 events = 0;
  u64 last_version = 0;
};

void apply(Count& count, const Ordered& /*event*/, const cairn::store::EventRef& at) {
  ++count.events;
  count.last_version = at.version;
}

}  // namespace sample_shop

namespace cairn::store {
namespace {

using sample_shop::Count;
using sample_shop::Noted;
using sample_shop::Ordered;
using sample_shop::Shipped;
using sample_shop::Shop;
using sample_shop::Stock;
using ::testing::HasSubstr;

constexpr Duration at_once = {};

TEST(StoreFollow, CatchesUpAndThenFollowsWithoutLossOrRepeat) {
  ShopRig rig;
  ASSERT_TRUE(rig.open());
  for (int i = 0; i < 30; ++i) {
    ASSERT_TRUE(rig->append({i % 3 == 0 ? "a" : "b"}, Ordered{}));
  }
  Follow follow(rig->core(), {.entity = "a"});
  std::vector<StoredEvent> given;
  const auto take = [&] {
    while (true) {
      const auto events = follow.next(4, at_once).value();
      if (events.empty()) {
        return;
      }
      given.insert(given.end(), events.begin(), events.end());
    }
  };
  take();
  EXPECT_EQ(given.size(), 10U);
  for (int i = 0; i < 30; ++i) {
    ASSERT_TRUE(rig->append({i % 3 == 0 ? "a" : "b"}, Ordered{}));
    take();
  }
  EXPECT_EQ(given, rig.all({.entity = "a"}));
  EXPECT_EQ(given.size(), 20U);
}

TEST(StoreConsumer, GoesOnWhereItCommitted) {
  // What was not committed comes again, to the same consumer and to the next one of its name, also
  // after the store was opened again.
  ShopRig rig;
  ASSERT_TRUE(rig.open());
  for (int i = 0; i < 10; ++i) {
    ASSERT_TRUE(rig->append({"a"}, Ordered{}));
  }
  const std::vector<StoredEvent> all = rig.all();
  {
    Consumer consumer = Consumer::open(rig->core(), "mailer", {}).value();
    EXPECT_EQ(consumer.next(3, at_once).value().size(), 3U);
    ASSERT_TRUE(consumer.commit());
    EXPECT_EQ(consumer.next(3, at_once).value().front(), all[3]);
    consumer.rewind();
    EXPECT_EQ(consumer.next(3, at_once).value().front(), all[3]);
  }
  Consumer consumer = Consumer::open(rig->core(), "mailer", {}).value();
  EXPECT_EQ(consumer.next(1, at_once).value().front(), all[3]);
  ASSERT_TRUE(consumer.commit());
  ASSERT_TRUE(rig.open());
  Consumer after = Consumer::open(rig->core(), "mailer", {}).value();
  const auto rest = after.next(100, at_once).value();
  EXPECT_EQ(rest, std::vector<StoredEvent>(all.begin() + 4, all.end()));
  // Others of the store's users see nothing of it.
  EXPECT_EQ(rig.all(), all);
}

TEST(StoreConsumer, AnIdleOneWritesNothing) {
  ShopRig rig;
  ASSERT_TRUE(rig.open());
  ASSERT_TRUE(rig->append({"a"}, Ordered{}));
  Consumer consumer = Consumer::open(rig->core(), "idle", {}).value();
  ASSERT_EQ(consumer.next(9, at_once).value().size(), 1U);
  ASSERT_TRUE(consumer.commit());
  const std::uint64_t durable = rig->status().durable;
  for (int i = 0; i < 5; ++i) {
    EXPECT_TRUE(consumer.next(9, at_once).value().empty());
    ASSERT_TRUE(consumer.commit());
  }
  EXPECT_EQ(rig->status().durable, durable);
}

TEST(StoreConsumer, TwoOfOneNameAreToldSo) {
  ShopRig rig;
  ASSERT_TRUE(rig.open());
  ASSERT_TRUE(rig->append({"a"}, Ordered{}));
  Consumer first = Consumer::open(rig->core(), "one", {}).value();
  Consumer second = Consumer::open(rig->core(), "one", {}).value();
  ASSERT_EQ(first.next(1, at_once).value().size(), 1U);
  ASSERT_EQ(second.next(1, at_once).value().size(), 1U);
  ASSERT_TRUE(first.commit());
  const auto refused = second.commit();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), Errc::Conflict);
  EXPECT_THAT(refused.error().to_string(), HasSubstr("consumer one"));
}

TEST(StoreConsumer, ItsPlaceAndWhatFollowsAreOneAppend) {
  ShopRig rig;
  ASSERT_TRUE(rig.open());
  const auto ordered = rig->append({"order/1"}, Ordered{.pieces = 2});
  ASSERT_TRUE(ordered);
  Consumer consumer = Consumer::open(rig->core(), "shipping", {.kinds = {1}}).value();
  ASSERT_EQ(consumer.next(1, at_once).value().size(), 1U);
  Batch<Shop> batch;
  batch.add({"order/1"}, Shipped{.pieces = 2}, {.expected = Expected::exactly(9)});
  EXPECT_EQ(consumer.commit_with(batch.view().events).error().code(), Errc::Conflict);
  EXPECT_EQ(rig->core().position("shipping").value(), ConsumerPosition());
  batch.clear();
  batch.add({"order/1"}, Shipped{.pieces = 2}, {.expected = Expected::exactly(1)});
  const auto done = consumer.commit_with(batch.view().events);
  ASSERT_TRUE(done) << done.error().to_string();
  EXPECT_EQ(done->count, 1U);
  EXPECT_EQ(rig->get(done->event()).value().cause, ordered->event());
  EXPECT_EQ(rig->core().position("shipping").value().moves, 1U);
  // Its own event is not one that can be got.
  EXPECT_EQ(rig->get(done->event(1)).error().code(), Errc::NotFound);
}

TEST(StoreConsumer, NamesAndScopesOfTheStoreAreItsOwn) {
  ShopRig rig;
  ASSERT_TRUE(rig.open());
  EXPECT_THAT(rig->append({"mailer",
                           "\x01"
                           "consumer"},
                          Ordered{})
                  .error()
                  .to_string(),
              HasSubstr("the store's own"));
  Consumer nameless = Consumer::open(rig->core(), "", {}).value();
  ASSERT_TRUE(rig->append({"a"}, Ordered{}));
  ASSERT_EQ(nameless.next(1, at_once).value().size(), 1U);
  EXPECT_EQ(nameless.commit().error().code(), Errc::InvalidArgument);
  EXPECT_EQ(Consumer::open(rig->core(), "x", {}, {.number = 2, .of = 2}).error().code(),
            Errc::InvalidArgument);
}

TEST(StoreGroup, EveryEventGoesToOneMemberAndAnEntityToOneShare) {
  ShopRig rig;
  ASSERT_TRUE(rig.open());
  std::vector<std::string> entities;
  for (int i = 0; i < 20; ++i) {
    entities.push_back("entity/" + std::to_string(i));
  }
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(rig->append({entities[static_cast<std::size_t>(i * 7 % 20)]}, Ordered{}));
  }
  ConsumerGroup group(rig->core(), "workers", {}, 3);
  std::map<std::string, std::set<std::uint32_t>> shares_of;
  std::multiset<EventId> seen;
  {
    auto a = group.join().value();
    auto b = group.join().value();
    auto c = group.join().value();
    EXPECT_EQ(group.join().error().code(), Errc::Busy);
    for (auto* const member : {&a, &b, &c}) {
      const auto given = (*member)->next(1000, at_once).value();
      for (const StoredEvent& event : given) {
        shares_of[event.entity].insert(member->share());
        seen.insert(event.id);
      }
    }
    ASSERT_TRUE(a->commit());
  }
  EXPECT_EQ(seen.size(), 100U);
  EXPECT_EQ(std::set<EventId>(seen.begin(), seen.end()).size(), 100U);
  for (const auto& [entity, shares] : shares_of) {
    EXPECT_EQ(shares.size(), 1U) << entity;
  }
  // Those that ended without a commit left their work to others.
  std::size_t left = 0;
  std::vector<ConsumerGroup::Member> members;
  for (int i = 0; i < 3; ++i) {
    members.push_back(group.join().value());
    left += members.back()->next(1000, at_once).value().size();
  }
  EXPECT_GT(left, 0U);
  EXPECT_LT(left, 100U);
}

TEST(StoreReactor, ReactsToEachEventOnceWhateverFails) {
  // Every third call fails, and the store is opened again in between: each order is shipped once.
  ShopRig rig;
  ASSERT_TRUE(rig.open());
  for (std::uint32_t i = 0; i < 25; ++i) {
    ASSERT_TRUE(rig->append({"order/" + std::to_string(i)}, Ordered{.pieces = i}));
  }
  int calls = 0;
  const auto react = [&](const StoredEvent& event, Reactor::Out& out) -> Result<> {
    if (++calls % 7 == 0) {
      return fail(Errc::Unavailable, "the printer is out of paper");
    }
    const auto order = as<Ordered, Shop>(event);
    out.add(event.entity, event.scope, Shipped{.pieces = (*order)->pieces});
    return {};
  };
  std::size_t reacted = 0;
  int failures = 0;
  while (reacted < 25) {
    Reactor reactor = Reactor::open(rig->core(), "ship", {.kinds = {1}}, react).value();
    for (int i = 0; i < 2; ++i) {
      const auto step = reactor.step(3, at_once);
      reacted += step ? *step : 0;
      failures += step ? 0 : 1;
      if (!step) {
        EXPECT_THAT(step.error().to_string(), HasSubstr("ship at event"));
      }
    }
    ASSERT_TRUE(rig.open());
  }
  EXPECT_GT(failures, 0);
  const auto shipped = rig.all({.kinds = {2}});
  ASSERT_EQ(shipped.size(), 25U);
  for (const StoredEvent& event : shipped) {
    const StoredEvent cause = rig->get(*event.cause).value();
    EXPECT_EQ(cause.entity, event.entity);
    EXPECT_EQ((as<Ordered, Shop>(cause).value()->pieces),
              (as<Shipped, Shop>(event).value()->pieces));
    EXPECT_EQ(event.version, 2U);
  }
}

TEST(StoreProjection, FoldsARegionAsItIsAndAsItWas) {
  ShopRig rig;
  ASSERT_TRUE(rig.open());
  ASSERT_TRUE(rig->append({"a"}, Ordered{.pieces = 5}));
  const auto then = rig->append({"b"}, Ordered{.pieces = 7}).value();
  ASSERT_TRUE(rig->append({"a"}, Shipped{.pieces = 2}));
  ASSERT_TRUE(rig->append({"a"}, Noted{.text = "by truck"}));
  const Stock now = project<Shop, Stock>(rig->core(), {}).value();
  EXPECT_EQ(now.ordered, 12U);
  EXPECT_EQ(now.shipped, 2U);
  const Stock before = project<Shop, Stock>(rig->core(), {}, then.sequence).value();
  EXPECT_EQ(before.ordered, 12U);
  EXPECT_EQ(before.shipped, 0U);
  const Stock of_a = project<Shop, Stock>(rig->core(), {.entity = "a"}).value();
  EXPECT_EQ(of_a.ordered, 5U);
  // Two in one pass.
  Stock stock;
  Count count;
  Cursor cursor;
  ASSERT_TRUE(fold<Shop>(rig->core(), {}, cursor, every_sequence, stock, count));
  EXPECT_EQ(stock.ordered, 12U);
  EXPECT_EQ(count.events, 2U);
  EXPECT_EQ(count.last_version, 1U);
}

TEST(StoreProjection, WhatFailsNamesTheEvent) {
  ShopRig rig;
  ASSERT_TRUE(rig.open());
  const auto wrong = rig->append({"a"}, Shipped{.pieces = 2}).value();
  const auto projected = project<Shop, Stock>(rig->core(), {});
  ASSERT_FALSE(projected);
  EXPECT_THAT(projected.error().to_string(), HasSubstr(std::to_string(wrong.sequence) + ".0"));
  EXPECT_THAT(projected.error().to_string(), HasSubstr("more is shipped"));
}

TEST(StoreProjection, GoesOnFromItsFileAndMakesItAnewWhenThatIsNoGood) {
  ShopRig rig;
  ASSERT_TRUE(rig.open());
  const auto open = [&](std::uint32_t version, Region region) {
    return Projection<Shop, Stock>::open(rig->core(), "stock", version, std::move(region)).value();
  };
  ASSERT_TRUE(rig->append({"a"}, Ordered{.pieces = 5}));
  {
    auto stock = open(1, {});
    ASSERT_TRUE(stock.update());
    EXPECT_EQ(stock->ordered, 5U);
    ASSERT_TRUE(stock.save());
  }
  ASSERT_TRUE(rig->append({"a"}, Ordered{.pieces = 6}));
  ASSERT_TRUE(rig.open());
  {
    auto stock = open(1, {});
    EXPECT_EQ(stock->ordered, 5U);
    ASSERT_TRUE(stock.update());
    EXPECT_EQ(stock->ordered, 11U);
  }
  EXPECT_EQ(open(2, {})->ordered, 0U);
  EXPECT_EQ(open(1, {.entity = "a"})->ordered, 0U);
  const auto file =
      rig.disk().open("shop/sidecar/stock", {.mode = sys::OpenMode::ReadWrite}).value();
  const std::uint64_t size = file->size().value();
  for (std::uint64_t at = 0; at < size; ++at) {
    std::array<std::byte, 1> byte = {};
    ASSERT_TRUE(file->read(at, std::span(byte)));
    byte[0] ^= std::byte{0x10};
    ASSERT_TRUE(file->write(at, byte));
    EXPECT_EQ(open(1, {})->ordered, 0U) << "byte " << at;
    byte[0] ^= std::byte{0x10};
    ASSERT_TRUE(file->write(at, byte));
  }
  EXPECT_EQ(open(1, {})->ordered, 5U);
  EXPECT_EQ(rig->core().load_sidecar("../stock").error().code(), Errc::InvalidArgument);
}

}  // namespace
}  // namespace cairn::store
