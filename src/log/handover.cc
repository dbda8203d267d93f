// SPDX-License-Identifier: Apache-2.0
#include "log/handover.h"

#include <cstring>

#include "base/check.h"

namespace cairn::log {

namespace {

constexpr std::size_t alignment = 64;

constexpr std::size_t aligned(std::size_t size) noexcept {
  return (size + alignment - 1) / alignment * alignment;
}

}  // namespace

Handover::Handover(std::size_t bytes) : memory_(aligned(bytes)) {
  CAIRN_CHECK(bytes > 0);
}

std::byte* Handover::place(std::uint64_t at) const noexcept {
  return memory_.data() + at % memory_.size();
}

std::size_t Handover::left_behind(std::uint64_t at) const noexcept {
  return memory_.size() - at % memory_.size();
}

bool Handover::put(const Written& batch) noexcept {
  const std::size_t hash_bytes = batch.hashes.size_bytes();
  const std::size_t size = aligned(sizeof(Entry) + hash_bytes + batch.bytes.size());
  const std::uint64_t begin = put_.load(std::memory_order_relaxed);
  // An entry lies in one piece: what is left at the end may be too short for it.
  const std::size_t skipped = left_behind(begin) < size ? left_behind(begin) : 0;
  const std::uint64_t free = memory_.size() - (begin - taken_.load(std::memory_order_acquire));
  if (skipped + size > free) {
    return false;
  }
  if (skipped > 0) {
    const Entry nothing{.size = skipped};
    std::memcpy(place(begin), &nothing, sizeof(nothing));
  }
  const Entry entry{.size = size,
                    .first = load<BatchHeader>(batch.bytes).first,
                    .segment = batch.segment,
                    .offset = batch.offset,
                    .bytes = static_cast<std::uint32_t>(batch.bytes.size()),
                    .hashes = static_cast<std::uint32_t>(batch.hashes.size())};
  std::byte* const out = place(begin + skipped);
  std::memcpy(out, &entry, sizeof(entry));
  std::memcpy(out + sizeof(entry), batch.hashes.data(), hash_bytes);
  std::memcpy(out + sizeof(entry) + hash_bytes, batch.bytes.data(), batch.bytes.size());
  put_.store(begin + skipped + size, std::memory_order_release);
  return true;
}

bool Handover::is_half_full() const noexcept {
  const std::uint64_t taken = taken_.load(std::memory_order_relaxed);
  return put_.load(std::memory_order_relaxed) - taken >= memory_.size() / 2;
}

std::optional<Handover::Entry> Handover::entry(std::uint64_t at) const noexcept {
  if (at == put_.load(std::memory_order_acquire)) {
    return std::nullopt;
  }
  Entry entry;
  std::memcpy(&entry, place(at), sizeof(entry));
  return entry;
}

std::optional<Handover::Written> Handover::take(std::uint64_t first) noexcept {
  std::uint64_t at = shown_;
  std::optional<Entry> found = entry(at);
  while (found && found->first < first) {
    at += found->size;
    found = entry(at);
  }
  const bool is_here = found && found->first == first;
  shown_ = is_here ? at + found->size : at;
  taken_.store(at, std::memory_order_release);
  if (!is_here) {
    return std::nullopt;
  }
  const std::byte* const hashes = place(at) + sizeof(Entry);
  const std::size_t hash_bytes = found->hashes * sizeof(Digest);
  return Written{.segment = found->segment,
                 .offset = found->offset,
                 .bytes = Bytes(hashes + hash_bytes, found->bytes),
                 .hashes = {reinterpret_cast<const Digest*>(hashes), found->hashes}};
}

}  // namespace cairn::log
