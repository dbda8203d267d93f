// SPDX-License-Identifier: Apache-2.0
#include "cairn/engine.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "examples/bank/bank.h"

namespace bank {
namespace {

using cairn::Errc;
using cairn::Seq;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using BankEngine = cairn::Engine<Bank>;

constexpr Id<Account> ann = {1};
constexpr Id<Account> ben = {2};

/// Ann has 100, Ben has 50.
struct TwoAccounts : ::testing::Test {
  TwoAccounts() {
    EXPECT_TRUE(accepted(OpenAccount{.account = ann, .owner = "ann", .opening = 100}));
    EXPECT_TRUE(accepted(OpenAccount{.account = ben, .owner = "ben", .opening = 50}));
  }

  template <typename C>
  bool accepted(const C& command) {
    return engine.submit(command).value().accepted();
  }

  i64 balance(Id<Account> account) { return engine.find(account)->balance; }

  BankEngine engine = BankEngine::in_memory();
};

TEST_F(TwoAccounts, AnAcceptedCommandChangesStateAndStatesEvents) {
  // Shows the whole way of one command: outcome, events as types, and rows.
  const auto done = engine.submit(Transfer{.from = ann, .to = ben, .amount = 30}).value();
  EXPECT_TRUE(done.accepted());
  EXPECT_EQ(done.position(), Seq(3));
  const auto events = done.events_of<Transferred>();
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0]->from_balance, 70);
  EXPECT_EQ(events[0]->to_balance, 80);
  EXPECT_EQ(balance(ann), 70);
  EXPECT_EQ(balance(ben), 80);
  EXPECT_FALSE(done.delta().empty());
}

TEST_F(TwoAccounts, ARejectedCommandIsRecordedAndChangesNothing) {
  // Overdraws an account: the position moves, the rows do not.
  const auto done = engine.submit(Withdraw{.account = ann, .amount = 1000}).value();
  EXPECT_TRUE(done.rejected(InsufficientFunds));
  EXPECT_EQ(done.code(), InsufficientFunds);
  EXPECT_TRUE(done.delta().empty());
  EXPECT_TRUE(done.events().empty());
  EXPECT_EQ(engine.position(), Seq(3));
  EXPECT_EQ(balance(ann), 100);
}

TEST_F(TwoAccounts, WhatIfTellsTheOutcomeAndLeavesNoTrace) {
  // Asks twice and looks at the digest of all of the state.
  const auto before = engine.digest();
  const auto asked = engine.what_if(Transfer{.from = ann, .to = ben, .amount = 30}).value();
  EXPECT_TRUE(asked.accepted());
  EXPECT_EQ(asked.events_of<Transferred>().at(0)->to_balance, 80);
  EXPECT_EQ(engine.digest(), before);
  EXPECT_EQ(engine.position(), Seq(2));
  EXPECT_TRUE(
      engine.what_if(Withdraw{.account = ann, .amount = 1000}).value().rejected(InsufficientFunds));
  EXPECT_EQ(engine.digest(), before);
}

TEST_F(TwoAccounts, TryStepKeepsOnlyWhatIsAccepted) {
  // A refusal leaves neither record nor change; an acceptance leaves both.
  const auto before = engine.digest();
  EXPECT_FALSE(engine.try_step(Withdraw{.account = ann, .amount = 1000}).value().accepted());
  EXPECT_EQ(engine.digest(), before);
  EXPECT_TRUE(engine.try_step(Withdraw{.account = ann, .amount = 1}).value().accepted());
  EXPECT_EQ(balance(ann), 99);
  EXPECT_EQ(engine.position(), Seq(3));
}

TEST_F(TwoAccounts, AGroupStaysTogetherOrNotAtAll) {
  // Drops one group and commits another, of the same commands.
  const auto before = engine.digest();
  const auto fill = [&](cairn::Group<Bank>& group) {
    EXPECT_TRUE(group.apply(Withdraw{.account = ann, .amount = 60}).value().accepted());
    EXPECT_TRUE(
        group.apply(Withdraw{.account = ann, .amount = 60}).value().rejected(InsufficientFunds));
    EXPECT_TRUE(group.apply(Deposit{.account = ben, .amount = 60}).value().accepted());
  };
  {
    auto group = engine.begin();
    fill(group);
  }
  EXPECT_EQ(engine.digest(), before);
  auto group = engine.begin();
  fill(group);
  group.commit();
  EXPECT_EQ(balance(ann), 40);
  EXPECT_EQ(balance(ben), 110);
  EXPECT_EQ(engine.position(), Seq(5));
}

TEST_F(TwoAccounts, AGroupThatStartsWithARefusalIsTakenBackWhole) {
  // Refusals move the position too: dropping the group moves it back.
  const auto before = engine.digest();
  {
    auto group = engine.begin();
    EXPECT_FALSE(group.apply(Withdraw{.account = ann, .amount = 1000}).value().accepted());
    EXPECT_TRUE(group.apply(Withdraw{.account = ann, .amount = 10}).value().accepted());
  }
  EXPECT_EQ(engine.digest(), before);
  {
    auto empty = engine.begin();
  }
  EXPECT_EQ(engine.digest(), before);
}

