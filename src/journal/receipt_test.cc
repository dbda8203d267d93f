// SPDX-License-Identifier: Apache-2.0
#include "journal/receipt.h"

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>

#include <fmt/core.h>
#include <gtest/gtest.h>

#include "journal/receipt_sample.h"

namespace cairn::journal {
namespace {

using sample::Journal;

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// Compares with the file of that name, or writes it when the environment asks for that.
void expect_golden(const std::string& name, std::string_view text) {
  const std::string path = std::string(CAIRN_GOLDEN_FOLDER) + "/receipt/" + name;
  if (std::getenv("CAIRN_UPDATE_GOLDEN") != nullptr) {
    std::ofstream(path, std::ios::binary) << text;
  }
  EXPECT_EQ(text, read_file(path))
      << path << " differs; if that is meant, run this test with CAIRN_UPDATE_GOLDEN=1";
}

std::optional<ReceiptLink> broken(const Receipt& receipt, const Keyring& ring,
                                  const Anchors* anchors = nullptr) {
  return verify_receipt(receipt, ring, anchors).broken;
}

TEST(Receipt, HoldsForEveryTransactionUnderEveryHead) {
  // Of a small journal; written, read and verified by the public key alone.
  Journal journal(20);
  const Keyring ring = journal.ring();
  for (std::uint64_t size = 1; size <= 20; ++size) {
    for (std::uint64_t index = 0; index < size; ++index) {
      const Receipt receipt = journal.receipt(index, size);
      const std::string text = print_receipt(receipt);
      const Receipt read = parse_receipt(text).value();
      ASSERT_EQ(read, receipt);
      const ReceiptVerdict verdict = verify_receipt(read, ring);
      ASSERT_TRUE(verdict.holds()) << verdict.reason;
    }
  }
}

TEST(Receipt, IsMadeOnlyOfWhatIsTrue) {
  // Other bytes, a head of another tree, a transaction that the head does not cover.
  Journal journal(20);
  const Note note = journal.head(10);
  const std::vector<std::byte> bytes = sample::transaction(3);
  EXPECT_TRUE(make_receipt(journal.tree(), {.transaction = bytes, .sequence = Seq(4), .note = note})
                  .has_value());
  for (const std::uint64_t sequence : {0U, 3U, 5U, 11U}) {
    const auto refused = make_receipt(
        journal.tree(), {.transaction = bytes, .sequence = Seq(sequence), .note = note});
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().code(), Errc::InvalidArgument);
  }
  const Note foreign =
      sign_head({.origin = "example.org/bank", .tree = {.size = 10, .root = {}}}, journal.signer());
  EXPECT_FALSE(
      make_receipt(journal.tree(), {.transaction = bytes, .sequence = Seq(4), .note = foreign})
          .has_value());
}

TEST(Receipt, TheBrokenLinkIsNamed) {
  // One lie each, everything else true.
  Journal journal(20);
  const Keyring ring = journal.ring();
  const Receipt good = journal.receipt(6, 13, 9);
  ASSERT_EQ(broken(good, ring), std::nullopt);
  const auto with = [&](auto change) {
    Receipt changed = good;
    change(changed);
    return broken(changed, ring);
  };
  EXPECT_EQ(with([](Receipt& r) { r.transaction.push_back({}); }), ReceiptLink::TransactionHash);
  EXPECT_EQ(with([](Receipt& r) { r.transaction_hash.bytes[0] ^= std::byte{1}; }),
            ReceiptLink::TransactionHash);
  EXPECT_EQ(with([](Receipt& r) { r.sequence = Seq(8); }), ReceiptLink::Position);
  EXPECT_EQ(with([](Receipt& r) { r.sequence = Seq(0); }), ReceiptLink::Position);
  EXPECT_EQ(with([](Receipt& r) { r.index = 7; }), ReceiptLink::Position);
  EXPECT_EQ(with([](Receipt& r) { r.size = 6; }), ReceiptLink::Position);
  EXPECT_EQ(with([](Receipt& r) { r.size = 14; }), ReceiptLink::Size);
  EXPECT_EQ(with([](Receipt& r) { r.note.signatures[0].key_id ^= 1U; }), ReceiptLink::KnownKey);
  EXPECT_EQ(with([](Receipt& r) { r.note.signatures[0].bytes[3] ^= std::byte{1}; }),
            ReceiptLink::Signature);
  EXPECT_EQ(with([](Receipt& r) { r.note.signatures[0].bytes.pop_back(); }),
            ReceiptLink::Signature);
  EXPECT_EQ(with([](Receipt& r) { r.inclusion[1].bytes[2] ^= std::byte{1}; }),
            ReceiptLink::Inclusion);
  EXPECT_EQ(with([](Receipt& r) { r.inclusion.pop_back(); }), ReceiptLink::Inclusion);
  EXPECT_EQ(with([](Receipt& r) {
              r.sequence = Seq(6);
              r.index = 5;
            }),
            ReceiptLink::Inclusion);
  EXPECT_EQ(with([](Receipt& r) { r.anchor->proof[0].bytes[0] ^= std::byte{1}; }),
            ReceiptLink::Consistency);
  EXPECT_EQ(with([](Receipt& r) { r.anchor->head.root.bytes[0] ^= std::byte{1}; }),
            ReceiptLink::Consistency);
  EXPECT_EQ(with([](Receipt& r) { r.anchor->head.size = 8; }), ReceiptLink::Consistency);
}

TEST(Receipt, ItsKeyMustBeTheJournalsAtThatSize) {
  // Before and after a rotation at size 10; and a head that a key of another journal signed.
  Journal journal(20);
  Keyring ring = journal.ring();
  const SignerKey successor = sample::key(2);
  ASSERT_TRUE(ring.rotate(sign_rotation(10, journal.signer(), successor)).has_value());
  EXPECT_EQ(broken(journal.receipt(2, 9), ring), std::nullopt);
  EXPECT_EQ(broken(journal.receipt(2, 10), ring), ReceiptLink::KeyInTime);
  Receipt later = journal.receipt(2, 10);
  later.note = sign_head(later.head, successor);
  EXPECT_EQ(broken(later, ring), std::nullopt);
  const SignerKey other = sample::key(5, "example.org/other");
  Keyring others;
  ASSERT_TRUE(others.trust(other.verifier()).has_value());
  later.note.signatures = {other.sign(later.note.text)};
  EXPECT_EQ(broken(later, others), ReceiptLink::Origin);
}

TEST(Receipt, IsOfTheHistoryThatWasAnchored) {
  // Anchors before, at and after the receipt's head; none that fits; and those of a fork.
  Journal journal(20);
  const Keyring ring = journal.ring();
  const Anchors anchors = journal.anchors({5, 13, 18});
  EXPECT_EQ(broken(journal.receipt(3, 13), ring, &anchors), std::nullopt);
  EXPECT_EQ(broken(journal.receipt(3, 12, 5), ring, &anchors), std::nullopt);
  EXPECT_EQ(broken(journal.receipt(3, 12, 18), ring, &anchors), std::nullopt);
  EXPECT_EQ(broken(journal.receipt(3, 12), ring, &anchors), ReceiptLink::Anchored);
  EXPECT_EQ(broken(journal.receipt(3, 12, 6), ring, &anchors), ReceiptLink::Anchored);
  Anchors forked = anchors;
  forked.heads[0].root.bytes[0] ^= std::byte{1};
  EXPECT_EQ(broken(journal.receipt(3, 12, 5), ring, &forked), ReceiptLink::SameHistory);
  EXPECT_EQ(broken(journal.receipt(3, 13), ring, &forked), std::nullopt);
  EXPECT_EQ(broken(journal.receipt(3, 13, 5), ring, &forked), ReceiptLink::SameHistory);
  Anchors foreign = anchors;
  foreign.origin = "example.org/other";
  EXPECT_EQ(broken(journal.receipt(3, 13), ring, &foreign), ReceiptLink::Anchored);
}

TEST(Anchors, TellRollBackAndForkApart) {
  // Of a journal that is the same, has grown, was cut, and was written again another way.
  Journal journal(20);
  const TreePoint anchor = journal.tree().head_at(15).value();
  EXPECT_EQ(judge_anchor(anchor, journal.tree()).value(), AnchorVerdict::Extended);
  ASSERT_TRUE(journal.tree().cut(15).has_value());
  EXPECT_EQ(judge_anchor(anchor, journal.tree()).value(), AnchorVerdict::Same);
  ASSERT_TRUE(journal.tree().cut(14).has_value());
  EXPECT_EQ(judge_anchor(anchor, journal.tree()).value(), AnchorVerdict::RolledBack);
  for (const std::uint64_t size : {15U, 24U}) {
    MemoryHashStore store;
    sample::Source other(sample::transaction_hashes(size, 9));
    Tree tree = Tree::open(store, other, size).value();
    EXPECT_EQ(judge_anchor(anchor, tree).value(), AnchorVerdict::Forked);
  }
}

TEST(Anchors, ReadExactlyWhatTheyWrite) {
  // And each wrong form is refused by its line.
  Journal journal(20);
  const Anchors anchors = journal.anchors({5, 13});
  const std::string text = print_anchors(anchors);
  EXPECT_EQ(parse_anchors(text).value(), anchors);
  const std::string root = anchors.heads[0].root.to_string();
  const auto with = [](std::string_view rest) { return fmt::format("cairn anchors 1\n{}", rest); };
  for (const auto& [wrong, why] : {std::pair<std::string, std::string_view>{"", "line 1"},
                                   {"anchors\n", "line 1"},
                                   {"cairn anchors one\n", "line 1"},
                                   {with(""), "line 2"},
                                   {with(fmt::format("a b\n5 {}\n", root)), "line 2"},
                                   {with("a\n"), "line 3: is missing"},
                                   {with(fmt::format("a\n05 {}\n", root)), "line 3"},
                                   {with(fmt::format("a\n5{}\n", root)), "line 3"},
                                   {with(fmt::format("a\n5 {}\n", root.substr(1))), "line 3"},
                                   {fmt::format("{}13 {}\n", text, root), "line 5: its size"},
                                   {fmt::format("{}14 {}", text, root), "line 5: no line feed"}}) {
    const auto refused = parse_anchors(wrong);
    ASSERT_FALSE(refused.has_value()) << wrong;
    EXPECT_NE(refused.error().message().find(why), std::string::npos)
        << refused.error().to_string();
  }
  const auto newer = parse_anchors("cairn anchors 2\n");
  ASSERT_FALSE(newer.has_value());
  EXPECT_EQ(newer.error().code(), Errc::Unsupported);
}

TEST(Receipt, EveryChangedByteIsRefused) {
  // Each byte of a small receipt with each of its bits flipped: it is no receipt any more, or one
  // whose broken link is named. Nothing in it is without meaning.
  Journal journal(5);
  const Keyring ring = journal.ring();
  const Anchors anchors = journal.anchors({3});
  const std::string text = print_receipt(journal.receipt(2, 5, 3));
  ASSERT_TRUE(verify_receipt(parse_receipt(text).value(), ring, &anchors).holds());
  for (std::size_t bit = 0; bit < 8 * text.size(); ++bit) {
    std::string changed = text;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << (bit % 8)));
    const auto receipt = parse_receipt(changed);
    EXPECT_FALSE(receipt && verify_receipt(*receipt, ring, &anchors).holds())
        << "byte " << bit / 8 << ": " << changed;
  }
  for (std::size_t size = 0; size < text.size(); ++size) {
    EXPECT_FALSE(parse_receipt(text.substr(0, size)).has_value());
  }
  EXPECT_FALSE(parse_receipt(text + "\n").has_value());
}

