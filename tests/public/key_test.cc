// SPDX-License-Identifier: Apache-2.0
#include "cairn/key.h"

#include <algorithm>
#include <array>
#include <compare>
#include <string_view>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/text.h"
#include "tests/public/codec_laws.h"
#include "tests/public/sample_values.h"

namespace cairn::sample {
namespace {

using namespace cairn::dsl;  // NOLINT(google-build-using-namespace): as a domain does

template <typename... Parts>
Buffer key_of(const Parts&... parts) {
  std::array<std::byte, key_size_max<Parts...>> space = {};
  return test::exact_copy(encode_key(space, parts...));
}

template <typename T>
class KeyLaws : public ::testing::Test {};

using Types = ::testing::Types<bool, u8, u16, u32, u64, u128, i8, i16, i32, i64, i128, Decimal<2>,
                               Str<4>, Bytes<4>, Id<Owner>, Timestamp, Duration, Uuid, Digest,
                               Colour, Mood, Option<i8>, Option<Str<2>>, std::array<Str<2>, 2>,
                               Held<i64>, Point, Mixed, Keys>;
TYPED_TEST_SUITE(KeyLaws, Types);

TYPED_TEST(KeyLaws, BytesSortAsValuesDoAndReadBack) {
  // Pairs of random values, half of them edges: order of keys = order of values, and equal only
  // together.
  Maker maker(7);
  for (int i = 0; i < 3000; ++i) {
    const auto a = maker.make<TypeParam>();
    const auto b = maker.below(8) == 0 ? a : maker.make<TypeParam>();
    const Buffer key_a = key_of(a);
    const Buffer key_b = key_of(b);
    ASSERT_EQ(detail::compare_bytes(key_a, key_b) < 0, a < b) << to_hex(key_a) << to_hex(key_b);
    ASSERT_EQ(key_a == key_b, a == b) << to_hex(key_a);
    TypeParam back = {};
    const Result<> read = decode_key(key_a, back);
    ASSERT_TRUE(read.has_value()) << read.error().to_string();
    ASSERT_TRUE(back == a) << to_hex(key_a);
  }
}

TYPED_TEST(KeyLaws, OneKeyPerValueAndNothingElseIsAccepted) {
  // Every prefix is refused; every flipped bit is refused or is the key of the value it reads as.
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Maker maker(seed);
    Buffer key = key_of(maker.make<TypeParam>());
    for (std::size_t size = 0; size < key.size(); ++size) {
      Target<TypeParam> target;
      ASSERT_FALSE(
          decode_key(test::exact_copy(std::span(key).first(size)), target.value()).has_value());
      ASSERT_TRUE(target.untouched());
    }
    for (std::size_t bit = 0; bit < 8 * key.size(); ++bit) {
      key[bit / 8] ^= static_cast<std::byte>(1U << (bit % 8));
      Target<TypeParam> target;
      if (decode_key(test::exact_copy(key), target.value())) {
        ASSERT_EQ(key_of(target.value()), key);
      } else {
        ASSERT_TRUE(target.untouched());
      }
      key[bit / 8] ^= static_cast<std::byte>(1U << (bit % 8));
    }
  }
}

RC_GTEST_PROP(Key, CompositeKeysSortPartByPart, (std::uint64_t seed)) {
  // Text before a number: no text, however it ends, runs into what follows it.
  Maker maker(seed);
  const auto a = maker.make<Keys>();
  auto b = maker.make<Keys>();
  b.id = a.id;
  b.name = maker.below(2) == 0 ? a.name : b.name;
  RC_ASSERT(
      (detail::compare_bytes(key_of(a.name, a.small, a.bytes, a.mood),
                             key_of(b.name, b.small, b.bytes, b.mood)) <=> 0) ==
      (std::tie(a.name, a.small, a.bytes, a.mood) <=> std::tie(b.name, b.small, b.bytes, b.mood)));
  RC_ASSERT((detail::compare_bytes(key_of(a), key_of(b)) <=> 0) == (a <=> b));
}

TEST(Key, EveryPairOfShortTextsSortsRight) {
  // All texts of up to three of the bytes that matter: end, zero, escape and their neighbours.
  constexpr std::array<unsigned, 4> alphabet = {0x00, 0x01, 0xfe, 0xff};
  std::vector<Buffer> all = {{}};
  for (std::size_t i = 0; i < all.size(); ++i) {
    for (const unsigned byte : alphabet) {
      if (all[i].size() < 3) {
        Buffer longer = all[i];
        longer.push_back(static_cast<std::byte>(byte));
        all.push_back(longer);
      }
    }
  }
  ASSERT_EQ(all.size(), 85U);
  for (const Buffer& a : all) {
    for (const Buffer& b : all) {
      const auto key_a = key_of(*dsl::Bytes<3>::from(a), u8{9});
      const auto key_b = key_of(*dsl::Bytes<3>::from(b), u8{1});
      const auto wanted = a == b ? std::strong_ordering::greater : detail::compare_bytes(a, b);
      EXPECT_EQ(detail::compare_bytes(key_a, key_b), wanted)
          << to_hex(key_a) << " " << to_hex(key_b);
    }
  }
}

TEST(Key, ViewsAreNoKeys) {
  // The concept, for views and for what holds them.
  static_assert(!Keyable<Text<4>> && !Keyable<Blob<4>> && !Keyable<List<u8, 4>>);
  static_assert(!Keyable<Option<Text<4>>> && !Keyable<Everything> &&
                !Keyable<std::array<Text<4>, 1>>);
  static_assert(Keyable<Keys> && key_size_max<Str<4>, u8> == 11);
}

TEST(Key, MalformedKeysAreRefusedByName) {
  // One fault of each kind.
  const auto refusal = []<typename T>(T value, std::string_view hex) {
    const Result<> result = decode_key(test::bytes_of_hex(hex), value);
    return result ? "accepted" : result.error().to_string();
  };
  EXPECT_EQ(refusal(Str<2>(), "6100"), "truncated: key at offset 2: needs 1 bytes, 0 are left");
  EXPECT_EQ(refusal(Str<2>(), "00010000"),
            "corrupt: key at offset 0: holds a zero byte that is neither escaped nor its end");
  EXPECT_EQ(refusal(Str<2>(), "6161610000").substr(0, 14), "too_large: key");
  EXPECT_EQ(refusal(Str<2>(), "c0800000"), "corrupt: key at offset 0: is not valid UTF-8");
  EXPECT_EQ(refusal(Colour(), "03"), "corrupt: key at offset 0: is not a declared value");
  EXPECT_EQ(refusal(Mixed(), "00020000"), "corrupt: flag at offset 1: is neither 0 nor 1");
  EXPECT_EQ(refusal(Decimal<2>(), "ffffffffffffffffffffffffffffffff"),
            "corrupt: key at offset 0: has more than 38 digits");
}

}  // namespace
}  // namespace cairn::sample
