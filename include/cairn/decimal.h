// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "cairn/error.h"
#include "cairn/int128.h"
#include "cairn/limits.h"

namespace cairn {

/// Of a mantissa, and so the greatest scale too.
inline constexpr unsigned decimal_digits_max = limits::decimal_scale_max;

/// What happens to digits that the result has no room for.
enum class Rounding : std::uint8_t {
  HalfEven,  ///< to the nearest; from the middle to the even digit
  HalfUp,    ///< to the nearest; from the middle away from zero
  HalfDown,  ///< to the nearest; from the middle towards zero
  Up,        ///< away from zero
  Down,      ///< towards zero
  Ceiling,   ///< towards the greater
  Floor,     ///< towards the less
};

namespace detail {

inline constexpr auto powers_of_ten = [] {
  std::array<UInt128, decimal_digits_max + 1> powers = {1};
  for (std::size_t i = 1; i < powers.size(); ++i) {
    powers[i] = powers[i - 1] * 10;
  }
  return powers;
}();

/// Magnitudes of mantissas are below this.
inline constexpr auto decimal_limit = static_cast<Int128>(powers_of_ten[decimal_digits_max]);

[[nodiscard]] constexpr bool is_mantissa(Int128 value) noexcept {
  return -decimal_limit < value && value < decimal_limit;
}

/// a * b / 10^digits. Absent when the result is no mantissa. `digits` is -38 to 76.
std::optional<Int128> multiply_mantissas(Int128 a, Int128 b, int digits,
                                         Rounding rounding) noexcept;

/// a * 10^digits / b. Absent when b is 0 or the result is no mantissa. `digits` is -38 to 76.
std::optional<Int128> divide_mantissas(Int128 a, Int128 b, int digits, Rounding rounding) noexcept;

[[nodiscard]] std::string print_decimal(Int128 mantissa, unsigned scale);
Result<Int128> parse_decimal(std::string_view text, unsigned scale);

/// Not constexpr on purpose: a compile-time literal that gets here does not compile.
[[noreturn]] void literal_is_no_decimal() noexcept;

/// A literal's mantissa, checked at compile time; the form is that of `print_decimal`.
[[nodiscard]] constexpr Int128 mantissa_of_literal(std::string_view text, unsigned scale) noexcept {
  const bool negative = text.starts_with('-');
  text.remove_prefix(negative ? 1 : 0);
  const std::size_t whole = text.size() - (scale == 0 ? 0 : scale + 1);
  if (text.size() <= (scale == 0 ? 0 : scale + 1) || (whole > 1 && text[0] == '0')) {
    literal_is_no_decimal();
  }
  Int128 mantissa = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (i == whole && text[i] == '.') {
      continue;
    }
    if (i == whole || text[i] < '0' || text[i] > '9' || mantissa >= decimal_limit / 10) {
      literal_is_no_decimal();
    }
    mantissa = mantissa * 10 + (text[i] - '0');
  }
  if (negative && mantissa == 0) {
    literal_is_no_decimal();
  }
  return negative ? -mantissa : mantissa;
}

/// Exact, for any two scales.
[[nodiscard]] constexpr std::strong_ordering compare_decimals(Int128 a, unsigned a_scale, Int128 b,
                                                              unsigned b_scale) noexcept {
  if (a_scale > b_scale) {
    return 0 <=> compare_decimals(b, b_scale, a, a_scale);
  }
  Int128 scaled = 0;
  if (__builtin_mul_overflow(a, static_cast<Int128>(powers_of_ten[b_scale - a_scale]), &scaled)) {
    return a <=> 0;  // further from zero than any mantissa
  }
  return scaled <=> b;
}

}  // namespace detail

/// A number with exactly S digits after the point and at most 38 digits in all: money, rates,
/// quantities. A plain value: its mantissa, the number times 10^S. Arithmetic is exact or rounds as
/// told, and gives an absent value instead of an overflow or a division by zero.
template <unsigned S>
class Decimal final {
  static_assert(S <= decimal_digits_max,
                "cairn: Decimal<S> has a scale of 0 to 38 digits after the point");

 public:
  static constexpr unsigned scale = S;

  constexpr Decimal() noexcept = default;

  /// From a literal of exactly S digits after the point, read at compile time:
  /// `Decimal<2>::of("-0.05")`.
  template <std::size_t M>
  [[nodiscard]] static consteval Decimal of(const char (&literal)[M]) noexcept {
    return Decimal(detail::mantissa_of_literal({literal, M - 1}, S));
  }

  /// The number mantissa / 10^S. Absent when that has more than 38 digits.
  [[nodiscard]] static constexpr std::optional<Decimal> from_mantissa(Int128 mantissa) noexcept {
    if (!detail::is_mantissa(mantissa)) {
      return std::nullopt;
    }
    return Decimal(mantissa);
  }

