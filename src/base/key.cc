// SPDX-License-Identifier: Apache-2.0
#include <cstring>

#include "cairn/key_parts.h"

namespace cairn::detail {

namespace {

constexpr std::byte zero{0x00};
constexpr std::byte escaped_zero{0xff};

std::byte* put_escaped(std::byte* out, std::span<const std::byte> bytes) noexcept {
  for (const std::byte byte : bytes) {
    *out++ = byte;
    if (byte == zero) {
      *out++ = escaped_zero;
    }
  }
  return out;
}

/// False at the end and after a failure.
bool take_key_byte(ByteReader& reader, std::byte& byte, std::string_view name) noexcept {
  byte = static_cast<std::byte>(reader.u8(name));
  if (byte != zero || reader.failed()) {
    return !reader.failed();
  }
  const auto next = static_cast<std::byte>(reader.u8(name));
  if (next != zero && next != escaped_zero) {
    reader.reject(name, "holds a zero byte that is neither escaped nor its end", 2);
  }
  return !reader.failed() && next == escaped_zero;
}

}  // namespace

std::byte* put_key_bytes(std::byte* out, std::span<const std::byte> bytes) noexcept {
  if (!bytes.empty() && std::memchr(bytes.data(), 0, bytes.size()) == nullptr) [[likely]] {
    std::memcpy(out, bytes.data(), bytes.size());
    out += bytes.size();
  } else {
    out = put_escaped(out, bytes);
  }
  *out++ = zero;
  *out++ = zero;
  return out;
}

std::size_t take_key_bytes(ByteReader& reader, std::span<std::byte> out,
                           std::string_view name) noexcept {
  std::size_t size = 0;
  std::byte byte{};
  while (take_key_byte(reader, byte, name)) {
    if (size == out.size()) {
      reader.reject(name, "is longer than its limit", 0, Errc::TooLarge);
      return 0;
    }
    out[size++] = byte;
  }
  return reader.failed() ? 0 : size;
}

}  // namespace cairn::detail
