// SPDX-License-Identifier: Apache-2.0
#include "base/text.h"

#include "base/check.h"

namespace cairn {

namespace {

constexpr std::string_view hex_digits = "0123456789abcdef";

}  // namespace

std::string to_hex(std::span<const std::byte> bytes) {
  std::string text(bytes.size() * 2, '0');
  write_hex(bytes, text);
  return text;
}

void write_hex(std::span<const std::byte> bytes, std::span<char> out) noexcept {
  CAIRN_CHECK(out.size() == 2 * bytes.size());
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    out[2 * i] = hex_digits[std::to_integer<unsigned>(bytes[i]) >> 4U];
    out[2 * i + 1] = hex_digits[std::to_integer<unsigned>(bytes[i]) & 0xfU];
  }
}

bool from_hex(std::string_view text, std::span<std::byte> out) noexcept {
  if (text.size() % 2 != 0 || text.size() / 2 != out.size()) {
    return false;
  }
  for (std::size_t i = 0; i < out.size(); ++i) {
    const std::size_t high = hex_digits.find(text[2 * i]);
    const std::size_t low = hex_digits.find(text[2 * i + 1]);
    if (high == std::string_view::npos || low == std::string_view::npos) {
      return false;
    }
    out[i] = static_cast<std::byte>(high << 4U | low);
  }
  return true;
}

}  // namespace cairn
