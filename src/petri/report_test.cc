// SPDX-License-Identifier: Apache-2.0
#include "petri/report.h"

#include <algorithm>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "petri/explore.h"
#include "petri/findings.h"
#include "petri/net.h"
#include "petri/test_domain.h"
#include "schema/random_schema.h"
#include "schema/sample_domain.h"

namespace cairn::petri {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const TestMachine door = {"at", "Open Shut", "Open>Shut Shut>Open"};
const TestMachine order = {"status", "Open Paid Sent", "Open>Paid Paid>Sent"};

Report report_of(const TestDomain& domain) {
  return check(domain.schema()).value();
}

/// "error required-cycle record A", for each finding of that kind.
std::vector<std::string> found(const Report& report, FindingKind kind) {
  std::vector<std::string> lines;
  for (const Finding& finding : report.findings) {
    if (finding.kind == kind) {
      lines.push_back(std::string(to_string(finding.severity)) + " " + finding.place);
    }
  }
  return lines;
}

const Finding& first(const Report& report, FindingKind kind) {
  const auto finding = std::ranges::find(report.findings, kind, &Finding::kind);
  EXPECT_NE(finding, report.findings.end());
  return *finding;
}

TEST(PetriReport, SampleDomainIsClean) {
  // The sample uses every kind of declaration, and nothing of it is a mistake.
  const Report report = check(schema::Schema::from_domain(shop::info).value()).value();
  EXPECT_TRUE(report.is_clean()) << report.to_text();
  EXPECT_TRUE(report.explored.at(0).is_complete);
}

TEST(PetriReport, StateWithoutExitIsANote) {
  // A terminal state is lawful; it is told, and the domain stays clean.
  const Report report = report_of(TestDomain().record("Order", {order}));
  EXPECT_THAT(found(report, FindingKind::Terminal), ElementsAre("note Order.status.Sent"));
  EXPECT_TRUE(report.is_clean());
  EXPECT_THAT(found(report, FindingKind::Endless), IsEmpty());
}

TEST(PetriReport, StateThatOnlyStepsToItselfIsTerminal) {
  // A step to the same state is no way out.
  const Report report =
      report_of(TestDomain().record("Order", {{"status", "Open Sent", "Open>Sent Sent>Sent"}}));
  EXPECT_THAT(found(report, FindingKind::Terminal), ElementsAre("note Order.status.Sent"));
}

TEST(PetriReport, MachineWithoutTerminalStateIsANote) {
  // A door opens and shuts for ever.
  const Report report = report_of(TestDomain().record("Door", {door}));
  EXPECT_THAT(found(report, FindingKind::Endless), ElementsAre("note Door.at"));
  EXPECT_THAT(found(report, FindingKind::Terminal), IsEmpty());
  EXPECT_TRUE(report.is_clean());
}

TEST(PetriReport, CycleThatMissesTheTerminalStatesIsATrap) {
  // Retry and Wait lead to one another only; without the cycle being closed there is no trap.
  const auto with = [](std::string_view steps) {
    return report_of(TestDomain().record("Job", {{"run", "New Retry Wait Done", steps}}));
  };
  const Report trap = with("New>Done New>Retry Retry>Wait Wait>Retry");
  EXPECT_THAT(found(trap, FindingKind::Trap), ElementsAre("warning Job.run"));
  EXPECT_THAT(first(trap, FindingKind::Trap).why, HasSubstr("Retry, Wait"));
  EXPECT_FALSE(trap.is_clean());
  EXPECT_THAT(found(with("New>Done New>Retry Retry>Wait Wait>Retry Wait>Done"), FindingKind::Trap),
              IsEmpty());
}

TEST(PetriReport, StateWithGuardedExitsOnlyIsANote) {
  // One guarded exit of two is nothing to tell.
  const auto with = [](std::string_view steps) {
    return found(report_of(TestDomain().record("Job", {{"run", "New Done Lost", steps}})),
                 FindingKind::GuardedExits);
  };
  EXPECT_THAT(with("New?Done New?Lost"), ElementsAre("note Job.run.New"));
  EXPECT_THAT(with("New?Done New>Lost"), IsEmpty());
}

TEST(PetriReport, RecordsThatNeedOneAnotherCannotBeCreated) {
  // A needs B needs C needs A; D needs one of them. Each edge alone is lawful, also in C++.
  TestDomain domain;
  domain.record("A").record("B").record("C").record("D").record("E");
  domain.edge({"ab", "ba", "A many", "B one required"})
      .edge({"bc", "cb", "B many", "C one required"});
  const auto clean = report_of(domain);
  EXPECT_TRUE(clean.is_clean()) << clean.to_text();
  domain.edge({"ca", "ac", "C many", "A one required"})
      .edge({"db", "bd", "D many", "B many required"})
      .edge({"ea", "ae", "E many", "A many"});
  const Report report = report_of(domain);
  EXPECT_THAT(found(report, FindingKind::RequiredCycle), ElementsAre("error record A"));
  EXPECT_THAT(first(report, FindingKind::RequiredCycle).why,
              HasSubstr("A needs B (edge ab), which needs C (edge bc), which needs A (edge ca)"));
  EXPECT_THAT(found(report, FindingKind::NeedsUncreated), ElementsAre("error record D"));
  EXPECT_THAT(found(report, FindingKind::Unreachable), IsEmpty())
      << "their cause was told; telling what follows from it would hide it";
}

TEST(PetriReport, RecordThatNeedsItselfCannotBeCreated) {
  // Every employee has a manager: who was the first? Both ends required is the same mistake.
  const auto self =
      report_of(TestDomain()
                    .record("Employee")
                    .edge({"under", "leads", "Employee many", "Employee one required"}));
  EXPECT_THAT(found(self, FindingKind::RequiredCycle), ElementsAre("error record Employee"));
  const auto both = report_of(
      TestDomain().record("A").record("B").edge({"ab", "ba", "A one required", "B one required"}));
  EXPECT_THAT(found(both, FindingKind::RequiredCycle), ElementsAre("error record A"));
  const auto optional = report_of(
      TestDomain().record("Employee").edge({"under", "leads", "Employee many", "Employee one"}));
  EXPECT_TRUE(optional.is_clean());
}

TEST(PetriReport, WhatCanBeCreatedIsWhatTheNetReaches) {
  // Two ways to the same answer, on random required ends: the fixed point over records, and the
  // exploration of the net, which knows nothing of it.
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    schema::Choices choices(seed);
    const std::vector<std::string> names = {"A", "B", "C", "D", "E"};
    TestDomain domain;
    for (const std::string& name : names) {
      domain.record(name);
    }
    std::vector<std::string> texts;
    texts.reserve(64);
    const auto text = [&](std::string made) -> std::string_view {
      texts.push_back(std::move(made));
      return texts.back();
    };
    const auto end = [&] {
      return text(names[choices.below(5)] + (choices.one_in(2) ? " one" : " many") +
                  (choices.one_in(3) ? " required" : ""));
    };
    for (std::size_t i = 0; i < 5; ++i) {
      const std::string number = std::to_string(i);
      domain.edge({text("e" + number), text("i" + number), end(), end()});
    }
    const schema::Schema schema = domain.schema();
    std::vector<Finding> findings;
    const std::vector<bool> creatable = check_edges(schema, findings);
    const Net net = declared_net(schema, 1).value();
    const Exploration exploration(net, {});
    ASSERT_TRUE(exploration.is_complete());
    for (std::size_t i = 0; i < names.size(); ++i) {
      const bool reached = exploration.first_marking(net.records[i].row) != nowhere;
      EXPECT_EQ(reached, creatable[i]) << names[i];
    }
    const bool all = std::ranges::count(creatable, false) == 0;
    EXPECT_EQ(check(schema).value().count(Severity::Error) == 0, all);
  }
}

