// SPDX-License-Identifier: Apache-2.0
#include "examples/inventory/inventory.h"

#include <cairn/testing.h>
#include <gtest/gtest.h>

namespace inventory {
namespace {

using cairn::testing::Scenario;

constexpr Id<Reservation> first = {1};
constexpr Duration hour = {3'600'000'000'000};

bool stock_is(const View& view, i64 on_hand, i64 reserved) {
  const auto item = view.find<Item>("bolt");
  return item && item->on_hand == on_hand && item->reserved == reserved;
}

TEST(Inventory, AReservationHoldsStockUntilItIsShipped) {
  // Reserves and ships: what is reserved leaves with what is on hand.
  Scenario<Inventory>()
      .given(Receive{.sku = "bolt", .quantity = 10})
      .when(Reserve{.reservation = first, .sku = "bolt", .quantity = 4, .hold = hour})
      .stated(
          Reserved{.reservation = first, .sku = "bolt", .quantity = 4, .until = {hour.nanoseconds}})
      .leaves([](const View& view) { return stock_is(view, 10, 4); })
      .when(Ship{.reservation = first})
      .stated(Shipped{.reservation = first})
      .leaves([](const View& view) { return stock_is(view, 6, 0); })
      .when(Release{.reservation = first})
      .rejected(NotHeld);
}

TEST(Inventory, WhatNobodyShipsInTimeComesBack) {
  // The hour passes; the expiry is a command like any other, and comes once.
  Scenario<Inventory> scenario;
  scenario.given(Receive{.sku = "bolt", .quantity = 10},
                 Reserve{.reservation = first, .sku = "bolt", .quantity = 4, .hold = hour});
  scenario.after(hour);
  EXPECT_EQ(scenario.engine().find(first)->status.get(), Reservation::Expired);
  scenario.when(Ship{.reservation = first}).rejected(NotHeld).leaves([](const View& view) {
    return stock_is(view, 10, 0);
  });
}

TEST(Inventory, MoreThanThereIsCannotBeReserved) {
  // The rejection says how many are left.
  Scenario<Inventory> scenario;
  scenario.given(Receive{.sku = "bolt", .quantity = 3})
      .when(Reserve{.reservation = first, .sku = "bolt", .quantity = 4})
      .rejected(OutOfStock);
  EXPECT_EQ((*scenario.result().detail<OutOfStock>())->available, 3);
}

TEST(Inventory, StockIsNeverNegativeWhateverComes) {
  // Searches random commands for one that breaks the invariant, or faults otherwise.
  const auto search = cairn::testing::search<Inventory>({.runs = 5});
  EXPECT_TRUE(search) << search.text;
  EXPECT_GT(search.accepted, 100U);
}

}  // namespace
}  // namespace inventory
