// SPDX-License-Identifier: Apache-2.0
#include "base/checksum.h"

#include "base/checksum_short.h"

#if defined(__x86_64__)
#include <xxh_x86dispatch.h>  // the same functions, with the widest vectors this processor has
#else
#include <xxhash.h>
#endif

namespace cairn {

std::uint64_t checksum64(std::span<const std::byte> bytes, std::uint64_t seed) noexcept {
  return bytes.size() <= short_checksum_bytes_max
             ? short_checksum64(bytes, seed)
             : XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed);
}

Checksum128 checksum128(std::span<const std::byte> bytes, std::uint64_t seed) noexcept {
  const XXH128_hash_t sum = XXH3_128bits_withSeed(bytes.data(), bytes.size(), seed);
  return {.low = sum.low64, .high = sum.high64};
}

}  // namespace cairn
