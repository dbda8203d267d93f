// SPDX-License-Identifier: Apache-2.0
#include "petri/net.h"

#include <string>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/limits.h"
#include "petri/test_domain.h"
#include "schema/random_schema.h"
#include "schema/sample_domain.h"

namespace cairn::petri {
namespace {

using testing::Contains;
using testing::ElementsAre;

std::vector<std::string> place_names(const Net& net) {
  std::vector<std::string> names;
  names.reserve(net.places.size());
  for (const Place& place : net.places) {
    names.push_back(place.name);
  }
  return names;
}

/// "create Order: Customer + no Order -> Customer + Order.status.Open", one for each transition.
std::vector<std::string> transition_texts(const Net& net) {
  std::vector<std::string> texts;
  texts.reserve(net.transitions.size());
  const auto side = [&](const std::vector<Arc>& arcs) {
    std::vector<std::string> parts;
    parts.reserve(arcs.size());
    for (const Arc& arc : arcs) {
      parts.push_back((arc.weight == 1 ? "" : fmt::format("{} ", arc.weight)) +
                      net.places[arc.place].name);
    }
    return fmt::format("{}", fmt::join(parts, " + "));
  };
  for (const Transition& transition : net.transitions) {
    texts.push_back(fmt::format("{}: {} -> {}", transition.name, side(transition.takes),
                                side(transition.gives)));
  }
  return texts;
}

TEST(Net, OfALifecycleIsItsStatesAndTransitionsBetweenNotThereAndErased) {
  // One record with one machine, the whole net written out.
  const auto schema =
      TestDomain().record("Door", {{"at", "Open Shut", "Open>Shut Shut?Open"}}).schema();
  const Net net = declared_net(schema, 3).value();
  EXPECT_THAT(place_names(net), ElementsAre("no Door", "Door.at.Open", "Door.at.Shut"));
  EXPECT_THAT(transition_texts(net),
              ElementsAre("create Door: no Door -> Door.at.Open",
                          "Door.at: Open to Shut: Door.at.Open -> Door.at.Shut",
                          "Door.at: Shut to Open: Door.at.Shut -> Door.at.Open",
                          "erase Door in Open: Door.at.Open -> no Door",
                          "erase Door in Shut: Door.at.Shut -> no Door"));
  EXPECT_EQ(net.places[0].initial, 3U);
  EXPECT_EQ(net.places[1].initial, 0U);
  EXPECT_FALSE(net.transitions[1].guarded);
  EXPECT_TRUE(net.transitions[2].guarded);
}

TEST(Net, RowOfSeveralMachinesHasATokenInEach) {
  // Two machines: one creation gives both tokens, and each combination can be erased.
  const auto schema =
      TestDomain()
          .record("Job", {{"run", "Off On", "Off>On"}, {"bill", "Due Paid", "Due>Paid"}})
          .schema();
  const auto texts = transition_texts(declared_net(schema, 1).value());
  EXPECT_THAT(texts, Contains("create Job: no Job -> Job.run.Off + Job.bill.Due"));
  EXPECT_THAT(texts, Contains("Job.bill: Due to Paid: Job.bill.Due -> Job.bill.Paid"));
  EXPECT_THAT(texts, Contains("erase Job in On, Due: Job.run.On + Job.bill.Due -> no Job"));
  EXPECT_EQ(texts.size(), 1U + 2U + 4U);
}

TEST(Net, RequiredEndLooksAtTheRowItIsLinkedTo) {
  // Orders share a customer, so creating one only looks at it.
  const Net net = declared_net(schema::Schema::from_domain(shop::info).value(), 2).value();
  EXPECT_THAT(transition_texts(net),
              Contains("create Order: Customer + no Order -> Customer + Order.status.Open"));
}

TEST(Net, RequiredOneEndTakesARowForItself) {
  // A ticket takes a seat, which is free again when the ticket is erased; a taken seat is not.
  const auto schema = TestDomain()
                          .record("Seat")
                          .record("Ticket")
                          .edge({"on", "taken_by", "Ticket one", "Seat one required"})
                          .schema();
  EXPECT_THAT(transition_texts(declared_net(schema, 2).value()),
              ElementsAre("create Seat: no Seat -> Seat + Seat without taken_by",
                          "erase Seat: Seat + Seat without taken_by -> no Seat",
                          "create Ticket: no Ticket + Seat without taken_by -> Ticket",
                          "erase Ticket: Ticket -> no Ticket + Seat without taken_by"));
}

TEST(Net, RecordWithTooManyCombinationsOfStatesIsNotErased) {
  // 17 x 17 combinations are more than the bound; 16 x 16 are not.
  const auto erases = [](int states) {
    std::string names;
    std::string steps;
    for (int i = 0; i < states; ++i) {
      names += fmt::format("{}S{}", i == 0 ? "" : " ", i);
      steps += i == 0 ? "" : fmt::format("{}S{}>S{}", i == 1 ? "" : " ", i - 1, i);
    }
    const auto schema =
        TestDomain().record("R", {{"a", names, steps}, {"b", names, steps}}).schema();
    const Net net = declared_net(schema, 1).value();
    EXPECT_EQ(net.records[0].erases,
              std::ranges::count(net.transitions, TransitionKind::Erase, &Transition::kind) > 0);
    return net.records[0].erases;
  };
  EXPECT_TRUE(erases(16));
  EXPECT_FALSE(erases(17));
}

TEST(Net, IsRefusedWhenItIsTooLarge) {
  // 130 records with as many machines and states as there may be have more places than a net.
  std::string names = "S0";
  std::string steps;
  for (int i = 1; i < 64; ++i) {
    names += fmt::format(" S{}", i);
    steps += fmt::format("{}S{}>S{}", i == 1 ? "" : " ", i - 1, i);
  }
  std::vector<TestMachine> machines;
  for (const std::string_view field : {"a", "b", "c", "d", "e", "f", "g", "h"}) {
    machines.emplace_back(field, names, steps);
  }
  TestDomain domain;
  for (int i = 0; i < 130; ++i) {
    domain.record(fmt::format("R{}", i), machines);
  }
  const auto schema = schema::Schema::from_idl(domain.idl());
  ASSERT_TRUE(schema) << schema.error().to_string();
  const auto net = declared_net(*schema, 1);
  ASSERT_FALSE(net);
  EXPECT_EQ(net.error().code(), Errc::TooLarge);
}

TEST(Net, TakesOneToSixteenRowsOfEachRecord) {
  // The bounds themselves, and what lies behind them.
  const auto schema = TestDomain().record("R").schema();
  EXPECT_TRUE(declared_net(schema, 1));
  EXPECT_TRUE(declared_net(schema, petri_rows_max));
  EXPECT_EQ(declared_net(schema, 0).error().code(), Errc::InvalidArgument);
  EXPECT_EQ(declared_net(schema, petri_rows_max + 1).error().code(), Errc::InvalidArgument);
}

TEST(Net, StateThatNothingLeadsToIsNoSchema) {
  // So the net of a schema has no such place: the rules of schemas refuse it.
  TestDomain domain;
  domain.record("Door", {{"at", "Open Shut Lost", "Open>Shut Shut>Open"}});
  const auto schema = schema::Schema::from_idl(domain.idl());
  ASSERT_FALSE(schema);
  EXPECT_NE(schema.error().message().find("no transition leads to Lost"), std::string::npos);
}

TEST(Net, OfTheSameSchemaIsTheSame) {
  // Random domains, each made twice from its IDL.
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    schema::Choices choices(seed);
    const std::string idl = schema::stamped(schema::random_idl(choices));
    const auto texts = [&] {
      return transition_texts(declared_net(schema::Schema::from_idl(idl).value(), 2).value());
    };
    EXPECT_EQ(texts(), texts()) << "seed " << seed;
  }
}

}  // namespace
}  // namespace cairn::petri
