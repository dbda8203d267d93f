// SPDX-License-Identifier: Apache-2.0
#include "base/text.h"

#include "base/check.h"

namespace cairn {

namespace {

constexpr std::string_view hex_digits = "0123456789abcdef";

struct ByteRange {
  unsigned char low = 0x80;
  unsigned char high = 0xbf;

  [[nodiscard]] bool holds(char c) const noexcept {
    const auto byte = static_cast<unsigned char>(c);
    return low <= byte && byte <= high;
  }
};

/// What the second byte may be is where overlong forms, surrogates and too large code points show.
ByteRange second_byte_range(unsigned char lead) noexcept {
  switch (lead) {
    case 0xe0:
      return {.low = 0xa0};
    case 0xed:
      return {.high = 0x9f};
    case 0xf0:
      return {.low = 0x90};
    case 0xf4:
      return {.high = 0x8f};
    default:
      return {};
  }
}

std::size_t length_by_lead(unsigned char lead) noexcept {
  if (lead < 0x80) {
    return 1;
  }
  if (lead < 0xc2 || lead > 0xf4) {
    return 0;
  }
  return lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
}

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

std::size_t utf8_sequence(std::string_view text) noexcept {
  if (text.empty()) {
    return 0;
  }
  const auto lead = static_cast<unsigned char>(text[0]);
  const std::size_t length = length_by_lead(lead);
  if (length > text.size()) {
    return 0;
  }
  if (length > 1 && !second_byte_range(lead).holds(text[1])) {
    return 0;
  }
  for (std::size_t i = 2; i < length; ++i) {
    if (!ByteRange{}.holds(text[i])) {
      return 0;
    }
  }
  return length;
}

bool is_utf8(std::string_view text) noexcept {
  while (!text.empty()) {
    const std::size_t length = utf8_sequence(text);
    if (length == 0) {
      return false;
    }
    text.remove_prefix(length);
  }
  return true;
}

}  // namespace cairn
