// SPDX-License-Identifier: Apache-2.0
#include "cairn/ids.h"

#include <concepts>
#include <limits>

#include <gtest/gtest.h>

namespace cairn {
namespace {

TEST(StrongId, NeverMixesWithAnotherIdOrANumber) {
  // Shown at compile time: no conversion in or out, no comparison across.
  static_assert(!std::convertible_to<std::uint64_t, Seq>);
  static_assert(!std::convertible_to<Seq, std::uint64_t>);
  static_assert(!std::convertible_to<Seq, SegmentNumber>);
  static_assert(!std::equality_comparable_with<Seq, SegmentNumber>);
  static_assert(sizeof(Seq) == sizeof(std::uint64_t));
  static_assert(sizeof(KindNumber) == sizeof(std::uint16_t));
}

TEST(StrongId, StartsAtZeroAndCountsUp) {
  // The default is the "none" value; next() is the only arithmetic, and wraps in its own width.
  EXPECT_EQ(Seq().value(), 0U);
  EXPECT_EQ(Seq().next(), Seq(1));
  EXPECT_LT(Seq(1), Seq(2));
  constexpr auto last = std::numeric_limits<std::uint16_t>::max();
  EXPECT_EQ(KindNumber(last).next(), KindNumber(0));
}

}  // namespace
}  // namespace cairn