TEST(Receipt, RefusesWhatItDoesNotKnow) {
  // Another format, a newer version whatever else is in it, an unknown, missing or doubled member.
  Journal journal(5);
  const std::string text = print_receipt(journal.receipt(2, 5));
  const auto code_of = [&](std::string_view from, std::string_view to) {
    std::string changed = text;
    changed.replace(changed.find(from), from.size(), to);
    const auto refused = parse_receipt(changed);
    return refused ? std::nullopt : std::optional(refused.error().code());
  };
  EXPECT_EQ(code_of("\"version\":1", "\"version\":1"), std::nullopt);
  EXPECT_EQ(code_of("\"version\":1", "\"version\":2"), Errc::Unsupported);
  EXPECT_EQ(code_of("\"version\":1", "\"new\":0,\"version\":2"), Errc::Unsupported);
  EXPECT_EQ(code_of("\"version\":1", "\"unknown\":0,\"version\":1"), Errc::InvalidArgument);
  EXPECT_EQ(code_of(",\"version\":1", ""), Errc::NotFound);
  EXPECT_EQ(code_of("\"size\":5", "\"size\":5,\"size\":5"), Errc::AlreadyExists);
  EXPECT_EQ(code_of("\"size\":5", "\"size\":5.0"), Errc::InvalidArgument);
  EXPECT_EQ(code_of("\"size\":5", "\"size\":9007199254740992"), Errc::TooLarge);
  EXPECT_EQ(code_of("\"size\":5", "\"size\": 5"), Errc::Corrupt);
  EXPECT_EQ(code_of("cairn receipt", "other receipt"), Errc::Corrupt);
}