TEST_F(TwoAccounts, WhatWasObservedMustStillBeSoAtCommit) {
  // Reads Ann's balance, then lets another command move it, or one that does not touch it.
  const auto read = [](const auto& view) { return view.find(ann)->balance; };
  const auto fresh = engine.observe(read);
  EXPECT_EQ(fresh.value, 100);
  EXPECT_TRUE(accepted(Deposit{.account = ben, .amount = 1}));
  EXPECT_TRUE(engine.submit_if(fresh, Withdraw{.account = ann, .amount = 100}).value().accepted());
  const auto stale = engine.submit_if(fresh, Deposit{.account = ann, .amount = 1});
  ASSERT_FALSE(stale);
  EXPECT_EQ(stale.error().code(), Errc::Conflict);
  EXPECT_EQ(balance(ann), 0);
}

TEST_F(TwoAccounts, ASubscriberSeesWhatWasCommittedInItsOrder) {
  // Outcomes of single commands, and of a group only once it is committed.
  std::vector<std::string> seen;
  auto subscription = engine.subscribe([&](const cairn::TransactionView& transaction) {
    seen.push_back(std::to_string(transaction.position.value()) + " " +
                   std::string(to_string(transaction.outcome)));
  });
  EXPECT_FALSE(accepted(Withdraw{.account = ann, .amount = 1000}));
  {
    auto dropped = engine.begin();
    EXPECT_TRUE(dropped.apply(Deposit{.account = ann, .amount = 1}).value().accepted());
  }
  auto group = engine.begin();
  EXPECT_TRUE(group.apply(Deposit{.account = ann, .amount = 1}).value().accepted());
  EXPECT_TRUE(group.apply(Deposit{.account = ann, .amount = 2}).value().accepted());
  EXPECT_THAT(seen, ElementsAre("3 rejected"));
  group.commit();
  EXPECT_THAT(seen, ElementsAre("3 rejected", "4 accepted", "5 accepted"));
  {
    const auto ended = std::move(subscription);
  }
  EXPECT_TRUE(accepted(Deposit{.account = ann, .amount = 1}));
  EXPECT_EQ(seen.size(), 3U);
}

TEST_F(TwoAccounts, AReaderThatMisusesTheViewGetsAnException) {
  // Uses a handle without a row.
  EXPECT_THROW(engine.read([](const auto& view) { return view.find(Id<Account>{99})->balance; }),
               std::logic_error);
  EXPECT_EQ(balance(ann), 100);
}

TEST(MemoryEngine, ATableThatIsNotWholeMakesNoEngine) {
  // Without a function, a schema or a descriptor, and with a name that is not its schema's.
  const auto error_of = [](const cairn_domain& table, cairn::Trust trust) {
    const auto core = cairn::make_memory_engine(table, trust, {});
    return core ? "no error" : core.error().to_string();
  };
  cairn_domain table = cairn::domain_entry<Bank>;
  EXPECT_EQ(error_of(table, cairn::Trust::Checked), "no error");
  table.name = "other";
  EXPECT_THAT(error_of(table, cairn::Trust::Checked), HasSubstr("named \"other\""));
  table = cairn::domain_entry<Bank>;
  table.execute = nullptr;
  EXPECT_THAT(error_of(table, cairn::Trust::Compiled), HasSubstr("lacks the function `execute`"));
  table = cairn::domain_entry<Bank>;
  table.describe = nullptr;
  EXPECT_THAT(error_of(table, cairn::Trust::Checked), HasSubstr("says nothing about its schema"));
  table.descriptor = nullptr;
  EXPECT_THAT(error_of(table, cairn::Trust::Compiled), HasSubstr("was not compiled in"));
}

TEST_F(TwoAccounts, ATransactionReadsAsText) {
  // The text that golden files hold, of an acceptance and of a refusal.
  std::string text;
  const auto subscription = engine.subscribe(
      [&](const cairn::TransactionView& each) { text += engine.core().describe(each); });
  EXPECT_TRUE(accepted(Transfer{.from = ann, .to = ben, .amount = 30}));
  EXPECT_FALSE(accepted(Freeze{.account = Id<Account>{9}}));
  EXPECT_TRUE(accepted(Freeze{.account = ann}));
  EXPECT_EQ(text,
            "3 at 0: Transfer{from: 1, to: 2, amount: 30}\n"
            "  accepted\n"
            "  changed Account 1: balance: 70\n"
            "  changed Account 2: balance: 80\n"
            "  event Transferred{from: 1, to: 2, amount: 30, from_balance: 70, to_balance: 80}\n"
            "4 at 0: Freeze{account: 9}\n"
            "  rejected: UnknownAccount\n"
            "5 at 0: Freeze{account: 1}\n"
            "  accepted\n"
            "  changed Account 1: status: \"Frozen\"\n"
            "  event Frozen{account: 1}\n");
}

}  // namespace
}  // namespace bank
