// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "cairn/error.h"
#include "schema/schema.h"

/// The declared domain as a Petri net (docs/petri.md). Rows are tokens, states are places,
/// declared transitions are transitions. Nothing here runs a domain: the net is read from its
/// schema, and from recorded runs where there are some.
namespace cairn::petri {

/// Says that there is no such position.
inline constexpr std::uint32_t nowhere = std::numeric_limits<std::uint32_t>::max();

enum class PlaceKind : std::uint8_t {
  Absent,  ///< rows of a record that are not there yet: the source and the sink
  Row,     ///< rows of a record, whatever their states
  State,   ///< rows of a record whose machine is in one state
  Free,    ///< rows of a record that nobody has taken yet at an edge's required `One` end
};

/// `record`, `field` and `edge` are positions in the schema.
struct Place {
  PlaceKind kind = PlaceKind::State;
  std::uint16_t record = 0;
  std::uint16_t field = 0;    ///< of a State
  std::int64_t state = 0;     ///< of a State
  std::uint16_t edge = 0;     ///< of a Free
  std::uint32_t initial = 0;  ///< tokens at the start
  std::string name;           ///< "Account.status.Open"
};

struct Arc {
  std::uint32_t place = 0;
  std::uint32_t weight = 1;

  friend auto operator<=>(const Arc&, const Arc&) noexcept = default;
};

enum class TransitionKind : std::uint8_t {
  Create,   ///< of a row
  Step,     ///< of one machine
  Erase,    ///< of a row
  Command,  ///< what one recorded command did, all at once
};

/// Takes tokens and gives tokens. A place with equal weights on both sides is only looked at.
struct Transition {
  TransitionKind kind = TransitionKind::Step;
  std::uint16_t record = 0;   ///< unless a Command
  std::uint16_t field = 0;    ///< of a Step
  std::int64_t from = 0;      ///< of a Step
  std::int64_t to = 0;        ///< of a Step
  bool guarded = false;       ///< of a Step
  std::uint16_t command = 0;  ///< of a Command: its position in the schema
  std::string name;           ///< "Account.status: Open to Frozen"
  std::vector<Arc> takes;     ///< by ascending place, each place once
  std::vector<Arc> gives;
};

/// Where the states of one machine are: a run of places in the order of the states' values.
struct MachinePlaces {
  std::uint16_t field = 0;
  std::int64_t first_state = 0;
  std::uint32_t first_place = 0;
  std::uint32_t count = 0;

  [[nodiscard]] bool has(std::int64_t state) const noexcept {
    return state >= first_state && state - first_state < std::int64_t{count};
  }

  /// Requires: has(state).
  [[nodiscard]] std::uint32_t place(std::int64_t state) const noexcept {
    return first_place + static_cast<std::uint32_t>(state - first_state);
  }
};

struct RecordPlaces {
  std::uint32_t absent = 0;
  std::uint32_t row = nowhere;  ///< only where something needs it
  std::vector<MachinePlaces> machines;
  bool erases = true;  ///< false: too many combinations of states, so erasing is left out
};

/// A place/transition net: plain data, in the order of the schema, equal for equal schemas.
struct Net {
  std::vector<Place> places;
  std::vector<Transition> transitions;
  std::vector<RecordPlaces> records;  ///< of the schema's records; empty for a net from elsewhere
};

/// A record's Required end: a row of `needer` is created with a link of `edge` to a row of `far`
/// that is there already.
struct Need {
  std::uint16_t edge = 0;
  std::uint16_t needer = 0;
  std::uint16_t far = 0;
  bool exclusive = false;  ///< a far row can be taken once only
};

/// In the order of the edges.
[[nodiscard]] std::vector<Need> needs_of(const DomainInfo& domain);

/// The net that the declarations allow, guards taken as open, with `rows` rows of each record that
/// can be created. TooLarge when it passes the bounds of base/limits.h.
Result<Net> declared_net(const schema::Schema& schema, std::uint32_t rows);

/// "Open". Requires: a state of the field's machine.
[[nodiscard]] std::string_view state_name(const FieldInfo& field, std::int64_t state);

/// Adds up arcs to the same place and sorts.
void normalise(std::vector<Arc>& arcs);

}  // namespace cairn::petri
