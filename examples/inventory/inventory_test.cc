// SPDX-License-Identifier: Apache-2.0
#include "examples/inventory/inventory.h"

#include <cstdlib>

#include <cairn/testing.h>
#include <gtest/gtest.h>

namespace inventory {
namespace {

using cairn::testing::Scenario;

/// What the tests of this file do. `CAIRN_RUNS=FILE inventory_test` writes it for `cairn check`.
cairn::testing::Recording& recording() {
  static cairn::testing::Recording all(cairn::domain_info<Inventory>());
  return all;
}

class WritesRuns final : public ::testing::Environment {
  void TearDown() override {
    if (const char* const path = std::getenv("CAIRN_RUNS"); path != nullptr) {
      const auto written = recording().write(path);
      EXPECT_TRUE(written) << written.error().to_string();
    }
  }
};

const ::testing::Environment* const writes_runs =
    ::testing::AddGlobalTestEnvironment(new WritesRuns);

Scenario<Inventory> scenario() {
  return Scenario<Inventory>({.recording = &recording()});
}

constexpr Id<Reservation> first = {1};
constexpr Duration hour = {3'600'000'000'000};

bool stock_is(const View& view, i64 on_hand, i64 reserved) {
  const auto item = view.find<Item>("bolt");
  return item && item->on_hand == on_hand && item->reserved == reserved;
}

TEST(Inventory, AReservationHoldsStockUntilItIsShipped) {
  // Reserves and ships: what is reserved leaves with what is on hand.
  scenario()
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
  Scenario<Inventory> stock({.recording = &recording()});
  stock.given(Receive{.sku = "bolt", .quantity = 10},
              Reserve{.reservation = first, .sku = "bolt", .quantity = 4, .hold = hour});
  stock.after(hour);
  EXPECT_EQ(stock.engine().find(first)->status.get(), Reservation::Expired);
  stock.when(Ship{.reservation = first}).rejected(NotHeld).leaves([](const View& view) {
    return stock_is(view, 10, 0);
  });
}

TEST(Inventory, MoreThanThereIsCannotBeReserved) {
  // The rejection says how many are left.
  Scenario<Inventory> stock({.recording = &recording()});
  stock.given(Receive{.sku = "bolt", .quantity = 3})
      .when(Reserve{.reservation = first, .sku = "bolt", .quantity = 4})
      .rejected(OutOfStock);
  EXPECT_EQ((*stock.result().detail<OutOfStock>())->available, 3);
}

TEST(Inventory, StockIsNeverNegativeWhateverComes) {
  // Searches random commands for one that breaks the invariant, or faults otherwise.
  const auto search =
      cairn::testing::search<Inventory>({.runs = 5, .engine = {.recording = &recording()}});
  EXPECT_TRUE(search) << search.text;
  EXPECT_GT(search.accepted, 100U);
}

}  // namespace
}  // namespace inventory
