// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <span>

namespace cairn {

/// A checksum finds accidents: bit rot, torn and misdirected writes, a mangled packet. It stops no
/// attacker, who can make any bytes match it; that is what base/hash.h is for. XXH3, whose values
/// are fixed for ever, so they may be stored. Another seed gives an unrelated function: seed with
/// the place, and bytes that lie in the wrong place do not match.
[[nodiscard]] std::uint64_t checksum64(std::span<const std::byte> bytes,
                                       std::uint64_t seed = 0) noexcept;

struct Checksum128 {
  std::uint64_t low = 0;
  std::uint64_t high = 0;

  friend auto operator<=>(const Checksum128&, const Checksum128&) noexcept = default;
};

[[nodiscard]] Checksum128 checksum128(std::span<const std::byte> bytes,
                                      std::uint64_t seed = 0) noexcept;

}  // namespace cairn
