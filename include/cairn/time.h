// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include "cairn/error.h"

namespace cairn {

/// A length of time in nanoseconds. Additions saturate instead of overflowing, so a deadline far
/// away stays far away.
struct Duration {
  std::int64_t nanoseconds = 0;

  /// Seconds, with no more digits after the point than needed: "1.5s", "-0.000000001s", "0s".
  [[nodiscard]] std::string to_string() const;

  /// Reads exactly what `to_string` writes: a Duration has one text.
  static Result<Duration> parse(std::string_view text);

  friend constexpr auto operator<=>(Duration, Duration) noexcept = default;
};

/// A point in civil time: nanoseconds since 1970-01-01T00:00:00Z, leap seconds not counted. May
/// jump when somebody sets the clock.
struct Timestamp {
  std::int64_t nanoseconds = 0;

  /// RFC 3339 in UTC, with no more digits after the point than needed: "2026-11-21T02:09:30.5Z".
  /// Every Timestamp lies between the years 1677 and 2262, so each has such a text.
  [[nodiscard]] std::string to_string() const;

  /// Reads exactly what `to_string` writes: a Timestamp has one text. A date that does not exist, a
  /// leap second and a time outside the range of Timestamp are refused.
  static Result<Timestamp> parse(std::string_view text);

  friend constexpr auto operator<=>(Timestamp, Timestamp) noexcept = default;
};

/// A point on a clock that never goes back. Only differences mean anything, and only inside one
/// process.
struct Instant {
  std::int64_t nanoseconds = 0;

  friend constexpr auto operator<=>(Instant, Instant) noexcept = default;
};

[[nodiscard]] constexpr std::int64_t saturating_add(std::int64_t a, std::int64_t b) noexcept {
  std::int64_t sum = 0;
  if (!__builtin_add_overflow(a, b, &sum)) {
    return sum;
  }
  return b > 0 ? std::numeric_limits<std::int64_t>::max()
               : std::numeric_limits<std::int64_t>::min();
}

[[nodiscard]] constexpr std::int64_t saturating_multiply(std::int64_t a, std::int64_t b) noexcept {
  std::int64_t product = 0;
  if (!__builtin_mul_overflow(a, b, &product)) {
    return product;
  }
  return (a > 0) == (b > 0) ? std::numeric_limits<std::int64_t>::max()
                            : std::numeric_limits<std::int64_t>::min();
}

[[nodiscard]] constexpr std::int64_t saturating_subtract(std::int64_t a, std::int64_t b) noexcept {
  std::int64_t difference = 0;
  if (!__builtin_sub_overflow(a, b, &difference)) {
    return difference;
  }
  return b < 0 ? std::numeric_limits<std::int64_t>::max()
               : std::numeric_limits<std::int64_t>::min();
}

[[nodiscard]] constexpr Duration operator+(Duration a, Duration b) noexcept {
  return {saturating_add(a.nanoseconds, b.nanoseconds)};
}

[[nodiscard]] constexpr Duration operator-(Duration a, Duration b) noexcept {
  return {saturating_subtract(a.nanoseconds, b.nanoseconds)};
}

[[nodiscard]] constexpr Timestamp operator+(Timestamp t, Duration d) noexcept {
  return {saturating_add(t.nanoseconds, d.nanoseconds)};
}

[[nodiscard]] constexpr Duration operator-(Timestamp a, Timestamp b) noexcept {
  return {saturating_subtract(a.nanoseconds, b.nanoseconds)};
}

[[nodiscard]] constexpr Instant operator+(Instant t, Duration d) noexcept {
  return {saturating_add(t.nanoseconds, d.nanoseconds)};
}

[[nodiscard]] constexpr Duration operator-(Instant a, Instant b) noexcept {
  return {saturating_subtract(a.nanoseconds, b.nanoseconds)};
}

[[nodiscard]] constexpr Duration nanoseconds(std::int64_t n) noexcept {
  return {n};
}

[[nodiscard]] constexpr Duration microseconds(std::int64_t n) noexcept {
  return {saturating_multiply(n, 1'000)};
}

[[nodiscard]] constexpr Duration milliseconds(std::int64_t n) noexcept {
  return {saturating_multiply(n, 1'000'000)};
}

[[nodiscard]] constexpr Duration seconds(std::int64_t n) noexcept {
  return {saturating_multiply(n, 1'000'000'000)};
}

}  // namespace cairn
