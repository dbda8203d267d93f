// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>

#include "state/link_table.h"
#include "state/row.h"

namespace cairn::state {

/// A managed field that was set, and what it has to be. Lies with the images, its value behind it.
struct SetField {
  SetField* next = nullptr;
  std::uint16_t field = 0;
};

[[nodiscard]] inline std::byte* value_of(SetField& set) noexcept {
  return reinterpret_cast<std::byte*>(&set + 1);
}

[[nodiscard]] inline const std::byte* value_of(const SetField& set) noexcept {
  return reinterpret_cast<const std::byte*>(&set + 1);
}

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
  /// Linked, Unlinked: the link. Referred: whether a reference came. Changed: whether its memory
  /// was given out to be written to; else nothing differs from `before` but what is `set`.
  LinkTable::Node node = 0;
  Row row = nullptr;          ///< Created, Changed, Erased
  ConstRow before = nullptr;  ///< Changed: an image of the row, header included
  /// Created, Numbered: the record's last number before. Scheduled, Fired: of the timer. Referred:
  /// of the row. First Changed: after `settle`, a bit for
  /// each field that differs.
  std::uint64_t number = 0;
  /// Changed: the managed fields that were set, each once; all others have to be what `before`
  /// says.
  SetField* set = nullptr;
};

/// The undo log's entries, side by side and kept for the next command. A vector whose size need not
/// be worked out, and whose `append` is short enough to be part of its callers: both are asked for
/// with every change.
class ChangeLog final {
 public:
  [[nodiscard]] std::size_t size() const noexcept { return size_; }

  [[nodiscard]] Change& operator[](std::size_t at) noexcept { return changes_[at]; }

  [[nodiscard]] const Change& operator[](std::size_t at) const noexcept { return changes_[at]; }

  [[nodiscard]] const Change& back() const noexcept { return changes_[size_ - 1]; }

  [[nodiscard]] std::span<const Change> from(std::size_t first) const noexcept {
    return {changes_.get() + first, size_ - first};
  }

  /// An empty entry behind all; references to others may end.
  Change& append() {
    if (size_ == capacity_) [[unlikely]] {
      grow();
    }
    return changes_[size_++] = {};
  }

  void pop_back() noexcept { --size_; }

  void clear() noexcept { size_ = 0; }

 private:
  void grow() {
    constexpr std::size_t first_capacity = 64;
    const std::size_t capacity = std::max(2 * capacity_, first_capacity);
    auto larger = std::make_unique<Change[]>(capacity);
    std::copy_n(changes_.get(), size_, larger.get());
    changes_ = std::move(larger);
    capacity_ = capacity;
  }

  std::unique_ptr<Change[]> changes_;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
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
