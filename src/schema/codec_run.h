// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include <fmt/core.h>

#include "cairn/error.h"
#include "cairn/utf8.h"
#include "schema/program.h"

namespace cairn::schema {

/// How a run of a program failed; made on the way out, so that success pays nothing.
struct CodecFailure {
  Errc code = Errc::Corrupt;
  std::string_view why;
  std::size_t offset = 0;
  std::string path;

  /// Puts the element that was being coded in front.
  void inside(const std::string& list, std::size_t index) {
    path = fmt::format("{}[{}]{}{}", list, index, path.empty() ? "" : ".", path);
  }

  [[nodiscard]] Error to_error(std::string_view structure) const {
    return {code, fmt::format("{}.{} at offset {}: {}", structure, path, offset, why)};
  }
};

inline constexpr std::string_view no_bool = "is neither 0 nor 1";
inline constexpr std::string_view no_enum_value = "is not a declared value";
inline constexpr std::string_view no_decimal = "has more than 38 digits";
inline constexpr std::string_view no_utf8 = "is not UTF-8";
inline constexpr std::string_view over_capacity = "is longer than its type allows";
inline constexpr std::string_view no_space = "does not fit into the space given";
inline constexpr std::string_view cut_short = "the bytes end inside it";

/// memcpy without a call for the sizes that fields have: two pieces that may overlap.
[[gnu::always_inline]] inline void copy_bytes(std::byte* to, const std::byte* from,
                                              std::size_t size) noexcept {
  const auto two = [&]<std::size_t Piece>() {
    std::byte first[Piece];
    std::byte last[Piece];
    std::memcpy(first, from, Piece);
    std::memcpy(last, from + size - Piece, Piece);
    std::memcpy(to, first, Piece);
    std::memcpy(to + size - Piece, last, Piece);
  };
  if (size > 32) {
    std::memcpy(to, from, size);
  } else if (size >= 16) {
    two.template operator()<16>();
  } else if (size >= 8) {
    two.template operator()<8>();
  } else if (size >= 4) {
    two.template operator()<4>();
  } else {
    for (std::size_t i = 0; i < size; ++i) {
      to[i] = from[i];
    }
  }
}

/// is_utf8, quick about ASCII.
[[nodiscard]] inline bool is_text(const std::byte* bytes, std::size_t size) noexcept {
  constexpr std::uint64_t high_bits = 0x8080808080808080U;
  const auto word = [&](std::size_t at) {
    std::uint64_t value = 0;
    std::memcpy(&value, bytes + at, sizeof(value));
    return value;
  };
  std::uint64_t seen = 0;
  if (size >= sizeof(seen)) {
    for (std::size_t at = 0; at + sizeof(seen) < size; at += sizeof(seen)) {
      seen |= word(at);
    }
    seen |= word(size - sizeof(seen));
  } else {
    for (std::size_t i = 0; i < size; ++i) {
      seen |= std::to_integer<std::uint64_t>(bytes[i]);
    }
  }
  return (seen & high_bits) == 0 || is_utf8({reinterpret_cast<const char*>(bytes), size});
}

[[nodiscard]] inline bool is_bool(const std::byte* value) noexcept {
  return std::to_integer<unsigned>(*value) <= 1;
}

/// For CheckCount.
[[nodiscard]] inline bool is_below_count(const Op& op, const std::byte* value) noexcept {
  // A negative value, read as unsigned, is above every value that its width holds.
  const std::uint64_t number =
      op.width == 1 ? std::to_integer<std::uint64_t>(*value)
                    : static_cast<std::uint64_t>(load_integer(value, op.width, false));
  return number < op.size;
}

/// Why the copied value at `value` is none of its type's; empty when it is. For CheckEnum and
/// CheckDecimal.
[[nodiscard]] std::string_view check_copied(const Op& op, const std::byte* value) noexcept;

}  // namespace cairn::schema
