// SPDX-License-Identifier: Apache-2.0
// Which key signs the heads of a store is in its history: the first, and each that follows.
#include "store/key_recorder.h"

#include <span>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "journal/note.h"
#include "journal/own_event.h"
#include "journal/proof_anchor.h"
#include "journal/receipt.h"
#include "journal/verify.h"
#include "log/writer.h"
#include "tests/store/sample_shop.h"

namespace cairn::store {
namespace {

using journal::HeadTrust;
using journal::KeyHistory;
using journal::SignerKey;
using sample_shop::Shipped;
using ::testing::HasSubstr;

class KeyRecorderTest : public ::testing::Test {
 protected:
  SignerKey key() { return SignerKey::generate("example.org/shop", random_); }

  Result<> open(const SignerKey& signing, const SignerKey* retiring = nullptr) {
    rig_.options().signing_key = signing.to_text();
    rig_.options().retiring_key = retiring == nullptr ? SecretText() : retiring->to_text();
    return rig_.open();
  }

  void append(int count) {
    for (int i = 0; i < count; ++i) {
      ASSERT_TRUE(rig_->append({i % 2 == 0 ? "a" : "b"}, Shipped{}));
    }
  }

  /// As somebody reads it who has the log alone.
  KeyHistory history(const SignerKey& trusted) {
    KeyHistory history;
    EXPECT_TRUE(history.trust(trusted.verifier()));
    auto reader = journal::HistoryReader::open(rig_.disk(), "shop").value();
    while (const journal::HistoryEntry* const entry = reader.next().value()) {
      if (entry->record->kind == static_cast<std::uint16_t>(journal::SystemKind::KeyRotated)) {
        const auto added = history.add(entry->record->position, entry->record->command);
        EXPECT_TRUE(added) << added.error().to_string();
      }
    }
    return history;
  }

  journal::JournalVerdict verified(std::vector<journal::VerifierKey> keys = {}) {
    rig_.close();
    return journal::verify_journal(rig_.disk(), "shop", {.keys = keys, .values = true}).value();
  }

  /// Writes a record behind the back of the store.
  void forge(const std::string& note, const std::vector<journal::EventRecord>& events) {
    rig_.close();
    auto writer = log::Writer::open(rig_.disk(), "shop/log",
                                    {.segment_bytes = rig_.options().segment_bytes,
                                     .batch_bytes_max = rig_.options().batch_bytes_max},
                                    random_)
                      .value();
    journal::TransactionRecord record;
    record.position = Seq(writer->next());
    record.time = rig_.clock().now.nanoseconds;
    record.schema = 1;
    record.kind = static_cast<std::uint16_t>(journal::SystemKind::KeyRotated);
    record.command = std::as_bytes(std::span(note));
    record.events = events;
    GrowingByteWriter bytes;
    encode(std::as_const(record), bytes);
    ASSERT_TRUE(writer->stage(bytes.written()));
    ASSERT_TRUE(writer->flush(rig_.clock().now));
    ASSERT_TRUE(writer->close());
  }

