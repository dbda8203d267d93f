// SPDX-License-Identifier: Apache-2.0
#include "cairn/time.h"

#include <algorithm>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "cairn/int128.h"

namespace cairn {
namespace {

constexpr std::int64_t least = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();

std::int64_t clamped(Int128 value) {
  return static_cast<std::int64_t>(std::clamp<Int128>(value, least, most));
}

TEST(Time, FarDeadlinesStayFar) {
  // The four directions of overflow stop at the end instead of wrapping round.
  EXPECT_EQ((Timestamp{most} + seconds(1)).nanoseconds, most);
  EXPECT_EQ((Timestamp{least} + seconds(-1)).nanoseconds, least);
  EXPECT_EQ((Timestamp{most} - Timestamp{-1}).nanoseconds, most);
  EXPECT_EQ((Instant{least} - Instant{1}).nanoseconds, least);
}

TEST(Time, UnitsAreExactAndSaturate) {
  // One of each unit, and more than fits.
  EXPECT_EQ(nanoseconds(7).nanoseconds, 7);
  EXPECT_EQ(microseconds(7).nanoseconds, 7'000);
  EXPECT_EQ(milliseconds(-7).nanoseconds, -7'000'000);
  EXPECT_EQ(seconds(7).nanoseconds, 7'000'000'000);
  EXPECT_EQ(seconds(most).nanoseconds, most);
  EXPECT_EQ(seconds(least).nanoseconds, least);
}

RC_GTEST_PROP(Time, ArithmeticIsThatOfWiderIntegersClamped, (std::int64_t a, std::int64_t b)) {
  // Against 128-bit arithmetic, on small values and, scaled up, on values that overflow.
  for (const std::int64_t scale : {std::int64_t{1}, most / 100}) {
    const std::int64_t x = clamped(Int128{a} * scale);
    const std::int64_t y = clamped(Int128{b} * scale);
    RC_ASSERT(saturating_add(x, y) == clamped(Int128{x} + y));
    RC_ASSERT(saturating_subtract(x, y) == clamped(Int128{x} - y));
    RC_ASSERT(saturating_multiply(x, y) == clamped(Int128{x} * y));
  }
}

}  // namespace
}  // namespace cairn
