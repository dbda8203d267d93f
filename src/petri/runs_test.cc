// SPDX-License-Identifier: Apache-2.0
#include "petri/runs.h"

#include <algorithm>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/limits.h"
#include "petri/footprint.h"
#include "petri/report.h"
#include "petri/test_domain.h"

namespace cairn::petri {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

const TestMachine order = {"status", "Open Paid Sent", "Open>Paid Paid>Sent"};

schema::Schema orders() {
  return TestDomain()
      .record("Order", {order})
      .record("Note")
      .edge({"about", "notes", "Note many", "Order one"})
      .command("Place")
      .command("Pay")
      .command("Send")
      .command("Write")
      .schema();
}

std::vector<std::string> found(const Report& report, FindingKind kind) {
  std::vector<std::string> places;
  for (const Finding& finding : report.findings) {
    if (finding.kind == kind) {
      places.push_back(finding.place);
    }
  }
  return places;
}

/// Runs that leave nothing out.
TestRuns all_of(const schema::Schema& schema) {
  TestRuns runs(schema);
  runs.accepted("Place", {"+Order:Open"})
      .accepted("Pay", {"Order:Open>Paid"})
      .accepted("Send", {"Order:Paid>Sent"})
      .accepted("Write", {"Order:Open", "+Note"}, {"about"});
  return runs;
}

TEST(PetriRuns, ThatDoEverythingFindNothing) {
  // Each command, transition, record and edge was seen.
  const schema::Schema schema = orders();
  const TestRuns runs = all_of(schema);
  const Report report = check(schema, {}, &runs.runs()).value();
  EXPECT_TRUE(report.is_clean()) << report.to_text();
  EXPECT_TRUE(report.has_runs);
}

TEST(PetriRuns, WhatTheyNeverDidIsFound) {
  // Only placing orders was recorded, and a refused payment.
  const schema::Schema schema = orders();
  TestRuns runs(schema);
  runs.accepted("Place", {"+Order:Open"}).rejected("Pay", {"Order:Open"});
  const Report report = check(schema, {}, &runs.runs()).value();
  EXPECT_THAT(found(report, FindingKind::NeverAccepted),
              ElementsAre("command Pay", "command Send", "command Write"));
  EXPECT_THAT(found(report, FindingKind::NeverEntered),
              ElementsAre("Order.status.Paid", "Order.status.Sent"));
  EXPECT_THAT(found(report, FindingKind::NeverFired), ElementsAre("Order.status: Open to Paid"))
      << "Paid to Sent goes without saying";
  EXPECT_THAT(found(report, FindingKind::NeverCreated), ElementsAre("record Note"));
  EXPECT_THAT(found(report, FindingKind::NeverLinked), ElementsAre("edge about"));
  EXPECT_FALSE(report.is_clean());
}

TEST(PetriRuns, StepsInsideOneCommandCount) {
  // Paid is passed through and never lasts.
  const schema::Schema schema = TestDomain().record("Order", {order}).command("Buy").schema();
  TestRuns runs(schema);
  runs.accepted("Buy", {"+Order:Open>Paid>Sent"});
  const Report report = check(schema, {}, &runs.runs()).value();
  EXPECT_THAT(found(report, FindingKind::NeverEntered), IsEmpty());
  EXPECT_THAT(found(report, FindingKind::NeverFired), IsEmpty());
}

/// Two kinds of rows that are to be locked in turn.
schema::Schema lockers() {
  const TestMachine lock = {"held", "Free Taken", "Free>Taken Taken>Free"};
  const TestMachine client = {"at", "Idle Half Full", "Idle>Half Half>Full Full>Idle"};
  return TestDomain()
      .record("Left", {lock})
      .record("Right", {lock})
      .record("Ann", {client})
      .record("Bob", {client})
      .command("Begin")
      .command("AnnLeft")
      .command("AnnRight")
      .command("BobRight")
      .command("BobLeft")
      .command("AnnDone")
      .command("BobDone")
      .schema();
}

TestRuns locked(const schema::Schema& schema, bool in_turn) {
  TestRuns runs(schema);
  runs.accepted("Begin", {"+Left:Free", "+Right:Free", "+Ann:Idle", "+Bob:Idle"})
      .accepted("AnnLeft", {"Ann:Idle>Half", "Left:Free>Taken"})
      .accepted("AnnRight", {"Ann:Half>Full", "Right:Free>Taken"})
      .accepted("AnnDone", {"Ann:Full>Idle", "Left:Taken>Free", "Right:Taken>Free"})
      .accepted("BobDone", {"Bob:Full>Idle", "Left:Taken>Free", "Right:Taken>Free"});
  if (in_turn) {
    runs.accepted("BobLeft", {"Bob:Idle>Half", "Left:Free>Taken"})
        .accepted("BobRight", {"Bob:Half>Full", "Right:Free>Taken"});
  } else {
    runs.accepted("BobRight", {"Bob:Idle>Half", "Right:Free>Taken"})
        .accepted("BobLeft", {"Bob:Half>Full", "Left:Free>Taken"});
  }
  return runs;
}

TEST(PetriRuns, DeadlockIsFoundWithAShortestListOfCommands) {
  // Ann takes the left first and Bob the right: after one step of each nobody goes on. All
  // commands were recorded as accepted, so no run shows it.
  const schema::Schema schema = lockers();
  const TestRuns runs = locked(schema, false);
  const Report report = check(schema, {}, &runs.runs()).value();
  const auto deadlock = std::ranges::find(report.findings, FindingKind::Deadlock, &Finding::kind);
  ASSERT_NE(deadlock, report.findings.end()) << report.to_text();
  EXPECT_EQ(deadlock->severity, Severity::Warning);
  EXPECT_THAT(deadlock->witness, ElementsAre("Begin", "AnnLeft", "BobRight"));
  EXPECT_EQ(deadlock->place,
            "1 in Left.held.Taken, 1 in Right.held.Taken, 1 in Ann.at.Half, 1 in Bob.at.Half");
  EXPECT_THAT(report.to_text(), HasSubstr("way there: 1. Begin\n             2. AnnLeft\n"));
}

TEST(PetriRuns, DeadlockIsNotHiddenByCommandsThatOnlyLook) {
  // A depot that was shut for ever keeps the orders waiting, though they can still be asked about.
  const auto report = [](bool reopens) {
    TestDomain made;
    made.record("Order", {order}).record("Depot", {{"at", "Open Shut", "Open>Shut Shut>Open"}});
    for (const char* command : {"Place", "Found", "Send", "Shut", "Reopen", "Ask"}) {
      made.command(command);
    }
    const schema::Schema schema = made.schema();
    TestRuns runs(schema);
    runs.accepted("Place", {"+Order:Open"})
        .accepted("Found", {"+Depot:Open"})
        .accepted("Send", {"Order:Open>Paid>Sent", "Depot:Open"})
        .accepted("Shut", {"Depot:Open>Shut"})
        .accepted("Ask", {"=Order:Open"});
    if (reopens) {
      runs.accepted("Reopen", {"Depot:Shut>Open"});
    }
    return check(schema, {}, &runs.runs()).value();
  };
  EXPECT_THAT(found(report(true), FindingKind::Deadlock), IsEmpty());
  EXPECT_THAT(found(report(false), FindingKind::Deadlock),
              ElementsAre("1 in Order.status.Open, 1 in Depot.at.Shut"));
}

TEST(PetriRuns, SameLocksTakenInTurnHaveNoDeadlock) {
  // The clean twin of the above.
  const schema::Schema schema = lockers();
  const TestRuns runs = locked(schema, true);
  const Report report = check(schema, {}, &runs.runs()).value();
  EXPECT_THAT(found(report, FindingKind::Deadlock), IsEmpty()) << report.to_text();
  EXPECT_TRUE(report.explored.at(1).is_complete);
}

TEST(PetriRuns, RowsThatCameToTheirEndsAreNoDeadlock) {
  // Sent orders stay for ever; and an open one waits for a payment that needs a note, which can
  // still come.
  const schema::Schema schema = orders();
  TestRuns runs(schema);
  runs.accepted("Place", {"+Order:Open"})
      .accepted("Write", {"+Note"})
      .accepted("Pay", {"Order:Open>Paid", "-Note"})
      .accepted("Send", {"Order:Paid>Sent"});
  const Report report = check(schema, {}, &runs.runs()).value();
  EXPECT_THAT(found(report, FindingKind::Deadlock), IsEmpty()) << report.to_text();
}

TEST(PetriRuns, CommandWhoseRowsNobodyBringsAboutIsFound) {
  // Send takes paid orders, and no recorded command pays.
  const schema::Schema schema = orders();
  TestRuns runs(schema);
  runs.accepted("Place", {"+Order:Open"}).accepted("Send", {"Order:Paid>Sent"});
  const Report report = check(schema, {}, &runs.runs()).value();
  EXPECT_THAT(found(report, FindingKind::NeverEnabled), ElementsAre("command Send"));
}

TEST(PetriRuns, DisjointCommandsAreTold) {
  // Placing touches new and open orders, sending paid and sent ones; paying meets both. Writing
  // only looks at open orders, which is shared with who changes them.
  const schema::Schema schema = orders();
  const TestRuns runs = all_of(schema);
  const Report report = check(schema, {}, &runs.runs()).value();
  EXPECT_THAT(report.pairs.disjoint, ElementsAre(Pair("Place", "Send"), Pair("Send", "Write")));
  EXPECT_EQ(report.pairs.disjoint_count, 2U);
  EXPECT_EQ(report.pairs.shared_count, 4U);
  EXPECT_THAT(report.pairs.unknown, IsEmpty());
}

TEST(PetriRuns, TwoThatOnlyReadTheSameAreDisjointAndUnknownIsNotDisjoint) {
  // Reading a row, reading where one is missing, refused runs that would have written.
  const schema::Schema schema = orders();
  TestRuns runs(schema);
  runs.accepted("Place", {"Order:Open", "!Note"})
      .rejected("Pay", {"Order:Open>Paid", "!Note"})
      .accepted("Send", {"+Note"});
  const Net net = declared_net(schema, 1).value();
  const Footprints prints(schema, net, runs.runs());
  EXPECT_EQ(prints.overlap(0, 1), Overlap::Disjoint);
  EXPECT_EQ(prints.overlap(0, 2), Overlap::Shared) << "what was missing is there now";
  EXPECT_EQ(prints.overlap(2, 3), Overlap::Unknown);
  EXPECT_EQ(prints.overlap(3, 3), Overlap::Unknown);
  EXPECT_EQ(prints.overlap(2, 2), Overlap::Shared) << "a command with itself";
}

TEST(PetriRuns, AScanTouchesEveryPlaceOfItsRecord) {
  // Asking for the first note met none, and still it is not the same before and after a new one;
  // it has nothing to do with orders.
  const schema::Schema schema = orders();
  Runs runs(schema);
  ASSERT_TRUE(runs.add({.command = 0, .accepted = true, .scanned = {1}}));
  for (const RowRun& row :
       {RowRun{.record = 1, .exists = true, .changed = true},
        RowRun{.record = 0, .exists = true, .changed = true, .states = {{0}}}}) {
    const auto command = static_cast<std::uint16_t>(row.record == 1 ? 1 : 2);
    ASSERT_TRUE(runs.add({.command = command, .accepted = true, .rows = {row}}));
  }
  const Footprints prints(schema, declared_net(schema, 1).value(), runs);
  EXPECT_EQ(prints.overlap(0, 1), Overlap::Shared);
  EXPECT_EQ(prints.overlap(0, 2), Overlap::Disjoint);
  EXPECT_FALSE(runs.add({.command = 0, .scanned = {2}})) << "there is no such record";
}

TEST(PetriRuns, ReportSaysHowMuchOfWhatIsDeclaredTheyDid) {
  // One command of four, one transition of two, two states of three.
  const schema::Schema schema = orders();
  TestRuns runs(schema);
  runs.accepted("Place", {"+Order:Open>Paid"}).rejected("Pay", {"Order:Open"});
  const Report report = check(schema, {}, &runs.runs()).value();
  EXPECT_THAT(report.to_text(),
              HasSubstr("recorded 2 different runs: 1 of 4 commands accepted, 1 of 2 transitions "
                        "taken, 2 of 3 states entered, 1 of 2 records created, 0 of 1 edges "
                        "linked\n"));
  EXPECT_THAT(report.to_json(), HasSubstr(R"("transitions":{"declared":2,"done":1})"));
}

TEST(PetriRuns, OrderOfAddingDoesNotMatter) {
  // The same runs forwards and backwards, rows in another order, one of them twice.
  const schema::Schema schema = orders();
  TestRuns forwards(schema);
  forwards.accepted("Place", {"+Order:Open", "+Note"}).accepted("Pay", {"Order:Open>Paid"});
  TestRuns backwards(schema);
  backwards.accepted("Pay", {"Order:Open>Paid"})
      .accepted("Place", {"+Note", "+Order:Open"})
      .accepted("Pay", {"Order:Open>Paid"});
  EXPECT_EQ(forwards.runs().seen().size(), backwards.runs().seen().size());
  EXPECT_EQ(check(schema, {}, &forwards.runs()).value().to_json(),
            check(schema, {}, &backwards.runs()).value().to_json());
}

CommandRun one_row(RowRun row) {
  CommandRun run;
  run.accepted = true;
  run.rows = {std::move(row)};
  return run;
}

TEST(PetriRuns, ThatContradictTheSchemaAreRefused) {
  // Each number out of range, each step undeclared, each count wrong; nothing is added.
  const schema::Schema schema = orders();
  Runs runs(schema);
  const RowRun open = {.record = 0, .existed = true, .exists = true, .states = {{0}}};
  const auto refused = [&](CommandRun run) {
    const auto added = runs.add(std::move(run));
    return added ? "added" : added.error().to_string();
  };
  const auto row = [&](auto change) {
    RowRun changed = open;
    change(changed);
    return refused(one_row(changed));
  };
  EXPECT_THAT(refused({.command = 9}), HasSubstr("no command number 9"));
  EXPECT_THAT(refused({.linked = {1}}), HasSubstr("no edge number 1"));
  EXPECT_THAT(refused({.followed = {7}}), HasSubstr("no edge number 7"));
  EXPECT_THAT(refused({.rows = std::vector<RowRun>(petri_run_rows_max + 1, open)}),
              HasSubstr("the limit is"));
  EXPECT_THAT(row([](RowRun& r) { r.record = 2; }), HasSubstr("no record number 2"));
  EXPECT_THAT(row([](RowRun& r) { r.states = {}; }), HasSubstr("Order.status are missing"));
  EXPECT_THAT(row([](RowRun& r) { r.states = {{}}; }), HasSubstr("went through 0 states"));
  EXPECT_THAT(row([](RowRun& r) { r.states = {{0}, {0}}; }), HasSubstr("has 1 machines, not 2"));
  EXPECT_THAT(row([](RowRun& r) { r.states = {{3}}; }), HasSubstr("has no state 3"));
  EXPECT_THAT(row([](RowRun& r) { r.states = {{0, 2}}; }), HasSubstr("from Open to Sent"));
  EXPECT_THAT(row([](RowRun& r) {
                r.existed = false;
                r.states = {{1}};
              }),
              HasSubstr("a new Order began in Paid, not in Open"));
  EXPECT_THAT(runs.seen(), IsEmpty());
  EXPECT_TRUE(runs.add(one_row(open)));
}

}  // namespace
}  // namespace cairn::petri
