// SPDX-License-Identifier: Apache-2.0
#include "cairn/codec.h"

#include <array>
#include <cstring>
#include <string>
#include <type_traits>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "tests/public/codec_laws.h"
#include "tests/public/sample_values.h"

namespace cairn::sample {
namespace {

using namespace cairn::dsl;  // NOLINT(google-build-using-namespace): as a domain does

template <typename T>
class CodecLaws : public ::testing::Test {};

using Types = ::testing::Types<
    bool, u8, u16, u32, u64, u128, i8, i16, i32, i64, i128, Decimal<0>, Decimal<38>, Str<1>,
    Str<200>, Bytes<1>, Bytes<200>, Id<Owner>, Timestamp, Duration, Uuid, Digest, Colour, Mood,
    Option<bool>, Option<Point>, Option<Str<3>>, std::array<u32, 3>, std::array<Colour, 3>,
    std::array<Str<4>, 2>, Held<Colour>, Held<Str<9>>, Point, Mixed, Keys, Text<200>, Blob<200>,
    List<u8, 20>, List<Str<4>, 5>, List<List<u8, 3>, 3>, Everything>;
TYPED_TEST_SUITE(CodecLaws, Types);

TYPED_TEST(CodecLaws, OneEncodingPerValueAndNothingElseIsAccepted) {
  // Random values of the type go through round trip, every prefix and every single flipped bit.
  for (std::uint64_t seed = 1; seed <= 20 && !::testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE(seed);
    Maker maker(seed);
    expect_codec_laws(maker.make<TypeParam>());
  }
}

RC_GTEST_PROP(Codec, RandomStructsObeyTheLaws, (std::uint64_t seed)) {
  // As above, for the struct of everything and seeds nobody chose.
  Maker maker(seed);
  expect_codec_laws(maker.make<Everything>());
  RC_ASSERT(!::testing::Test::HasFailure());
}

TEST(Codec, DecodedMemoryHasZerosWhereThereIsNoValue) {
  // The memory of two decodes of one value is equal byte for byte, unused tails, absent values and
  // flags included.
  struct Plain {
    Str<5> text = "ab";
    Option<Point> none = {};
    Option<Str<3>> some = "x";

    bool operator==(const Plain&) const = default;
  };

  static_assert(std::has_unique_object_representations_v<Plain>);
  Plain value;
  value.text = "abcde";
  value.text = "ab";
  Scratch scratch;
  Target<Plain> target;
  ASSERT_TRUE(decode(encoded(value), scratch, target.value()).has_value());
  EXPECT_EQ(std::memcmp(&target.value(), &value, sizeof(value)), 0);
  EXPECT_EQ(target.value().none->y, 0U);
}

template <typename T>
std::string refusal(const Buffer& bytes, std::size_t scratch_size = 256) {
  std::vector<std::byte> memory(scratch_size);
  Scratch scratch(memory);
  Target<T> target;
  const Result<> result = decode(bytes, scratch, target.value(), "subject");
  return result ? "accepted" : result.error().to_string();
}

TEST(Codec, AnErrorNamesTheFieldAndItsOffset) {
  // One fault of each kind, with the exact text.
  EXPECT_EQ(refusal<Mixed>(test::bytes_of_hex("0300")),
            "truncated: number at offset 2: needs 2 bytes, 0 are left");
  EXPECT_EQ(refusal<Mixed>(test::bytes_of_hex("03000000")),
            "corrupt: colour at offset 0: is not a declared value");
  EXPECT_EQ(refusal<Mixed>(test::bytes_of_hex("02020000")),
            "corrupt: flag at offset 1: is neither 0 nor 1");
  EXPECT_EQ(refusal<Mixed>(test::bytes_of_hex("0000000000")),
            "corrupt: subject ends at offset 4, and 1 more bytes follow");
  EXPECT_EQ(refusal<Str<2>>(test::bytes_of_hex("03616263")),
            "too_large: subject at offset 0: 3 is over the limit of 2");
  EXPECT_EQ(refusal<Str<2>>(test::bytes_of_hex("02c080")),
            "corrupt: subject at offset 1: is not valid UTF-8");
  EXPECT_EQ(refusal<Str<2>>(test::bytes_of_hex("8000")),
            "corrupt: subject at offset 0: is a number with needless bytes");
  EXPECT_EQ(
      refusal<Decimal<2>>(test::bytes_of_hex("0000000040229a09c47a86a84c3b4b4b")).substr(0, 29),
      "corrupt: subject at offset 0:");
  EXPECT_EQ((refusal<std::array<Mixed, 2>>(test::bytes_of_hex("0000000000030000"))),
            "corrupt: flag at offset 5: is neither 0 nor 1");
  EXPECT_EQ(refusal<Option<u8>>(test::bytes_of_hex("02")),
            "corrupt: subject at offset 0: is neither 0 nor 1");
}

TEST(Codec, HostileSizesTakeNoSpace) {
  // Counts over the limit, over the bytes left, and over the scratch space, each with an exact
  // refusal.
  using Numbers = List<u64, 60'000>;
  EXPECT_EQ(refusal<Numbers>(test::bytes_of_hex("ffffffff0f")),
            "too_large: subject at offset 0: 4294967295 is over the limit of 60000");
  EXPECT_EQ(refusal<Numbers>(test::bytes_of_hex("e0d403")),
            "truncated: subject at offset 3: needs 480000 bytes, 0 are left");
  EXPECT_EQ(refusal<Text<9>>(test::bytes_of_hex("0161"), 0),
            "too_large: subject at offset 2: is larger than the space to decode into");
}

TEST(Codec, AStreamOfValuesIsReadOneAfterTheOther) {
  // Two values behind one another, and a third that is cut: the third fails and changes nothing.
  GrowingByteWriter writer;
  encode(writer, Point{.x = 1, .y = 2});
  encode(writer, Str<4>("abcd"));
  encode(writer, Mixed{});
  ByteReader reader(writer.written().first(writer.size() - 1));
  Scratch scratch;
  Point point;
  Str<4> text;
  Target<Mixed> target;
  EXPECT_TRUE(decode(reader, scratch, point));
  EXPECT_TRUE(decode(reader, scratch, text));
  EXPECT_FALSE(decode(reader, scratch, target.value()));
  EXPECT_EQ(point, (Point{.x = 1, .y = 2}));
  EXPECT_EQ(text, "abcd");
  EXPECT_TRUE(target.untouched());
}

TEST(Codec, AFixedWriterWithoutRoomGetsNothing) {
  // Room for one byte less than the value needs, for a fixed, a small and a large type.
  const auto expect_none = [](const auto& value) {
    std::vector<std::byte> space(encoded_size(value) - 1);
    FixedByteWriter writer(space);
    encode(writer, value);
    EXPECT_TRUE(writer.overflowed());
    EXPECT_EQ(writer.size(), 0U);
  };
  expect_none(Point{});
  expect_none(Str<9>("abc"));
  expect_none(Text<100'000>("abc"));
}

}  // namespace
}  // namespace cairn::sample
