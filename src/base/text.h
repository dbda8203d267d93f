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

/// The length of the well-formed UTF-8 sequence that `text` starts with, 1 to 4; 0 when it starts
/// with none. Overlong forms, surrogates and code points above U+10FFFF are not well-formed.
[[nodiscard]] std::size_t utf8_sequence(std::string_view text) noexcept;

[[nodiscard]] bool is_utf8(std::string_view text) noexcept;

}  // namespace cairn
