// SPDX-License-Identifier: Apache-2.0
// Every deed of hostile.cc ends as a fault of its kind with a text, nothing of it stays, and the
// next command works.
#include "tests/abi/hostile.h"

#include <algorithm>
#include <initializer_list>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include <cairn/engine.h>
#include <gtest/gtest.h>

namespace hostile {
namespace {

using cairn::FaultKind;

struct Ending {
  Deed deed = {};
  FaultKind fault = {};
  std::string_view says;
};

// NOLINTNEXTLINE(readability-identifier-naming): GoogleTest looks for this name
void PrintTo(const Ending& ending, std::ostream* out) {
  *out << cairn::reflect::enum_name(ending.deed);
}

using HostileEngine = cairn::Engine<Hostile>;

HostileEngine loaded() {
  return HostileEngine::in_memory({.path = CAIRN_PLUGIN_FOLDER "/hostile.so"}).value();
}

cairn::Submitted<Hostile> submit(HostileEngine& engine, Deed deed) {
  return engine.submit(Do{.deed = deed}).value();
}

struct HostilePlugin : ::testing::TestWithParam<Ending> {
  HostilePlugin() { EXPECT_TRUE(submit(engine, Deed::Make).accepted()); }

  HostileEngine engine = loaded();
};

TEST_P(HostilePlugin, EndsInAFault) {
  // Does the deed, and goes on. A twin faults without doing anything: what is left is the same.
  HostileEngine twin = loaded();
  submit(twin, Deed::Make);
  const auto done = submit(engine, GetParam().deed);
  EXPECT_EQ(to_string(done.outcome()), "faulted");
  EXPECT_EQ(to_string(done.fault()), to_string(GetParam().fault)) << done.fault_text();
  EXPECT_EQ(done.fault_text(), GetParam().says);
  EXPECT_TRUE(done.delta().empty());
  EXPECT_TRUE(done.events().empty());
  submit(twin, Deed::FaultSilently);
  EXPECT_EQ(engine.digest(), twin.digest());
  const auto next = submit(engine, Deed::Change);
  EXPECT_TRUE(next.accepted()) << next.fault_text();
  EXPECT_TRUE(std::ranges::equal(next.delta(), submit(twin, Deed::Change).delta()));
  EXPECT_EQ(engine.digest(), twin.digest());
}

// What the faults say.
constexpr std::string_view wrote = "an invariant or a gate wrote to a row of Victim";
constexpr std::string_view went_on = "the domain went on after its call had ended";

/// Deeds that the host refuses at once, and that go on as if it had not.
std::vector<Ending> refused(FaultKind fault, std::initializer_list<Deed> deeds) {
  std::vector<Ending> all;
  for (const Deed deed : deeds) {
    all.push_back({.deed = deed, .fault = fault, .says = went_on});
  }
  return all;
}

std::string name_of(const ::testing::TestParamInfo<Ending>& each) {
  return std::string(cairn::reflect::enum_name(each.param.deed));
}

INSTANTIATE_TEST_SUITE_P(
    RubbishInARow, HostilePlugin,
    ::testing::Values(
        Ending{Deed::UndeclaredEnum, FaultKind::Malformed,
               "Victim.color at offset 0: is not a declared value"},
        Ending{Deed::WrongBool, FaultKind::Malformed,
               "Victim.flag at offset 0: is neither 0 nor 1"},
        Ending{Deed::LongText, FaultKind::Malformed,
               "Victim.note at offset 0: is longer than its type allows"},
        Ending{Deed::BrokenText, FaultKind::Malformed, "Victim.note at offset 0: is not UTF-8"},
        Ending{Deed::WrongOption, FaultKind::Malformed,
               "Victim.maybe at offset 0: is neither 0 nor 1"},
        Ending{Deed::ChangedKey, FaultKind::ManagedField, "Victim.id was written to through edit"},
        Ending{Deed::ChangedIndexed, FaultKind::ManagedField,
               "Victim.rank was written to through edit"},
        Ending{Deed::ChangedImmutable, FaultKind::ManagedField,
               "Victim.born was written to through edit"},
        Ending{Deed::ChangedState, FaultKind::ManagedField,
               "Victim.phase was written to through edit"},
        Ending{Deed::UndeclaredState, FaultKind::ManagedField,
               "Victim.phase was written to through edit"}),
    name_of);

INSTANTIATE_TEST_SUITE_P(RubbishGiven, HostilePlugin,
                         ::testing::ValuesIn(refused(FaultKind::Malformed,
                                                     {Deed::CreateRubbish, Deed::CreateGrown,
                                                      Deed::EmitRubbish, Deed::EmitShort,
                                                      Deed::ScheduleRubbish})),
                         name_of);

INSTANTIATE_TEST_SUITE_P(
    NotThere, HostilePlugin,
    ::testing::ValuesIn(refused(
        FaultKind::Undeclared,
        {Deed::SetState, Deed::BecomeGone, Deed::FindRecord, Deed::CreateRecord, Deed::EditRecord,
         Deed::SetRecord, Deed::BecomeRecord, Deed::EraseRecord, Deed::NumberRecord,
         Deed::ScanRecord, Deed::CountRecord, Deed::FollowEdge, Deed::LinkEdge, Deed::SetField,
         Deed::FindIndex, Deed::EmitKind, Deed::ScheduleKind})),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    NoAnswer, HostilePlugin,
    ::testing::Values(Ending{Deed::AnswerNothing, FaultKind::Misused,
                             "the plugin answered 77, which means nothing"},
                      Ending{Deed::FaultSilently, FaultKind::Threw, "the domain gave no reason"},
                      Ending{Deed::RejectUnknown, FaultKind::Undeclared,
                             "rejected with code 999, which the schema lacks"},
                      Ending{Deed::Throw, FaultKind::Threw,
                             "an exception left the plugin: thrown across the border"},
                      Ending{Deed::InvariantAnswers, FaultKind::Misused,
                             "the plugin answered -5, which means nothing"},
                      Ending{Deed::GateAnswers, FaultKind::Misused,
                             "the plugin answered 9, which means nothing"},
                      Ending{Deed::GateThrows, FaultKind::Threw,
                             "an exception left the plugin: thrown in a gate"}),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    WhenSettled, HostilePlugin,
    ::testing::Values(Ending{Deed::WriteInInvariant, FaultKind::ReadOnly, wrote},
                      Ending{Deed::WriteInGate, FaultKind::ReadOnly, wrote},
                      Ending{Deed::WriteKeyInGate, FaultKind::ReadOnly, wrote},
                      Ending{Deed::WriteAndDeny, FaultKind::ReadOnly, wrote},
                      Ending{Deed::CallInInvariant, FaultKind::ReadOnly, went_on},
                      Ending{Deed::CallInGate, FaultKind::ReadOnly, went_on}),
    name_of);

}  // namespace
}  // namespace hostile
