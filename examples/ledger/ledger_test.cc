// SPDX-License-Identifier: Apache-2.0
#include "examples/ledger/ledger.h"

#include <array>

#include <cairn/testing.h>
#include <gtest/gtest.h>

namespace ledger {
namespace {

using cairn::testing::Scenario;

constexpr Id<Account> world = {1};
constexpr Id<Account> ann = {2};
constexpr Id<Account> ben = {3};

template <std::size_t N>
Post post(u64 entry, const std::array<Move, N>& moves) {
  return {.entry = {entry}, .moves = moves};
}

/// The world may owe, Ann may owe 20, Ben nothing; Ann starts with 100.
struct ThreeAccounts : ::testing::Test {
  ThreeAccounts() {
    const std::array opening = {Move{world, -100}, Move{ann, 100}};
    scenario.given(OpenAccount{.account = world, .overdraft = 1'000'000},
                   OpenAccount{.account = ann, .overdraft = 20}, OpenAccount{.account = ben},
                   post(1, opening));
  }

  Scenario<Ledger> scenario;
};

TEST_F(ThreeAccounts, AnEntryMovesMoneyAndKeepsItsLines) {
  // One entry with three lines; the postings are found from the account they are on.
  const std::array moves = {Move{ann, -50}, Move{ben, 30}, Move{world, 20}};
  scenario.when(post(2, moves)).stated(Posted{.entry = {2}, .lines = 3}).leaves([](const View& v) {
    return v.find(ann)->balance == 50 && v.find(ben)->balance == 30 &&
           v.in<on_account>(v.find(ann)).size() == 2;
  });
}

TEST_F(ThreeAccounts, WhatDoesNotSumUpToNothingIsRefused) {
  // Money from nowhere: the rejection says how much.
  const std::array moves = {Move{ann, -50}, Move{ben, 51}};
  scenario.when(post(2, moves)).rejected(Unbalanced);
  EXPECT_EQ((*scenario.result().detail<Unbalanced>())->sum, 1);
}

TEST_F(ThreeAccounts, AnOverdraftHasALimit) {
  // Ann may go to -20 and no further; who lacks what is said.
  const std::array most = {Move{ann, -120}, Move{ben, 120}};
  const std::array more = {Move{ann, -121}, Move{ben, 121}};
  scenario.when(post(2, more)).rejected(Overdrawn);
  EXPECT_EQ((*scenario.result().detail<Overdrawn>())->missing, 1);
  scenario.when(post(2, most)).accepted();
}

TEST_F(ThreeAccounts, OnlyAnEmptyAccountIsClosedAndThenForGood) {
  // Ben's account is empty; after closing nothing is posted to it.
  const std::array moves = {Move{ann, -5}, Move{ben, 5}};
  scenario.when(CloseAccount{.account = ann}).rejected(BalanceLeft);
  scenario.given(CloseAccount{.account = ben}).when(post(2, moves)).rejected(AccountClosed);
}

TEST(Ledger, MoneyIsConservedWhateverComes) {
  // Searches random commands for one after which all balances do not sum up to nothing.
  const auto search = cairn::testing::search<Ledger>({.runs = 5}, [](const View& view) {
    i128 sum = 0;
    for (u64 id = 1; id <= 6; ++id) {
      if (const auto account = view.find(Id<Account>{id})) {
        sum += account->balance;
      }
    }
    return sum == 0;
  });
  EXPECT_TRUE(search) << search.text;
  EXPECT_GT(search.accepted, 50U);
}

}  // namespace
}  // namespace ledger
