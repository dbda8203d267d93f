// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "state/key_plan.h"
#include "state/row.h"
#include "state/table.h"

namespace cairn::state {

/// Finds rows by primary key: open addressing over pairs of hash and slot, eight to a cache line
/// that is looked at as a whole, since guessing where in it a key lies would cost more than
/// looking. It is never walked, so neither hash nor growth shows in anything that is stored. Eight
/// bytes a place, filled to at most four fifths, in shards that grow one at a time: no insert pays
/// for the whole table.
class KeyIndex final {
 public:
  /// `seed` spoils the plans of whoever picks keys that collide.
  KeyIndex(const Table& table, const KeyPlan& plan, std::uint64_t seed);

  [[nodiscard]] Row find(std::span<const std::byte> key) const noexcept;
  [[nodiscard]] Row find(std::span<const std::byte> key, std::uint64_t hash) const noexcept;
  [[nodiscard]] std::uint64_t hash(std::span<const std::byte> key) const noexcept;
  [[nodiscard]] std::uint64_t hash_of(ConstRow row) const noexcept;
  /// The same for the number of a numbered record.
  [[nodiscard]] std::uint64_t hash_of_number(std::uint64_t number) const noexcept;

  /// Asks for the memory that `find` will look at first; then `prefetch_row` for what comes next.
  void prefetch(std::uint64_t hash) const noexcept;
  void prefetch_row(std::uint64_t hash) const noexcept;

  /// Requires: no row with this key is in the index.
  void insert(Row row, std::uint64_t hash);
  /// Requires: the row is in the index. False when it was not where its key says: then somebody
  /// wrote to its key. It is gone all the same.
  [[nodiscard]] bool erase(ConstRow row) noexcept;

  [[nodiscard]] std::size_t memory_bytes() const noexcept;

 private:
  static constexpr unsigned shard_bits = 6;

  static constexpr std::uint32_t bucket_size = 8;

  struct Entry {
    std::uint32_t tag = 0;
    std::uint32_t slot = 0;  ///< plus one; 0 where nothing is
  };

  /// Entries side by side, so that all tags are compared at once. What is there lies in front; what
  /// finds no room goes on in the next bucket.
  struct alignas(64) Bucket {
    std::array<std::uint32_t, bucket_size> tags = {};
    std::array<std::uint32_t, bucket_size> slots = {};

    [[nodiscard]] bool is_full() const noexcept { return slots.back() != 0; }

    [[nodiscard]] static unsigned places_of(const std::array<std::uint32_t, bucket_size>& numbers,
                                            std::uint32_t number) noexcept;

    [[nodiscard]] std::uint32_t size() const noexcept;

    /// A bit for each entry that has the tag, and possibly for one where nothing is.
    [[nodiscard]] unsigned hits(std::uint32_t tag) const noexcept { return places_of(tags, tag); }

    /// Where the slot is; `bucket_size` when it is not there.
    [[nodiscard]] std::uint32_t position_of(std::uint32_t slot) const noexcept;
    void add(const Entry& entry) noexcept;
    void remove(std::uint32_t at) noexcept;
  };

  struct Shard {
    std::unique_ptr<Bucket[]> buckets;
    std::uint32_t mask = 0;  ///< of bucket numbers
    std::uint32_t size = 0;
  };

  [[nodiscard]] Row find_in(const Bucket& bucket, std::span<const std::byte> key,
                            std::uint32_t tag) const noexcept;
  static void place(Shard& shard, Entry entry) noexcept;
  static void grow(Shard& shard);
  static void take_out(Shard& shard, std::uint32_t bucket, std::uint32_t at) noexcept;
  static bool fill_from(Shard& shard, std::uint32_t gap, std::uint32_t bucket) noexcept;
  void search_and_erase(std::uint32_t slot) noexcept;

  const Table* table_;
  const KeyPlan* plan_;
  std::uint64_t seed_;
  std::array<Shard, std::size_t{1} << shard_bits> shards_;
};

}  // namespace cairn::state
