// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <span>

#include "cairn/byte_writer.h"
#include "cairn/call.h"
#include "cairn/codec.h"

namespace cairn::detail {

/// Canonical bytes of a value: in place when small, else in the call's memory.
template <typename T>
class Encoded final {
 public:
  Encoded(const Call& call, const T& value) {
    std::span<std::byte> space(small_);
    if constexpr (!is_small) {
      const std::size_t size = encoded_size(value);
      space = {take_memory(call, size), size};
    } else {
      static_cast<void>(call);
    }
    FixedByteWriter writer(space);
    encode(writer, value);
    bytes_ = {.data = space.data(), .size = writer.size()};
  }

  Encoded(const Encoded&) = delete;
  Encoded& operator=(const Encoded&) = delete;

  [[nodiscard]] cairn_bytes view() const { return bytes_; }

 private:
  static constexpr bool is_small = encoded_size_max<T> <= 1024;

  std::array<std::byte, is_small ? encoded_size_max<T> : 0> small_;
  cairn_bytes bytes_ = {};
};

}  // namespace cairn::detail
