// SPDX-License-Identifier: Apache-2.0
#include "cairn/decimal.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/check.h"
#include "cairn/integers.h"

namespace cairn::detail {

namespace {

constexpr int digits_min = -static_cast<int>(decimal_digits_max);
constexpr int digits_max = 2 * static_cast<int>(decimal_digits_max);

constexpr UInt128 low_half(UInt128 value) {
  return static_cast<std::uint64_t>(value);
}

constexpr UInt128 high_half(UInt128 value) {
  return value >> 64U;
}

/// An unsigned integer of 384 bits: wide enough for two mantissas and 38 more digits, 10^114.
class Wide final {
 public:
  explicit Wide(UInt128 value) noexcept
      : limbs_{static_cast<std::uint64_t>(value), static_cast<std::uint64_t>(high_half(value))} {}

  void multiply(UInt128 factor) noexcept {
    const Wide old = *this;
    limbs_ = {};
    add_product(old, static_cast<std::uint64_t>(factor), 0);
    add_product(old, static_cast<std::uint64_t>(high_half(factor)), 1);
  }

  /// Keeps the quotient, returns the remainder. Requires: divisor != 0.
  UInt128 divide(UInt128 divisor) noexcept {
    CAIRN_CHECK(divisor != 0);
    return high_half(divisor) == 0 ? divide_short(divisor) : divide_long(divisor);
  }

  /// Of a value that fits.
  [[nodiscard]] bool fits_128() const noexcept {
    return std::all_of(limbs_.begin() + 2, limbs_.end(), [](auto limb) { return limb == 0; });
  }

  [[nodiscard]] UInt128 low_128() const noexcept { return UInt128{limbs_[1]} << 64U | limbs_[0]; }

 private:
  void add_product(const Wide& value, std::uint64_t factor, std::size_t shift) noexcept {
    UInt128 carry = 0;
    for (std::size_t i = shift; i < limbs_.size(); ++i) {
      carry += UInt128{value.limbs_[i - shift]} * factor + limbs_[i];
      limbs_[i] = static_cast<std::uint64_t>(carry);
      carry = high_half(carry);
    }
  }

  UInt128 divide_short(UInt128 divisor) noexcept {
    UInt128 rest = 0;
    for (std::size_t i = limbs_.size(); i-- > 0;) {
      const UInt128 part = rest << 64U | limbs_[i];
      limbs_[i] = static_cast<std::uint64_t>(part / divisor);
      rest = part % divisor;
    }
    return rest;
  }

  /// Long division, a limb at a time. Each quotient limb is estimated from the upper half of the
  /// divisor, whose highest bit is set, and so is at most two too large.
  UInt128 divide_long(UInt128 divisor) noexcept {
    const auto shift =
        static_cast<unsigned>(__builtin_clzll(static_cast<std::uint64_t>(high_half(divisor))));
    multiply(UInt128{1} << shift);
    const UInt128 upper = high_half(divisor << shift);
    const UInt128 lower = low_half(divisor << shift);
    UInt128 rest = 0;
    for (std::size_t i = limbs_.size(); i-- > 0;) {
      UInt128 guess = std::min<UInt128>(rest / upper, static_cast<std::uint64_t>(-1));
      UInt128 upper_rest = rest - guess * upper;
      while (high_half(upper_rest) == 0 && guess * lower > (upper_rest << 64U | limbs_[i])) {
        --guess;
        upper_rest += upper;
      }
      rest = (upper_rest << 64U | limbs_[i]) - guess * lower;
      limbs_[i] = static_cast<std::uint64_t>(guess);
    }
    return rest >> shift;
  }