  sys::PosixRandom random_;
  ShopRig rig_;
};

TEST_F(KeyRecorderTest, TheFirstKeyAndEachThatFollowsAreRecordedOnce) {
  // Between them so many events that the record is found in the index's files, and then without it.
  const SignerKey first = key();
  const SignerKey second = key();
  const SignerKey third = key();
  ASSERT_TRUE(open(first));
  EXPECT_EQ(rig_->status().durable, 2U);
  append(60);
  ASSERT_TRUE(open(first));
  EXPECT_EQ(rig_->status().durable, 62U);
  ASSERT_TRUE(open(second, &first));
  EXPECT_EQ(rig_->status().durable, 63U);
  append(60);
  // The options may stay as they are.
  ASSERT_TRUE(open(second, &first));
  EXPECT_EQ(rig_->status().durable, 123U);
  rig_.close();
  const auto files = rig_.disk().list("shop/index").value();
  ASSERT_FALSE(files.empty());
  for (const sys::Entry& file : files) {
    ASSERT_TRUE(rig_.disk().remove("shop/index/" + file.name));
  }
  ASSERT_TRUE(open(third, &second));
  EXPECT_EQ(rig_->status().durable, 124U);
  EXPECT_EQ(rig_.all().size(), 120U);

  const KeyHistory keys = history(first);
  ASSERT_EQ(keys.changes().size(), 3U);
  const std::vector<std::uint64_t> sizes = {2, 63, 124};
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    EXPECT_EQ(keys.changes()[i].at, Seq(sizes[i]));
    EXPECT_EQ(keys.changes()[i].size, sizes[i]);
  }
  EXPECT_EQ(keys.in_force()->key, third.verifier());
  EXPECT_EQ(keys.in_force()->retired, second.verifier());
}

TEST_F(KeyRecorderTest, HeadsAndReceiptsOfEveryKeyVerifyAndOfARetiredOneNoMore) {
  // Whoever trusts the first key, and has the rotation, believes both. What the old one signs
  // afterwards he does not, nor does the first key alone say anything of the new one.
  const SignerKey first = key();
  const SignerKey second = key();
  ASSERT_TRUE(open(first));
  append(20);
  std::vector<std::string> receipts = {rig_->receipt(7).value(), rig_->receipt(22).value()};
  const std::string old_head = rig_->signed_head().value();
  ASSERT_TRUE(open(second, &first));
  append(20);
  for (const std::uint64_t sequence : {7U, 23U, 40U}) {
    receipts.push_back(rig_->receipt(sequence).value());
  }
  const KeyHistory keys = history(first);
  journal::Keyring first_alone;
  ASSERT_TRUE(first_alone.trust(first.verifier()));
  for (std::size_t i = 0; i < receipts.size(); ++i) {
    const auto receipt = journal::parse_receipt(receipts[i]).value();
    const auto verdict = verify_receipt(receipt, keys.ring());
    EXPECT_TRUE(verdict.holds()) << i << ": " << verdict.reason;
    EXPECT_EQ(verify_receipt(receipt, first_alone).holds(), i < 2) << i;
  }
  const auto judge = [&](const journal::Note& note) {
    return keys.ring().judge(note, journal::parse_head(note.text).value());
  };
  EXPECT_EQ(judge(journal::parse_note(old_head).value()), HeadTrust::Trusted);
  const journal::Note new_head = journal::parse_note(rig_->signed_head().value()).value();
  EXPECT_EQ(judge(new_head), HeadTrust::Trusted);
  EXPECT_EQ(judge(sign_head(journal::parse_head(new_head.text).value(), first)),
            HeadTrust::RetiredKey);

  EXPECT_TRUE(verified({first.verifier()}).holds());
  EXPECT_TRUE(verified().holds());
  const auto distrusted = verified({second.verifier()});
  ASSERT_FALSE(distrusted.holds());
  const journal::BrokenPromise broken = distrusted.broken.value_or(journal::BrokenPromise());
  EXPECT_EQ(broken.promise, journal::Promise::Keys);
  EXPECT_EQ(broken.at, Seq(2));
}

TEST_F(KeyRecorderTest, AKeyThatNoRotationLeadsToIsRefusedByName) {
  // Alone, behind a key that does not sign here, and one of another journal; the store stays what
  // it was.
  const SignerKey first = key();
  const SignerKey stranger = key();
  const SignerKey other = SignerKey::generate("example.org/other", random_);
  ASSERT_TRUE(open(first));
  append(5);
  for (const SignerKey* const retiring : {static_cast<const SignerKey*>(nullptr), &stranger}) {
    const SignerKey& swapped = retiring == nullptr ? stranger : other;
    const auto opened = open(swapped, retiring);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code(), Errc::Conflict);
    EXPECT_THAT(opened.error().to_string(), HasSubstr("transaction 2 records"));
    EXPECT_THAT(opened.error().to_string(), HasSubstr(first.verifier().to_string()));
    EXPECT_THAT(opened.error().to_string(), HasSubstr(swapped.verifier().to_string()));
    EXPECT_THAT(opened.error().to_string(), HasSubstr("retiring_key"));
  }
  EXPECT_THAT(open(other, &first).error().to_string(), HasSubstr("different journals"));
  EXPECT_THAT(open(other, &other).error().to_string(), HasSubstr("no rotation"));
  ASSERT_TRUE(open(first));
  EXPECT_EQ(rig_->status().durable, 7U);
}

