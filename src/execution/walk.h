// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "execution/call.h"

/// Walks over links and ordered indexes, in the state as it is or as the command found it. A cursor
/// is the domain's memory and may hold anything: whatever it says, a walk gives rows that are
/// there.
namespace cairn::execution {

/// The row at the other end of the next link; null at the end.
[[nodiscard]] state::ConstRow follow_link(const cairn_call& call, std::uint16_t edge,
                                          state::Way way, state::ConstRow row,
                                          cairn_cursor& cursor);

/// The next row of a scan. Requires: the schema has the index.
std::int32_t step_scan(const cairn_call& call, const cairn_scan& request, cairn_cursor& cursor,
                       state::ConstRow& row);

/// How many rows lie inside; each costs a step.
std::int32_t count_entries(const cairn_call& call, const cairn_scan& request,
                           std::uint64_t& entries);

}  // namespace cairn::execution
