// SPDX-License-Identifier: Apache-2.0
#include "base/sign.h"

#include <algorithm>
#include <array>
#include <concepts>
#include <memory>
#include <string_view>
#include <type_traits>
#include <utility>

#include <gtest/gtest.h>

#include "tests/support/bytes.h"

namespace cairn {
namespace {

using test::Bytes;
using test::bytes_of_hex;
using test::bytes_of_text;

/// RFC 8032, section 7.1.
struct Vector {
  std::string_view seed;
  std::string_view key;
  std::string_view message;
  std::string_view signature;
};

// NOLINTBEGIN(modernize-use-designated-initializers): a table, whose columns are named above
constexpr Vector vectors[] = {
    {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
     "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
     "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"},
    {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
     "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
     "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"},
    {"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
     "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
     "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
     "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"},
    {"f5e5767cf153319517630f226876b86c8160cc583bc013744c6bf255f5cc0ee5",
     "278117fc144c72340f67d0f2316e8386ceffbf2b2428c9c51fef7c597f1d426e",
     "08b8b2b733424243760fe426a4b54908632110a66c2f6591eabd3345e3e4eb98fa6e264bf09efe12ee50f8f5"
     "4e9f77b1e355f6c50544e23fb1433ddf73be84d879de7c0046dc4996d9e773f4bc9efe5738829adb26c81b37"
     "c93a1b270b20329d658675fc6ea534e0810a4432826bf58c941efb65d57a338bbd2e26640f89ffbc1a858efc"
     "b8550ee3a5e1998bd177e93a7363c344fe6b199ee5d02e82d522c4feba15452f80288a821a579116ec6dad2b"
     "3b310da903401aa62100ab5d1a36553e06203b33890cc9b832f79ef80560ccb9a39ce767967ed628c6ad573c"
     "b116dbefefd75499da96bd68a8a97b928a8bbc103b6621fcde2beca1231d206be6cd9ec7aff6f6c94fcd7204"
     "ed3455c68c83f4a41da4af2b74ef5c53f1d8ac70bdcb7ed185ce81bd84359d44254d95629e9855a94a7c1958"
     "d1f8ada5d0532ed8a5aa3fb2d17ba70eb6248e594e1a2297acbbb39d502f1a8c6eb6f1ce22b3de1a1f40cc24"
     "554119a831a9aad6079cad88425de6bde1a9187ebb6092cf67bf2b13fd65f27088d78b7e883c8759d2c4f5c6"
     "5adb7553878ad575f9fad878e80a0c9ba63bcbcc2732e69485bbc9c90bfbd62481d9089beccf80cfe2df16a2"
     "cf65bd92dd597b0707e0917af48bbb75fed413d238f5555a7a569d80c3414a8d0859dc65a46128bab27af87a"
     "71314f318c782b23ebfe808b82b0ce26401d2e22f04d83d1255dc51addd3b75a2b1ae0784504df543af8969b"
     "e3ea7082ff7fc9888c144da2af58429ec96031dbcad3dad9af0dcbaaaf268cb8fcffead94f3c7ca495e056a9"
     "b47acdb751fb73e666c6c655ade8297297d07ad1ba5e43f1bca32301651339e22904cc8c42f58c30c04aafdb"
     "038dda0847dd988dcda6f3bfd15c4b4c4525004aa06eeff8ca61783aacec57fb3d1f92b0fe2fd1a85f672451"
     "7b65e614ad6808d6f6ee34dff7310fdc82aebfd904b01e1dc54b2927094b2db68d6f903b68401adebf5a7e08"
     "d78ff4ef5d63653a65040cf9bfd4aca7984a74d37145986780fc0b16ac451649de6188a7dbdf191f64b5fc5e"
     "2ab47b57f7f7276cd419c17a3ca8e1b939ae49e488acba6b965610b5480109c8b17b80e1b7b750dfc7598d5d"
     "5011fd2dcc5600a32ef5b52a1ecc820e308aa342721aac0943bf6686b64b2579376504ccc493d97e6aed3fb0"
     "f9cd71a43dd497f01f17c0e2cb3797aa2a2f256656168e6c496afc5fb93246f6b1116398a346f1a641f3b041"
     "e989f7914f90cc2c7fff357876e506b50d334ba77c225bc307ba537152f3f1610e4eafe595f6d9d90d11faa9"
     "33a15ef1369546868a7f3a45a96768d40fd9d03412c091c6315cf4fde7cb68606937380db2eaaa707b4c4185"
     "c32eddcdd306705e4dc1ffc872eeee475a64dfac86aba41c0618983f8741c5ef68d3a101e8a3b8cac60c905c"
     "15fc910840b94c00a0b9d0",
     "0aab4c900501b3e24d7cdf4663326a3a87df5e4843b2cbdb67cbf6e460fec350"
     "aa5371b1508f9f4528ecea23c436d94b5e8fcd4f681e30a6ac00a9704a188a03"},
    {"833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
     "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
     "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
     "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
     "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b589"
     "09351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704"},
};

// NOLINTEND(modernize-use-designated-initializers)

template <typename Value>
Value from_hex_to(std::string_view hex) {
  Value value;
  std::ranges::copy(bytes_of_hex(hex), value.bytes.begin());
  return value;
}

SecretKey key_of(std::string_view seed) {
  const Bytes bytes = bytes_of_hex(seed);
  return SecretKey(std::span(bytes).first<SecretKey::seed_bytes>());
}

TEST(Sign, MatchesTheVectorsOfRfc8032) {
  // Seed to public key, to signature, to a positive verdict: TEST 1, 2, 3, 1024 and SHA(abc).
  for (const Vector& vector : vectors) {
    const SecretKey secret = key_of(vector.seed);
    const Bytes message = bytes_of_hex(vector.message);
    const auto key = from_hex_to<PublicKey>(vector.key);
    const auto signature = from_hex_to<Signature>(vector.signature);
    EXPECT_EQ(secret.public_key(), key);
    EXPECT_EQ(secret.sign(message), signature);
    EXPECT_TRUE(verify(key, message, signature));
  }
}

template <typename Flip>
void expect_each_flip_is_refused(std::span<std::byte> bytes, Flip still_verifies) {
  for (std::size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
    const auto mask = static_cast<std::byte>(1U << (bit % 8));
    bytes[bit / 8] ^= mask;
    EXPECT_FALSE(still_verifies()) << "bit " << bit;
    bytes[bit / 8] ^= mask;
  }
}

TEST(Verify, RefusesEverySingleBitFlip) {
  // Each bit of the signature, the message and the key, flipped alone.
  const SecretKey secret = key_of(vectors[0].seed);
  PublicKey key = secret.public_key();
  Bytes message = bytes_of_text("checkpoint 7 of the journal");
  Signature signature = secret.sign(message);
  const auto still_verifies = [&] { return verify(key, message, signature); };
  ASSERT_TRUE(still_verifies());
  expect_each_flip_is_refused(signature.bytes, still_verifies);
  expect_each_flip_is_refused(message, still_verifies);
  expect_each_flip_is_refused(key.bytes, still_verifies);
  ASSERT_TRUE(still_verifies());
}

TEST(Verify, RefusesASecondSpellingOfAValidSignature) {
  // S plus the group's order solves the same equation; a lenient verifier would take it.
  const Bytes order = bytes_of_hex(
      "edd3f55c1a631258d69cf7a2def9de14"
      "00000000000000000000000000000010");
  const SecretKey secret = key_of(vectors[1].seed);
  Signature signature = secret.sign({});
  ASSERT_TRUE(verify(secret.public_key(), {}, signature));
  unsigned carry = 0;
  for (std::size_t i = 0; i < order.size(); ++i) {
    std::byte& digit = signature.bytes[32 + i];
    carry += std::to_integer<unsigned>(digit) + std::to_integer<unsigned>(order[i]);
    digit = static_cast<std::byte>(carry);
    carry >>= 8U;
  }
  ASSERT_EQ(carry, 0U);
  EXPECT_FALSE(verify(secret.public_key(), {}, signature));
}

TEST(Verify, RefusesKeysAndPointsOfSmallOrder) {
  // With such a key an all-zero S would "sign" every message; and the field element p + 1, a second
  // spelling of 1, is no key either.
  constexpr std::string_view small_order[] = {
      "0100000000000000000000000000000000000000000000000000000000000000",
      "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
      "0000000000000000000000000000000000000000000000000000000000000000",
      "0000000000000000000000000000000000000000000000000000000000000080",
      "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
      "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
      "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"};
  const Bytes message = bytes_of_text("any message at all");
  for (const std::string_view key : small_order) {
    for (const std::string_view r : small_order) {
      Signature forged;
      std::ranges::copy(bytes_of_hex(r), forged.bytes.begin());
      EXPECT_FALSE(verify(from_hex_to<PublicKey>(key), message, forged)) << key << " " << r;
    }
  }
}

TEST(SecretKey, CannotBeCopiedComparedOrPrinted) {
  // Shown at compile time.
  static_assert(!std::copy_constructible<SecretKey>);
  static_assert(!std::is_copy_assignable_v<SecretKey>);
  static_assert(!std::equality_comparable<SecretKey>);
  static_assert(std::is_nothrow_move_constructible_v<SecretKey>);
}

bool holds_only_zeroes(const void* place, std::size_t size) {
  const std::span bytes(static_cast<const std::byte*>(place), size);
  return std::ranges::all_of(bytes, [](std::byte byte) { return byte == std::byte{0}; });
}

TEST(SecretKey, WipesItselfWhenMovedFromAndWhenDestroyed) {
  // The bytes it lay in are looked at afterwards, in storage that outlives it.
  alignas(SecretKey) std::array<std::byte, sizeof(SecretKey)> place = {};
  auto* const key =
      std::construct_at(reinterpret_cast<SecretKey*>(place.data()), key_of(vectors[0].seed));
  EXPECT_FALSE(holds_only_zeroes(place.data(), place.size()));
  SecretKey moved = std::move(*key);
  EXPECT_TRUE(holds_only_zeroes(place.data(), place.size()));
  *key = std::move(moved);
  // NOLINTNEXTLINE(bugprone-use-after-move): what the move left behind is the question
  EXPECT_TRUE(holds_only_zeroes(&moved, sizeof(moved)));
  EXPECT_EQ(key->public_key(), from_hex_to<PublicKey>(vectors[0].key));
  std::destroy_at(key);
  EXPECT_TRUE(holds_only_zeroes(place.data(), place.size()));
}

TEST(WipeBytes, LeavesZeroes) {
  // All of them, and nothing beyond the span.
  Bytes bytes = bytes_of_text("secret!");
  wipe_bytes(std::span(bytes).first(6));
  EXPECT_EQ(bytes, bytes_of_hex("00000000000021"));
}

}  // namespace
}  // namespace cairn
