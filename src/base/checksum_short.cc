// SPDX-License-Identifier: Apache-2.0
#include "base/checksum_short.h"

// The library's functions become part of this file, so that they can become part of their callers.
#define XXH_INLINE_ALL
#include <xxhash.h>

namespace cairn {

std::uint64_t short_checksum64(std::span<const std::byte> bytes, std::uint64_t seed) noexcept {
  return XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed);
}

}  // namespace cairn
