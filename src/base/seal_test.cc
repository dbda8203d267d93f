// SPDX-License-Identifier: Apache-2.0
#include "base/seal.h"

#include <algorithm>
#include <array>
#include <concepts>
#include <memory>
#include <string_view>
#include <utility>

#include <gtest/gtest.h>

#include "tests/support/bytes.h"

namespace cairn {
namespace {

using test::Bytes;
using test::bytes_of_hex;
using test::bytes_of_text;

// draft-irtf-cfrg-xchacha-03, A.3.1.
constexpr std::string_view vector_key =
    "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f";
constexpr std::string_view vector_nonce = "404142434445464748494a4b4c4d4e4f5051525354555657";
constexpr std::string_view vector_associated = "50515253c0c1c2c3c4c5c6c7";
constexpr std::string_view vector_plain =
    "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, "
    "sunscreen would be it.";
constexpr std::string_view vector_sealed =
    "bd6d179d3e83d43b9576579493c0e939572a1700252bfaccbed2902c21396cbb731c7f1b0b4aa6440bf3a82f4eda7e"
    "39ae64c6708c54c216cb96b72e1213b4522f8c9ba40db5d945b11b69b982c1bb9e3f3fac2bc369488f76b2383565d3"
    "fff921f9664c97637da9768812f615c68b13b52ec0875924c1c7987947deafd8780acf49";

SealKey key_of(const Bytes& bytes) {
  return SealKey(std::span(bytes).first<SealKey::size>());
}

struct Sealed {
  SealKey key = key_of(bytes_of_hex(vector_key));
  Bytes nonce = bytes_of_hex(vector_nonce);
  Bytes associated = bytes_of_hex(vector_associated);
  Bytes sealed = bytes_of_hex(vector_sealed);

  [[nodiscard]] SealContext context() const {
    return {.nonce = std::span(nonce).first<seal_nonce_bytes>(), .associated = associated};
  }

  [[nodiscard]] bool opens() const {
    Bytes out(sealed.size() - seal_tag_bytes);
    const bool is_open = unseal(key, context(), sealed, out);
    const bool is_zero = std::ranges::all_of(out, [](std::byte b) { return b == std::byte{0}; });
    EXPECT_EQ(is_open, out == bytes_of_text(vector_plain));
    EXPECT_EQ(is_open, !is_zero);
    return is_open;
  }
};

TEST(Seal, MatchesThePublishedVector) {
  // Sealed to the bytes of the draft, and opened from them.
  const Sealed vector;
  Bytes out(vector_plain.size() + seal_tag_bytes);
  seal(vector.key, vector.context(), bytes_of_text(vector_plain), out);
  EXPECT_EQ(out, vector.sealed);
  EXPECT_TRUE(vector.opens());
}

TEST(Seal, AnyChangedBitOfAnyPartIsRefused) {
  // Sealed bytes, nonce, associated bytes and key; what comes out is zero.
  const auto expect_refused = [](Bytes Sealed::* part) {
    Sealed changed;
    for (std::size_t bit = 0; bit < 8 * (changed.*part).size(); ++bit) {
      (changed.*part)[bit / 8] ^= static_cast<std::byte>(1U << (bit % 8));
      EXPECT_FALSE(changed.opens()) << bit;
      (changed.*part)[bit / 8] ^= static_cast<std::byte>(1U << (bit % 8));
    }
  };
  expect_refused(&Sealed::sealed);
  expect_refused(&Sealed::nonce);
  expect_refused(&Sealed::associated);
  Sealed other;
  Bytes key = bytes_of_hex(vector_key);
  key[31] ^= std::byte{1};
  other.key = key_of(key);
  EXPECT_FALSE(other.opens());
}

TEST(Seal, NothingCanBeSealed) {
  // No bytes: the tag alone, over the associated bytes.
  const Sealed vector;
  Bytes out(seal_tag_bytes);
  seal(vector.key, vector.context(), {}, out);
  EXPECT_TRUE(unseal(vector.key, vector.context(), out, {}));
  out[0] ^= std::byte{1};
  EXPECT_FALSE(unseal(vector.key, vector.context(), out, {}));
}

TEST(SealKey, WipesItselfAndCannotBeCopied) {
  // Looks at the memory of a key that was moved from, and of one that is gone.
  static_assert(!std::copy_constructible<SealKey> && !std::equality_comparable<SealKey>);
  const auto is_zero = [](std::span<const std::byte> bytes) {
    return std::ranges::all_of(bytes, [](std::byte byte) { return byte == std::byte{0}; });
  };
  const Bytes bytes = bytes_of_hex(vector_key);
  SealKey first = key_of(bytes);
  alignas(SealKey) std::array<std::byte, sizeof(SealKey)> place = {};
  auto* const key = std::construct_at(reinterpret_cast<SealKey*>(place.data()), std::move(first));
  // NOLINTNEXTLINE(bugprone-use-after-move,clang-analyzer-cplusplus.Move): what is shown
  EXPECT_TRUE(is_zero(first.reveal()));
  EXPECT_TRUE(std::ranges::equal(key->reveal(), bytes));
  std::destroy_at(key);
  EXPECT_TRUE(is_zero(place));
}

}  // namespace
}  // namespace cairn
