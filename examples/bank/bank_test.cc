// SPDX-License-Identifier: Apache-2.0
#include "examples/bank/bank.h"

#include <cairn/testing.h>
#include <gtest/gtest.h>

namespace bank {
namespace {

using cairn::testing::Scenario;
using View = cairn::View<Bank>;

constexpr Id<Account> alice = {1};
constexpr Id<Account> bob = {2};
constexpr Id<Account> nobody = {9};

/// Alice has 100, Bob has 50.
struct TwoAccounts : ::testing::Test {
  TwoAccounts() {
    bank.given(OpenAccount{.account = alice, .owner = "alice", .opening = 100},
               OpenAccount{.account = bob, .owner = "bob", .opening = 50});
  }

  i64 balance(Id<Account> account) { return bank.engine().find(account).value().balance; }

  Scenario<Bank> bank;
};

TEST_F(TwoAccounts, OpeningAnAccountStatesItsBalance) {
  // Shows what a new account looks like and what is said about it.
  constexpr Id<Account> carol = {3};
  bank.when(OpenAccount{.account = carol, .owner = "carol", .opening = 7})
      .stated(Opened{.account = carol, .balance = 7});
  const Account account = bank.engine().find(carol).value();
  EXPECT_EQ(account.owner.get(), Str<32>("carol"));
  EXPECT_EQ(account.status.get(), Account::Open);
}

TEST_F(TwoAccounts, OpeningRefusesATakenNumberAndADebt) {
  // Opens an account twice, and one with less than nothing.
  bank.when(OpenAccount{.account = alice, .owner = "mallory"}).rejected(AccountExists);
  bank.when(OpenAccount{.account = nobody, .opening = -1}).rejected(InvalidAmount);
  EXPECT_FALSE(bank.engine().find(nobody));
}

TEST_F(TwoAccounts, DepositAndWithdrawChangeOneBalance) {
  // Adds and takes; the events say what is there then.
  bank.when(Deposit{.account = alice, .amount = 11})
      .stated(Deposited{.account = alice, .amount = 11, .balance = 111})
      .when(Withdraw{.account = alice, .amount = 111})
      .stated(Withdrawn{.account = alice, .amount = 111, .balance = 0});
  EXPECT_EQ(balance(alice), 0);
  EXPECT_EQ(balance(bob), 50);
}

TEST_F(TwoAccounts, DepositRefusesWhatItCannotDo) {
  // One case for each rule of the handler.
  bank.when(Deposit{.account = alice, .amount = 0}).rejected(InvalidAmount);
  bank.when(Deposit{.account = nobody, .amount = 1}).rejected(UnknownAccount);
  bank.when(Deposit{.account = alice, .amount = cairn::integer_max<i64>}).rejected(Overflow);
}

TEST_F(TwoAccounts, TransferMovesMoneyAndLosesNone) {
  // Moves 30 and compares both balances and the event.
  bank.when(Transfer{.from = alice, .to = bob, .amount = 30})
      .stated(Transferred{
          .from = alice, .to = bob, .amount = 30, .from_balance = 70, .to_balance = 80});
  EXPECT_EQ(balance(alice), 70);
  EXPECT_EQ(balance(bob), 80);
}

TEST_F(TwoAccounts, TransferRefusesWhatItCannotDo) {
  // One case for each rule of the handler.
  bank.when(Transfer{.from = alice, .to = bob, .amount = 101}).rejected(InsufficientFunds);
  bank.when(Transfer{.from = alice, .to = alice, .amount = 1}).rejected(SameAccount);
  bank.when(Transfer{.from = alice, .to = nobody, .amount = 1}).rejected(UnknownAccount);
  EXPECT_EQ(balance(alice), 100);
}

TEST_F(TwoAccounts, AFrozenAccountTakesPartInNothing) {
  // Freezes Bob's account, then tries every command on it.
  bank.when(Freeze{.account = bob}).stated(Frozen{.account = bob});
  bank.when(Deposit{.account = bob, .amount = 1}).rejected(AccountNotOpen);
  bank.when(Withdraw{.account = bob, .amount = 1}).rejected(AccountNotOpen);
  bank.when(Transfer{.from = alice, .to = bob, .amount = 1}).rejected(AccountNotOpen);
  bank.when(Freeze{.account = bob}).rejected(AccountNotOpen);
  EXPECT_EQ(balance(bob), 50);
}

TEST_F(TwoAccounts, RenamingMovesTheAccountInTheOwnerIndex) {
  // Found under the new name and no longer under the old one; an unknown account has no name.
  bank.when(Rename{.account = bob, .owner = "robert"}).accepted().leaves([](const View& view) {
    return view.first<&Account::owner>("robert")->id == bob && !view.first<&Account::owner>("bob");
  });
  bank.when(Rename{.account = nobody, .owner = "nobody"}).rejected(UnknownAccount);
}

TEST(Bank, NoCommandMakesADebtOrAFault) {
  // Searches random commands for one after which an account holds less than nothing.
  const auto search = cairn::testing::search<Bank>({.runs = 5}, [](const View& view) {
    for (const auto account : view.prefix<&Account::owner>()) {
      if (account->balance < 0) return false;
    }
    return true;
  });
  EXPECT_TRUE(search) << search.text;
  EXPECT_GT(search.accepted, 100U);
}

}  // namespace
}  // namespace bank
