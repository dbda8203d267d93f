// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string_view>

#include "base/limits.h"
#include "cairn/digest.h"

namespace cairn {

/// The BLAKE3 digest of the bytes: the name of records, batches and state.
[[nodiscard]] Digest blake3(std::span<const std::byte> bytes) noexcept;

/// BLAKE3 over bytes that come in pieces; the pieces' borders leave no trace in the digest. A plain
/// value of about 2 KB without heap: copy it to fork a common prefix. One thread at a time.
class Blake3Hasher final {
 public:
  using Key = std::span<const std::byte, 32>;

  Blake3Hasher() noexcept;
  /// A message authentication code under the key, instead of a plain hash.
  static Blake3Hasher keyed(Key key) noexcept;
  /// Makes keys from key material. `context` says what for: fixed text, unique in the world, like
  /// "cairn 2026 journal salt".
  static Blake3Hasher key_derivation(std::string_view context) noexcept;

  void update(std::span<const std::byte> bytes) noexcept;
  /// The digest of all bytes so far. More may follow.
  [[nodiscard]] Digest finish() const noexcept;
  /// Forgets the bytes, keeps the mode and key.
  void reset() noexcept;

 private:
  struct Uninitialised {};

  explicit Blake3Hasher(Uninitialised) noexcept {}

  /// The library's own state, so that its header stays out of this one.
  alignas(8) std::array<std::byte, 1912> state_;
};

/// The next multiple of 64: what a record is zero-padded to before `blake3_many`.
[[nodiscard]] constexpr std::size_t blake3_padded_size(std::size_t size) noexcept {
  return (size + blake3_block_bytes - 1) / blake3_block_bytes * blake3_block_bytes;
}

/// blake3 of the bytes and the zeros that make their number a multiple of 64. From one chunk to 256
/// it is faster than `blake3`, most for numbers of chunks that are no power of two.
[[nodiscard]] Digest blake3_padded(std::span<const std::byte> bytes) noexcept;

/// out[i] = blake3 of the `size` bytes at records[i], as many at a time as the processor has lanes:
/// several times faster than one after the other.
/// Requires: `size` is a multiple of 64 and at most blake3_lane_bytes_max; as many digests as
/// records. The caller keeps the records' true lengths inside them, since padding is hashed too.
void blake3_many(std::span<const std::byte* const> records, std::size_t size,
                 std::span<Digest> out) noexcept;

}  // namespace cairn