TEST(PetriReport, RequiredOneEndTakesUpRows) {
  // Never more tickets than seats; where seats are shared there is nothing to tell.
  TestDomain domain;
  domain.record("Seat").record("Ticket");
  TestDomain shared = domain;
  domain.edge({"on", "taken_by", "Ticket one", "Seat one required"});
  shared.edge({"on", "taken_by", "Ticket many", "Seat one required"});
  EXPECT_THAT(found(report_of(domain), FindingKind::TakesOne), ElementsAre("note record Ticket"));
  EXPECT_THAT(found(report_of(shared), FindingKind::TakesOne), IsEmpty());
  EXPECT_TRUE(report_of(domain).is_clean());
}

TEST(PetriReport, EraseRulesThatCannotHoldAreFound) {
  // Each rule of docs/domains.md broken once, and kept once.
  const auto with = [](std::vector<TestEdge> edges) {
    TestDomain domain;
    domain.record("Order").record("Line").record("Stock");
    for (const TestEdge& edge : edges) {
      domain.edge(edge);
    }
    return report_of(domain);
  };
  const TestEdge part_of = {"part_of", "lines", "Line many", "Order one required", "cascade"};
  const TestEdge from = {"from", "lines", "Line many", "Stock one required"};
  const TestEdge maybe_from = {"from", "lines", "Line many", "Stock one"};
  const TestEdge unlinked = {"part_of", "lines", "Line many", "Order one required", "unlink"};
  const TestEdge never_empty = {"part_of", "lines", "Line many required", "Order one", "cascade"};
  EXPECT_TRUE(with({part_of}).is_clean());
  EXPECT_TRUE(with({part_of, maybe_from}).is_clean());
  EXPECT_THAT(found(with({part_of, from}), FindingKind::CascadeRefused),
              ElementsAre("warning edge part_of"));
  EXPECT_THAT(found(with({unlinked}), FindingKind::UnlinkRequired),
              ElementsAre("error edge part_of"));
  EXPECT_THAT(found(with({never_empty}), FindingKind::CascadeStrands),
              ElementsAre("warning edge part_of"));
}

