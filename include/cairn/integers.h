// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

#include "cairn/error.h"
#include "cairn/int128.h"

/// The integers a domain may use: ten types of fixed width. `bool`, `char` and the other spellings
/// of the same widths (`long long`) are not among them, so that one type has one name.
namespace cairn {

namespace dsl {

using u8 = std::uint8_t;
using u16 = std::uint16_t;
using u32 = std::uint32_t;
using u64 = std::uint64_t;
using u128 = UInt128;
using i8 = std::int8_t;
using i16 = std::int16_t;
using i32 = std::int32_t;
using i64 = std::int64_t;
using i128 = Int128;

}  // namespace dsl

template <typename T>
concept UnsignedInteger =
    std::same_as<T, dsl::u8> || std::same_as<T, dsl::u16> || std::same_as<T, dsl::u32> ||
    std::same_as<T, dsl::u64> || std::same_as<T, dsl::u128>;

template <typename T>
concept SignedInteger =
    std::same_as<T, dsl::i8> || std::same_as<T, dsl::i16> || std::same_as<T, dsl::i32> ||
    std::same_as<T, dsl::i64> || std::same_as<T, dsl::i128>;

template <typename T>
concept Integer = UnsignedInteger<T> || SignedInteger<T>;

// std::numeric_limits and std::is_signed do not know 128 bits in every mode of both compilers.
template <Integer T>
inline constexpr T integer_max = static_cast<T>(
    static_cast<UInt128>(-1) >> (128 - 8 * sizeof(T) + (SignedInteger<T> ? 1U : 0U)));

template <Integer T>
inline constexpr T integer_min =
    SignedInteger<T> ? static_cast<T>(-integer_max<T> - 1) : static_cast<T>(0);

/// Decimal digits, with a leading '-' for what is below zero.
[[nodiscard]] std::string to_string(UInt128 value);
[[nodiscard]] std::string to_string(Int128 value);

template <Integer T>
[[nodiscard]] std::string to_string(T value) {
  return to_string(static_cast<std::conditional_t<SignedInteger<T>, Int128, UInt128>>(value));
}

namespace detail {

Result<UInt128> parse_unsigned(std::string_view text, UInt128 max);
Result<Int128> parse_signed(std::string_view text, Int128 min, Int128 max);

}  // namespace detail

/// Reads exactly what `to_string` writes: no '+', no leading zero, no "-0", no white space.
template <Integer T>
[[nodiscard]] Result<T> parse_integer(std::string_view text) {
  if constexpr (SignedInteger<T>) {
    CAIRN_TRY(const Int128 value, detail::parse_signed(text, integer_min<T>, integer_max<T>));
    return static_cast<T>(value);
  } else {
    CAIRN_TRY(const UInt128 value, detail::parse_unsigned(text, integer_max<T>));
    return static_cast<T>(value);
  }
}

}  // namespace cairn
