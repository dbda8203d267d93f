// SPDX-License-Identifier: Apache-2.0
// What is old leaves the store: what is kept is as it was, and whoever asks for the rest is told.
#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cairn/store_consumer.h"
#include "journal/history.h"
#include "journal/keys_ring.h"
#include "journal/receipt.h"
#include "journal/verify.h"
#include "tests/store/sample_shop.h"

namespace cairn::store {
namespace {

using sample_shop::Noted;
using sample_shop::Shipped;
using sample_shop::Shop;
using ::testing::HasSubstr;
using ::testing::Not;

/// A shop of several segments: the first append is a request, the others go to three entities.
class ArchiveTest : public ::testing::Test {
 protected:
  void SetUp() override {
    rig_.options().signing_key = key_.to_text();
    open();
    ASSERT_TRUE(rig_->append({"once"}, Shipped{.pieces = 1}, {}, {.request = {.key = "one"}}));
    append(1500);
    all_ = rig_.all();
  }

  /// So many, each by itself, about three entities in turn.
  void append(int count) {
    const std::string text(190, 'x');
    const Noted noted = {.text = Text<200>::from(text).value()};
    for (int i = 0; i < count; ++i) {
      const At at = {i % 3 == 0 ? "a" : i % 3 == 1 ? "b" : "c"};
      if (i % 50 != 49) {
        ASSERT_FALSE(rig_->start(at, noted).is_error());
      } else {
        ASSERT_TRUE(rig_->append(at, noted));
      }
    }
  }

  void open() {
    const auto opened = rig_.open();
    ASSERT_TRUE(opened) << opened.error().to_string();
  }

  /// What is kept of all events.
  std::vector<StoredEvent> kept(const std::string& entity = {}) {
    std::vector<StoredEvent> found;
    for (const StoredEvent& event : all_) {
      if (event.id.sequence >= rig_->status().first && (entity.empty() || event.entity == entity)) {
        found.push_back(event);
      }
    }
    return found;
  }

  void remove_index() {
    const std::vector<sys::Entry> entries = rig_.disk().list("shop/index").value();
    for (const sys::Entry& entry : entries) {
      ASSERT_TRUE(rig_.disk().remove("shop/index/" + entry.name));
    }
  }

  /// Every page of every file, but for the headers.
  void spoil_index() {
    const std::vector<sys::Entry> entries = rig_.disk().list("shop/index").value();
    for (const sys::Entry& entry : entries) {
      const std::string path = "shop/index/" + entry.name;
      const std::uint64_t size = rig_.disk().stat(path).value().size;
      for (std::uint64_t at = 4096; at < size - 4096; at += 4096) {
        ShopRig::spoil(rig_.disk(), path, at);
      }
    }
  }

  std::string first_index_file() {
    const std::vector<sys::Entry> entries = rig_.disk().list("shop/index").value();
    const auto found = std::ranges::find_if(
        entries, [](const sys::Entry& entry) { return entry.name.starts_with("index-"); });
    return found == entries.end() ? std::string() : found->name;
  }

  /// Of what is gone and of what is not, and a request that was answered there.
  void expect_versions(std::uint64_t of_a) {
    EXPECT_EQ(rig_->version({"a"}).value(), of_a);
    EXPECT_EQ(rig_->version({"once"}).value(), 1U);
    const auto again =
        rig_->append({"once"}, Shipped{.pieces = 1}, {}, {.request = {.key = "one"}});
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().code(), Errc::NotFound);
  }

  journal::JournalVerdict verify(const std::string& folder) {
    auto verdict = journal::verify_journal(rig_.disk(), folder, {.values = true});
    EXPECT_TRUE(verdict) << verdict.error().to_string();
    EXPECT_TRUE(verdict->holds()) << folder << ": " << verdict->broken->reason;
    return *verdict;
  }

