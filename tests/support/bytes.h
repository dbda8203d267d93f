// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <stdexcept>
#include <string_view>
#include <vector>

namespace cairn::test {

/// On the heap and of exactly the right size, so that the address sanitizer sees a read past the
/// end.
using Bytes = std::vector<std::byte>;

[[nodiscard]] inline Bytes exact_copy(std::span<const std::byte> bytes) {
  return {bytes.begin(), bytes.end()};
}

[[nodiscard]] inline Bytes bytes_of_text(std::string_view text) {
  return exact_copy(std::as_bytes(std::span(text)));
}

[[nodiscard]] inline Bytes bytes_of_hex(std::string_view hex) {
  constexpr std::string_view digits = "0123456789abcdef";
  Bytes bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    const std::size_t value = digits.find(hex[i]) * 16 + digits.find(hex[i + 1]);
    if (value > 0xff) {
      throw std::invalid_argument("not hexadecimal");
    }
    bytes.push_back(static_cast<std::byte>(value));
  }
  return bytes;
}

}  // namespace cairn::test