TEST(Receipt, GoldenFilesAreAsTheyWere) {
  // What other tests and outside verifiers read: keys, receipts, a rotation and anchors.
  Journal journal(20);
  const SignerKey successor = sample::key(2);
  expect_golden("key.pub", journal.signer().verifier().to_string() + "\n");
  expect_golden("key", fmt::format("{}\n", journal.signer().to_text().reveal()));
  expect_golden("successor.pub", successor.verifier().to_string() + "\n");
  expect_golden("successor", fmt::format("{}\n", successor.to_text().reveal()));
  expect_golden("rotation.note", print_note(sign_rotation(15, journal.signer(), successor)));
  expect_golden("anchors.txt", print_anchors(journal.anchors({9, 18})));
  expect_golden("plain.json", print_receipt(journal.receipt(6, 13)));
  expect_golden("anchored.json", print_receipt(journal.receipt(6, 13, 9)));
  expect_golden("first.json", print_receipt(journal.receipt(0, 1)));
  Receipt rotated = journal.receipt(16, 20);
  rotated.note = sign_head(rotated.head, successor);
  expect_golden("rotated.json", print_receipt(rotated));
  Anchors forked = journal.anchors({9, 18});
  forked.heads[0].root = forked.heads[1].root;
  expect_golden("forked.txt", print_anchors(forked));
}

}  // namespace
}  // namespace cairn::journal
