// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "cairn/ids.h"

namespace cairn::state {

/// What lies in front of each row's memory. A row is named by the address of its memory, which is
/// what crosses to a domain as `cairn_row`; its header is the bytes before it.
struct RowHeader {
  std::uint64_t last_transaction = 0;  ///< the one that last changed it: the way back in history
  /// Transactions that changed it, modulo 2^32. While the row is captured: where in the log.
  std::uint32_t revision = 0;
  std::uint32_t place = 0;  ///< slot and flags
};

static_assert(sizeof(RowHeader) == 16);

inline constexpr std::uint32_t row_alive = 1U << 31U;
/// The running transaction has changed the row: the undo log has a first entry for it.
inline constexpr std::uint32_t row_touched = 1U << 30U;
/// The undo log holds what the row was at the last mark.
inline constexpr std::uint32_t row_captured = 1U << 29U;
inline constexpr std::uint32_t row_slot_mask = row_captured - 1;

/// The memory of a row, as a host and a domain pass it on.
using Row = std::byte*;
using ConstRow = const std::byte*;

[[nodiscard]] inline RowHeader& header_of(Row row) noexcept {
  return *reinterpret_cast<RowHeader*>(row - sizeof(RowHeader));
}

[[nodiscard]] inline const RowHeader& header_of(ConstRow row) noexcept {
  return *reinterpret_cast<const RowHeader*>(row - sizeof(RowHeader));
}

[[nodiscard]] inline std::uint32_t slot_of(ConstRow row) noexcept {
  return header_of(row).place & row_slot_mask;
}

[[nodiscard]] inline bool is_alive(ConstRow row) noexcept {
  return (header_of(row).place & row_alive) != 0;
}

[[nodiscard]] inline Seq last_transaction_of(ConstRow row) noexcept {
  return Seq(header_of(row).last_transaction);
}

}  // namespace cairn::state
