// SPDX-License-Identifier: Apache-2.0
#include "base/sha256.h"

#include <string>
#include <string_view>
#include <utility>

#include <gtest/gtest.h>

#include "tests/support/bytes.h"

namespace cairn {
namespace {

using test::Bytes;
using test::bytes_of_hex;
using test::bytes_of_text;

TEST(Sha256, MatchesThePublishedVectors) {
  // NIST's short and long messages around the block borders, as {message, digest}.
  constexpr std::pair<std::string_view, std::string_view> known[] = {
      {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
      {"d3", "28969cdfa74a12c82f3bad960b0b000aca2ac329deea5c2328ebc6f2ba9802c1"},
      {"74ba2521", "b16aa56be3880d18cd41e68384cf1ec8c17680c45a02b1575dc1518923ae8b0e"},
      {"3ebfb06db8c38d5ba037f1363e118550aad94606e26835a01af05078533cc25f"
       "2f39573c04b632f62f68c294ab31f2a3e2a1a0d8c2be51",
       "6595a2ef537a69ba8583dfbf7f5bec0ab1f93ce4c8ee1916eff44a93af5749c4"},
      {"2d52447d1244d2ebc28650e7b05654bad35b3a68eedc7f8515306b496d75f3e7"
       "3385dd1b002625024b81a02f2fd6dffb6e6d561cb7d0bd7a",
       "cfb88d6faf2de3a69d36195acec2e255e2af2b7d933997f348e09f6ce5758360"},
      {"e2f76e97606a872e317439f1a03fcd92e632e5bd4e7cbc4e97f1afc19a16fde9"
       "2d77cbe546416b51640cddb92af996534dfd81edb17c4424cf1ac4d75aceeb",
       "18041bd4665083001fba8c5411d2d748e8abbfdcdfd9218cb02b68a78e7d4c23"},
      {"5a86b737eaea8ee976a0a24da63e7ed7eefad18a101c1211e2b3650c5187c2a8"
       "a650547208251f6d4237e661c7bf4c77f335390394c37fa1a9f9be836ac28509",
       "42e61e174fbb3897d6dd6cef3dd2802fe67b331953b06114a65c772859dfc1aa"},
      {"451101250ec6f26652249d59dc974b7361d571a8101cdfd36aba3b5854d3ae08"
       "6b5fdd4597721b66e3c0dc5d8c606d9657d0e323283a5217d1f53f2f284f57b8"
       "5c8a61ac8924711f895c5ed90ef17745ed2d728abd22a5f7a13479a462d71b56"
       "c19a74a40b655c58edfe0a188ad2cf46cbf30524f65d423c837dd1ff2bf462ac"
       "4198007345bb44dbb7b1c861298cdf61982a833afc728fae1eda2f87aa2c9480"
       "858bec",
       "3c593aa539fdcdae516cdf2f15000f6634185c88f505b39775fb9ab137a10aa2"}};
  for (const auto& [message, digest] : known) {
    EXPECT_EQ(sha256(bytes_of_hex(message)).to_string(), digest) << message;
  }
  EXPECT_EQ(sha256(bytes_of_text("abc")).to_string(),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Sha256Hasher, DoesNotSeeWhereOnePieceEndsAndTheNextBegins) {
  // The million letters "a" of FIPS 180, in pieces of 999; and the hasher starts anew by itself.
  const Bytes piece = bytes_of_text(std::string(999, 'a'));
  Sha256Hasher hasher;
  for (int round = 0; round < 2; ++round) {
    for (int i = 0; i < 1001; ++i) {
      hasher.update(piece);
    }
    hasher.update(bytes_of_text("a"));
    EXPECT_EQ(hasher.finish().to_string(),
              "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
  }
}

TEST(Sha256Hasher, KeepsItsStateWhenMoved) {
  // The first half before the move, the second after it.
  Sha256Hasher first;
  first.update(bytes_of_text("a"));
  Sha256Hasher second = std::move(first);
  second.update(bytes_of_text("bc"));
  EXPECT_EQ(second.finish(), sha256(bytes_of_text("abc")));
}

}  // namespace
}  // namespace cairn
