// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cairn/domain.h>

/// A domain whose plugin, hostile.cc, does to its host all that a plugin can do through the table.
namespace hostile {
// NOLINTNEXTLINE(google-build-using-namespace): how every domain starts.
using namespace cairn::dsl;

enum class Color : u8 { Red, Green };

struct Victim {
  enum Phase : u8 { Young, Old, Gone };

  using Life = Machine<Initial<Young>, From<Young>::To<Old>, From<Old>::To<Gone>>;
  Key<Id<Victim>> id = {};
  Indexed<u32> rank = 0;
  Immutable<u64> born = 0;
  Str<8> note = {};
  Color color = {};
  bool flag = false;
  Option<u32> maybe = {};
  State<Life> phase = {};
  using schema = Record<1>;
};

struct knows : Edge<Many<Victim>, Many<Victim>, "known_by"> {};  // NOLINT

/// What the plugin is to do. Two deeds of the end are right: a row is made, and one is changed.
enum class Deed : u8 {
  // Rubbish in a row, through the memory that `edit` gave.
  UndeclaredEnum,
  WrongBool,
  LongText,
  BrokenText,
  WrongOption,
  ChangedKey,
  ChangedIndexed,
  ChangedImmutable,
  ChangedState,
  UndeclaredState,
  // Rubbish given to the host.
  CreateRubbish,
  CreateGrown,
  SetState,
  BecomeGone,
  EmitRubbish,
  EmitShort,
  ScheduleRubbish,
  RejectUnknown,
  // Positions that are not there.
  FindRecord,
  CreateRecord,
  EditRecord,
  SetRecord,
  BecomeRecord,
  EraseRecord,
  NumberRecord,
  ScanRecord,
  CountRecord,
  FollowEdge,
  LinkEdge,
  SetField,
  FindIndex,
  EmitKind,
  ScheduleKind,
  // Answers that are none.
  AnswerNothing,
  FaultSilently,
  Throw,
  InvariantAnswers,
  GateAnswers,
  GateThrows,
  // Changes when the command is settled.
  WriteInInvariant,
  WriteInGate,
  WriteKeyInGate,
  WriteAndDeny,
  CallInInvariant,
  CallInGate,
  // Right.
  Make,
  Change,
};

struct Do {
  Deed deed = {};
  using schema = Command<1>;
};

struct Done {
  Color color = {};
  using schema = Event<1>;
};

struct Counted {
  u64 count = 0;
  using schema = Event<2>;
};

enum class Reject : u16 { No = 1 };

// NOLINTBEGIN(readability-identifier-naming): the rules of a domain are lower case.
struct all_is_well : Invariant<> {};

struct all_may_pass : Gate<> {};

// NOLINTEND(readability-identifier-naming)

struct Hostile
    : Domain<"hostile", 1, Records<Victim>, Edges<knows>, Commands<Do>, Events<Done, Counted>,
             Rejects<Reject>, Invariants<all_is_well>, Gates<all_may_pass>> {};

using Tx = cairn::Tx<Hostile>;
using View = cairn::View<Hostile>;

// What the types would do; the plugin has functions of its own.
inline Tx::Outcome handle(Tx& /*tx*/, const Do& /*cmd*/) {
  return ok;
}

inline bool holds(const View& /*before*/, const View& /*after*/, all_is_well) {
  return true;
}

inline bool allows(const View& /*before*/, const View& /*after*/, all_may_pass) {
  return true;
}

}  // namespace hostile
