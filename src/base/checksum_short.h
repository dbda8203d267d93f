// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace cairn {

/// What is short is summed without vectors: then the way to them costs more than the sum.
inline constexpr std::size_t short_checksum_bytes_max = 240;

/// `checksum64` of at most so many bytes.
[[nodiscard]] std::uint64_t short_checksum64(std::span<const std::byte> bytes,
                                             std::uint64_t seed) noexcept;

}  // namespace cairn
