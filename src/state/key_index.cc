// SPDX-License-Identifier: Apache-2.0
#include "state/key_index.h"

#include <algorithm>
#include <bit>
#include <cstring>

#ifdef __SSE2__
#include <emmintrin.h>  // in every processor this runs on; measured a third faster than the loop
#endif

#include "cairn/int128.h"

namespace cairn::state {

namespace {

constexpr unsigned tag_shift = 32;

/// Spreads a number's bits over all of them.
std::uint64_t mix(std::uint64_t value) noexcept {
  value = (value ^ (value >> 30U)) * 0xbf58476d1ce4e5b9U;
  value = (value ^ (value >> 27U)) * 0x94d049bb133111ebU;
  return value ^ (value >> 31U);
}

/// Multiplies to twice the width and folds that: each bit of both reaches all of them.
std::uint64_t fold(std::uint64_t a, std::uint64_t b) noexcept {
  const UInt128 product = UInt128{a} * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64U);
}

std::uint64_t load(const std::byte* bytes) noexcept {
  std::uint64_t word = 0;
  std::memcpy(&word, bytes, sizeof(word));
  return word;
}

/// Of any bytes, sixteen at a time, the last of which may overlap those before. Both factors depend
/// on the seed, so that nobody without it knows a key that makes one of them zero. Most keys of one
/// text are so short that the way to a library would cost more than the sum.
std::uint64_t hash_bytes(std::span<const std::byte> key, std::uint64_t seed) noexcept {
  constexpr std::uint64_t first = 0x082efa98ec4e6c89U;  // digits of pi, as the usual seed
  constexpr std::uint64_t second = 0x452821e638d01377U;
  constexpr std::size_t word = sizeof(std::uint64_t);
  const std::uint64_t turned = std::rotl(seed, tag_shift) ^ second;
  std::uint64_t hash = seed ^ first;
  const auto mix_in = [&](std::uint64_t low, std::uint64_t high) {
    hash = fold(low ^ hash, high ^ turned);
  };
  const std::byte* at = key.data();
  std::size_t left = key.size();
  for (; left > 2 * word; left -= 2 * word, at += 2 * word) {
    mix_in(load(at), load(at + word));
  }
  if (key.size() >= 2 * word) [[likely]] {
    mix_in(load(at + left - 2 * word), load(at + left - word));
  } else if (left >= word) {
    mix_in(load(at), load(at + left - word));
  } else if (left != 0) {
    std::uint64_t bytes = 0;
    std::memcpy(&bytes, at, left);
    mix_in(bytes, 0);
  }
  return fold(hash ^ first, key.size() ^ turned);
}

std::uint32_t tag_of(std::uint64_t hash) noexcept {
  return static_cast<std::uint32_t>(hash >> tag_shift);
}

/// GCC 12 takes a function that only asks for memory for one without effect, and drops its calls.
void keep_call() noexcept {
  asm volatile("");
}

std::size_t first_of(unsigned hits) noexcept {
  return static_cast<std::size_t>(std::countr_zero(hits));
}

}  // namespace

/// A bit for each of the numbers, which are aligned, that is the wanted one; without branches.
unsigned KeyIndex::Bucket::places_of(const std::array<std::uint32_t, bucket_size>& numbers,
                                     std::uint32_t number) noexcept {
#ifdef __SSE2__
  const __m128i wanted = _mm_set1_epi32(static_cast<int>(number));
  const auto half = [&](std::size_t at) {
    const __m128i found =
        _mm_cmpeq_epi32(_mm_load_si128(reinterpret_cast<const __m128i*>(&numbers[at])), wanted);
    return static_cast<unsigned>(_mm_movemask_ps(_mm_castsi128_ps(found)));
  };
  return half(0) | half(bucket_size / 2) << (bucket_size / 2);
#else
  unsigned found = 0;
  for (std::uint32_t i = 0; i < bucket_size; ++i) {
    found |= static_cast<unsigned>(numbers[i] == number) << i;
  }
  return found;
#endif
}

