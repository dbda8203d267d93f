// SPDX-License-Identifier: Apache-2.0
#include "journal/keys.h"

#include <concepts>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "journal/key_history.h"
#include "journal/keys_ring.h"
#include "journal/receipt_sample.h"

namespace cairn::journal {
namespace {

using sample::key;

/// The key of the Go checksum database.
constexpr std::string_view sumdb_key =
    "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8";

TreeHead head_of(const SignerKey& signer, std::uint64_t size) {
  return {.origin = signer.verifier().name(), .tree = {.size = size, .root = {}}};
}

TEST(VerifierKey, ReadsAKeyThatOthersMade) {
  // Name, id and bytes agree, which the id's definition decides; printed again it is the same.
  const VerifierKey known = VerifierKey::parse(sumdb_key).value();
  EXPECT_EQ(known.name(), "sum.golang.org");
  EXPECT_EQ(known.id(), 0x033de0aeU);
  EXPECT_EQ(known.to_string(), sumdb_key);
}

TEST(VerifierKey, VerifiesANoteThatOthersSigned) {
  // The example in the documentation of Go's note package, by its key; and not with one word less.
  const Note note =
      parse_note(
          "If you think cryptography is the answer to your problem,\nthen you don't know what your "
          "problem is.\n\n\xe2\x80\x94 PeterNeumann "
          "x08go/ZJkuBS9UG/"
          "SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJn"
          "AM=\n")
          .value();
  const VerifierKey known =
      VerifierKey::parse("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")
          .value();
  EXPECT_TRUE(known.verifies(note.text, note.signatures[0]));
  EXPECT_FALSE(known.verifies(note.text.substr(3), note.signatures[0]));
}

TEST(VerifierKey, EveryChangeOfOneCharacterIsRefused) {
  // The id is over name and key, so no typing error passes (one in four thousand million would).
  const std::string text(sumdb_key);
  for (std::size_t i = 0; i < text.size(); ++i) {
    for (const char c : {'a', 'B', '0', '+', ' ', '=', '\n', '\xff'}) {
      std::string changed = text;
      changed[i] = c;
      EXPECT_EQ(VerifierKey::parse(changed).has_value(), changed == text) << changed;
    }
    EXPECT_FALSE(VerifierKey::parse(text.substr(0, i)).has_value());
  }
}

TEST(SignerKey, ReadsBackWhatItWroteAndSignsTheSame) {
  // The text of a private key has the public one's name and id, and the seed.
  const SignerKey made = key(1);
  const SecretText text = made.to_text();
  EXPECT_TRUE(text.reveal().starts_with("PRIVATE+KEY+example.org/bank+"));
  const SignerKey read = SignerKey::parse(text.reveal()).value();
  EXPECT_EQ(read.verifier(), made.verifier());
  EXPECT_EQ(read.sign("text\n"), made.sign("text\n"));
  EXPECT_TRUE(read.verifier().verifies("text\n", made.sign("text\n")));
  EXPECT_FALSE(read.verifier().verifies("test\n", made.sign("text\n")));
  EXPECT_FALSE(key(2).verifier().verifies("text\n", made.sign("text\n")));
}

TEST(SignerKey, RefusesAPublicKeyAndNeverQuotesAPrivateOne) {
  // What a person could mix up; and what an error may end in: a log.
  EXPECT_FALSE(SignerKey::parse(sumdb_key).has_value());
  const SecretText text = key(1).to_text();
  std::string wrong(text.reveal());
  wrong[14] = 'X';
  const auto refused = SignerKey::parse(wrong);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().to_string().find(wrong.substr(wrong.rfind('+'))), std::string::npos);
  EXPECT_FALSE(VerifierKey::parse(text.reveal()).has_value());
}

TEST(SignerKey, CannotBeCopied) {
  // Shown at compile time.
  static_assert(!std::copy_constructible<SignerKey>);
  static_assert(std::is_nothrow_move_constructible_v<SignerKey>);
}

TEST(KeyFile, HoldsOneKeyPerLine) {
  // Two keys; then each way in which such a file is wrong, with its line.
  const std::string first = key(1).verifier().to_string() + '\n';
  const std::string second = key(2).verifier().to_string() + '\n';
  EXPECT_EQ(parse_key_file(first + second).value().size(), 2U);
  for (const auto& [text, line] : {std::pair<std::string, std::string_view>{"", "line 1"},
                                   {first + "\n", "line 2"},
                                   {first + second.substr(1), "line 2"},
                                   {first + first, "line 2: the key is given twice"},
                                   {first + second.substr(0, second.size() - 1), "line 2"}}) {
    const auto refused = parse_key_file(text);
    ASSERT_FALSE(refused.has_value()) << text;
    EXPECT_NE(refused.error().to_string().find(line), std::string::npos)
        << refused.error().to_string();
  }
  const std::string secret = std::string(key(1).to_text().reveal());
  EXPECT_TRUE(parse_signer_file(secret + '\n').has_value());
  EXPECT_FALSE(parse_signer_file(secret).has_value());
  EXPECT_FALSE(parse_signer_file(secret + "\n\n").has_value());
}

TEST(Keyring, TrustsAHeadThatItsKeySigned) {
  // And no head of another key, another text, or another journal.
  const SignerKey signer = key(1);
  Keyring ring;
  ASSERT_TRUE(ring.trust(signer.verifier()).has_value());
  EXPECT_FALSE(ring.trust(signer.verifier()).has_value());
  const TreeHead head = head_of(signer, 5);
  const Note note = sign_head(head, signer);
  EXPECT_EQ(ring.judge(note, head), HeadTrust::Trusted);
  EXPECT_EQ(ring.judge(sign_head(head, key(2)), head), HeadTrust::UnknownKey);
  Note changed = note;
  changed.text[0] = 'E';
  EXPECT_EQ(ring.judge(changed, head), HeadTrust::WrongSignature);
  const TreeHead foreign{.origin = "example.org/other", .tree = {}};
  const std::string text = print_head(foreign);
  EXPECT_EQ(ring.judge({.text = text, .signatures = {signer.sign(text)}}, foreign),
            HeadTrust::WrongOrigin);
}

TEST(Keyring, IgnoresUnknownSignaturesButNotWrongOnes) {
  // Beside a good one: a witness nobody knows, the key's name with another id, and a wrong one.
  const SignerKey signer = key(1);
  Keyring ring;
  ASSERT_TRUE(ring.trust(signer.verifier()).has_value());
  const TreeHead head = head_of(signer, 5);
  Note note = sign_head(head, signer);
  note.signatures.insert(note.signatures.begin(), key(2, "witness.example").sign(note.text));
  note.signatures.push_back(key(3).sign(note.text));
  EXPECT_EQ(ring.judge(note, head), HeadTrust::Trusted);
  note.signatures.push_back(signer.sign("another text\n"));
  EXPECT_EQ(ring.judge(note, head), HeadTrust::WrongSignature);
}

TEST(Keyring, OneKeyThatIsRightIsEnough) {
  // Signed by a key of another journal and by a retired one too, in any order.
  const SignerKey old_key = key(1);
  const SignerKey new_key = key(2);
  const SignerKey other = key(3, "example.org/other");
  Keyring ring;
  ASSERT_TRUE(ring.trust(old_key.verifier()).has_value());
  ASSERT_TRUE(ring.trust(other.verifier()).has_value());
  ASSERT_TRUE(ring.rotate(sign_rotation(10, old_key, new_key)).has_value());
  const TreeHead head = head_of(new_key, 20);
  const std::string text = print_head(head);
  const NoteSignature retired = old_key.sign(text);
  const NoteSignature foreign = other.sign(text);
  const NoteSignature good = new_key.sign(text);
  const auto judge = [&](std::vector<NoteSignature> signatures) {
    return ring.judge({.text = text, .signatures = std::move(signatures)}, head);
  };
  EXPECT_EQ(judge({retired, foreign, good}), HeadTrust::Trusted);
  EXPECT_EQ(judge({good, foreign, retired}), HeadTrust::Trusted);
  EXPECT_EQ(judge({retired, foreign}), HeadTrust::WrongOrigin);
  EXPECT_EQ(judge({foreign, retired}), HeadTrust::WrongOrigin);
  EXPECT_EQ(judge({retired}), HeadTrust::RetiredKey);
}

TEST(Keyring, FollowsARotation) {
  // Each key is for the sizes on its side of it, and no other.
  const SignerKey old_key = key(1);
  const SignerKey new_key = key(2);
  const SignerKey newest_key = key(3);
  Keyring ring;
  ASSERT_TRUE(ring.trust(old_key.verifier()).has_value());
  ASSERT_TRUE(ring.rotate(sign_rotation(100, old_key, new_key)).has_value());
  ASSERT_TRUE(ring.rotate(sign_rotation(200, new_key, newest_key)).has_value());
  const auto judge = [&](const SignerKey& signer, std::uint64_t size) {
    const TreeHead head = head_of(signer, size);
    return ring.judge(sign_head(head, signer), head);
  };
  EXPECT_EQ(judge(old_key, 99), HeadTrust::Trusted);
  EXPECT_EQ(judge(old_key, 100), HeadTrust::RetiredKey);
  EXPECT_EQ(judge(new_key, 99), HeadTrust::RetiredKey);
  EXPECT_EQ(judge(new_key, 100), HeadTrust::Trusted);
  EXPECT_EQ(judge(new_key, 200), HeadTrust::RetiredKey);
  EXPECT_EQ(judge(newest_key, 200), HeadTrust::Trusted);
}

TEST(Keyring, RefusesEveryOtherRotation) {
  // By an unknown key, by one that has a successor, unsigned by either, to a known key, at a size
  // where the key had not begun, of a newer version, with a changed byte. The ring stays as it is.
  const SignerKey first = key(1);
  const SignerKey second = key(2);
  const SignerKey third = key(3);
  Keyring ring;
  ASSERT_TRUE(ring.trust(first.verifier()).has_value());
  ASSERT_TRUE(ring.rotate(sign_rotation(10, first, second)).has_value());
  const auto expect = [&](const Note& note, Errc code) {
    const auto refused = ring.rotate(note);
    ASSERT_FALSE(refused.has_value()) << note.text;
    EXPECT_EQ(refused.error().code(), code) << refused.error().to_string();
    EXPECT_EQ(ring.entries().size(), 2U);
    EXPECT_EQ(ring.entries()[1].size_end, Keyring::no_end);
  };
  const Note good = sign_rotation(20, second, third);
  expect(sign_rotation(20, third, key(4)), Errc::NotFound);
  expect(sign_rotation(20, first, third), Errc::Conflict);
  expect(sign_rotation(10, second, third), Errc::Conflict);
  expect(sign_rotation(20, second, first), Errc::AlreadyExists);
  for (const std::size_t missing : {0U, 1U}) {
    Note half = good;
    half.signatures.erase(half.signatures.begin() + static_cast<std::ptrdiff_t>(missing));
    expect(half, Errc::PermissionDenied);
  }
  Note later = good;
  later.text.replace(later.text.find(" 1\n"), 3, " 2\n");
  expect(later, Errc::Unsupported);
  Note moved = good;
  moved.text.replace(moved.text.find("\n20\n"), 4, "\n30\n");
  expect(moved, Errc::PermissionDenied);
}

TEST(KeyRotation, ReadsExactlyWhatItWrites) {
  // Every byte of the text flipped in its lowest bit is refused, or is another size.
  const Note note = sign_rotation(12'345, key(1), key(2));
  const KeyRotation rotation = parse_rotation(note.text).value();
  EXPECT_EQ(rotation.size, 12'345U);
  EXPECT_EQ(print_rotation(rotation), note.text);
  EXPECT_FALSE(parse_head(note.text).has_value());
  for (std::size_t i = 0; i < note.text.size(); ++i) {
    std::string changed = note.text;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    const auto read = parse_rotation(changed);
    if (read) {
      EXPECT_EQ(print_rotation(*read), changed);
      EXPECT_NE(read->size, rotation.size);
    }
  }
}

TEST(FirstKey, ReadsExactlyWhatItWrites) {
  // It is never taken for a head or a rotation, nor they for it.
  const Note note = sign_first_key(2, key(1));
  EXPECT_EQ(note.text, "cairn first key 1\n2\n" + key(1).verifier().to_string() + "\n");
  const FirstKey first = parse_first_key(note.text).value();
  EXPECT_EQ(first, (FirstKey{.size = 2, .key = key(1).verifier()}));
  EXPECT_EQ(print_first_key(first), note.text);
  EXPECT_FALSE(parse_head(note.text).has_value());
  EXPECT_FALSE(parse_rotation(note.text).has_value());
  EXPECT_FALSE(parse_first_key(sign_rotation(2, key(1), key(2)).text).has_value());
  EXPECT_FALSE(parse_first_key(note.text + "more\n").has_value());
  EXPECT_FALSE(parse_first_key("cairn first key 1\n2\n").has_value());
  EXPECT_EQ(parse_first_key("cairn first key 2\n").error().code(), Errc::Unsupported);
}

std::span<const std::byte> bytes_of(const std::string& text) {
  return std::as_bytes(std::span(text));
}

TEST(KeyHistory, FollowsTheRecordsOfAJournal) {
  // From a first key that was trusted or not, from a rotation alone; a first key may be repeated.
  const std::string first = print_note(sign_first_key(2, key(1)));
  const std::string rotation = print_note(sign_rotation(9, key(1), key(2)));
  KeyHistory history;
  EXPECT_EQ(history.in_force(), nullptr);
  ASSERT_TRUE(history.add(Seq(2), bytes_of(first)));
  ASSERT_TRUE(history.add(Seq(5), bytes_of(first)));
  ASSERT_EQ(history.changes().size(), 1U);
  EXPECT_EQ(history.in_force()->retired, std::nullopt);
  ASSERT_TRUE(history.add(Seq(9), bytes_of(rotation)));
  EXPECT_EQ(history.in_force()->at, Seq(9));
  EXPECT_EQ(history.in_force()->key, key(2).verifier());
  EXPECT_EQ(history.in_force()->retired, key(1).verifier());
  EXPECT_EQ(print_note(history.in_force()->note), rotation);
  EXPECT_EQ(history.ring().entries().size(), 2U);
  KeyHistory trusting;
  ASSERT_TRUE(trusting.trust(key(3).verifier()));
  ASSERT_TRUE(trusting.trust(key(1).verifier()));
  EXPECT_TRUE(trusting.add(Seq(2), bytes_of(first)));
  KeyHistory later;
  EXPECT_TRUE(later.add(Seq(9), bytes_of(rotation)));
}

TEST(KeyHistory, RefusesWhatTheKeyInForceHasNotGiven) {
  // Each record, after a first key and the trust in another; all stays as it was.
  KeyHistory history;
  ASSERT_TRUE(history.trust(key(1).verifier()));
  ASSERT_TRUE(history.trust(key(4).verifier()));
  const auto expect = [&](const Note& note, Errc code) {
    const std::size_t before = history.changes().size();
    const std::string text = print_note(note);
    const auto refused = history.add(Seq(7), bytes_of(text));
    ASSERT_FALSE(refused) << note.text;
    EXPECT_EQ(refused.error().code(), code) << refused.error().to_string();
    EXPECT_EQ(history.changes().size(), before);
    EXPECT_EQ(history.ring().entries().size(), 2U);
  };
  expect(sign_first_key(2, key(2)), Errc::PermissionDenied);
  Note unsigned_key = sign_first_key(2, key(1));
  unsigned_key.signatures = sign_first_key(2, key(2)).signatures;
  expect(unsigned_key, Errc::PermissionDenied);
  const std::string good = print_note(sign_first_key(2, key(1)));
  ASSERT_TRUE(history.add(Seq(2), bytes_of(good)));
  expect(sign_first_key(5, key(4)), Errc::Conflict);
  expect(sign_rotation(5, key(4), key(5)), Errc::Conflict);
  expect(sign_rotation(5, key(2), key(3)), Errc::Conflict);
  Note newer = sign_first_key(5, key(1));
  newer.text.replace(newer.text.find(" 1\n"), 3, " 2\n");
  expect(newer, Errc::Unsupported);
  expect(sign_head(head_of(key(1), 5), key(1)), Errc::Corrupt);
  EXPECT_FALSE(history.add(Seq(7), bytes_of("rubbish")));
}

}  // namespace
}  // namespace cairn::journal
