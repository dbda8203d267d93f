// SPDX-License-Identifier: Apache-2.0
#include "journal/index_table.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/checksum.h"

namespace cairn::journal {

void IndexPostings::push(std::uint32_t ordinal) {
  if (size_ == capacity_) {
    const std::uint32_t capacity = std::max(4U, capacity_ * 2);
    auto more = std::make_unique_for_overwrite<std::uint32_t[]>(capacity);
    std::ranges::copy(words(), more.get());
    many_ = std::move(more);
    capacity_ = capacity;
  }
  (many_ != nullptr ? many_.get() : &one_)[size_] = ordinal;
  ++size_;
}

std::size_t IndexTable::slot_of(std::string_view key, std::uint32_t hash) const noexcept {
  // A power of two of slots, never full, so a free one is met.
  std::size_t slot = hash & (slots_.size() - 1);
  while (slots_[slot] != none) {
    const Term& term = terms_[slots_[slot]];
    if (term.hash == hash && std::string_view(term.key, term.key_bytes) == key) {
      break;
    }
    slot = (slot + 1) & (slots_.size() - 1);
  }
  return slot;
}

std::uint32_t IndexTable::find(std::string_view key) const noexcept {
  if (slots_.empty()) {
    return none;
  }
  const auto hash = static_cast<std::uint32_t>(checksum64(std::as_bytes(std::span(key))));
  return slots_[slot_of(key, hash)];
}

std::uint32_t IndexTable::find_or_add(std::string_view key) {
  constexpr std::size_t slots_per_term = 2;
  if (slots_.size() < (terms_.size() + 1) * slots_per_term) {
    grow();
  }
  const auto hash = static_cast<std::uint32_t>(checksum64(std::as_bytes(std::span(key))));
  std::uint32_t& slot = slots_[slot_of(key, hash)];
  if (slot == none) {
    slot = size();
    terms_.push_back({.key = keep(key),
                      .key_bytes = static_cast<std::uint32_t>(key.size()),
                      .hash = hash,
                      .postings = {}});
  }
  return slot;
}

void IndexTable::grow() {
  constexpr std::size_t slots_min = 64;
  slots_.assign(std::max(slots_min, slots_.size() * 2), none);
  for (std::uint32_t number = 0; number < size(); ++number) {
    slots_[slot_of(key(number), terms_[number].hash)] = number;
  }
}

const char* IndexTable::keep(std::string_view key) {
  CAIRN_CHECK(key.size() <= block_bytes);
  if (block_bytes - block_used_ < key.size()) {
    blocks_.push_back(std::make_unique_for_overwrite<char[]>(block_bytes));
    block_used_ = 0;
  }
  char* const kept = blocks_.back().get() + block_used_;
  std::ranges::copy(key, kept);
  block_used_ += key.size();
  key_bytes_ += key.size();
  return kept;
}

void IndexTable::push(std::uint32_t number, std::uint32_t ordinal) {
  IndexPostings& list = terms_[number].postings;
  list_bytes_ -= list.bytes();
  list.push(ordinal);
  list_bytes_ += list.bytes();
  ++postings_count_;
}

std::size_t IndexTable::bytes() const noexcept {
  return terms_.capacity() * sizeof(Term) + slots_.capacity() * sizeof(std::uint32_t) +
         blocks_.size() * block_bytes + list_bytes_;
}

}  // namespace cairn::journal
