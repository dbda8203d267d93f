// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/sign.h"
#include "journal/keys.h"
#include "journal/note_base64.h"
#include "sys/disk.h"
#include "tests/store/sample_shop.h"
#include "tests/support/freed.h"

namespace cairn::store {
namespace {

using journal::SignerKey;
using sample_shop::Named;
using test::FreedWatch;

/// Key bytes that lie on no heap.
using Seed = std::array<std::byte, SecretKey::seed_bytes>;

/// What only the text of this private key has: behind `PRIVATE+KEY+name+id+`.
std::string_view secret_part(const SecretText& text) {
  std::string_view rest = text.reveal();
  for (int i = 0; i < 4; ++i) {
    rest.remove_prefix(rest.find('+') + 1);
  }
  return rest;
}

Seed seed_in(const SecretText& text) {
  Seed seed = {};
  if (auto bytes = journal::from_base64(secret_part(text))) {
    std::ranges::copy(std::span(*bytes).subspan(1), seed.begin());
    wipe_bytes(*bytes);
  }
  return seed;
}

class WipeTest : public ::testing::Test {
 protected:
  SignerKey make_key() { return SignerKey::generate("example.org/shop", random_); }

  /// Signs with one key, then with another one that follows it.
  void sign_and_rotate(const SignerKey& first, const SignerKey& second) {
    rig_.options().signing_key = first.to_text();
    ASSERT_TRUE(rig_.open());
    rig_.options() = {};  // what the store keeps, it has in memory of its own
    ASSERT_TRUE(rig_->signed_head());
    rig_.options().signing_key = second.to_text();
    rig_.options().retiring_key = first.to_text();
    ASSERT_TRUE(rig_.open());
    rig_.options() = {};
    ASSERT_TRUE(rig_->signed_head());
    rig_.close();
  }

  ShopRig rig_;
  sys::PosixRandom random_;
};

TEST_F(WipeTest, AWatchSeesWhatWasNotWiped) {
  // That what the others show to be nowhere would be found.
  const SecretText text = make_key().to_text();
  const FreedWatch watch(std::as_bytes(std::span(secret_part(text))));
  EXPECT_FALSE(std::string(text.reveal()).empty());
  EXPECT_EQ(FreedWatch::sightings(), 1U);
}

TEST_F(WipeTest, AStoreLeavesNoTextOfAPrivateKey) {
  // Everything that the store had in memory is freed when it is closed.
  const SignerKey first = make_key();
  const SignerKey second = make_key();
  const SecretText text = first.to_text();
  const FreedWatch watch(std::as_bytes(std::span(secret_part(text))));
  sign_and_rotate(first, second);
  EXPECT_EQ(FreedWatch::sightings(), 0U);
}

TEST_F(WipeTest, AStoreLeavesNoSeedOfAPrivateKey) {
  const SignerKey first = make_key();
  const SignerKey second = make_key();
  const FreedWatch watch(seed_in(second.to_text()));
  sign_and_rotate(first, second);
  EXPECT_EQ(FreedWatch::sightings(), 0U);
}

TEST_F(WipeTest, AKeyThatIsRefusedIsWipedAllTheSame) {
  // A text whose last byte is wrong, and one too short by a byte: all but that is the seed.
  const SignerKey key = make_key();
  std::array<char, 256> text = {};
  const SecretText whole = key.to_text();
  std::ranges::copy(whole.reveal(), text.begin());
  const std::string_view shown(text.data(), whole.reveal().size());
  const Seed seed = seed_in(whole);
  const FreedWatch watch{std::span(seed).first<24>()};
  for (const auto& [from_end, letter] : {std::pair(1, '!'), {2, '='}, {4, '*'}}) {
    char& changed = text[shown.size() - static_cast<std::size_t>(from_end)];
    const char before = std::exchange(changed, letter);
    EXPECT_FALSE(SignerKey::parse(shown)) << from_end;
    changed = before;
  }
  EXPECT_FALSE(SignerKey::parse(shown.substr(0, shown.size() - 4)));
  EXPECT_TRUE(SignerKey::parse(shown));
  EXPECT_EQ(FreedWatch::sightings(), 0U);
}

TEST_F(WipeTest, AStoreLeavesNoKeyOfAnEntity) {
  // Its key is read from the file, used, and dropped when the store is closed; then shredded.
  rig_.options().keyring = "keys";
  ASSERT_TRUE(rig_.open());
  const At at = {.entity = "order/7"};
  const auto sealed = rig_->seal<&Named::customer>(at, "Ada").value();
  rig_.close();
  Seed key;
  constexpr std::uint64_t place = 512 + 248;  // docs/formats/keyring.md
  const auto file = rig_.disk().open("keys/keys-000000000001", {}).value();
  ASSERT_EQ(file->read(place, sys::MutableBuffer(std::span(key))).value(), key.size());
  const FreedWatch watch(key);
  ASSERT_TRUE(rig_.open());
  EXPECT_TRUE((rig_->reveal<&Named::customer>(at, sealed).value().has_value()));
  ASSERT_TRUE(rig_.open());
  EXPECT_TRUE(rig_->shred("order/7").value());
  rig_.close();
  EXPECT_EQ(FreedWatch::sightings(), 0U);
}

}  // namespace
}  // namespace cairn::store
