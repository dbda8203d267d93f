// SPDX-License-Identifier: Apache-2.0
#include "examples/orderbook/orderbook.h"

#include <cstdlib>

#include <cairn/testing.h>
#include <gtest/gtest.h>

namespace orderbook {
namespace {

using cairn::testing::Scenario;

/// What the tests of this file do. `CAIRN_RUNS=FILE orderbook_test` writes it for `cairn check`.
cairn::testing::Recording& recording() {
  static cairn::testing::Recording all(cairn::domain_info<Exchange>());
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

Scenario<Exchange> scenario() {
  return Scenario<Exchange>({.recording = &recording()});
}

Place sell(u64 id, i64 price, i64 quantity) {
  return {
      .order = {id}, .instrument = "ore", .side = Side::Sell, .price = price, .quantity = quantity};
}

Place buy(u64 id, i64 price, i64 quantity) {
  return {
      .order = {id}, .instrument = "ore", .side = Side::Buy, .price = price, .quantity = quantity};
}

TEST(Exchange, TheBestPriceGoesFirstAndAtOnePriceTheOldest) {
  // Two asks at 10, one at 9: a bid for all of it takes 9, then the older 10, then the younger.
  scenario()
      .given(sell(1, 10, 5), sell(2, 10, 5), sell(3, 9, 5))
      .when(buy(4, 10, 12))
      .stated(Traded{.maker = {3}, .taker = {4}, .price = 9, .quantity = 5},
              Traded{.maker = {1}, .taker = {4}, .price = 10, .quantity = 5},
              Traded{.maker = {2}, .taker = {4}, .price = 10, .quantity = 2})
      .leaves([](const View& view) { return view.find(Id<Order>{2})->remaining == 3; });
}

TEST(Exchange, BidsAreServedHighestFirst) {
  // The same from the other side.
  scenario()
      .given(buy(1, 7, 5), buy(2, 8, 5), buy(3, 8, 5))
      .when(sell(4, 7, 12))
      .stated(Traded{.maker = {2}, .taker = {4}, .price = 8, .quantity = 5},
              Traded{.maker = {3}, .taker = {4}, .price = 8, .quantity = 5},
              Traded{.maker = {1}, .taker = {4}, .price = 7, .quantity = 2});
}

TEST(Exchange, WhatFindsNobodyRestsUntilItIsCanceled) {
  // An order rests, is canceled, and no longer trades.
  scenario()
      .when(sell(1, 10, 5))
      .stated(Rested{.order = {1}, .remaining = 5})
      .when(buy(2, 9, 5))
      .stated(Rested{.order = {2}, .remaining = 5})
      .when(Cancel{.order = {1}})
      .stated(Withdrawn{.order = {1}, .remaining = 5})
      .when(buy(3, 10, 1))
      .stated(Rested{.order = {3}, .remaining = 1})
      .when(Cancel{.order = {1}})
      .rejected(NotOpen);
}

TEST(Exchange, TheBookIsNeverCrossedWhateverComes) {
  // Searches random orders for a crossed book or another fault; enough of them must trade.
  const auto search = cairn::testing::search<Exchange>(
      {.runs = 5, .ids = 200, .engine = {.recording = &recording()}});
  EXPECT_TRUE(search) << search.text;
  EXPECT_GT(search.accepted, 500U);
}

}  // namespace
}  // namespace orderbook
