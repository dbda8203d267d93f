// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstddef>

#include <fmt/format.h>

#include "cairn/time.h"

namespace cairn {

namespace {

constexpr std::int64_t ns_per_second = 1'000'000'000;
constexpr std::int64_t seconds_per_day = 86'400;
constexpr std::size_t fraction_digits_max = 9;

/// ".5" for half a second; nothing for none.
std::string print_fraction(std::uint64_t nanoseconds) {
  if (nanoseconds == 0) {
    return {};
  }
  std::string text = fmt::format(".{:09}", nanoseconds);
  text.erase(text.find_last_not_of('0') + 1);
  return text;
}

/// Reads what `print_fraction` writes; false for anything else.
bool parse_fraction(std::string_view text, std::int64_t& nanoseconds) {
  nanoseconds = 0;
  if (text.empty()) {
    return true;
  }
  const std::string_view digits = text.substr(1);
  if (text[0] != '.' || digits.empty() || digits.size() > fraction_digits_max ||
      digits.back() == '0' || digits.find_first_not_of("0123456789") != std::string_view::npos) {
    return false;
  }
  for (std::size_t i = 0; i < fraction_digits_max; ++i) {
    nanoseconds = nanoseconds * 10 + (i < digits.size() ? digits[i] - '0' : 0);
  }
  return true;
}

/// Takes exactly `size` digits and then `mark` off the front of `text`; -1 when they are not there.
int take_number(std::string_view& text, std::size_t size, std::string_view mark) {
  const std::string_view digits = text.substr(0, size);
  if (digits.size() != size || digits.find_first_not_of("0123456789") != std::string_view::npos ||
      !text.substr(size).starts_with(mark)) {
    return -1;
  }
  int number = 0;
  for (const char digit : digits) {
    number = number * 10 + (digit - '0');
  }
  text.remove_prefix(size + mark.size());
  return number;
}

std::unexpected<Error> not_a_timestamp() {
  return fail(Error(Errc::InvalidArgument, "not a timestamp")
                  .advise("write UTC like 2026-11-21T02:09:30.5Z, without needless zeros"));
}

std::unexpected<Error> not_a_duration() {
  return fail(Error(Errc::InvalidArgument, "not a duration")
                  .advise("write seconds like 90s, 0.5s or -0.000000001s, without needless zeros"));
}

}  // namespace

std::string Duration::to_string() const {
  const std::uint64_t magnitude = nanoseconds < 0 ? 0 - static_cast<std::uint64_t>(nanoseconds)
                                                  : static_cast<std::uint64_t>(nanoseconds);
  return fmt::format("{}{}{}s", nanoseconds < 0 ? "-" : "", magnitude / ns_per_second,
                     print_fraction(magnitude % ns_per_second));
}

Result<Duration> Duration::parse(std::string_view text) {
  const bool negative = text.starts_with('-');
  std::string_view rest = text.substr(negative ? 1 : 0);
  if (!rest.ends_with('s')) {
    return not_a_duration();
  }
  rest.remove_suffix(1);
  const std::size_t whole_size = std::min(rest.find_first_not_of("0123456789"), rest.size());
  const std::string_view whole = rest.substr(0, whole_size);
  std::int64_t fraction = 0;
  if (whole.empty() || (whole.size() > 1 && whole[0] == '0') ||
      !parse_fraction(rest.substr(whole_size), fraction)) {
    return not_a_duration();
  }
  std::int64_t total = 0;
  const auto read = std::from_chars(whole.data(), whole.data() + whole.size(), total);
  const std::int64_t sign = negative ? -1 : 1;
  if (read.ec != std::errc() || __builtin_mul_overflow(total, sign * ns_per_second, &total) ||
      __builtin_add_overflow(total, sign * fraction, &total)) {
    return fail(Errc::TooLarge, "the duration is over 9223372036 seconds");
  }
  if (negative && total == 0) {
    return not_a_duration();
  }
  return Duration{total};
}

std::string Timestamp::to_string() const {
  namespace chrono = std::chrono;
  const std::int64_t fraction = ((nanoseconds % ns_per_second) + ns_per_second) % ns_per_second;
  const std::int64_t seconds = nanoseconds / ns_per_second - (nanoseconds % ns_per_second < 0);
  const std::int64_t of_day = ((seconds % seconds_per_day) + seconds_per_day) % seconds_per_day;
  const auto days = static_cast<int>((seconds - of_day) / seconds_per_day);
  const chrono::year_month_day date{chrono::sys_days{chrono::days{days}}};
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}{}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     of_day / 3600, of_day / 60 % 60, of_day % 60,
                     print_fraction(static_cast<std::uint64_t>(fraction)));
}

Result<Timestamp> Timestamp::parse(std::string_view text) {
  namespace chrono = std::chrono;
  if (!text.ends_with('Z')) {
    return not_a_timestamp();
  }
  text.remove_suffix(1);
  const int year = take_number(text, 4, "-");
  const int month = take_number(text, 2, "-");
  const int day = take_number(text, 2, "T");
  const int hour = take_number(text, 2, ":");
  const int minute = take_number(text, 2, ":");
  const int second = take_number(text, 2, "");
  std::int64_t fraction = 0;
  if (std::min({year, month, day, hour, minute, second}) < 0 || hour > 23 || minute > 59 ||
      second > 59 || !parse_fraction(text, fraction)) {
    return not_a_timestamp();
  }
  const chrono::year_month_day date{chrono::year{year}, chrono::month{static_cast<unsigned>(month)},
                                    chrono::day{static_cast<unsigned>(day)}};
  if (!date.ok()) {
    return fail(Errc::InvalidArgument, "not a timestamp: there is no such day");
  }
  const int of_day = (hour * 60 + minute) * 60 + second;
  const std::int64_t days = chrono::sys_days{date}.time_since_epoch().count();
  std::int64_t seconds = days * seconds_per_day + of_day;
  // Times before 1970 are counted from the second above, so that the earliest one does not overflow
  // on the way.
  if (seconds < 0 && fraction > 0) {
    ++seconds;
    fraction -= ns_per_second;
  }
  std::int64_t total = 0;
  if (__builtin_mul_overflow(seconds, ns_per_second, &total) ||
      __builtin_add_overflow(total, fraction, &total)) {
    return fail(Errc::TooLarge, "the time is outside the years 1677 to 2262");
  }
  return Timestamp{total};
}

}  // namespace cairn
