// SPDX-License-Identifier: Apache-2.0
#include "state/key_index.h"

#include "base/checksum.h"

namespace cairn::state {

namespace {

constexpr std::uint32_t first_capacity = 8;
constexpr unsigned tag_shift = 32;

/// Spreads a number's bits over all of them.
std::uint64_t mix(std::uint64_t value) noexcept {
  value = (value ^ (value >> 30U)) * 0xbf58476d1ce4e5b9U;
  value = (value ^ (value >> 27U)) * 0x94d049bb133111ebU;
  return value ^ (value >> 31U);
}

std::uint32_t tag_of(std::uint64_t hash) noexcept {
  return static_cast<std::uint32_t>(hash >> tag_shift);
}

}  // namespace

KeyIndex::KeyIndex(const Table& table, const KeyPlan& plan, std::uint64_t seed)
    : table_(&table), plan_(&plan), seed_(seed) {
  for (Shard& shard : shards_) {
    shard.entries = std::make_unique<Entry[]>(first_capacity);
    shard.mask = first_capacity - 1;
  }
}

std::uint64_t KeyIndex::hash(std::span<const std::byte> key) const noexcept {
  return plan_->is_number() ? mix(KeyPlan::prefix(key) ^ seed_) : checksum64(key, seed_);
}

std::uint64_t KeyIndex::hash_of_number(std::uint64_t number) const noexcept {
  return mix(number ^ seed_);
}

std::uint64_t KeyIndex::hash_of(ConstRow row) const noexcept {
  if (plan_->is_number()) {
    return mix(plan_->prefix(row) ^ seed_);
  }
  schema::KeyBuffer buffer;
  return checksum64(plan_->encode(row, buffer), seed_);
}

Row KeyIndex::find(std::span<const std::byte> key) const noexcept {
  return find(key, hash(key));
}

Row KeyIndex::find(std::span<const std::byte> key, std::uint64_t hash) const noexcept {
  const Shard& shard = shards_[hash & (shards_.size() - 1)];
  const std::uint32_t tag = tag_of(hash);
  for (std::uint32_t at = tag & shard.mask;; at = (at + 1) & shard.mask) {
    const Entry entry = shard.entries[at];
    if (entry.slot == 0) {
      return nullptr;
    }
    if (entry.tag == tag) {
      const Row row = table_->row(entry.slot - 1);
      if (plan_->matches(row, key)) [[likely]] {
        return row;
      }
    }
  }
}

void KeyIndex::prefetch(std::uint64_t hash) const noexcept {
  const Shard& shard = shards_[hash & (shards_.size() - 1)];
  __builtin_prefetch(&shard.entries[tag_of(hash) & shard.mask]);
}

void KeyIndex::prefetch_row(std::uint64_t hash) const noexcept {
  const Shard& shard = shards_[hash & (shards_.size() - 1)];
  const std::uint32_t tag = tag_of(hash);
  for (std::uint32_t at = tag & shard.mask; shard.entries[at].slot != 0;
       at = (at + 1) & shard.mask) {
    if (shard.entries[at].tag == tag) {
      const Row row = table_->row(shard.entries[at].slot - 1);
      __builtin_prefetch(row - sizeof(RowHeader), 1);
      __builtin_prefetch(row + 64 - sizeof(RowHeader), 1);
      return;
    }
  }
}

void KeyIndex::place(Shard& shard, Entry entry) noexcept {
  std::uint32_t at = entry.tag & shard.mask;
  while (shard.entries[at].slot != 0) {
    at = (at + 1) & shard.mask;
  }
  shard.entries[at] = entry;
}

void KeyIndex::grow(Shard& shard) {
  const std::uint32_t capacity = (shard.mask + 1) * 2;
  Shard larger = {
      .entries = std::make_unique<Entry[]>(capacity), .mask = capacity - 1, .size = shard.size};
  for (std::uint32_t at = 0; at <= shard.mask; ++at) {
    if (shard.entries[at].slot != 0) {
      place(larger, shard.entries[at]);
    }
  }
  shard = std::move(larger);
}

void KeyIndex::insert(Row row) {
  const std::uint64_t hash = hash_of(row);
  Shard& shard = shards_[hash & (shards_.size() - 1)];
  if ((std::uint64_t{shard.size} + 1) * 5 > (std::uint64_t{shard.mask} + 1) * 4) {
    grow(shard);
  }
  place(shard, {.tag = tag_of(hash), .slot = slot_of(row) + 1});
  ++shard.size;
}

bool KeyIndex::erase(ConstRow row) noexcept {
  const std::uint64_t hash = hash_of(row);
  Shard& shard = shards_[hash & (shards_.size() - 1)];
  std::uint32_t at = tag_of(hash) & shard.mask;
  while (shard.entries[at].slot != slot_of(row) + 1) {
    if (shard.entries[at].slot == 0) [[unlikely]] {
      search_and_erase(slot_of(row));
      return false;
    }
    at = (at + 1) & shard.mask;
  }
  take_out(shard, at);
  return true;
}

void KeyIndex::search_and_erase(std::uint32_t slot) noexcept {
  for (Shard& shard : shards_) {
    for (std::uint32_t at = 0; at <= shard.mask; ++at) {
      if (shard.entries[at].slot == slot + 1) {
        take_out(shard, at);
        return;
      }
    }
  }
}

/// Closes the gap instead of marking it: entries behind it move up as far as their own places allow.
void KeyIndex::take_out(Shard& shard, std::uint32_t at) noexcept {
  for (std::uint32_t next = (at + 1) & shard.mask; shard.entries[next].slot != 0;
       next = (next + 1) & shard.mask) {
    const std::uint32_t home = shard.entries[next].tag & shard.mask;
    if (((next - home) & shard.mask) >= ((next - at) & shard.mask)) {
      shard.entries[at] = shard.entries[next];
      at = next;
    }
  }
  shard.entries[at] = {};
  --shard.size;
}

std::size_t KeyIndex::memory_bytes() const noexcept {
  std::size_t bytes = 0;
  for (const Shard& shard : shards_) {
    bytes += (std::size_t{shard.mask} + 1) * sizeof(Entry);
  }
  return bytes;
}

}  // namespace cairn::state