std::uint32_t KeyIndex::Bucket::size() const noexcept {
  return static_cast<std::uint32_t>(first_of(places_of(slots, 0) | 1U << bucket_size));
}

std::uint32_t KeyIndex::Bucket::position_of(std::uint32_t slot) const noexcept {
  return static_cast<std::uint32_t>(std::ranges::find(slots, slot) - slots.begin());
}

void KeyIndex::Bucket::add(const Entry& entry) noexcept {
  const std::uint32_t at = size();
  tags[at] = entry.tag;
  slots[at] = entry.slot;
}

/// The last entry takes its place.
void KeyIndex::Bucket::remove(std::uint32_t at) noexcept {
  const std::uint32_t last = size() - 1;
  tags[at] = tags[last];
  slots[at] = slots[last];
  tags[last] = 0;
  slots[last] = 0;
}

KeyIndex::KeyIndex(const Table& table, const KeyPlan& plan, std::uint64_t seed)
    : table_(&table), plan_(&plan), seed_(seed) {
  for (Shard& shard : shards_) {
    shard.buckets = std::make_unique<Bucket[]>(1);
  }
}

std::uint64_t KeyIndex::hash(std::span<const std::byte> key) const noexcept {
  return plan_->is_number() ? mix(KeyPlan::prefix(key) ^ seed_) : hash_bytes(key, seed_);
}

std::uint64_t KeyIndex::hash_of_number(std::uint64_t number) const noexcept {
  return mix(number ^ seed_);
}

std::uint64_t KeyIndex::hash_of(ConstRow row) const noexcept {
  if (plan_->is_number()) {
    return mix(plan_->prefix(row) ^ seed_);
  }
  schema::KeyBuffer buffer;
  return hash_bytes(plan_->encode(row, buffer), seed_);
}

Row KeyIndex::find(std::span<const std::byte> key) const noexcept {
  return find(key, hash(key));
}

/// The row with this key in one bucket; null when it is not there.
inline Row KeyIndex::find_in(const Bucket& bucket, std::span<const std::byte> key,
                             std::uint32_t tag) const noexcept {
  for (unsigned hits = bucket.hits(tag); hits != 0; hits &= hits - 1) {
    const std::uint32_t slot = bucket.slots[first_of(hits)];
    const Row row = slot == 0 ? nullptr : table_->row(slot - 1);
    if (row != nullptr && plan_->matches(row, key)) [[likely]] {
      return row;
    }
  }
  return nullptr;
}

Row KeyIndex::find(std::span<const std::byte> key, std::uint64_t hash) const noexcept {
  const Shard& shard = shards_[hash & (shards_.size() - 1)];
  const std::uint32_t tag = tag_of(hash);
  for (std::uint32_t at = tag & shard.mask;; at = (at + 1) & shard.mask) {
    const Bucket& bucket = shard.buckets[at];
    if (const Row row = find_in(bucket, key, tag); row != nullptr) {
      return row;
    }
    if (!bucket.is_full()) [[likely]] {
      return nullptr;
    }
  }
}

void KeyIndex::prefetch(std::uint64_t hash) const noexcept {
  keep_call();
  const Shard& shard = shards_[hash & (shards_.size() - 1)];
  __builtin_prefetch(&shard.buckets[tag_of(hash) & shard.mask]);
}

void KeyIndex::prefetch_row(std::uint64_t hash) const noexcept {
  keep_call();
  const Shard& shard = shards_[hash & (shards_.size() - 1)];
  const Bucket& bucket = shard.buckets[tag_of(hash) & shard.mask];
  const unsigned hits = bucket.hits(tag_of(hash));
  if (hits != 0 && bucket.slots[first_of(hits)] != 0) {
    const Row row = table_->row(bucket.slots[first_of(hits)] - 1);
    __builtin_prefetch(row - sizeof(RowHeader), 1);
    __builtin_prefetch(row + 64 - sizeof(RowHeader), 1);
  }
}

