// SPDX-License-Identifier: Apache-2.0
#include "base/hash.h"

#include <blake3.h>

#include "base/check.h"
#include "base/hash_lanes.h"

namespace cairn {

static_assert(sizeof(Digest) == BLAKE3_OUT_LEN,
              "digests lie side by side, as the lanes write them");
static_assert(blake3_block_bytes == BLAKE3_BLOCK_LEN && blake3_lane_bytes_max == BLAKE3_CHUNK_LEN);

namespace {

template <typename State>
blake3_hasher* hasher_in(State& state) noexcept {
  static_assert(sizeof(State) >= sizeof(blake3_hasher) && alignof(blake3_hasher) <= 8);
  return reinterpret_cast<blake3_hasher*>(state.data());
}

template <typename State>
const blake3_hasher* hasher_in(const State& state) noexcept {
  return reinterpret_cast<const blake3_hasher*>(state.data());
}

const std::uint8_t* octets(const std::byte* bytes) noexcept {
  return reinterpret_cast<const std::uint8_t*>(bytes);
}

Digest digest_of(const blake3_hasher& hasher) noexcept {
  Digest digest;
  blake3_hasher_finalize(&hasher, reinterpret_cast<std::uint8_t*>(digest.bytes.data()),
                         digest.bytes.size());
  return digest;
}

}  // namespace

Digest blake3(std::span<const std::byte> bytes) noexcept {
  blake3_hasher hasher;
  blake3_hasher_init(&hasher);
  blake3_hasher_update(&hasher, bytes.data(), bytes.size());
  return digest_of(hasher);
}

Blake3Hasher::Blake3Hasher() noexcept {
  blake3_hasher_init(hasher_in(state_));
}

Blake3Hasher Blake3Hasher::keyed(Key key) noexcept {
  Blake3Hasher hasher{Uninitialised{}};
  blake3_hasher_init_keyed(hasher_in(hasher.state_), octets(key.data()));
  return hasher;
}

Blake3Hasher Blake3Hasher::key_derivation(std::string_view context) noexcept {
  Blake3Hasher hasher{Uninitialised{}};
  blake3_hasher_init_derive_key_raw(hasher_in(hasher.state_), context.data(), context.size());
  return hasher;
}

void Blake3Hasher::update(std::span<const std::byte> bytes) noexcept {
  blake3_hasher_update(hasher_in(state_), bytes.data(), bytes.size());
}

Digest Blake3Hasher::finish() const noexcept {
  return digest_of(*hasher_in(state_));
}

void Blake3Hasher::reset() noexcept {
  blake3_hasher_reset(hasher_in(state_));
}

void blake3_many(std::span<const std::byte* const> records, std::size_t size,
                 std::span<Digest> out) noexcept {
  CAIRN_CHECK(records.size() == out.size());
  CAIRN_CHECK(size != 0 && size % blake3_block_bytes == 0);
  CAIRN_CHECK(size <= blake3_lane_bytes_max);
  if (cairn_blake3_has_lanes()) {
    cairn_blake3_lanes(reinterpret_cast<const std::uint8_t* const*>(records.data()), records.size(),
                       size / blake3_block_bytes, reinterpret_cast<std::uint8_t*>(out.data()));
    return;
  }
  for (std::size_t i = 0; i < records.size(); ++i) {
    out[i] = blake3({records[i], size});
  }
}

}  // namespace cairn
