// SPDX-License-Identifier: Apache-2.0
#include "examples/bank/bank.h"

#include <gtest/gtest.h>

#include "tests/support/fake_host.h"

namespace bank {
namespace {

using cairn::test::event_as;
using cairn::test::ModelResult;
using cairn::test::ModelVerdict;
using Host = cairn::test::TypedHost<Bank>;

constexpr Id<Account> alice = {1};
constexpr Id<Account> bob = {2};

/// Alice has 100, Bob has 50.
struct TwoAccounts : ::testing::Test {
  TwoAccounts() {
    EXPECT_EQ(host.submit(OpenAccount{.account = alice, .owner = "alice", .opening = 100}).verdict,
              ModelVerdict::Accepted);
    EXPECT_EQ(host.submit(OpenAccount{.account = bob, .owner = "bob", .opening = 50}).verdict,
              ModelVerdict::Accepted);
  }

  i64 balance(Id<Account> account) { return host.row<Account>(account)->balance; }

  /// The command is rejected with this code, states nothing and changes nothing.
  template <typename C>
  void expect_rejected(const C& command, Reject code) {
    const std::string before = host.dump();
    const ModelResult result = host.submit(command);
    EXPECT_EQ(result.verdict, ModelVerdict::Rejected) << result.text;
    EXPECT_EQ(result.code, static_cast<u16>(code));
    EXPECT_TRUE(result.events.empty());
    EXPECT_EQ(host.dump(), before);
  }

  Host host;
};

TEST_F(TwoAccounts, OpeningAnAccountStatesItsBalance) {
  // Shows what a new account looks like and what is said about it.
  const ModelResult result =
      host.submit(OpenAccount{.account = Id<Account>{3}, .owner = "carol", .opening = 7});
  ASSERT_EQ(result.events.size(), 1U);
  EXPECT_EQ(event_as<Opened>(result.events[0]).balance, 7);
  const Account* const account = host.row<Account>(Id<Account>{3});
  ASSERT_NE(account, nullptr);
  EXPECT_EQ(account->owner.get(), Str<32>("carol"));
  EXPECT_EQ(account->status.get(), Account::Open);
}

TEST_F(TwoAccounts, OpeningRefusesATakenNumberAndADebt) {
  // Opens an account twice, and one with less than nothing.
  expect_rejected(OpenAccount{.account = alice, .owner = "mallory"}, AccountExists);
  expect_rejected(OpenAccount{.account = Id<Account>{9}, .opening = -1}, InvalidAmount);
}

TEST_F(TwoAccounts, DepositAndWithdrawChangeOneBalance) {
  // Adds and takes, and reads the balance from the events and from the row.
  const ModelResult deposited = host.submit(Deposit{.account = alice, .amount = 11});
  EXPECT_EQ(event_as<Deposited>(deposited.events.at(0)).balance, 111);
  const ModelResult withdrawn = host.submit(Withdraw{.account = alice, .amount = 111});
  EXPECT_EQ(event_as<Withdrawn>(withdrawn.events.at(0)).balance, 0);
  EXPECT_EQ(balance(alice), 0);
  EXPECT_EQ(balance(bob), 50);
}

TEST_F(TwoAccounts, DepositRefusesWhatItCannotDo) {
  // One case for each rule of the handler.
  expect_rejected(Deposit{.account = alice, .amount = 0}, InvalidAmount);
  expect_rejected(Deposit{.account = Id<Account>{9}, .amount = 1}, UnknownAccount);
  expect_rejected(Deposit{.account = alice, .amount = cairn::integer_max<i64>}, Overflow);
}

TEST_F(TwoAccounts, TransferMovesMoneyAndLosesNone) {
  // Moves 30 and compares both balances and the event.
  const ModelResult result = host.submit(Transfer{.from = alice, .to = bob, .amount = 30});
  ASSERT_EQ(result.verdict, ModelVerdict::Accepted) << result.text;
  EXPECT_EQ(balance(alice), 70);
  EXPECT_EQ(balance(bob), 80);
  const auto event = event_as<Transferred>(result.events.at(0));
  EXPECT_EQ(event.from_balance, 70);
  EXPECT_EQ(event.to_balance, 80);
}

TEST_F(TwoAccounts, TransferRefusesWhatItCannotDo) {
  // One case for each rule of the handler.
  expect_rejected(Transfer{.from = alice, .to = bob, .amount = 101}, InsufficientFunds);
  expect_rejected(Transfer{.from = alice, .to = alice, .amount = 1}, SameAccount);
  expect_rejected(Transfer{.from = alice, .to = Id<Account>{9}, .amount = 1}, UnknownAccount);
}

TEST_F(TwoAccounts, AFrozenAccountTakesPartInNothing) {
  // Freezes Bob's account, then tries every command on it.
  const ModelResult result = host.submit(Freeze{.account = bob});
  EXPECT_EQ(event_as<Frozen>(result.events.at(0)).account, bob);
  EXPECT_EQ(host.row<Account>(bob)->status.get(), Account::Frozen);
  expect_rejected(Deposit{.account = bob, .amount = 1}, AccountNotOpen);
  expect_rejected(Withdraw{.account = bob, .amount = 1}, AccountNotOpen);
  expect_rejected(Transfer{.from = alice, .to = bob, .amount = 1}, AccountNotOpen);
  expect_rejected(Freeze{.account = bob}, AccountNotOpen);
}

TEST_F(TwoAccounts, RenamingMovesTheAccountInTheOwnerIndex) {
  // The name changes, and a command for an unknown account is refused.
  EXPECT_EQ(host.submit(Rename{.account = bob, .owner = "robert"}).verdict, ModelVerdict::Accepted);
  EXPECT_EQ(host.row<Account>(bob)->owner.get(), Str<32>("robert"));
  expect_rejected(Rename{.account = Id<Account>{9}, .owner = "nobody"}, UnknownAccount);
}

TEST_F(TwoAccounts, BytesThatAreNoCommandFault) {
  // Cuts a command short, and sends a kind that does not exist: recorded as faults, state
  // unchanged.
  const std::string before = host.dump();
  const std::array<std::byte, 3> cut = {};
  EXPECT_EQ(host.execute(2, cut).fault_status, CAIRN_MALFORMED);
  EXPECT_EQ(host.execute(99, cut).fault_status, CAIRN_UNDECLARED);
  EXPECT_EQ(host.dump(), before);
}

}  // namespace
}  // namespace bank