  ShopRig rig_;
  sys::PosixRandom random_;
  const journal::SignerKey key_ = journal::SignerKey::generate("example.org/shop", random_);
  std::vector<StoredEvent> all_;
};

TEST_F(ArchiveTest, WhatIsKeptIsAsItWasAndTheRestIsAJournalOfItsOwn) {
  const auto done = rig_->archive_through(600);
  ASSERT_TRUE(done) << done.error().to_string();
  EXPECT_GT(done->segments, 0U);
  EXPECT_LT(done->bytes, done->plain_bytes);
  EXPECT_GT(done->first, 1U);
  EXPECT_LE(done->first, 601U);
  EXPECT_EQ(rig_->status().first, done->first);
  for (int times = 0; times < 2; ++times) {
    EXPECT_EQ(rig_.all(), kept());
    EXPECT_EQ(rig_.all({.entity = "a"}), kept("a"));
    open();
    EXPECT_EQ(rig_->status().first, done->first);
  }
  rig_.close();
  EXPECT_EQ(verify("shop").first.value(), done->first);
  const journal::JournalVerdict archived = verify("shop/archive");
  EXPECT_EQ(archived.first.value(), 1U);
  EXPECT_EQ(archived.last.value(), done->first - 1);
  auto reader = journal::HistoryReader::open(rig_.disk(), "shop/archive").value();
  EXPECT_EQ(reader.at(Seq(all_.front().id.sequence)).value()->record->events[0].coordinate.entity,
            "once");
}

TEST_F(ArchiveTest, WhoAsksForWhatIsArchivedIsToldWhatIsKeptAndWhereTheRestIs) {
  auto consumer = Consumer::open(rig_->core(), "mailer", {.entity = "a"}).value();
  auto idle = Consumer::open(rig_->core(), "idle", {.entity = "a"}).value();
  ASSERT_EQ(consumer.next(5, seconds(0)).value().size(), 5U);
  ASSERT_TRUE(consumer.commit());
  Follow follow(rig_->core(), {}, Cursor::at_sequence(2));
  const std::uint64_t first = rig_->archive_through(600).value().first;
  const std::string kept_from = "transaction 2 is not kept any more: " + std::to_string(first) +
                                " is the oldest, and those before it are in shop/archive";
  const auto expect_told = [&](const auto& result) {
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code(), Errc::NotFound);
    EXPECT_THAT(result.error().to_string(), HasSubstr("is the oldest, and those before it are in"));
  };
  const auto got = rig_->get({.sequence = 2});
  expect_told(got);
  EXPECT_THAT(got.error().to_string(), HasSubstr(kept_from));
  Cursor cursor = Cursor::at_sequence(2);
  expect_told(rig_->page({}, cursor, 10));
  cursor = Cursor::at_sequence(2);
  expect_told(rig_->page({.entity = "a"}, cursor, 10));
  expect_told(follow.next(10, seconds(0)));
  expect_told(rig_->receipt(2));
  expect_told(consumer.next(5, seconds(0)));

  // It goes on when it says so, from the oldest; and that holds when it is opened again.
  consumer.skip_archived();
  EXPECT_EQ(consumer.next(1, seconds(0)).value().front(), kept("a").front());
  ASSERT_TRUE(consumer.commit());
  open();
  auto again = Consumer::open(rig_->core(), "mailer", {.entity = "a"}).value();
  EXPECT_EQ(again.next(1, seconds(0)).value().front(), kept("a").at(1));
  // One that never began begins with what is kept.
  auto fresh = Consumer::open(rig_->core(), "fresh", {.entity = "a"}).value();
  EXPECT_EQ(fresh.next(1, seconds(0)).value().front(), kept("a").front());
}

TEST_F(ArchiveTest, AConsumerWhosePlaceWasArchivedIsToldWhenItComesBack) {
  auto consumer = Consumer::open(rig_->core(), "mailer", {.entity = "a"}).value();
  ASSERT_EQ(consumer.next(5, seconds(0)).value().size(), 5U);
  ASSERT_TRUE(consumer.commit());
  append(900);
  ASSERT_GT(rig_->archive_through(2300).value().first, 1503U);
  open();
  auto again = Consumer::open(rig_->core(), "mailer", {.entity = "a"}).value();
  const auto told = again.next(1, seconds(0));
  ASSERT_FALSE(told);
  EXPECT_EQ(told.error().code(), Errc::NotFound);
  again.skip_archived();
  ASSERT_EQ(again.next(1, seconds(0)).value().size(), 1U);
  EXPECT_TRUE(again.commit());
}

