// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "state/link_table.h"
#include "state/row.h"

namespace cairn::state {

/// One entry of the undo log, which is at once what a delta is made of.
struct Change {
  enum class Kind : std::uint8_t {
    Created,
    Changed,
    Erased,
    Linked,
    Unlinked,
    Numbered,   ///< a number was made for a record that has no row with it yet
    Scheduled,  ///< a command waits
    Fired,      ///< a command's wait is over
    Referred,   ///< the references to a row were counted anew
  };

  Kind kind = Kind::Created;
  bool is_first = false;  ///< the first entry of this command about this row; others may follow
  std::uint16_t position = 0;  ///< of the record or edge
  LinkTable::Node node = 0;    ///< Linked, Unlinked
  Row row = nullptr;           ///< Created, Changed, Erased
  ConstRow before = nullptr;   ///< Changed: an image of the row, header included
  /// Created, Numbered: the record's last number before. Scheduled, Fired: of the timer. Referred:
  /// of the row; whether a reference came is in `node`. First Changed: after `settle`, a bit for
  /// each field that differs.
  std::uint64_t number = 0;
  /// Changed: once a managed field was set, the memory of a row whose managed fields are what they
  /// have to be; null while they have to be what `before` says. In place of a transaction its
  /// header holds the units of the fields that were set.
  std::byte* expected = nullptr;
};

/// What a row was when the command began, of the first entry about it; null when it was not there.
[[nodiscard]] inline ConstRow before_of(const Change& first) noexcept {
  switch (first.kind) {
    case Change::Kind::Changed:
      return first.before;
    case Change::Kind::Erased:
      return first.row;
    default:
      return nullptr;
  }
}

/// What the row is now; null when it is not there.
[[nodiscard]] inline ConstRow after_of(const Change& change) noexcept {
  return is_alive(change.row) ? change.row : nullptr;
}

[[nodiscard]] inline bool is_about_row(const Change& change) noexcept {
  return change.kind == Change::Kind::Created || change.kind == Change::Kind::Changed ||
         change.kind == Change::Kind::Erased;
}

}  // namespace cairn::state
