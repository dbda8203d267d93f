// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <limits>
#include <utility>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "cairn/time.h"

namespace cairn {
namespace {

constexpr std::int64_t least = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();

TEST(Timestamp, PrintsRfc3339WithoutNeedlessDigits) {
  // The epoch, its neighbours, leap days, both ends.
  const std::pair<std::int64_t, const char*> cases[] = {
      {0, "1970-01-01T00:00:00Z"},
      {-1, "1969-12-31T23:59:59.999999999Z"},
      {500'000'000, "1970-01-01T00:00:00.5Z"},
      {951'782'400'000'000'000, "2000-02-29T00:00:00Z"},
      {1'795'226'970'000'000'001, "2026-11-21T02:09:30.000000001Z"},
      {least, "1677-09-21T00:12:43.145224192Z"},
      {most, "2262-04-11T23:47:16.854775807Z"}};
  for (const auto& [nanoseconds, text] : cases) {
    EXPECT_EQ(Timestamp{nanoseconds}.to_string(), text);
    EXPECT_EQ(Timestamp::parse(text).value().nanoseconds, nanoseconds) << text;
  }
}

TEST(Timestamp, OnlyItsOneTextIsRead) {
  // Other shapes, days and times that do not exist, and the first nanoseconds outside the range.
  for (const char* text : {"",
                           "2026-11-21",
                           "2026-11-21T02:09:30",
                           "2026-11-21T02:09:30z",
                           "2026-11-21t02:09:30Z",
                           "2026-11-21 02:09:30Z",
                           "2026-11-21T02:09:30+00:00",
                           "2026-11-21T02:09:30.Z",
                           "2026-11-21T02:09:30.50Z",
                           "2026-11-21T02:09:30.0000000001Z",
                           "2026-11-21T02:09:30,5Z",
                           "2026-1-21T02:09:30Z",
                           "2026-13-01T00:00:00Z",
                           "2026-00-01T00:00:00Z",
                           "2026-02-29T00:00:00Z",
                           "1900-02-29T00:00:00Z",
                           "2026-04-31T00:00:00Z",
                           "2026-11-21T24:00:00Z",
                           "2026-11-21T23:60:00Z",
                           "2016-12-31T23:59:60Z",
                           "+2026-11-21T02:09:30Z",
                           "2026-11-21T02:09:30ZZ",
                           "12026-11-21T02:09:30Z"}) {
    EXPECT_FALSE(Timestamp::parse(text).has_value()) << text;
  }
  for (const char* text : {"1677-09-21T00:12:43.145224191Z", "2262-04-11T23:47:16.854775808Z",
                           "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"}) {
    EXPECT_EQ(Timestamp::parse(text).error().code(), Errc::TooLarge) << text;
  }
}

RC_GTEST_PROP(Timestamp, EveryValueRoundTrips, (std::int64_t value, std::int64_t whole)) {
  // Any nanosecond, and whole seconds, which print without a fraction.
  RC_ASSERT(Timestamp::parse(Timestamp{value}.to_string()).value() == Timestamp{value});
  const Timestamp second{whole / 1'000'000'000 * 1'000'000'000};
  RC_ASSERT(Timestamp::parse(second.to_string()).value() == second);
}

TEST(Duration, PrintsSecondsWithoutNeedlessDigits) {
  // Zero, fractions, signs, both ends.
  const std::pair<std::int64_t, const char*> cases[] = {{0, "0s"},
                                                        {1, "0.000000001s"},
                                                        {-1, "-0.000000001s"},
                                                        {1'500'000'000, "1.5s"},
                                                        {-90'000'000'000, "-90s"},
                                                        {least, "-9223372036.854775808s"},
                                                        {most, "9223372036.854775807s"}};
  for (const auto& [nanoseconds, text] : cases) {
    EXPECT_EQ(Duration{nanoseconds}.to_string(), text);
    EXPECT_EQ(Duration::parse(text).value().nanoseconds, nanoseconds) << text;
  }
}

TEST(Duration, OnlyItsOneTextIsRead) {
  // Other shapes, and the first values outside the range.
  for (const char* text : {"", "s", "-s", "1", "1.s", ".5s", "01s", "-0s", "+1s", "1.50s", "1 s",
                           "1.5S", "1ms", "0.0000000001s", "1.5.5s", "--1s"}) {
    EXPECT_FALSE(Duration::parse(text).has_value()) << text;
  }
  for (const char* text : {"9223372036.854775808s", "-9223372036.854775809s", "9223372037s",
                           "99999999999999999999s"}) {
    EXPECT_EQ(Duration::parse(text).error().code(), Errc::TooLarge) << text;
  }
}

RC_GTEST_PROP(Duration, EveryValueRoundTrips, (std::int64_t value)) {
  // Any nanosecond.
  RC_ASSERT(Duration::parse(Duration{value}.to_string()).value() == Duration{value});
}

}  // namespace
}  // namespace cairn
