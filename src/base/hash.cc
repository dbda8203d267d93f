// SPDX-License-Identifier: Apache-2.0
#include "base/hash.h"

#include <cstring>

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

namespace {

Digest tree_hash(std::span<const std::byte> bytes) noexcept {
  // The last chunk is copied to be padded, unless it is whole.
  const std::size_t chunks = bytes.size() / BLAKE3_CHUNK_LEN;
  const auto rest = bytes.subspan(chunks * BLAKE3_CHUNK_LEN);
  std::array<std::uint8_t, BLAKE3_CHUNK_LEN> tail;
  const std::size_t padded = blake3_padded_size(rest.size());
  std::memcpy(tail.data(), rest.data(), rest.size());
  std::memset(tail.data() + rest.size(), 0, padded - rest.size());
  Digest digest;
  cairn_blake3_tree(octets(bytes.data()), chunks, tail.data(), padded / BLAKE3_BLOCK_LEN,
                    reinterpret_cast<std::uint8_t*>(digest.bytes.data()));
  return digest;
}

}  // namespace

Digest blake3_padded(std::span<const std::byte> bytes) noexcept {
  constexpr std::size_t tree_bytes_max =
      std::size_t{CAIRN_BLAKE3_TREE_CHUNKS_MAX} * BLAKE3_CHUNK_LEN;
  const std::size_t padded = blake3_padded_size(bytes.size());
  if (padded > BLAKE3_CHUNK_LEN && padded <= tree_bytes_max && cairn_blake3_has_lanes()) {
    return tree_hash(bytes);
  }
  constexpr std::array<std::byte, blake3_block_bytes> zeros = {};
  Blake3Hasher hasher;
  hasher.update(bytes);
  hasher.update(std::span(zeros).first(padded - bytes.size()));
  return hasher.finish();
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
