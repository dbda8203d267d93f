// SPDX-License-Identifier: Apache-2.0
#include "execution/bounds.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "cairn/limits.h"

namespace cairn::execution {

namespace {

/// Longer than the bytes of any key with those of the primary key behind it, and not before any.
constexpr auto beyond_all = [] {
  std::array<std::byte, 2 * limits::key_bytes_max + 1> bytes = {};
  bytes.fill(std::byte{0xff});
  return bytes;
}();

/// Shorter bytes lie before longer ones that they start.
bool is_below(std::span<const std::byte> key, std::span<const std::byte> bound) noexcept {
  const std::size_t size = std::min(key.size(), bound.size());
  const int order = size == 0 ? 0 : std::memcmp(key.data(), bound.data(), size);
  return order != 0 ? order < 0 : key.size() < bound.size();
}

}  // namespace

bool is_inside(std::span<const std::byte> key, std::span<const std::byte> lower,
               std::span<const std::byte> upper) noexcept {
  return !is_below(key, lower) && (upper.empty() || is_below(key, upper));
}

std::span<const std::byte> scan_start(bool backward, std::span<const std::byte> lower,
                                      std::span<const std::byte> upper) noexcept {
  if (!backward) {
    return lower;
  }
  return upper.empty() ? std::span<const std::byte>(beyond_all) : upper;
}

}  // namespace cairn::execution
