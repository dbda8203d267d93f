// SPDX-License-Identifier: Apache-2.0
#include "cairn/integers.h"

#include <array>
#include <cstddef>

#include <fmt/format.h>

namespace cairn {

namespace {

/// False unless `text` is the one spelling of a number up to `max`.
bool read_digits(std::string_view text, UInt128 max, UInt128& value) {
  value = 0;
  for (const char digit : text) {
    if (__builtin_mul_overflow(value, UInt128{10}, &value) ||
        __builtin_add_overflow(value, static_cast<UInt128>(digit - '0'), &value)) {
      return false;
    }
  }
  return value <= max;
}

bool is_number(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos &&
         (text.size() == 1 || text[0] != '0');
}

std::unexpected<Error> not_a_number() {
  return fail(Error(Errc::InvalidArgument, "not an integer")
                  .advise("write decimal digits without leading zeros, like 0 or 1200"));
}

}  // namespace

std::string to_string(UInt128 value) {
  std::array<char, 40> digits = {};
  std::size_t start = digits.size();
  do {
    digits[--start] = static_cast<char>('0' + static_cast<char>(value % 10));
    value /= 10;
  } while (value != 0);
  return {digits.data() + start, digits.size() - start};
}

std::string to_string(Int128 value) {
  if (value < 0) {
    return "-" + to_string(UInt128{0} - static_cast<UInt128>(value));
  }
  return to_string(static_cast<UInt128>(value));
}

namespace detail {

Result<UInt128> parse_unsigned(std::string_view text, UInt128 max) {
  UInt128 value = 0;
  if (!is_number(text)) {
    return not_a_number();
  }
  if (!read_digits(text, max, value)) {
    return fail(Errc::TooLarge, fmt::format("the number is over {}", to_string(max)));
  }
  return value;
}

Result<Int128> parse_signed(std::string_view text, Int128 min, Int128 max) {
  const bool negative = text.starts_with('-');
  text.remove_prefix(negative ? 1 : 0);
  if (!is_number(text) || (negative && text == "0")) {
    return not_a_number();
  }
  UInt128 magnitude = 0;
  if (!read_digits(text,
                   negative ? UInt128{0} - static_cast<UInt128>(min) : static_cast<UInt128>(max),
                   magnitude)) {
    return fail(Errc::TooLarge,
                fmt::format("the number is not between {} and {}", to_string(min), to_string(max)));
  }
  return static_cast<Int128>(negative ? UInt128{0} - magnitude : magnitude);
}

}  // namespace detail

}  // namespace cairn
