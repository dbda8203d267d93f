// SPDX-License-Identifier: Apache-2.0
#include "base/nearest.h"

#include <array>
#include <string>

#include <gtest/gtest.h>

namespace cairn {
namespace {

constexpr std::array<std::string_view, 8> verbs = {"serve",  "submit", "verify", "receipt",
                                                   "replay", "status", "check",  "get"};

TEST(NearestName, FindsWhatWasMeant) {
  // One slip of each kind: a letter dropped, added, replaced, two swapped, and two slips in a long
  // word.
  EXPECT_EQ(nearest_name("serv", verbs), "serve");
  EXPECT_EQ(nearest_name("servee", verbs), "serve");
  EXPECT_EQ(nearest_name("sarve", verbs), "serve");
  EXPECT_EQ(nearest_name("stauts", verbs), "status");
  EXPECT_EQ(nearest_name("recipet", verbs), "receipt");
  EXPECT_EQ(nearest_name("gte", verbs), "get");
}

TEST(NearestName, SaysNothingWhenNothingIsNear) {
  // Other words, no word, and a word too long to have been typed by accident.
  EXPECT_EQ(nearest_name("frobnicate", verbs), std::nullopt);
  EXPECT_EQ(nearest_name("x", verbs), std::nullopt);
  EXPECT_EQ(nearest_name("", verbs), std::nullopt);
  EXPECT_EQ(nearest_name(std::string(1000, 's'), verbs), std::nullopt);
  EXPECT_EQ(nearest_name("serve", {}), std::nullopt);
}

TEST(NearestName, PrefersTheNearerAndThenTheFirst) {
  // An exact name beats a near one; of two at the same distance the one listed first wins.
  constexpr std::array<std::string_view, 3> names = {"cast", "cart", "care"};
  EXPECT_EQ(nearest_name("cart", names), "cart");
  EXPECT_EQ(nearest_name("carx", names), "cart");
  EXPECT_EQ(nearest_name("caxt", names), "cast");
}

}  // namespace
}  // namespace cairn
