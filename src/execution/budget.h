// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

namespace cairn::execution {

/// What one command may use. The same command runs out at the same place whenever it is executed,
/// so budgets belong to the domain's deployment and change only between commands.
struct Budget {
  std::uint64_t steps_max = 1'000'000;             ///< calls of the host, and rows walked over
  std::size_t changes_max = 100'000;               ///< to rows, links and timers
  std::size_t bytes_max = std::size_t{64} << 20U;  ///< memory for texts, events and images
};

/// What is taken of `Budget::bytes_max` for a thing beside its content. Part of what a command
/// comes to, like the budget itself, so these stay as they are whatever the things grow to. An
/// event, scheduled command or detail with texts or lists also takes what those may point at once
/// it is decoded, whether it is looked at or not: `describe::scratch_per_byte` for each byte.
inline constexpr std::size_t event_cost_bytes = 40;
inline constexpr std::size_t savepoint_cost_bytes = 56;
inline constexpr std::size_t scan_cost_bytes = 32;

}  // namespace cairn::execution
