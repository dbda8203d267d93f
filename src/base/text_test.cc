// SPDX-License-Identifier: Apache-2.0
#include "base/text.h"

#include <array>
#include <cstdint>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "cairn/digest.h"
#include "cairn/utf8.h"
#include "cairn/uuid.h"
#include "tests/support/bytes.h"

namespace cairn {
namespace {

using namespace std::string_view_literals;

RC_GTEST_PROP(Hex, RoundTripsAndHasOneText, (const std::vector<std::uint8_t>& octets)) {
  // Bytes to text to bytes; then any one changed digit gives other bytes or is refused.
  const auto bytes = test::exact_copy(std::as_bytes(std::span(octets)));
  std::string text = to_hex(bytes);
  test::Bytes back(bytes.size());
  RC_ASSERT(from_hex(text, back));
  RC_ASSERT(back == bytes);
  if (!text.empty()) {
    text[*rc::gen::inRange<std::size_t>(0, text.size())] = *rc::gen::arbitrary<char>();
    if (from_hex(text, back)) {
      RC_ASSERT(to_hex(back) == text);
    }
  }
}

TEST(Hex, RefusesUpperCaseOddLengthsAndTheWrongSize) {
  // Each fault alone.
  std::array<std::byte, 2> out = {};
  EXPECT_TRUE(from_hex("0aff", out));
  for (const auto text : {"0AFF", "0af", "0aff0", "0aff00", "", "0a f", "0x0a"}) {
    EXPECT_FALSE(from_hex(text, out)) << text;
  }
}

TEST(Utf8, AcceptsTheEdgesOfEveryLength) {
  // The first and last code points of one, two, three and four bytes, and around the surrogates.
  for (const auto text : {"\0"sv, "\x7f"sv, "\u0080"sv, "\u07ff"sv, "\u0800"sv, "\ud7ff"sv,
                          "\ue000"sv, "\uffff"sv, "\U00010000"sv, "\U0010ffff"sv}) {
    EXPECT_TRUE(is_utf8(text));
    EXPECT_EQ(utf8_sequence(text), text.size());
  }
}

TEST(Utf8, RefusesWhatIsNotWellFormed) {
  // Lone continuation, overlong forms, surrogates, too large, impossible leads, cut and broken
  // ones.
  for (const auto text :
       {"\x80"sv, "\xbf"sv, "\xc0\x80"sv, "\xc1\xbf"sv, "\xe0\x9f\xbf"sv, "\xed\xa0\x80"sv,
        "\xed\xbf\xbf"sv, "\xf0\x8f\xbf\xbf"sv, "\xf4\x90\x80\x80"sv, "\xf5\x80\x80\x80"sv,
        "\xff"sv, "\xc2"sv, "\xe1\x80"sv, "\xf1\x80\x80"sv, "\xe1\x80\x41"sv, "\xc2\xc2"sv}) {
    EXPECT_FALSE(is_utf8(text)) << to_hex(std::as_bytes(std::span(text)));
    EXPECT_EQ(utf8_sequence(text), 0U);
  }
}

TEST(Digest, HasOneTextAndParsesOnlyThat) {
  // The text of a digest parses back; upper case, short and long texts are refused with advice.
  Digest digest;
  digest.bytes[0] = std::byte{0xaf};
  digest.bytes[31] = std::byte{0x01};
  const std::string text = digest.to_string();
  EXPECT_EQ(text, "af" + std::string(60, '0') + "01");
  EXPECT_EQ(Digest::parse(text).value(), digest);
  for (const std::string& wrong :
       {std::string(), text.substr(1), text + "0", "AF" + text.substr(2), " " + text}) {
    const auto result = Digest::parse(wrong);
    ASSERT_FALSE(result) << wrong;
    EXPECT_EQ(result.error().code(), Errc::InvalidArgument);
    EXPECT_FALSE(result.error().hint().empty());
  }
}

TEST(Uuid, HasOneTextAndParsesOnlyThat) {
  // Dashes in their four places and nowhere else, lower case, nothing around it.
  const std::string text = "01234567-89ab-7def-8123-456789abcdef";
  const Uuid uuid = Uuid::parse(text).value();
  EXPECT_EQ(uuid.bytes[6], std::byte{0x7d});
  EXPECT_EQ(uuid.to_string(), text);
  for (const auto wrong :
       {"", "01234567-89ab-7def-8123-456789abcde", "01234567-89ab-7def-8123-456789abcdef0",
        "0123456789ab7def8123456789abcdef", "01234567-89AB-7def-8123-456789abcdef",
        "{1234567-89ab-7def-8123-456789abcde}", "012345678-9ab-7def-8123-456789abcdef",
        "01234567-89ab-7def-8123-456789abcd-f", "01234567_89ab_7def_8123_456789abcdef"}) {
    const auto result = Uuid::parse(wrong);
    ASSERT_FALSE(result) << wrong;
    EXPECT_EQ(result.error().code(), Errc::InvalidArgument);
  }
}

}  // namespace
}  // namespace cairn