TEST_F(ArchiveTest, VersionsRequestsAndCausesGoOnAcrossIt) {
  const std::uint64_t version = rig_->version({"a"}).value();
  ASSERT_GT(rig_->archive_through(800).value().first, 2U);
  EXPECT_EQ(rig_->version({"a"}).value(), version);
  // What is remembered of requests in memory ends when it is opened again.
  for (int times = 0; times < 2; ++times) {
    open();
    EXPECT_EQ(rig_->version({"a"}).value(), version);
    EXPECT_EQ(rig_->version({"once"}).value(), 1U);
    EXPECT_FALSE(rig_->append({"once"}, Shipped{}, {.expected = Expected::none()}));
    const auto again =
        rig_->append({"once"}, Shipped{.pieces = 1}, {}, {.request = {.key = "one"}});
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().code(), Errc::NotFound);
    EXPECT_THAT(again.error().to_string(),
                HasSubstr(fmt::format("answered by transaction {}, which is not",
                                      all_.front().id.sequence)));
  }
  const auto next = rig_->append({"once"}, Shipped{.pieces = 2},
                                 {.expected = Expected::exactly(1), .cause = all_.front().id});
  ASSERT_TRUE(next) << next.error().to_string();
  EXPECT_EQ(next->version, 2U);
  rig_.close();
  verify("shop");
}

TEST_F(ArchiveTest, WhatTheIndexLosesOfItIsMadeAgainFromTheArchive) {
  const std::uint64_t version = rig_->version({"a"}).value();
  ASSERT_GT(rig_->archive_through(800).value().first, 2U);
  rig_.close();
  remove_index();
  open();
  EXPECT_EQ(rig_->status().trouble, "");
  expect_versions(version);
  // In the form in which it was.
  open();
  expect_versions(version);
}

TEST_F(ArchiveTest, WhatTheIndexLosesOfItIsSaidWhenTheArchiveIsGoneToo) {
  // Nothing else knows it: the rest is made again, and the store opens.
  ASSERT_GT(rig_->archive_through(800).value().first, 2U);
  open();
  EXPECT_EQ(rig_->status().trouble, "");
  rig_.close();
  remove_index();
  ASSERT_TRUE(rig_.disk().rename("shop/archive", "moved"));
  open();
  EXPECT_THAT(rig_->status().trouble, HasSubstr("archived transactions"));
  EXPECT_EQ(rig_.all({.entity = "a"}), kept("a"));
  EXPECT_EQ(rig_->version({"once"}).value(), 0U);
}

TEST_F(ArchiveTest, AnArchiveOfAnotherHistoryIsNotBelieved) {
  ASSERT_GT(rig_->archive_through(800).value().first, 2U);
  ShopRig other;
  ASSERT_TRUE(other.open());
  for (int i = 0; i < 1500; ++i) {
    ASSERT_TRUE(other->append({"other"}, Noted{.text = Text<200>::from("x").value()}));
  }
  ASSERT_TRUE(other->archive_through(1400));
  other.close();
  rig_.close();
  remove_index();
  std::filesystem::remove_all(rig_.path() + "/shop/archive");
  std::filesystem::copy(other.path() + "/shop/archive", rig_.path() + "/shop/archive",
                        std::filesystem::copy_options::recursive);
  open();
  EXPECT_THAT(rig_->status().trouble, HasSubstr("archived transactions"));
  EXPECT_EQ(rig_->version({"other"}).value(), 0U);
}

/// Where a byte is changed, in thousandths of a file.
class ArchiveWithDamage : public ArchiveTest, public ::testing::WithParamInterface<int> {};

TEST_P(ArchiveWithDamage, DamageOfTheIndexIsMendedBeforeSegmentsLeave) {
  // Wherever it lies and whether or not anybody asked for it: afterwards nothing else knows what
  // the file says of what is gone.
  const std::uint64_t version = rig_->version({"a"}).value();
  const std::string file = "shop/index/" + first_index_file();
  const std::uint64_t size = rig_.disk().stat(file).value().size;
  ShopRig::spoil(rig_.disk(), file, (size - 1) * static_cast<std::uint64_t>(GetParam()) / 1000);
  const auto done = rig_->archive_through(600);
  ASSERT_TRUE(done) << done.error().to_string();
  EXPECT_GT(done->first, 1U);
  EXPECT_THAT(rig_->status().mended, HasSubstr(file));
  ASSERT_TRUE(rig_.disk().rename("shop/archive", "moved"));
  open();
  expect_versions(version);
  EXPECT_EQ(rig_->status().trouble, "");
}

INSTANTIATE_TEST_SUITE_P(Places, ArchiveWithDamage, ::testing::Values(0, 250, 500, 750, 1000));

