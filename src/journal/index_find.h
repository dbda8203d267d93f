// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "cairn/region.h"
#include "journal/index_part.h"

namespace cairn::journal {

enum class Direction : std::uint8_t { Forward, Backward };

/// Where to go on, and how far to go.
struct Cursor {
  EventId next = {};  ///< the first event that may be found
  Direction direction = Direction::Forward;
  /// The last transaction that may be looked at: forward none above it, backward none below.
  std::uint64_t through = UINT64_MAX;

  /// From the last event of all to the first.
  [[nodiscard]] static constexpr Cursor backward() noexcept {
    return {.next = {.sequence = UINT64_MAX, .event = UINT32_MAX},
            .direction = Direction::Backward,
            .through = 0};
  }

  friend bool operator==(const Cursor&, const Cursor&) noexcept = default;
};

/// Appends events of the region that lie in the part, from the cursor's next on in its direction,
/// until `limit` are found or none is left. The cursor stays as it is: what was found says how far
/// this came. Cost: by how many events have to be looked at between those that are found, not by
/// where they lie.
/// On failure: Corrupt, with the part's name; what was appended means nothing.
/// Requires: the part's lock is held; no names in the region that no index has.
Result<> find_in_part(const IndexPart& part, const Region& region, const Cursor& cursor,
                      std::size_t limit, std::vector<EventPlace>& out);

/// Whether any event could be in the region: its names are names, and agree.
[[nodiscard]] bool is_possible(const Region& region) noexcept;

}  // namespace cairn::journal