  /// Absent when the number has more than 38 - S digits.
  [[nodiscard]] static constexpr std::optional<Decimal> from_integer(Int128 number) noexcept {
    Int128 mantissa = 0;
    if (__builtin_mul_overflow(number, static_cast<Int128>(detail::powers_of_ten[S]), &mantissa)) {
      return std::nullopt;
    }
    return from_mantissa(mantissa);
  }

  [[nodiscard]] constexpr Int128 mantissa() const noexcept { return mantissa_; }

  constexpr Decimal operator-() const noexcept { return Decimal(-mantissa_); }

  /// All S digits after the point, and a digit before it: "-0.05".
  [[nodiscard]] std::string to_string() const { return detail::print_decimal(mantissa_, S); }

  /// Reads exactly what `to_string` writes.
  [[nodiscard]] static Result<Decimal> parse(std::string_view text) {
    CAIRN_TRY(const Int128 mantissa, detail::parse_decimal(text, S));
    return Decimal(mantissa);
  }

  friend constexpr bool operator==(Decimal a, Decimal b) noexcept {
    return a.mantissa_ == b.mantissa_;
  }

  friend constexpr std::strong_ordering operator<=>(Decimal a, Decimal b) noexcept {
    return a.mantissa_ <=> b.mantissa_;
  }

 private:
  constexpr explicit Decimal(Int128 mantissa) noexcept : mantissa_(mantissa) {}

  Int128 mantissa_ = 0;
};

template <unsigned A, unsigned B>
  requires(A != B)
constexpr std::strong_ordering operator<=>(Decimal<A> a, Decimal<B> b) noexcept {
  return detail::compare_decimals(a.mantissa(), A, b.mantissa(), B);
}

template <unsigned A, unsigned B>
  requires(A != B)
constexpr bool operator==(Decimal<A> a, Decimal<B> b) noexcept {
  return detail::compare_decimals(a.mantissa(), A, b.mantissa(), B) == 0;
}

template <unsigned S>
[[nodiscard]] constexpr std::optional<Decimal<S>> checked_add(Decimal<S> a, Decimal<S> b) noexcept {
  Int128 sum = 0;
  if (__builtin_add_overflow(a.mantissa(), b.mantissa(), &sum)) {
    return std::nullopt;
  }
  return Decimal<S>::from_mantissa(sum);
}

template <unsigned S>
[[nodiscard]] constexpr std::optional<Decimal<S>> checked_subtract(Decimal<S> a,
                                                                   Decimal<S> b) noexcept {
  return checked_add(a, -b);
}

namespace detail {

template <unsigned R>
[[nodiscard]] inline std::optional<Decimal<R>> decimal_of(std::optional<Int128> mantissa) noexcept {
  return mantissa ? Decimal<R>::from_mantissa(*mantissa) : std::nullopt;
}

}  // namespace detail

/// The product with R digits after the point.
template <unsigned R, unsigned A, unsigned B>
[[nodiscard]] std::optional<Decimal<R>> checked_multiply_to(Decimal<A> a, Decimal<B> b,
                                                            Rounding rounding) noexcept {
  constexpr int digits = static_cast<int>(A + B) - static_cast<int>(R);
  return detail::decimal_of<R>(
      detail::multiply_mantissas(a.mantissa(), b.mantissa(), digits, rounding));
}

/// The product with as many digits after the point as `a`.
template <unsigned A, unsigned B>
[[nodiscard]] std::optional<Decimal<A>> checked_multiply(Decimal<A> a, Decimal<B> b,
                                                         Rounding rounding) noexcept {
  return checked_multiply_to<A>(a, b, rounding);
}

/// The quotient with R digits after the point; absent when b is zero.
template <unsigned R, unsigned A, unsigned B>
[[nodiscard]] std::optional<Decimal<R>> checked_divide_to(Decimal<A> a, Decimal<B> b,
                                                          Rounding rounding) noexcept {
  constexpr int digits = static_cast<int>(R + B) - static_cast<int>(A);
  return detail::decimal_of<R>(
      detail::divide_mantissas(a.mantissa(), b.mantissa(), digits, rounding));
}

/// The quotient with as many digits after the point as `a`; absent when b is zero.
template <unsigned A, unsigned B>
[[nodiscard]] std::optional<Decimal<A>> checked_divide(Decimal<A> a, Decimal<B> b,
                                                       Rounding rounding) noexcept {
  return checked_divide_to<A>(a, b, rounding);
}

/// The same number with R digits after the point; absent when it has no room.
template <unsigned R, unsigned A>
[[nodiscard]] std::optional<Decimal<R>> checked_rescale(Decimal<A> value,
                                                        Rounding rounding) noexcept {
  constexpr int digits = static_cast<int>(A) - static_cast<int>(R);
  return detail::decimal_of<R>(detail::multiply_mantissas(value.mantissa(), 1, digits, rounding));
}

}  // namespace cairn
