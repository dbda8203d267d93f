// SPDX-License-Identifier: Apache-2.0
#include "execution/executor.h"

#include <atomic>
#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "cairn/decimal.h"
#include "tests/dsl/shop.h"
#include "tests/execution/rig.h"

namespace cairn::execution {
namespace {

// NOLINTNEXTLINE(google-build-using-namespace): the domain under test.
using namespace shop;
using Code = shop::Outcome (*)(shop::Tx&, const Do&);

[[noreturn]] void find_for_ever(shop::Tx& tx) {
  for (;;) {
    static_cast<void>(tx.find(Id<Order>{1}));
  }
}

struct ExecutorOfShop : ::testing::Test {
  /// Runs code inside a handler.
  const Transaction& run(Code code, u64 order = 0) {
    do_this = code;
    return rig.submit(Do{.order = order});
  }

  /// Orders 1, 2, …: each of this price and with one line.
  void place(i64 price) {
    const std::array<u32, 1> quantities = {3};
    const Transaction& done = rig.submit(Place{.price = price, .quantities = quantities});
    ASSERT_EQ(done.outcome, OutcomeKind::Accepted) << done.text;
  }

  /// The handler faults like this; nothing of it stays, and the next command works.
  void expect_fault(Code code, FaultKind kind) {
    const std::string before = rig.content();
    const Transaction& done = run(code, 1);
    EXPECT_EQ(done.outcome, OutcomeKind::Faulted);
    EXPECT_EQ(to_string(done.fault), to_string(kind)) << done.text;
    EXPECT_TRUE(done.delta.empty());
    EXPECT_TRUE(done.events.empty());
    EXPECT_FALSE(done.text.empty());
    EXPECT_EQ(rig.content(), before);
    EXPECT_EQ(run([](shop::Tx&, const Do&) -> shop::Outcome { return ok; }).outcome,
              OutcomeKind::Accepted);
  }

  const Order* order(u64 id) {
    return reinterpret_cast<const Order*>(rig.state.find_number(1, id));
  }

