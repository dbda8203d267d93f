// SPDX-License-Identifier: Apache-2.0
#include "log/record_hasher.h"

#include <cstring>

#include "base/check.h"
#include "base/hash.h"

namespace cairn::log {

RecordHasher::RecordHasher()
    : memory_(
          std::make_unique<std::byte[]>(lanes * blake3_block_bytes * classes * (classes + 1) / 2)) {
  std::byte* next = memory_.get();
  for (std::size_t blocks = 1; blocks <= classes; ++blocks) {
    waiting_[blocks].memory = next;
    next += lanes * blocks * blake3_block_bytes;
  }
}

void RecordHasher::begin(std::span<Digest> out) noexcept {
  out_ = out;
  count_ = 0;
  for (Waiting& waiting : waiting_) {
    waiting.count = 0;
  }
}

void RecordHasher::add(Bytes frame) noexcept {
  CAIRN_CHECK(count_ < out_.size());
  const std::size_t padded = blake3_padded_size(frame.size());
  if (padded > blake3_lane_bytes_max) {
    out_[count_++] = blake3_padded(frame);
    return;
  }
  const std::size_t blocks = padded / blake3_block_bytes;
  Waiting& waiting = waiting_[blocks];
  std::byte* const lane = waiting.memory + waiting.count * padded;
  std::memcpy(lane, frame.data(), frame.size());
  std::memset(lane + frame.size(), 0, padded - frame.size());
  waiting.index[waiting.count++] = static_cast<std::uint32_t>(count_++);
  if (waiting.count == lanes) {
    hash(blocks);
  }
}

void RecordHasher::hash(std::size_t blocks) noexcept {
  Waiting& waiting = waiting_[blocks];
  const std::size_t size = blocks * blake3_block_bytes;
  std::array<const std::byte*, lanes> inputs = {};
  std::array<Digest, lanes> hashes;
  for (std::size_t i = 0; i < waiting.count; ++i) {
    inputs[i] = waiting.memory + i * size;
  }
  blake3_many(std::span(inputs).first(waiting.count), size, std::span(hashes).first(waiting.count));
  for (std::size_t i = 0; i < waiting.count; ++i) {
    out_[waiting.index[i]] = hashes[i];
  }
  waiting.count = 0;
}

std::span<const Digest> RecordHasher::finish() noexcept {
  for (std::size_t blocks = 1; blocks <= classes; ++blocks) {
    if (waiting_[blocks].count > 0) {
      hash(blocks);
    }
  }
  return out_.first(count_);
}

Digest digest_of_hashes(std::span<const Digest> hashes) noexcept {
  return blake3(std::as_bytes(hashes));
}

}  // namespace cairn::log
