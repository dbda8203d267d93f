// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "execution/call.h"
#include "execution/links_of.h"

/// Walks over links and ordered indexes, in the state as it is or as the command found it. A cursor
/// is the domain's memory and may hold anything: whatever it says, a walk gives rows that are
/// there.
namespace cairn::execution {

/// What a cursor over links holds.
namespace link_cursor {

inline constexpr std::size_t last_number = 0;  ///< of the link given last
inline constexpr std::size_t end_number = 1;   ///< links from here on came after the walk began
inline constexpr std::size_t last_node = 2;    ///< of the link given last, plus one

}  // namespace link_cursor

/// The row at the other end of the next link, as links are now; null at the end.
[[nodiscard]] inline state::ConstRow follow_link(const state::State& state, std::uint16_t edge,
                                                 state::Way way, std::uint32_t slot,
                                                 cairn_cursor& cursor) {
  using state::LinkTable;
  const LinkTable& links = state.links(edge);
  auto& place = cursor.place;
  if (place[link_cursor::end_number] == 0) {
    place[link_cursor::end_number] = links.last_number() + 1;
  }
  const LinkTable::Node node =
      link_behind(links, way, slot, place[link_cursor::last_number], place[link_cursor::last_node]);
  if (node == LinkTable::none) {
    return nullptr;
  }
  const LinkTable::Link& link = links.link(node);
  if (link.number >= place[link_cursor::end_number]) {
    return nullptr;
  }
  place[link_cursor::last_number] = link.number;
  place[link_cursor::last_node] = std::uint64_t{node} + 1;
  const bool out = way == state::Way::Out;
  const std::uint16_t far = out ? links.edge().target : links.edge().source;
  return state.rows(far).table.row(link.end[out ? 1 : 0]);
}

/// The same as the command found them.
[[nodiscard]] state::ConstRow follow_link_before(const cairn_call& call, std::uint16_t edge,
                                                 state::Way way, std::uint32_t slot,
                                                 cairn_cursor& cursor);

/// The next row of a scan. Requires: the schema has the index.
std::int32_t step_scan(const cairn_call& call, const cairn_scan& request, cairn_cursor& cursor,
                       state::ConstRow& row);

/// How many rows lie inside; each costs a step.
std::int32_t count_entries(const cairn_call& call, const cairn_scan& request,
                           std::uint64_t& entries);

}  // namespace cairn::execution
