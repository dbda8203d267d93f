// SPDX-License-Identifier: Apache-2.0
#include "cairn/values.h"

#include <cstring>
#include <limits>
#include <string>
#include <type_traits>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "cairn/scratch.h"
#include "tests/public/sample_values.h"
#include "tests/support/bytes.h"

namespace cairn::sample {
namespace {

using namespace cairn::dsl;  // NOLINT(google-build-using-namespace): as a domain does

// Run-time schemas compute these layouts and work on the same memory.
template <typename T>
constexpr bool is_plain = std::is_standard_layout_v<T> && std::is_trivially_copyable_v<T>;
static_assert(is_plain<Str<5>> && sizeof(Str<5>) == 8 && alignof(Str<5>) == 2);
static_assert(is_plain<Bytes<6>> && sizeof(Bytes<6>) == 8 && alignof(Bytes<6>) == 2);
static_assert(is_plain<Option<u64>> && sizeof(Option<u64>) == 16 && sizeof(Option<u8>) == 2);
static_assert(is_plain<Decimal<2>> && sizeof(Decimal<2>) == 16 && alignof(Decimal<2>) == 16);
static_assert(is_plain<Id<Owner>> && sizeof(Id<Owner>) == 8);
static_assert(is_plain<Text<9>> && sizeof(Text<9>) == 16 && alignof(Text<9>) == 8);
static_assert(is_plain<Blob<9>> && sizeof(Blob<9>) == 16);
static_assert(is_plain<List<u8, 9>> && sizeof(List<u8, 9>) == 16);
static_assert(std::has_unique_object_representations_v<Str<5>> &&
              std::has_unique_object_representations_v<Option<Str<5>>> &&
              std::has_unique_object_representations_v<Option<u64>> &&
              std::has_unique_object_representations_v<Text<5>>);

// Temporaries that own what a view would point at are refused, spans and texts are not.
template <typename View, typename From>
concept MadeFrom = requires(From (*from)()) { View::from(from()); };
static_assert(!MadeFrom<Text<9>, std::string> && MadeFrom<Text<9>, std::string_view> &&
              MadeFrom<Text<9>, const std::string&>);
static_assert(!MadeFrom<Blob<9>, std::vector<std::byte>> &&
              MadeFrom<Blob<9>, std::vector<std::byte>&>);
static_assert(!MadeFrom<List<u8, 9>, std::vector<u8>> && MadeFrom<List<u8, 9>, std::vector<u8>&>);
static_assert(!std::is_convertible_v<Str<3>, Text<3>> && std::is_convertible_v<Str<3>&, Text<3>>);
static_assert(!std::is_convertible_v<std::string_view, Str<3>> &&
              !std::is_convertible_v<u64, Id<Owner>> && !std::is_convertible_v<i64, Decimal<2>>);

TEST(Values, DefaultsAreEmptyOrZero) {
  // Each type without an initialiser.
  EXPECT_TRUE(Str<3>().empty());
  EXPECT_TRUE(Bytes<3>().empty());
  EXPECT_EQ(Id<Owner>().value, 0U);
  EXPECT_EQ(Decimal<2>().to_string(), "0.00");
  EXPECT_FALSE(Option<u8>().has_value());
  EXPECT_TRUE(Text<3>().empty() && Blob<3>().empty() && (List<u8, 3>().empty()));
}

TEST(Str, TakesUtf8UpToItsCapacity) {
  // Run-time text: every kind of ill-formed UTF-8 and one byte too many are refused.
  EXPECT_EQ(Str<4>::from("\U0001f600")->view(), "\U0001f600");
  EXPECT_EQ(Str<3>::from("\U0001f600").error().code(), Errc::TooLarge);
  for (const char* text :
       {"\x80", "\xc1\xbf", "\xc3", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xf0\x8f\xbf\xbf",
        "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "aaaaaaaaa\xff"}) {
    EXPECT_EQ(Str<16>::from(text).error().code(), Errc::Corrupt) << text;
  }
  for (const char* text : {"\xc2\x80", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80",
                           "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"}) {
    EXPECT_TRUE(Str<16>::from(text).has_value()) << text;
  }
}

TEST(Str, ComparesAsUnsignedBytesWithAnyText) {
  // Against itself, literals and views; a byte above 0x7f is greater than one below.
  EXPECT_EQ(Str<4>("ab"), "ab");
  EXPECT_TRUE(Str<4>("ab") == std::string_view("ab"));
  EXPECT_LT(Str<4>("ab"), "abc");
  EXPECT_LT(Str<4>("z"), "\u00e9");
  EXPECT_LT(Str<4>("a"), Str<4>("a\0"));
}

TEST(Str, EqualValuesHaveEqualMemory) {
  // A longer text was there before.
  Str<9> a = "longer";
  a = "b";
  const Str<9> b = "b";
  EXPECT_EQ(std::memcmp(&a, &b, sizeof(a)), 0);
}

TEST(Bytes, TextIsHexadecimalAndStrict) {
  // Round trip, and what is refused.
  const auto bytes = Bytes<4>::parse("00ff7a");
  ASSERT_TRUE(bytes.has_value());
  EXPECT_EQ(bytes->to_string(), "00ff7a");
  EXPECT_EQ(bytes->size(), 3U);
  EXPECT_EQ(Bytes<4>::parse("").value(), Bytes<4>());
  EXPECT_EQ(Bytes<4>::parse("0000000000").error().code(), Errc::TooLarge);
  for (const char* text : {"0", "0g", "AB", "0x00", " 00", "00000000a"}) {
    EXPECT_FALSE(Bytes<4>::parse(text).has_value()) << text;
  }
}

TEST(Option, NothingSortsFirstAndHasOnlyZeros) {
  // Also after it held something, and for a struct whose own default is not zero.
  EXPECT_LT(Option<i8>(), Option<i8>(i8{-128}));
  EXPECT_LT(Option<i8>(i8{-128}), Option<i8>(i8{0}));
  EXPECT_EQ(Option<i8>(), std::nullopt);
  Option<Point> option = Point{.x = 1, .y = 2};
  EXPECT_EQ(option->y, 2U);
  option.reset();
  const Option<Point> none;
  EXPECT_EQ(std::memcmp(&option, &none, sizeof(none)), 0);
  EXPECT_EQ(none->y, 0U);
  EXPECT_EQ(none.value_or({.x = 5}).x, 5);
}

TEST(Views, CompareByWhatTheyPointAt) {
  // Two owners, one content.
  const std::string one = "text";
  const std::string other = "text";
  EXPECT_EQ(*Text<9>::from(one), *Text<9>::from(other));
  const std::vector<u16> few = {1, 2};
  const std::vector<u16> more = {1, 2, 0};
  EXPECT_LT((*List<u16, 3>::from(few)), (*List<u16, 3>::from(more)));
  EXPECT_EQ((List<u16, 2>::from(more).error().code()), Errc::TooLarge);
  const Str<4> name = "name";
  EXPECT_EQ(Text<4>(name).view().data(), name.view().data());
}

RC_GTEST_PROP(Integers, TextRoundTrips, (std::uint64_t seed)) {
  // Every width, edges included.
  Maker maker(seed);
  const auto check = [](auto value) {
    const auto back = parse_integer<decltype(value)>(to_string(value));
    RC_ASSERT(back.has_value() && *back == value);
  };
  check(maker.make<u8>());
  check(maker.make<i8>());
  check(maker.make<i16>());
  check(maker.make<u64>());
  check(maker.make<i64>());
  check(maker.make<u128>());
  check(maker.make<i128>());
}

TEST(Integers, OnlyTheirOneTextIsRead) {
  // Other spellings, and one more than the greatest of each end.
  for (const char* text : {"", "-", "+1", "01", "-0", "1 ", " 1", "0x1", "1.0", "--1"}) {
    EXPECT_FALSE(parse_integer<i64>(text).has_value()) << text;
  }
  EXPECT_FALSE(parse_integer<u64>("-1").has_value());
  EXPECT_EQ(parse_integer<i8>("128").error().code(), Errc::TooLarge);
  EXPECT_EQ(parse_integer<i8>("-128").value(), -128);
  EXPECT_EQ(parse_integer<i8>("-129").error().code(), Errc::TooLarge);
  EXPECT_EQ(parse_integer<u128>("340282366920938463463374607431768211456").error().code(),
            Errc::TooLarge);
  EXPECT_EQ(to_string(integer_min<i128>), "-170141183460469231731687303715884105728");
  EXPECT_EQ(Id<Owner>::parse("7")->to_string(), "7");
}

TEST(Checked, ArithmeticLeavesTheTypeAsAnAbsentValue) {
  // Each operation at each end.
  EXPECT_EQ(checked_add(u8{255}, 1), std::nullopt);
  EXPECT_EQ(checked_add(i8{-128}, -1), std::nullopt);
  EXPECT_EQ(checked_subtract(u64{0}, 1), std::nullopt);
  EXPECT_EQ(checked_multiply(integer_max<i128>, 2), std::nullopt);
  EXPECT_EQ(checked_divide(i64{5}, 0), std::nullopt);
  EXPECT_EQ(checked_divide(integer_min<i8>, -1), std::nullopt);
  EXPECT_EQ(checked_divide(i8{-7}, 2), i8{-3});
  EXPECT_EQ(checked_add(u8{250}, 5), u8{255});
}

TEST(Scratch, HandsOutAlignedSpaceUntilItIsUsedUp) {
  // Alignment, the last byte, one byte too many, sizes near overflow, and giving back.
  alignas(16) std::array<std::byte, 32> memory = {};
  Scratch scratch(memory);
  EXPECT_EQ(scratch.take(1, 1), memory.data());
  std::byte* const mark = scratch.mark();
  EXPECT_EQ(scratch.take(8, 8), memory.data() + 8);
  EXPECT_EQ(scratch.take(17, 1), nullptr);
  EXPECT_EQ(scratch.take(std::numeric_limits<std::size_t>::max(), 8), nullptr);
  EXPECT_EQ(scratch.take(16, 16), memory.data() + 16);
  EXPECT_EQ(scratch.take(1, 1), nullptr);
  scratch.rewind(mark);
  EXPECT_EQ(scratch.remaining(), 31U);
  EXPECT_EQ(Scratch().take(1, 1), nullptr);
}

}  // namespace
}  // namespace cairn::sample
