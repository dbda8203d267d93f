// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include <absl/container/btree_set.h>

#include "state/key_plan.h"
#include "state/row.h"
#include "state/table.h"

namespace cairn::state {

/// The rows of one record in the order of an index: by its key, and among equal keys by primary
/// key. An entry is the first bytes of the key and the slot; longer keys are compared in the rows.
/// Rows are told apart by identity, so that two may hold one value of a unique index for a moment
/// while changes are undone or applied. Owned by the State; one thread.
class OrderedIndex final {
 public:
  /// A place between entries: key bytes of the index, or the first of them, and possibly those of
  /// the primary key after them. An entry with exactly these bytes is behind the point, or before
  /// it when `after_equal`.
  struct Point {
    std::span<const std::byte> bytes;
    bool after_equal = false;
  };

  OrderedIndex(const Table& table, const KeyPlan& plan, const KeyPlan& primary);
  OrderedIndex(const OrderedIndex&) = delete;
  OrderedIndex& operator=(const OrderedIndex&) = delete;
  ~OrderedIndex() = default;

  [[nodiscard]] const KeyPlan& plan() const noexcept { return *plan_; }

  void insert(Row row);
  /// Requires: the row is in the index, and its keys are what they were then.
  void erase(ConstRow row) noexcept;

  /// The living row with this key; null when there is none. For unique indexes.
  [[nodiscard]] Row find(std::span<const std::byte> key) const noexcept;

  /// The first row behind the point, and the last before it; null at the end.
  [[nodiscard]] Row next(const Point& point) const noexcept;
  [[nodiscard]] Row previous(const Point& point) const noexcept;

  /// The row behind, or before, one that is in the index with the keys it has.
  [[nodiscard]] Row next(ConstRow row) const noexcept;
  [[nodiscard]] Row previous(ConstRow row) const noexcept;

  /// The first or last row of all; null when there is none.
  [[nodiscard]] Row first() const noexcept;
  [[nodiscard]] Row last() const noexcept;

  [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }

  /// Counts inserts and erases: whoever remembers a place knows whether it still stands.
  [[nodiscard]] std::uint64_t changes() const noexcept { return changes_; }

  /// About.
  [[nodiscard]] std::size_t memory_bytes() const noexcept;

 private:
  struct Entry {
    std::uint64_t prefix = 0;
    std::uint32_t slot = 0;
  };

  struct Less {
    using is_transparent = void;
    const OrderedIndex* index;

    bool operator()(const Entry& a, const Entry& b) const noexcept;
    bool operator()(const Entry& entry, const Point& point) const noexcept;
    bool operator()(const Point& point, const Entry& entry) const noexcept;
  };

  using Entries = absl::btree_set<Entry, Less>;

  [[nodiscard]] Entry entry_of(ConstRow row) const noexcept;
  [[nodiscard]] bool is_before(const Entry& entry, const Point& point) const noexcept;
  [[nodiscard]] bool tie_is_less(ConstRow a, ConstRow b) const noexcept;
  [[nodiscard]] Entries::const_iterator position_of(ConstRow row) const noexcept;
  [[nodiscard]] Row row_at(Entries::const_iterator entry) const noexcept;

  const Table* table_;
  const KeyPlan* plan_;
  const KeyPlan* primary_;
  Entries entries_;
  std::uint64_t changes_ = 0;
};

}  // namespace cairn::state
