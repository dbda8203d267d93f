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

  /// False when a row with the same keys is there already: then somebody wrote around the index.
  [[nodiscard]] bool insert(Row row);
  /// Requires: the row is in the index. False when it was not where its keys say: then somebody
  /// wrote around the index. It is gone all the same, and what the index says is not to be relied
  /// on until `clear` and new inserts.
  [[nodiscard]] bool erase(ConstRow row) noexcept;
  void clear() noexcept;

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

  /// Where a walk has come, so that it goes on without looking for its place again.
  class Place;

  /// As `next` and `previous`, and `place` is where the row is; it does not stand when there is
  /// none.
  [[nodiscard]] Row next(const Point& point, Place& place) const noexcept;
  [[nodiscard]] Row previous(const Point& point, Place& place) const noexcept;

  /// Whether the index is still as it was when the place was given.
  [[nodiscard]] bool stands(const Place& place) const noexcept;

  /// Moves to the row behind, or before. Requires: `stands`.
  [[nodiscard]] Row next(Place& place) const noexcept;
  [[nodiscard]] Row previous(Place& place) const noexcept;

  [[nodiscard]] std::size_t memory_bytes() const noexcept { return *node_bytes_; }

 private:
  struct Entry {
    std::uint64_t prefix = 0;
    std::uint32_t slot = 0;
  };

  /// A point with the number that its first bytes are.
  struct Target {
    const Point* point;
    std::uint64_t prefix;
  };

  struct Less {
    using is_transparent = void;
    const OrderedIndex* index;

    bool operator()(const Entry& a, const Entry& b) const noexcept;
    bool operator()(const Entry& entry, const Target& target) const noexcept;
    bool operator()(const Target& target, const Entry& entry) const noexcept;
  };

  /// Counts what the nodes take.
  template <typename T>
  struct Allocator {
    using value_type = T;

    explicit Allocator(std::size_t* counter) noexcept : bytes(counter) {}

    template <typename Other>
    // NOLINTNEXTLINE(google-explicit-constructor): how allocators turn into each other
    Allocator(const Allocator<Other>& other) noexcept : bytes(other.bytes) {}

    T* allocate(std::size_t count) {
      *bytes += count * sizeof(T);
      return std::allocator<T>().allocate(count);
    }

    void deallocate(T* memory, std::size_t count) noexcept {
      *bytes -= count * sizeof(T);
      std::allocator<T>().deallocate(memory, count);
    }

    friend bool operator==(const Allocator&, const Allocator&) noexcept = default;

    std::size_t* bytes;
  };

  using Entries = absl::btree_set<Entry, Less, Allocator<Entry>>;

  [[nodiscard]] Entry entry_of(ConstRow row) const noexcept;
  [[nodiscard]] Entries::const_iterator likely_place(const Entry& entry) const noexcept;
  [[nodiscard]] Entries::const_iterator position_of(const Point& point) const noexcept;
  [[nodiscard]] bool is_before(const Entry& entry, const Target& target) const noexcept;
  [[nodiscard]] bool number_is_before(const Entry& entry, const Target& target) const noexcept;
  [[nodiscard]] bool rest_is_before(const Entry& entry, const Point& point,
                                    std::size_t key_size) const noexcept;
  [[nodiscard]] Entries::const_iterator position_of(ConstRow row) const noexcept;
  [[nodiscard]] Row row_at(Entries::const_iterator entry) const noexcept;
  [[nodiscard]] Row settle_at(Entries::const_iterator entry, Place& place) const noexcept;

  const Table* table_;
  const KeyPlan* plan_;
  const KeyPlan* primary_;
  std::unique_ptr<std::size_t> node_bytes_ = std::make_unique<std::size_t>(0);
  Entries entries_;
  /// Behind the row inserted last, where the next one often goes: keys made of time or of growing
  /// numbers come in order. Stands until something is erased.
  Entries::const_iterator behind_last_;
  bool knows_last_ = false;
  std::uint64_t changes_ = 0;  ///< inserts and erases: a place remembers how many there were
};

class OrderedIndex::Place final {
 private:
  friend class OrderedIndex;

  Entries::const_iterator entry_;
  std::uint64_t changes_ = ~std::uint64_t{0};  ///< of the index when the place was given
};

}  // namespace cairn::state