TEST_F(ArchiveTest, WhatIsKnownOfArchivedTransactionsIsMendedWhileTheStoreIsUsed) {
  // A damaged page of the file that is about them only: made again from the archive, and said so
  // when that is gone.
  const std::uint64_t version = rig_->version({"a"}).value();
  const std::uint64_t first = rig_->archive_through(800).value().first;
  const std::string file = fmt::format("shop/index/{}", first_index_file());
  rig_.close();
  ShopRig::spoil(rig_.disk(), file, 4096);
  open();
  EXPECT_EQ(rig_->version({"once"}).value(), 1U);
  EXPECT_THAT(rig_->status().mended, HasSubstr(file));
  expect_versions(version);
  EXPECT_EQ(rig_->status().first, first);

  rig_.close();
  ShopRig::spoil(rig_.disk(), fmt::format("shop/index/{}", first_index_file()), 4096);
  ASSERT_TRUE(rig_.disk().rename("shop/archive", "moved"));
  open();
  const auto told = rig_->version({"once"});
  ASSERT_FALSE(told);
  EXPECT_EQ(told.error().code(), Errc::Corrupt);
  // Back where it was, it is enough, without opening the store again.
  ASSERT_TRUE(rig_.disk().rename("moved", "shop/archive"));
  expect_versions(version);
}

TEST_F(ArchiveTest, WhatCannotBeMendedKeepsNothingElseFromBeingMended) {
  // Every file of the index is damaged, and the archive is gone that one of them is about. No key,
  // whose record is archived, too: opening would ask for it.
  rig_.options().signing_key = SecretText();
  append(300);
  ASSERT_GT(rig_->archive_through(800).value().first, 2U);
  const std::string file = fmt::format("shop/index/{}", first_index_file());
  rig_.close();
  spoil_index();
  ASSERT_TRUE(rig_.disk().rename("shop/archive", "moved"));
  open();
  const auto told = rig_->version({"once"});
  ASSERT_FALSE(told);
  EXPECT_EQ(told.error().code(), Errc::Corrupt);
  Cursor cursor = Cursor::newest_first();
  const auto newest = rig_->page({.entity = "a"}, cursor, 200);
  ASSERT_TRUE(newest) << newest.error().to_string();
  EXPECT_EQ(newest->size(), 200U);
  EXPECT_NE(rig_->status().mended, "");
  const auto refused = rig_->archive_through(1200);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().to_string(), HasSubstr(file));
  EXPECT_THAT(rig_->status().mended, Not(HasSubstr(file)));
}

TEST_F(ArchiveTest, OpeningMendsEveryFileThatItMeetsOnItsWayToTheKey) {
  // The key was recorded with the first events: each file behind it is asked before, and damaged.
  rig_.close();
  spoil_index();
  const auto opened = rig_.open();
  ASSERT_TRUE(opened) << opened.error().to_string();
  EXPECT_THAT(rig_->status().mended, HasSubstr("; "));
  EXPECT_EQ(rig_.all(), all_);
}

TEST_F(ArchiveTest, EveryTransactionThatIsKeptCanStillBeProved) {
  // Also those whose neighbours in the tree are gone, before and after it is opened again.
  const std::uint64_t first = rig_->archive_through(600).value().first;
  for (int times = 0; times < 2; ++times) {
    for (std::uint64_t sequence = first; sequence < first + 40; ++sequence) {
      const auto text = rig_->receipt(sequence);
      ASSERT_TRUE(text) << sequence << ": " << text.error().to_string();
      const journal::Receipt receipt = journal::parse_receipt(*text).value();
      journal::Keyring keys;
      ASSERT_TRUE(keys.trust(key_.verifier()));
      EXPECT_TRUE(journal::verify_receipt(receipt, keys).holds()) << sequence;
    }
    open();
  }
}

TEST_F(ArchiveTest, ItGoesOnWhereItEndedAndBeginsAnewWhenThatWasMovedAway) {
  const std::uint64_t first = rig_->archive_through(500).value().first;
  EXPECT_EQ(rig_->archive_through(500).value().segments, 0U);
  const std::uint64_t second = rig_->archive_through(1000).value().first;
  EXPECT_GT(second, first);
  EXPECT_EQ(verify("shop/archive").last.value(), second - 1);
  ASSERT_TRUE(rig_.disk().rename("shop/archive", "older"));
  const auto third = rig_->archive_through(1480);
  ASSERT_TRUE(third) << third.error().to_string();
  EXPECT_GT(third->first, second);
  EXPECT_EQ(verify("shop/archive").first.value(), second);
  EXPECT_EQ(verify("older").last.value(), second - 1);
  EXPECT_EQ(rig_.all(), kept());
}

}  // namespace
}  // namespace cairn::store