TEST(PetriReport, CascadeThatGoesInACircleIsANote) {
  // A folder's folders go with it: lawful, and worth knowing.
  const Report report = report_of(
      TestDomain().record("Folder").edge({"in", "holds", "Folder many", "Folder one", "cascade"}));
  EXPECT_THAT(found(report, FindingKind::CascadeCycle), ElementsAre("note record Folder"));
  EXPECT_TRUE(report.is_clean());
}

TEST(PetriReport, LargeNetIsExploredInPartAndSaysSo) {
  // Many rows and few markings: what was not found proves nothing, and nothing is told of it.
  TestDomain domain;
  domain.record("Order", {order});
  const Report report = check(domain.schema(), {.rows = 16, .markings_max = 20}).value();
  EXPECT_THAT(found(report, FindingKind::NotExplored), ElementsAre("note declared transitions"));
  EXPECT_THAT(found(report, FindingKind::Unreachable), IsEmpty());
  EXPECT_FALSE(report.explored.at(0).is_complete);
  EXPECT_TRUE(report.is_clean());
}

TEST(PetriReport, IsOrderedFromWorstToHarmless) {
  // A domain with an error, a warning and notes.
  TestDomain domain;
  domain.record("Order",
                {order, {"mood", "Good Bad Sad End", "Good>End Good>Bad Bad>Sad Sad>Bad"}});
  domain.edge({"next", "before", "Order one", "Order one required"});
  const Report report = report_of(domain);
  EXPECT_TRUE(std::ranges::is_sorted(report.findings, {}, &Finding::severity));
  EXPECT_EQ(report.count(Severity::Error), 1U);
  EXPECT_EQ(report.count(Severity::Warning), 1U);
  EXPECT_GE(report.count(Severity::Note), 2U);
}

TEST(PetriReport, TextAndJsonSayTheSameTwice) {
  // Random domains: equal bytes each time, JSON that parses, each finding with all its parts.
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    schema::Choices choices(seed);
    const std::string idl = schema::stamped(schema::random_idl(choices));
    const auto make = [&] {
      return check(schema::Schema::from_idl(idl).value(), {.rows = 1, .markings_max = 2000})
          .value();
    };
    const Report report = make();
    EXPECT_EQ(report.to_text(), make().to_text());
    EXPECT_EQ(report.to_json(), make().to_json());
    const auto json = nlohmann::json::parse(report.to_json());
    ASSERT_EQ(json["findings"].size(), report.findings.size());
    for (const auto& finding : json["findings"]) {
      for (const char* part : {"severity", "kind", "place", "why", "advice"}) {
        EXPECT_NE(finding[part], "");
      }
    }
  }
}

}  // namespace
}  // namespace cairn::petri
