// SPDX-License-Identifier: Apache-2.0
#include "cairn/error.h"

#include <set>
#include <string>
#include <type_traits>
#include <utility>

#include <gtest/gtest.h>

namespace cairn {
namespace {

TEST(Error, IsOnePointerWide) {
  // Shown at compile time: a Result<int> is no wider than a pointer and its flag.
  static_assert(sizeof(Error) == sizeof(void*));
  static_assert(sizeof(Result<int>) <= 2 * sizeof(void*));
  static_assert(std::is_nothrow_move_constructible_v<Error>);
}

TEST(Error, ReadsFromTheOuterPlaceInwards) {
  // Two borders add their place; the one added last comes first.
  const Error error =
      Error(Errc::Corrupt, "checksum mismatch").at("header").at("segment 7").advise("restore it");
  EXPECT_EQ(error.where(), "segment 7: header");
  EXPECT_EQ(error.to_string(), "corrupt: segment 7: header: checksum mismatch (restore it)");
}

TEST(Error, PrintsWithoutPlaceAndHintWhenThereAreNone) {
  // The short form has no empty parts.
  EXPECT_EQ(Error(Errc::NotFound, "no such file").to_string(), "not_found: no such file");
}

TEST(Error, KeepsTheFirstHint) {
  // Whoever was nearest to the trouble advised first.
  const Error error = Error(Errc::Busy, "locked").advise("stop the other node").advise("wait");
  EXPECT_EQ(error.hint(), "stop the other node");
}

TEST(Error, CopiesAreIndependent) {
  // A copy, made either way, keeps its place when the original gets another.
  Error original(Errc::IoFailed, "read failed");
  const Error constructed = original;
  Error assigned(Errc::Closed, "other");
  assigned = original;
  const Error changed = std::move(original).at("disk 1");
  EXPECT_EQ(changed.where(), "disk 1");
  EXPECT_EQ(constructed.where(), "");
  EXPECT_EQ(assigned.where(), "");
  EXPECT_EQ(assigned.code(), Errc::IoFailed);
  EXPECT_EQ(assigned.message(), "read failed");
}

TEST(Error, SurvivesAssignmentToItself) {
  // Through a reference, so that no compiler warns.
  Error error(Errc::Closed, "gone");
  const Error& same = error;
  error = same;
  EXPECT_EQ(error.message(), "gone");
}

TEST(Errc, HasOneStableNamePerCode) {
  // The names are a contract of CLI, HTTP and logs; all are distinct.
  EXPECT_EQ(to_string(Errc::InvalidArgument), "invalid_argument");
  EXPECT_EQ(to_string(Errc::Unavailable), "unavailable");
  std::set<std::string_view> names;
  constexpr int last = std::to_underlying(Errc::Unavailable);
  for (int code = 0; code <= last; ++code) {
    names.insert(to_string(static_cast<Errc>(code)));
  }
  EXPECT_EQ(names.size(), last + 1U);
}

Result<int> half_of(int value) {
  if (value % 2 != 0) {
    return fail(Errc::InvalidArgument, "odd");
  }
  return value / 2;
}

Result<> require_even(int value, int& reached) {
  CAIRN_TRY(half_of(value));
  ++reached;
  return {};
}

Result<int> quarter_of(int value) {
  CAIRN_TRY(const int half, half_of(value));
  CAIRN_TRY(const int quarter, half_of(half));
  return quarter;
}

Result<int> sum_of(std::pair<int, int> terms) {
  CAIRN_TRY(const auto parts, (Result<std::pair<int, int>>(terms)));
  return parts.first + parts.second;
}

TEST(CairnTry, PassesAFailureOnAndGoesOnOtherwise) {
  // The statement form: what follows runs only after a success.
  int reached = 0;
  EXPECT_TRUE(require_even(4, reached));
  EXPECT_EQ(reached, 1);
  const auto failed = require_even(3, reached);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().message(), "odd");
  EXPECT_EQ(reached, 1);
}

TEST(CairnTry, DeclaresTheValue) {
  // The declaring form, twice in one function: each failure comes out, and so does the value.
  EXPECT_EQ(quarter_of(12).value(), 3);
  EXPECT_FALSE(quarter_of(6));
  EXPECT_FALSE(quarter_of(5));
  EXPECT_EQ(sum_of({1, 2}).value(), 3);
}

}  // namespace
}  // namespace cairn