TEST_F(KeyRecorderTest, AStoreWithoutAKeyRecordsNone) {
  const SignerKey first = key();
  ASSERT_TRUE(rig_.open());
  EXPECT_EQ(rig_->status().durable, 1U);
  rig_.options().retiring_key = first.to_text();
  EXPECT_THAT(rig_.open().error().to_string(), HasSubstr("none follows"));
  rig_.options().retiring_key = SecretText("rubbish");
  EXPECT_THAT(rig_.open().error().to_string(), HasSubstr("StoreOptions::retiring_key"));
  // And one that had a key may be opened without: nothing is signed, and nothing recorded.
  ASSERT_TRUE(open(first));
  rig_.options() = {};
  ASSERT_TRUE(rig_.open());
  append(1);
  EXPECT_EQ(rig_->status().durable, 3U);
  EXPECT_EQ(rig_->signed_head().error().code(), Errc::InvalidArgument);
}

TEST_F(KeyRecorderTest, AKeyThatHadSignedUnrecordedCanRetire) {
  // As in a store that was signed for from outside: both records are there, in their order.
  const SignerKey first = key();
  const SignerKey second = key();
  ASSERT_TRUE(rig_.open());
  append(5);
  ASSERT_TRUE(open(second, &first));
  EXPECT_EQ(rig_->status().durable, 8U);
  const KeyHistory keys = history(first);
  ASSERT_EQ(keys.changes().size(), 2U);
  EXPECT_EQ(keys.changes()[0].key, first.verifier());
  EXPECT_EQ(keys.changes()[1].size, 8U);
  EXPECT_EQ(keys.changes()[1].key, second.verifier());
  EXPECT_TRUE(verified({first.verifier()}).holds());
}

TEST_F(KeyRecorderTest, ARotationThatNoKeyGaveIsNamedByWhoeverLooks) {
  // A stranger writes records of his own, all hashes right: one that the index does not find, and
  // then one in its place. Verifying names the first; the store does not sign on top of the second.
  const SignerKey first = key();
  const SignerKey stranger = key();
  const SignerKey next = key();
  ASSERT_TRUE(open(first));
  const std::string note = print_note(sign_rotation(3, stranger, next));
  forge(note, {});
  const auto verdict = verified();
  ASSERT_FALSE(verdict.holds());
  const journal::BrokenPromise broken = verdict.broken.value_or(journal::BrokenPromise());
  EXPECT_EQ(broken.promise, journal::Promise::Keys);
  EXPECT_EQ(broken.at, Seq(3));
  EXPECT_THAT(broken.reason, HasSubstr(stranger.verifier().to_string()));

  journal::EventRecord event = {.kind = journal::key_recorded_kind,
                                .payload = {},
                                .about = journal::EventRecord::About::Named,
                                .coordinate = journal::key_coordinate,
                                .version = 1};
  GrowingByteWriter scratch;
  event.ancestor_hash = hash_of(event, scratch);
  event.ancestor = {.transaction = Seq(2), .event = 0};
  event.version = 2;
  forge(note, {event});
  for (const SignerKey* const signing : {&first, &next}) {
    const auto opened = open(*signing);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code(), Errc::Corrupt);
    EXPECT_THAT(opened.error().to_string(), HasSubstr("the key in transaction 4"));
  }
}

}  // namespace
}  // namespace cairn::store
