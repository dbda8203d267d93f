// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "state/link_table.h"

namespace cairn::execution {

/// The first of a row's links behind the one with this number, as they are now. `hint` is one more
/// than that link's node and makes it quick as long as the link is in the row's list; else the list
/// is searched from its start. Any hint is safe.
[[nodiscard]] inline state::LinkTable::Node link_behind(const state::LinkTable& links,
                                                        state::Way way, std::uint32_t slot,
                                                        std::uint64_t number, std::uint64_t hint) {
  using state::LinkTable;
  if (number == 0) {
    return links.first(way, slot);  // numbers begin with one
  }
  if (hint != 0 && hint <= links.nodes()) {
    const auto node = static_cast<LinkTable::Node>(hint - 1);
    const LinkTable::Link& link = links.link(node);
    if (!link.is_cut && link.number == number && link.end[static_cast<std::size_t>(way)] == slot) {
      return links.next(way, node);
    }
  }
  LinkTable::Node node = links.first(way, slot);
  while (node != LinkTable::none && links.link(node).number <= number) {
    node = links.next(way, node);
  }
  return node;
}

}  // namespace cairn::execution
