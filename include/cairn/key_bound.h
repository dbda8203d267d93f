// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>

#include "cairn/key.h"
#include "cairn/plugin.h"

namespace cairn::detail {

/// A bound of a scan: key bytes in place. What is above every key is empty and `unbounded`.
template <std::size_t Max>
struct KeyBound {
  std::array<std::byte, Max> bytes = {};
  std::size_t size = 0;

  [[nodiscard]] cairn_bytes view() const { return {.data = bytes.data(), .size = size}; }

  template <typename T>
  void append(const T& value) {
    std::array<std::byte, key_size_max<T>> part = {};
    const std::span<const std::byte> key = encode_key(part, value);
    std::ranges::copy(key, bytes.begin() + static_cast<std::ptrdiff_t>(size));
    size += key.size();
  }

  /// The least key above all that start with this one; false when there is none.
  [[nodiscard]] bool step_over() {
    while (size != 0 && bytes[size - 1] == std::byte{0xff}) {
      --size;
    }
    if (size == 0) {
      return false;
    }
    bytes[size - 1] = static_cast<std::byte>(std::to_integer<unsigned>(bytes[size - 1]) + 1U);
    return true;
  }
};

}  // namespace cairn::detail