void KeyIndex::place(Shard& shard, Entry entry) noexcept {
  std::uint32_t at = entry.tag & shard.mask;
  while (shard.buckets[at].is_full()) {
    at = (at + 1) & shard.mask;
  }
  shard.buckets[at].add(entry);
}

void KeyIndex::grow(Shard& shard) {
  const std::uint32_t buckets = (shard.mask + 1) * 2;
  Shard larger = {
      .buckets = std::make_unique<Bucket[]>(buckets), .mask = buckets - 1, .size = shard.size};
  for (std::uint32_t at = 0; at <= shard.mask; ++at) {
    const Bucket& bucket = shard.buckets[at];
    for (std::uint32_t i = 0; i < bucket.size(); ++i) {
      place(larger, {.tag = bucket.tags[i], .slot = bucket.slots[i]});
    }
  }
  shard = std::move(larger);
}

void KeyIndex::insert(Row row, std::uint64_t hash) {
  Shard& shard = shards_[hash & (shards_.size() - 1)];
  const std::uint64_t places = (std::uint64_t{shard.mask} + 1) * bucket_size;
  if ((std::uint64_t{shard.size} + 1) * 5 > places * 4) {
    grow(shard);
  }
  place(shard, {.tag = tag_of(hash), .slot = slot_of(row) + 1});
  ++shard.size;
}

bool KeyIndex::erase(ConstRow row) noexcept {
  const std::uint64_t hash = hash_of(row);
  Shard& shard = shards_[hash & (shards_.size() - 1)];
  const std::uint32_t slot = slot_of(row) + 1;
  for (std::uint32_t at = tag_of(hash) & shard.mask;; at = (at + 1) & shard.mask) {
    const std::uint32_t found = shard.buckets[at].position_of(slot);
    if (found != bucket_size) {
      take_out(shard, at, found);
      return true;
    }
    if (!shard.buckets[at].is_full()) {
      search_and_erase(slot);
      return false;
    }
  }
}

void KeyIndex::search_and_erase(std::uint32_t slot) noexcept {
  for (Shard& shard : shards_) {
    std::uint32_t at = 0;
    while (at <= shard.mask && shard.buckets[at].position_of(slot) == bucket_size) {
      ++at;
    }
    if (at <= shard.mask) {
      take_out(shard, at, shard.buckets[at].position_of(slot));
      return;
    }
  }
}

/// Closes the gap instead of marking it: the bucket's last entry goes there, and entries of later
/// buckets that had found no room here move up.
void KeyIndex::take_out(Shard& shard, std::uint32_t bucket, std::uint32_t at) noexcept {
  bool was_full = shard.buckets[bucket].is_full();
  shard.buckets[bucket].remove(at);
  --shard.size;
  std::uint32_t gap = bucket;
  for (std::uint32_t next = (gap + 1) & shard.mask; was_full && next != gap;
       next = (next + 1) & shard.mask) {
    was_full = shard.buckets[next].is_full();
    if (fill_from(shard, gap, next)) {
      gap = next;
    }
  }
}

/// Moves an entry that may lie in bucket `gap`, which has room, there from a later bucket.
bool KeyIndex::fill_from(Shard& shard, std::uint32_t gap, std::uint32_t bucket) noexcept {
  Bucket& from = shard.buckets[bucket];
  for (std::uint32_t i = 0; i < from.size(); ++i) {
    const std::uint32_t home = from.tags[i] & shard.mask;
    if (((bucket - home) & shard.mask) >= ((bucket - gap) & shard.mask)) {
      shard.buckets[gap].add({.tag = from.tags[i], .slot = from.slots[i]});
      from.remove(i);
      return true;
    }
  }
  return false;
}

std::size_t KeyIndex::memory_bytes() const noexcept {
  std::size_t bytes = 0;
  for (const Shard& shard : shards_) {
    bytes += (std::size_t{shard.mask} + 1) * sizeof(Bucket);
  }
  return bytes;
}

}  // namespace cairn::state