  Rig rig = Rig(domain_entry<Shop>);
};

TEST_F(ExecutorOfShop, AnAcceptedCommandIsATransactionWithDeltaEventsAndGates) {
  // Places an order with a note: two events, the second caused by the first, and both gates asked.
  const std::array<u32, 1> quantities = {3};
  const Transaction& done =
      rig.submit(Place{.price = 5, .note = "hello", .quantities = quantities});
  EXPECT_EQ(done.outcome, OutcomeKind::Accepted) << done.text;
  EXPECT_EQ(done.context.position, Seq(1));
  EXPECT_EQ(rig.state.position(), Seq(1));
  EXPECT_FALSE(done.delta.empty());
  ASSERT_EQ(done.events.size(), 2U);
  EXPECT_FALSE(done.events[0].has_cause);
  EXPECT_TRUE(done.events[1].has_cause);
  EXPECT_EQ(done.events[1].cause.event, 0U);
  EXPECT_EQ(done.events[1].cause.transaction, 1U);
  ASSERT_EQ(done.gates.size(), 2U);
  EXPECT_TRUE(done.gates[0].allowed && done.gates[1].allowed);
  EXPECT_GT(done.steps, 0U);
}

TEST_F(ExecutorOfShop, ARejectedCommandKeepsNothingButItsPlace) {
  // The detail is there, the order made before the refusal is not, and position and time go on.
  rig.time = 7;
  const std::string before = rig.content();
  const Transaction& done = rig.submit(Place{.price = 10'007});
  EXPECT_EQ(done.outcome, OutcomeKind::Rejected);
  EXPECT_EQ(done.code, static_cast<u16>(TooDear));
  EXPECT_EQ(text_of(done.detail), std::string("\x07\0\0\0\0\0\0\0", 8));
  EXPECT_TRUE(done.delta.empty());
  EXPECT_EQ(rig.content(), before);
  EXPECT_EQ(rig.state.position(), Seq(1));
  EXPECT_EQ(rig.state.time(), 7);
}

TEST_F(ExecutorOfShop, AClosedGateDeniesByName) {
  // The gate is named, and those asked before it are listed.
  const std::string before = rig.content();
  const Transaction& denied = rig.submit(Place{.price = 1'000'000});
  EXPECT_EQ(denied.outcome, OutcomeKind::Denied);
  EXPECT_EQ(rig.plan.domain().gates[denied.gate].name, "price_limit");
  rig.time = 2'000'000'000;
  const Transaction& late = rig.submit(Place{.price = 1});
  EXPECT_EQ(late.gate, 1U);
  ASSERT_EQ(late.gates.size(), 2U);
  EXPECT_TRUE(late.gates[0].allowed);
  EXPECT_FALSE(late.gates[1].allowed);
  EXPECT_EQ(rig.content(), before);
}

TEST_F(ExecutorOfShop, AGateIsPassedWithANameAndAReasonAndThatIsRecorded) {
  // With leave the command commits and the verdict shows what the gate said; without a name or a
  // reason, or for another gate, it is no leave.
  const Bypass leave = {.gate = 0, .approver = "Ada", .reason = "a test"};
  const Transaction& passed = rig.submit(Place{.price = 1'000'000}, {&leave, 1});
  ASSERT_EQ(passed.outcome, OutcomeKind::Accepted) << passed.text;
  ASSERT_EQ(passed.gates.size(), 2U);
  EXPECT_FALSE(passed.gates[0].allowed);
  ASSERT_NE(passed.gates[0].bypass, nullptr);
  EXPECT_EQ(passed.gates[0].bypass->approver, "Ada");
  EXPECT_EQ(passed.gates[1].bypass, nullptr);
  const Bypass nameless = {.gate = 0, .approver = "", .reason = "a test"};
  const Bypass idle = {.gate = 0, .approver = "Ada", .reason = ""};
  const Bypass other = {.gate = 1, .approver = "Ada", .reason = "a test"};
  for (const Bypass& none : {nameless, idle, other}) {
    EXPECT_EQ(rig.submit(Place{.price = 1'000'000}, {&none, 1}).outcome, OutcomeKind::Denied);
  }
}

TEST_F(ExecutorOfShop, EveryWayToGoWrongIsAFaultOfItsKind) {
  // One handler for each kind that a typed domain can bring about; the state stays, the next
  // command works.
  place(5);
  expect_fault([](shop::Tx&, const Do&) -> shop::Outcome { throw std::runtime_error("a bug"); },
               FaultKind::Threw);
  expect_fault([](shop::Tx&, const Do&) -> shop::Outcome { throw 7; }, FaultKind::Threw);
  expect_fault(
      [](shop::Tx&, const Do&) -> shop::Outcome {
        const auto one = *Decimal<2>::from_integer(1);
        static_cast<void>(checked_divide(one, Decimal<2>(), Rounding::HalfEven).value());
        return ok;
      },
      FaultKind::Threw);
  expect_fault(
      [](shop::Tx& tx, const Do& cmd) -> shop::Outcome {
        const auto line = tx.in<part_of>(tx.find(Id<Order>{cmd.order})).first();
        tx.erase(line);
        line.edit().quantity = 1;
        return ok;
      },
      FaultKind::Stale);
  expect_fault(
      [](shop::Tx& tx, const Do&) -> shop::Outcome {
        tx.find(Id<Order>{99}).edit().edits = 1;
        return ok;
      },
      FaultKind::Misused);
  expect_fault(
      [](shop::Tx& tx, const Do& cmd) -> shop::Outcome {
        tx.find(Id<Order>{cmd.order}).edit().replaces = Id<Order>{77};
        return ok;
      },
      FaultKind::Reference);
  expect_fault(
      [](shop::Tx& tx, const Do& cmd) -> shop::Outcome {
        const auto made = tx.find(Id<Order>{cmd.order});
        tx.unlink<part_of>(tx.in<part_of>(made).first(), made);
        return ok;
      },
      FaultKind::RequiredEnd);
  expect_fault(
      [](shop::Tx& tx, const Do& cmd) -> shop::Outcome {
        tx.set<&Order::price>(tx.find(Id<Order>{cmd.order}), -1);
        return ok;
      },
      FaultKind::Invariant);
}

TEST_F(ExecutorOfShop, AnEventMayNotNameOneThatIsNotThere) {
  // As its cause an event names one before it; not one of the future, nor none at all.
  expect_fault(
      [](shop::Tx& tx, const Do&) -> shop::Outcome {
        tx.emit(Noted{}, EventPlace{.transaction = tx.position(), .event = 0});
        return ok;
      },
      FaultKind::Malformed);
  expect_fault(
      [](shop::Tx& tx, const Do&) -> shop::Outcome {
        tx.emit(Noted{}, EventPlace{.transaction = tx.position().next(), .event = 0});
        return ok;
      },
      FaultKind::Malformed);
  expect_fault(
      [](shop::Tx& tx, const Do&) -> shop::Outcome {
        tx.emit(Noted{}, EventPlace{});
        return ok;
      },
      FaultKind::Malformed);
}

TEST_F(ExecutorOfShop, EachBudgetEndsTheCallWhereItRunsOut) {
  // Loops without end over steps, changes, bytes, scans, savepoints and walks.
  place(5);
  rig.executor.set_budget({.steps_max = 5000, .changes_max = 300, .bytes_max = 1U << 20U});
  expect_fault(
      [](shop::Tx& tx, const Do&) -> shop::Outcome {
        for (;;) {
          static_cast<void>(tx.find(Id<Order>{1}));
        }
      },
      FaultKind::OverBudget);
  expect_fault(
      [](shop::Tx& tx, const Do&) -> shop::Outcome {
        for (;;) {
          static_cast<void>(tx.new_id<Order>());
        }
      },
      FaultKind::OverBudget);
  expect_fault(
      [](shop::Tx& tx, const Do&) -> shop::Outcome {
        const std::string note(10'000, 'n');
        for (;;) {
          tx.emit(Noted{.note = *Text<100'000>::from(note)});
        }
      },
      FaultKind::OverBudget);
  expect_fault(
      [](shop::Tx& tx, const Do&) -> shop::Outcome {
        for (;;) {
          static_cast<void>(tx.first<&Order::id>());
        }
      },
      FaultKind::OverBudget);
  expect_fault(
      [](shop::Tx& tx, const Do& cmd) -> shop::Outcome {
        tx.find(Id<Order>{cmd.order}).edit().edits = 1;
        for (;;) {
          static_cast<void>(tx.savepoint());
        }
      },
      FaultKind::OverBudget);
  expect_fault(
      [](shop::Tx& tx, const Do&) -> shop::Outcome {
        for (i64 i = 0;; ++i) {
          tx.schedule(Timestamp{i}, Ship{});
        }
      },
      FaultKind::OverBudget);
}

TEST_F(ExecutorOfShop, ABudgetIsNoSmallerForALaterCommand) {
  // What one command uses up is not missing from the next.
  rig.executor.set_budget({.steps_max = 100, .changes_max = 50, .bytes_max = 10'000});
  const Code scans = [](shop::Tx& tx, const Do&) -> shop::Outcome {
    for (int i = 0; i < 40; ++i) {
      static_cast<void>(tx.first<&Order::id>());
    }
    return ok;
  };
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(run(scans).outcome, OutcomeKind::Accepted);
  }
}

TEST_F(ExecutorOfShop, AFaultThatTheHandlerSwallowsIsAFault) {
  // The handler catches everything, and says that all went well.
  rig.executor.set_budget({.steps_max = 100});
  expect_fault(
      [](shop::Tx& tx, const Do&) -> shop::Outcome {
        try {
          find_for_ever(tx);
        } catch (...) {
          return ok;  // what no handler should do
        }
      },
      FaultKind::OverBudget);
}

TEST_F(ExecutorOfShop, AnInterruptedCommandIsNoTransaction) {
  // The flag is up: the handler ends at its next call, the state and its position stay, and the
  // same position is used by the next command.
  place(5);
  const std::string before = rig.content();
  std::atomic<bool> interrupt = true;
  rig.executor.set_interrupt(&interrupt);
  do_this = [](shop::Tx& tx, const Do& cmd) -> shop::Outcome {
    tx.find(Id<Order>{cmd.order}).edit().edits = 1;
    for (;;) {
      static_cast<void>(tx.new_id<Order>());
    }
  };
  GrowingByteWriter writer;
  encode(writer, Do{.order = 1});
  const auto done = rig.executor.execute({.kind = 4, .bytes = writer.written()}, rig.next());
  ASSERT_FALSE(done.has_value());
  EXPECT_EQ(done.error().code(), Errc::TimedOut);
  EXPECT_EQ(rig.content(), before);
  EXPECT_EQ(rig.state.position(), Seq(1));
  interrupt = false;
  place(6);
  EXPECT_EQ(rig.state.position(), Seq(2));
}

TEST_F(ExecutorOfShop, AQuarantinedCommandIsRecordedWithoutRunning) {
  // The handler would count; it does not.
  static int runs = 0;
  do_this = [](shop::Tx&, const Do&) -> shop::Outcome {
    ++runs;
    return ok;
  };
  const std::string before = rig.content();
  const Transaction& done = rig.executor.quarantine({.kind = 4, .bytes = {}}, rig.next());
  EXPECT_EQ(done.outcome, OutcomeKind::Faulted);
  EXPECT_EQ(done.fault, FaultKind::Quarantined);
  EXPECT_EQ(runs, 0);
  EXPECT_EQ(rig.content(), before);
  EXPECT_EQ(rig.state.position(), Seq(1));
}

TEST_F(ExecutorOfShop, WhatIfShowsATransactionAndLeavesNoTrace) {
  // Looks at what an order would be; state, position and the numbers it would use are as before,
  // and the real command gives the same transaction.
  place(5);
  rig.time = 3;
  const std::string before = dump(rig.state);
  const std::string content = rig.content();
  const std::array<u32, 1> quantities = {3};
  GrowingByteWriter writer;
  encode(writer, Place{.price = 6, .quantities = quantities});
  const Command command = {.kind = 2, .bytes = writer.written()};
  std::string seen;
  const auto done = rig.executor.what_if(command, rig.next(), [&](const Transaction& would) {
    EXPECT_EQ(would.outcome, OutcomeKind::Accepted);
    EXPECT_NE(order(2), nullptr);
    seen = text_of(would);
  });
  EXPECT_TRUE(done.has_value());
  EXPECT_EQ(dump(rig.state), before);
  EXPECT_EQ(rig.content(), content);
  EXPECT_EQ(rig.state.position(), Seq(1));
  EXPECT_EQ(rig.state.time(), 0);
  EXPECT_EQ(text_of(rig.execute(command)), seen);
}

TEST_F(ExecutorOfShop, AGroupIsRolledBackAsAWhole) {
  // A command that changes nothing, accepted ones, a rejected one and a fault, all taken back, and
  // the position with them; then the same again, committed.
  place(5);
  const std::string before = dump(rig.state);
  const std::string content = rig.content();
  const auto run_all = [&] {
    rig.submit(Ship{.order = 99});
    place(6);
    run(
        [](shop::Tx& tx, const Do& cmd) -> shop::Outcome {
          tx.erase(tx.find(Id<Order>{cmd.order}));
          tx.schedule(Timestamp{5}, Ship{.order = 2});
          return ok;
        },
        1);
    rig.submit(Place{.price = 10'007});
    run(
        [](shop::Tx& tx, const Do& cmd) -> shop::Outcome {
          tx.set<&Order::price>(tx.find(Id<Order>{cmd.order}), 9);
          return ok;
        },
        2);
    run([](shop::Tx&, const Do&) -> shop::Outcome { throw std::runtime_error("a bug"); });
  };
  rig.executor.begin_group();
  run_all();
  EXPECT_EQ(rig.state.position(), Seq(7));
  EXPECT_EQ(order(1), nullptr);
  rig.executor.roll_back_group();
  EXPECT_EQ(dump(rig.state), before);
  EXPECT_EQ(rig.content(), content);
  EXPECT_EQ(rig.state.position(), Seq(1));
  rig.executor.begin_group();
  run_all();
  rig.executor.commit_group();
  EXPECT_EQ(order(1), nullptr);
  EXPECT_EQ(order(2)->price.get(), 9);
  place(7);
  EXPECT_NE(order(3), nullptr);
}

TEST_F(ExecutorOfShop, ATimerThatFiredIsGoneWhateverComesOfIt) {
  // Two commands wait; one is rejected, one faults. Both are recorded with nothing but the firing.
  run([](shop::Tx& tx, const Do&) -> shop::Outcome {
    tx.schedule(Timestamp{5}, Ship{.order = 99});
    tx.schedule(Timestamp{6}, Do{.order = 99});
    return ok;
  });
  ASSERT_EQ(rig.state.timers().size(), 2U);
  rig.time = 5;
  state::Timers::Due due = rig.state.timers().due(5);
  state::Timer timer = *due.timer;
  const Transaction& rejected =
      rig.execute({.kind = timer.kind, .bytes = timer.command, .timer = due.number});
  EXPECT_EQ(rejected.outcome, OutcomeKind::Rejected);
  EXPECT_FALSE(rejected.delta.empty());
  EXPECT_EQ(rig.state.timers().size(), 1U);
  EXPECT_EQ(rig.state.timers().due(5).number, 0U);
  rig.time = 6;
  due = rig.state.timers().due(6);
  timer = *due.timer;
  do_this = [](shop::Tx&, const Do&) -> shop::Outcome { throw std::runtime_error("a bug"); };
  EXPECT_EQ(rig.execute({.kind = timer.kind, .bytes = timer.command, .timer = due.number}).outcome,
            OutcomeKind::Faulted);
  EXPECT_EQ(rig.state.timers().size(), 0U);
}

TEST_F(ExecutorOfShop, BytesThatAreNoCommandFault) {
  // Cut short, too long, and of a kind that is not there.
  const std::array<std::byte, 3> cut = {};
  const std::array<std::byte, 40> too_long = {};
  const std::string before = rig.content();
  EXPECT_EQ(rig.execute({.kind = 3, .bytes = cut}).fault, FaultKind::Malformed);
  EXPECT_EQ(rig.execute({.kind = 3, .bytes = too_long}).fault, FaultKind::Malformed);
  EXPECT_EQ(rig.execute({.kind = 99, .bytes = cut}).fault, FaultKind::Undeclared);
  EXPECT_EQ(rig.content(), before);
}

TEST_F(ExecutorOfShop, RandomNumbersDependOnThePositionAlone) {
  // The same position gives the same numbers, in another engine too; the next gives others.
  static std::vector<u64> drawn;
  drawn.clear();
  const Code draw = [](shop::Tx& tx, const Do&) -> shop::Outcome {
    drawn.push_back(tx.random());
    drawn.push_back(tx.random());
    return ok;
  };
  run(draw);
  run(draw);
  Rig other(domain_entry<Shop>);
  other.submit(Do{});
  ASSERT_EQ(drawn.size(), 6U);
  EXPECT_EQ(drawn[0], drawn[4]);
  EXPECT_EQ(drawn[1], drawn[5]);
  EXPECT_NE(drawn[0], drawn[1]);
  EXPECT_NE(drawn[0], drawn[2]);
}

TEST_F(ExecutorOfShop, AReaderSeesTheStateAndMayChangeNothing) {
  // Reads through the functions of the table; a change is refused, a limit ends it, and both leave
  // the executor as it was.
  place(5);
  bool found = false;
  rig.executor.read([&](const cairn_host& host, cairn_call& call) {
    const shop::View view(detail::Call{.host = &host, .call = &call});
    found = static_cast<bool>(view.find(Id<Order>{1}));
    std::uint64_t id = 0;
    EXPECT_EQ(host.new_id(&call, 1, &id), CAIRN_READ_ONLY);
    EXPECT_EQ(host.emit(&call, 1, {}, nullptr, nullptr), CAIRN_READ_ONLY);
  });
  EXPECT_TRUE(found);
  rig.executor.set_budget({.steps_max = 3});
  EXPECT_ANY_THROW(rig.executor.read([&](const cairn_host& host, cairn_call& call) {
    const shop::View view(detail::Call{.host = &host, .call = &call});
    for (;;) {
      static_cast<void>(view.find(Id<Order>{1}));
    }
  }));
  rig.executor.set_budget({});
  place(6);
}

}  // namespace
}  // namespace cairn::execution