  std::array<std::uint64_t, 6> limbs_ = {};
};

/// How what was cut off compares to one half of the last digit kept.
enum class Tail : std::uint8_t { Zero, BelowHalf, Half, AboveHalf };

/// `lost` says that an earlier division left a remainder too. Requires: then the divisor is even.
Tail tail_of(UInt128 remainder, UInt128 divisor, bool lost) noexcept {
  CAIRN_CHECK(remainder < divisor);
  CAIRN_CHECK(!lost || divisor % 2 == 0);
  const UInt128 other = divisor - remainder;
  if (remainder == 0) {
    return lost ? Tail::BelowHalf : Tail::Zero;
  }
  if (remainder == other) {
    return lost ? Tail::AboveHalf : Tail::Half;
  }
  return remainder < other ? Tail::BelowHalf : Tail::AboveHalf;
}

bool rounds_away(Rounding rounding, Tail tail, bool negative, bool odd) noexcept {
  switch (rounding) {
    case Rounding::HalfEven:
      return tail == Tail::AboveHalf || (tail == Tail::Half && odd);
    case Rounding::HalfUp:
      return tail == Tail::AboveHalf || tail == Tail::Half;
    case Rounding::HalfDown:
      return tail == Tail::AboveHalf;
    case Rounding::Up:
      return tail != Tail::Zero;
    case Rounding::Down:
      return false;
    case Rounding::Ceiling:
      return tail != Tail::Zero && !negative;
    case Rounding::Floor:
      return tail != Tail::Zero && negative;
  }
  return false;
}

std::optional<Int128> rounded(const Wide& quotient, Tail tail, bool negative,
                              Rounding rounding) noexcept {
  const UInt128 magnitude = quotient.low_128();
  if (!quotient.fits_128() || magnitude >= static_cast<UInt128>(decimal_limit)) {
    return std::nullopt;
  }
  const bool away = rounds_away(rounding, tail, negative, magnitude % 2 != 0);
  const Int128 value = static_cast<Int128>(magnitude) + (away ? 1 : 0);
  if (!is_mantissa(value)) {
    return std::nullopt;
  }
  return negative ? -value : value;
}

UInt128 magnitude_of(Int128 mantissa) noexcept {
  CAIRN_CHECK(is_mantissa(mantissa));
  return static_cast<UInt128>(mantissa < 0 ? -mantissa : mantissa);
}

UInt128 power_of_ten(int digits) noexcept {
  CAIRN_CHECK(0 <= digits && digits <= static_cast<int>(decimal_digits_max));
  return powers_of_ten[static_cast<std::size_t>(digits)];
}

constexpr int half_digits = static_cast<int>(decimal_digits_max);

}  // namespace

std::optional<Int128> multiply_mantissas(Int128 a, Int128 b, int digits,
                                         Rounding rounding) noexcept {
  CAIRN_CHECK(digits_min <= digits && digits <= digits_max);
  const bool negative = (a < 0) != (b < 0);
  Wide product(magnitude_of(a));
  product.multiply(magnitude_of(b));
  if (digits <= 0) {
    product.multiply(power_of_ten(-digits));
    return rounded(product, Tail::Zero, negative, rounding);
  }
  bool lost = false;
  if (digits > half_digits) {
    lost = product.divide(power_of_ten(digits - half_digits)) != 0;
    digits = half_digits;
  }
  const UInt128 divisor = power_of_ten(digits);
  const UInt128 remainder = product.divide(divisor);
  return rounded(product, tail_of(remainder, divisor, lost), negative, rounding);
}

std::optional<Int128> divide_mantissas(Int128 a, Int128 b, int digits, Rounding rounding) noexcept {
  CAIRN_CHECK(digits_min <= digits && digits <= digits_max);
  if (b == 0) {
    return std::nullopt;
  }
  const bool negative = (a < 0) != (b < 0);
  Wide quotient(magnitude_of(a));
  quotient.multiply(power_of_ten(std::clamp(digits, 0, half_digits)));
  quotient.multiply(power_of_ten(std::max(digits - half_digits, 0)));
  const UInt128 divisor = magnitude_of(b);
  const UInt128 remainder = quotient.divide(divisor);
  if (digits >= 0) {
    return rounded(quotient, tail_of(remainder, divisor, false), negative, rounding);
  }
  const UInt128 power = power_of_ten(-digits);
  const UInt128 second = quotient.divide(power);
  return rounded(quotient, tail_of(second, power, remainder != 0), negative, rounding);
}

std::string print_decimal(Int128 mantissa, unsigned scale) {
  std::string digits = to_string(magnitude_of(mantissa));
  if (digits.size() <= scale) {
    digits.insert(0, scale + 1 - digits.size(), '0');
  }
  if (scale != 0) {
    digits.insert(digits.size() - scale, 1, '.');
  }
  return (mantissa < 0 ? "-" : "") + digits;
}

Result<Int128> parse_decimal(std::string_view text, unsigned scale) {
  const bool negative = text.starts_with('-');
  std::string digits(text.substr(negative ? 1 : 0));
  const bool has_point =
      scale != 0 && digits.size() > scale + 1 && digits[digits.size() - scale - 1] == '.';
  if (has_point) {
    digits.erase(digits.size() - scale - 1, 1);
  }
  const bool well_formed = has_point == (scale != 0) && !digits.empty() &&
                           digits.find_first_not_of("0123456789") == std::string::npos &&
                           (digits.size() == scale + 1 || digits[0] != '0');
  if (!well_formed) {
    return fail(Error(Errc::InvalidArgument, "not a decimal")
                    .advise(fmt::format("write it like {} or {}", print_decimal(0, scale),
                                        print_decimal(-1205, scale))));
  }
  Int128 mantissa = 0;
  for (const char digit : digits) {
    if (mantissa >= decimal_limit / 10) {
      return fail(Errc::TooLarge,
                  fmt::format("the decimal has more than {} digits", decimal_digits_max));
    }
    mantissa = mantissa * 10 + (digit - '0');
  }
  if (negative && mantissa == 0) {
    return fail(Errc::InvalidArgument, "not a decimal: zero has no sign");
  }
  return negative ? -mantissa : mantissa;
}

}  // namespace cairn::detail
