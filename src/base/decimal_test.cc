// SPDX-License-Identifier: Apache-2.0
#include "cairn/decimal.h"

#include <array>
#include <optional>
#include <string>
#include <utility>

#include <boost/multiprecision/cpp_int.hpp>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "cairn/integers.h"
#include "tests/public/sample_values.h"

namespace cairn::sample {
namespace {

using Big = boost::multiprecision::cpp_int;

constexpr std::array<Rounding, 7> roundings = {
    Rounding::HalfEven, Rounding::HalfUp,  Rounding::HalfDown, Rounding::Up,
    Rounding::Down,     Rounding::Ceiling, Rounding::Floor};

Big big(Int128 value) {
  return Big(to_string(value));
}

Big magnitude(const Big& value) {
  return value < 0 ? Big(-value) : value;
}

Big power_of_ten(unsigned digits) {
  Big power = 1;
  for (; digits > 0; --digits) {
    power *= 10;
  }
  return power;
}

/// The model: numerator / denominator, rounded to an integer by the definition of each mode.
Big rounded_quotient(Big numerator, Big denominator, Rounding rounding) {
  if (denominator < 0) {
    numerator = -numerator;
    denominator = -denominator;
  }
  Big floor = numerator / denominator;
  if (floor * denominator > numerator) {
    --floor;
  }
  const Big rest = numerator - floor * denominator;
  if (rest == 0) {
    return floor;
  }
  Big ceiling = floor + 1;
  const bool negative = numerator < 0;
  const Big& away = negative ? floor : ceiling;
  const Big& towards = negative ? ceiling : floor;
  const Big& nearest = 2 * rest < denominator ? floor : ceiling;
  const bool is_half = 2 * rest == denominator;
  switch (rounding) {
    case Rounding::HalfEven:
      return is_half ? (floor % 2 == 0 ? floor : ceiling) : nearest;
    case Rounding::HalfUp:
      return is_half ? away : nearest;
    case Rounding::HalfDown:
      return is_half ? towards : nearest;
    case Rounding::Up:
      return away;
    case Rounding::Down:
      return towards;
    case Rounding::Ceiling:
      return ceiling;
    case Rounding::Floor:
      return floor;
  }
  return floor;
}

/// What the mantissa should be: absent when it has over 38 digits.
std::optional<Int128> mantissa_of(const Big& value) {
  if (magnitude(value) >= power_of_ten(38)) {
    return std::nullopt;
  }
  return parse_integer<Int128>(value.str()).value();
}

std::optional<Int128> multiply_in_model(Int128 a, Int128 b, int digits, Rounding rounding) {
  const Big up = power_of_ten(static_cast<unsigned>(std::max(0, -digits)));
  const Big down = power_of_ten(static_cast<unsigned>(std::max(0, digits)));
  return mantissa_of(rounded_quotient(big(a) * big(b) * up, down, rounding));
}

std::optional<Int128> divide_in_model(Int128 a, Int128 b, int digits, Rounding rounding) {
  const Big up = power_of_ten(static_cast<unsigned>(std::max(0, digits)));
  const Big down = power_of_ten(static_cast<unsigned>(std::max(0, -digits)));
  if (b == 0) {
    return std::nullopt;
  }
  return mantissa_of(rounded_quotient(big(a) * up, big(b) * down, rounding));
}

/// The decimal of a mantissa that is one.
template <unsigned Scale>
Decimal<Scale> decimal_of(Int128 mantissa) {
  const auto value = Decimal<Scale>::from_mantissa(mantissa);
  if (!value) {
    ADD_FAILURE() << to_string(mantissa) << " is no mantissa";
    return {};
  }
  return *value;
}

/// Of every length, with a taste for powers of ten, halves of them and their neighbours, where
/// rounding turns.
Int128 some_mantissa(Maker& maker) {
  const auto power = static_cast<Int128>(detail::powers_of_ten[maker.below(38)]);
  const Int128 near = static_cast<Int128>(maker.below(3)) - 1;
  switch (maker.below(4)) {
    case 0:
      return maker.make<Int128>() % detail::decimal_limit;
    case 1:
      return maker.make<Int128>() % 1000;
    case 2:
      return power + near;
    default:
      return (power / 2 * (2 * static_cast<Int128>(maker.below(9)) + 1) + near) %
             detail::decimal_limit;
  }
}

RC_GTEST_PROP(Decimal, ProductsAreThoseOfTheModel, (std::uint64_t seed)) {
  // Any two mantissas, any scale of the result, every mode, against unbounded integers.
  Maker maker(seed);
  const Int128 a = some_mantissa(maker);
  const Int128 b = some_mantissa(maker);
  const int digits = static_cast<int>(maker.below(115)) - 38;
  for (const Rounding rounding : roundings) {
    RC_ASSERT(detail::multiply_mantissas(a, b, digits, rounding) ==
              multiply_in_model(a, b, digits, rounding));
    RC_ASSERT(detail::multiply_mantissas(a, 1, digits, rounding) ==
              multiply_in_model(a, 1, digits, rounding));
  }
}

RC_GTEST_PROP(Decimal, QuotientsAreThoseOfTheModel, (std::uint64_t seed)) {
  // The same for division.
  Maker maker(seed);
  const Int128 a = some_mantissa(maker);
  const Int128 b = some_mantissa(maker);
  const int digits = static_cast<int>(maker.below(115)) - 38;
  for (const Rounding rounding : roundings) {
    RC_ASSERT(detail::divide_mantissas(a, b, digits, rounding) ==
              divide_in_model(a, b, digits, rounding));
  }
}

TEST(Decimal, ManyProductsAndQuotientsAreThoseOfTheModel) {
  // The two properties again over a long run of one fixed seed, which reaches the rare corrections
  // of long division.
  Maker maker(2026);
  for (int i = 0; i < 20'000; ++i) {
    const Int128 a = some_mantissa(maker);
    const Int128 b = some_mantissa(maker);
    const int digits = static_cast<int>(maker.below(115)) - 38;
    const Rounding rounding = roundings[maker.below(roundings.size())];
    ASSERT_EQ(detail::multiply_mantissas(a, b, digits, rounding) ==
                  multiply_in_model(a, b, digits, rounding),
              true)
        << to_string(a) << " * " << to_string(b) << " / 10^" << digits;
    ASSERT_EQ(
        detail::divide_mantissas(a, b, digits, rounding) == divide_in_model(a, b, digits, rounding),
        true)
        << to_string(a) << " / " << to_string(b) << " * 10^" << digits;
  }
}

RC_GTEST_PROP(Decimal, ComparisonAcrossScalesIsExact, (std::uint64_t seed)) {
  // The order of mantissas brought to one scale in the model.
  Maker maker(seed);
  const Int128 a = some_mantissa(maker);
  const auto a_scale = static_cast<unsigned>(maker.below(39));
  const auto b_scale = static_cast<unsigned>(maker.below(39));
  const Int128 b = maker.below(2) == 0 ? some_mantissa(maker) : a;
  const Big left = big(a) * power_of_ten(b_scale);
  const Big right = big(b) * power_of_ten(a_scale);
  RC_ASSERT((detail::compare_decimals(a, a_scale, b, b_scale) < 0) == (left < right));
  RC_ASSERT((detail::compare_decimals(a, a_scale, b, b_scale) == 0) == (left == right));
}

RC_GTEST_PROP(Decimal, SumsAreExactOrAbsent, (std::uint64_t seed)) {
  // Against the model, and subtraction undoes addition.
  Maker maker(seed);
  const auto a = decimal_of<5>(some_mantissa(maker));
  const auto b = decimal_of<5>(some_mantissa(maker));
  const auto sum = checked_add(a, b);
  const auto wanted = mantissa_of(big(a.mantissa()) + big(b.mantissa()));
  RC_ASSERT(sum.has_value() == wanted.has_value());
  if (sum && wanted) {
    RC_ASSERT(sum->mantissa() == *wanted);
    RC_ASSERT(checked_subtract(*sum, b) == a);
  }
}

RC_GTEST_PROP(Decimal, TextRoundTrips, (std::uint64_t seed)) {
  // A scale of none, some and all digits.
  Maker maker(seed);
  const auto check = [&]<unsigned S>(Decimal<S> value) {
    const auto back = Decimal<S>::parse(value.to_string());
    RC_ASSERT(back.has_value() && *back == value);
  };
  check(decimal_of<0>(some_mantissa(maker)));
  check(decimal_of<2>(some_mantissa(maker)));
  check(decimal_of<38>(some_mantissa(maker)));
}

TEST(Decimal, EachModeRoundsTheMiddleAsItsNameSays) {
  // -2.5, -1.5, 1.5, 2.5 and 2.51 to whole numbers.
  const auto rounded = [](Rounding rounding) {
    std::string text;
    for (const auto value :
         {Decimal<2>::of("-2.50"), Decimal<2>::of("-1.50"), Decimal<2>::of("1.50"),
          Decimal<2>::of("2.50"), Decimal<2>::of("2.51")}) {
      text += checked_rescale<0>(value, rounding)->to_string() + " ";
    }
    return text;
  };
  EXPECT_EQ(rounded(Rounding::HalfEven), "-2 -2 2 2 3 ");
  EXPECT_EQ(rounded(Rounding::HalfUp), "-3 -2 2 3 3 ");
  EXPECT_EQ(rounded(Rounding::HalfDown), "-2 -1 1 2 3 ");
  EXPECT_EQ(rounded(Rounding::Up), "-3 -2 2 3 3 ");
  EXPECT_EQ(rounded(Rounding::Down), "-2 -1 1 2 2 ");
  EXPECT_EQ(rounded(Rounding::Ceiling), "-2 -1 2 3 3 ");
  EXPECT_EQ(rounded(Rounding::Floor), "-3 -2 1 2 2 ");
}

TEST(Decimal, RoundingThatMakesA39thDigitIsAbsent) {
  // All nines and a half: up there is no room, down there is.
  const auto most = decimal_of<1>(detail::decimal_limit - 1);
  EXPECT_EQ(checked_divide(most, Decimal<1>::of("0.1"), Rounding::Down), std::nullopt);
  EXPECT_EQ(checked_rescale<2>(most, Rounding::Down), std::nullopt);
  const auto nines = Decimal<1>::of("9999999999999999999999999999999999999.9");
  EXPECT_EQ(checked_rescale<0>(nines, Rounding::Up),
            Decimal<0>::of("10000000000000000000000000000000000000"));
  EXPECT_EQ(checked_add(most, Decimal<1>::of("0.1")), std::nullopt);
  EXPECT_EQ(checked_subtract(-most, Decimal<1>::of("0.1")), std::nullopt);
}

TEST(Decimal, DivisionByZeroIsAbsent) {
  // Also of zero by zero.
  EXPECT_EQ(checked_divide(Decimal<2>::of("1.00"), Decimal<0>::of("0"), Rounding::Up),
            std::nullopt);
  EXPECT_EQ(checked_divide(Decimal<2>(), Decimal<2>(), Rounding::Up), std::nullopt);
}

TEST(Decimal, AFeeIsTheScaleOfTheAmount) {
  // Mixed scales: the result has the scale of the left operand, or the one asked for.
  const auto amount = Decimal<2>::of("19.99");
  const auto rate = Decimal<4>::of("0.0725");
  EXPECT_EQ(checked_multiply(amount, rate, Rounding::HalfEven), Decimal<2>::of("1.45"));
  EXPECT_EQ(checked_multiply_to<6>(amount, rate, Rounding::Down), Decimal<6>::of("1.449275"));
  EXPECT_EQ(checked_divide_to<4>(amount, rate, Rounding::Down), Decimal<4>::of("275.7241"));
  EXPECT_EQ(Decimal<2>::from_integer(-7), Decimal<2>::of("-7.00"));
  EXPECT_EQ(Decimal<38>::from_integer(1), std::nullopt);
}

TEST(Decimal, OnlyItsOneTextIsRead) {
  // Every other spelling of numbers is refused, for a scale of 2 and for none.
  for (const char* text : {"", "-", "1", "1.5", "1.505", ".50", "01.50", "+1.50", "1,50", " 1.50",
                           "1.50 ", "1.5e", "-0.00", "--1.00", "1..0", "0x1.00", "00.00", "1.-0"}) {
    EXPECT_FALSE(Decimal<2>::parse(text).has_value()) << text;
  }
  for (const char* text : {"", "-", "01", "-0", "1.", "1.0", "00"}) {
    EXPECT_FALSE(Decimal<0>::parse(text).has_value()) << text;
  }
  EXPECT_EQ(Decimal<2>::parse("1" + std::string(36, '0') + ".00").error().code(), Errc::TooLarge);
  EXPECT_EQ(Decimal<2>::parse("-0.05")->mantissa(), -5);
}

}  // namespace
}  // namespace cairn::sample
