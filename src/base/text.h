// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace cairn {

/// Two lower-case hexadecimal digits per byte.
[[nodiscard]] std::string to_hex(std::span<const std::byte> bytes);

/// The same into `out`, which has two characters per byte.
void write_hex(std::span<const std::byte> bytes, std::span<char> out) noexcept;

/// Reads exactly what `to_hex` writes: false unless `text` is two lower-case digits per byte of
/// `out`. On failure `out` is unspecified.
[[nodiscard]] bool from_hex(std::string_view text, std::span<std::byte> out) noexcept;

}  // namespace cairn
