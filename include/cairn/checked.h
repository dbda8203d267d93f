// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <type_traits>

#include "cairn/integers.h"

/// Arithmetic that says when it leaves the type: an absent value instead of an overflow. A handler
/// rejects on it. Both operands have one type; nothing is widened or converted.
namespace cairn {

template <Integer T>
[[nodiscard]] constexpr std::optional<T> checked_add(T a, std::type_identity_t<T> b) noexcept {
  T sum = 0;
  if (__builtin_add_overflow(a, b, &sum)) {
    return std::nullopt;
  }
  return sum;
}

template <Integer T>
[[nodiscard]] constexpr std::optional<T> checked_subtract(T a, std::type_identity_t<T> b) noexcept {
  T difference = 0;
  if (__builtin_sub_overflow(a, b, &difference)) {
    return std::nullopt;
  }
  return difference;
}

template <Integer T>
[[nodiscard]] constexpr std::optional<T> checked_multiply(T a, std::type_identity_t<T> b) noexcept {
  T product = 0;
  if (__builtin_mul_overflow(a, b, &product)) {
    return std::nullopt;
  }
  return product;
}

/// The quotient without its fraction. Absent for a divisor of zero, and for the one quotient that
/// does not fit: the least value divided by -1.
template <Integer T>
[[nodiscard]] constexpr std::optional<T> checked_divide(T a, std::type_identity_t<T> b) noexcept {
  if (b == 0) {
    return std::nullopt;
  }
  if constexpr (SignedInteger<T>) {
    if (b == -1) {
      return checked_subtract<T>(0, a);
    }
  }
  return static_cast<T>(a / b);
}

}  // namespace cairn
