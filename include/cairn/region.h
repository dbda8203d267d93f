// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cairn/uuid.h"

namespace cairn {

/// An event by its transaction and its place in it, from 0. Sorts in the order of commit.
struct EventId {
  std::uint64_t sequence = 0;
  std::uint32_t event = 0;

  friend constexpr auto operator<=>(const EventId&, const EventId&) noexcept = default;
};

/// Some of the events of a journal: those to which all that is given applies. An empty Region is
/// all events. Finding the next events of a region costs the same wherever in the journal they lie.
struct Region {
  /// Those about exactly this entity, in whatever scope.
  std::optional<std::string> entity = {};
  /// Those about an entity whose name begins so. Bytes are compared, not letters.
  std::optional<std::string> entity_prefix = {};
  /// Those in exactly this scope. The empty scope is one, too: that of events about an entity and
  /// nowhere in particular. An event about nothing is in no scope.
  std::optional<std::string> scope = {};
  /// Those of one of these kinds; of any kind when there are none.
  std::vector<std::uint16_t> kinds = {};
  /// Those of transactions with this correlation.
  std::optional<Uuid> correlation = {};
  /// Those that this event has caused: it is named as their cause or, for events without a cause of
  /// their own, as that of their command.
  std::optional<EventId> cause = {};

  friend bool operator==(const Region&, const Region&) noexcept = default;
};

}  // namespace cairn
