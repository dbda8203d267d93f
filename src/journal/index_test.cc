// SPDX-License-Identifier: Apache-2.0
#include "journal/index.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/checksum.h"
#include "journal/index_sample.h"
#include "tests/log/rig.h"

namespace cairn::journal {
namespace {

using sample::find_all;
using sample::IndexModel;

/// An index on a disk of its own.
class EventIndexTest : public ::testing::Test {
 protected:
  void open(std::uint64_t durable, const EventIndex::Options& options = {.merge_width = 3}) {
    index_.reset();
    auto opened = EventIndex::open(disk(), "index", durable, options);
    ASSERT_TRUE(opened.has_value()) << opened.error().to_string();
    index_ = *std::move(opened);
  }

  sys::Disk& disk() { return rig_.disk(); }

  EventIndex& index() { return *index_; }

  std::vector<std::string> files() {
    const std::vector<sys::Entry> entries = disk().list("index").value();
    std::vector<std::string> names;
    names.reserve(entries.size());
    for (const sys::Entry& entry : entries) {
      names.push_back(entry.name);
    }
    return names;
  }

  void seal() {
    const auto sealed = index().seal();
    ASSERT_TRUE(sealed.has_value()) << sealed.error().to_string();
  }

  /// So many files of so many transactions each.
  void grow_and_seal(IndexModel& model, int times, std::size_t each) {
    for (int i = 0; i < times; ++i) {
      model.grow(each);
      model.feed(index());
      seal();
    }
  }

  /// Merges as long as there is something to merge. How often.
  std::size_t merge_all() {
    for (std::size_t count = 0;; ++count) {
      const auto merged = index().merge();
      EXPECT_TRUE(merged.has_value()) << merged.error().to_string();
      if (!merged.value_or(false)) {
        return count;
      }
    }
  }

  /// Makes one bit of a file another.
  void spoil(const std::string& name, std::uint64_t at) {
    const auto file = disk().open("index/" + name, {.mode = sys::OpenMode::ReadWrite}).value();
    std::array<std::byte, 1> byte = {};
    ASSERT_EQ(file->read(at, sys::MutableBuffer(byte)).value(), 1U);
    byte[0] ^= std::byte{16};
    ASSERT_TRUE(file->write(at, sys::ConstBuffer(byte)).has_value());
  }

  log::Rig rig_;
  std::unique_ptr<EventIndex> index_;
};

/// Compares queries of every shape, in both directions, with what looking at every event gives.
void expect_same(const EventIndex& index, IndexModel& model, std::uint64_t first, int queries) {
  for (int i = 0; i < queries; ++i) {
    const Region region = model.region();
    const std::uint64_t from = first + model.below(model.last() - first + 1);
    const std::uint64_t through = from + model.below(model.last() - from + 2);
    const std::size_t limit = 1 + model.below(40);
    const auto expected = model.find(region, from, through);
    const auto forward =
        find_all(index, region, {.next = {.sequence = from}, .through = through}, limit);
    ASSERT_TRUE(forward.has_value()) << forward.error().to_string();
    ASSERT_EQ(*forward, expected) << i << " from " << from << " through " << through;
    auto backward = find_all(index, region,
                             {.next = {.sequence = through, .event = UINT32_MAX},
                              .direction = Direction::Backward,
                              .through = from},
                             limit);
    ASSERT_TRUE(backward.has_value()) << backward.error().to_string();
    std::ranges::reverse(*backward);
    ASSERT_EQ(*backward, expected) << i << " back from " << through << " through " << from;
  }
}

void expect_heads_and_times(const EventIndex& index, IndexModel& model, std::uint64_t first) {
  for (int i = 0; i < 60; ++i) {
    const Coordinate coordinate = model.coordinate();
    // Also of what was dropped.
    ASSERT_EQ(index.head(coordinate).value(), model.head(coordinate))
        << coordinate.entity << ' ' << coordinate.scope;
    const auto time = static_cast<std::int64_t>(model.below(model.last() * 10 + 60));
    const std::uint64_t exact = model.first_at(time, first);
    const std::uint64_t bound = index.first_at({.nanoseconds = time}).value();
    ASSERT_LE(bound, exact);
    // What was dropped may have been later than what follows it.
    if (first == 1 && exact <= model.last()) {
      ASSERT_LT(exact - bound, index_times_step) << time;
    }
  }
}

void expect_all(const EventIndex& index, IndexModel& model, std::uint64_t first = 1) {
  ASSERT_EQ(index.last(), model.last());
  expect_same(index, model, first, 60);
  expect_heads_and_times(index, model, first);
}

/// All that came since, in pages of five.
void read_new(const EventIndex& index, const Region& region, Cursor& cursor,
              std::vector<EventPlace>& found) {
  std::size_t before = 0;
  do {
    before = found.size();
    ASSERT_TRUE(index.find(region, cursor, 5, found).has_value());
  } while (found.size() == before + 5);
}

/// In memory, in files, merged, and after opening again; in pages of many sizes.
class EventIndexSeeds : public EventIndexTest, public ::testing::WithParamInterface<int> {};

TEST_P(EventIndexSeeds, FindsWhatLookingAtEveryEventFinds) {
  // Regions of every shape, in both directions, and heads and times.
  IndexModel model(static_cast<std::uint64_t>(GetParam()));
  open(0);
  for (const std::size_t count : {1U, 30U, 200U, 7U, 150U, 400U, 90U, 300U, 25U, 100U, 60U}) {
    model.grow(count);
    model.feed(index());
    expect_all(index(), model);
    if (model.below(4) != 0) {
      seal();
      expect_all(index(), model);
    }
  }
  seal();
  EXPECT_EQ(index().covered(), model.last());
  EXPECT_GT(merge_all(), 0U);
  expect_all(index(), model);
  open(model.last());
  EXPECT_EQ(index().covered(), model.last());
  expect_all(index(), model);
}

INSTANTIATE_TEST_SUITE_P(Seeds, EventIndexSeeds, ::testing::Values(1, 2, 3));

void expect_sizes_and_requests(const EventIndex& index, const IndexModel& model) {
  GrowingByteWriter scratch;
  std::map<std::uint64_t, std::uint64_t> first;
  for (std::uint64_t sequence = 1; sequence <= model.last(); ++sequence) {
    const TransactionRecord& record = model.at(sequence).record;
    EXPECT_EQ(index.events_of(sequence).value(), record.events.size());
    if (record.intent.kind != Intent::Kind::None) {
      first.emplace(record.intent.number, sequence);
    }
  }
  ASSERT_FALSE(first.empty());
  for (std::uint64_t number = 1; number <= model.last() + 5; ++number) {
    const Intent intent = {.kind = Intent::Kind::Client, .number = number};
    const auto found = index.find_request(hash_of(intent, scratch).value_or(RequestHash{})).value();
    const auto expected = first.find(number);
    EXPECT_EQ(found, expected == first.end() ? std::nullopt : std::optional(expected->second));
  }
  const Intent other = {.kind = Intent::Kind::Key, .key = "1"};
  EXPECT_EQ(index.find_request(hash_of(other, scratch).value_or(RequestHash{})).value(),
            std::nullopt);
}

TEST_F(EventIndexTest, RequestsAndSizesOfTransactionsAreFoundWhereverTheyLie) {
  // In memory, in files, merged, and after opening again: the first transaction of a request, and
  // how many events each transaction has.
  IndexModel model(11);
  open(0);
  for (int round = 0; round < 4; ++round) {
    model.grow(60);
    model.feed(index());
    expect_sizes_and_requests(index(), model);
    seal();
    expect_sizes_and_requests(index(), model);
  }
  EXPECT_GT(merge_all(), 0U);
  expect_sizes_and_requests(index(), model);
  open(model.last());
  expect_sizes_and_requests(index(), model);
}

TEST_F(EventIndexTest, GoesOnAfterOpeningWithWhatItLacks) {
  // What was not sealed is fed again.
  IndexModel model(4);
  model.grow(300);
  open(0);
  model.feed(index());
  seal();
  model.grow(200);
  model.feed(index());
  expect_all(index(), model);
  open(model.last());
  EXPECT_EQ(index().covered(), 300U);
  EXPECT_EQ(index().last(), 300U);
  model.feed(index());
  expect_all(index(), model);
}

TEST_F(EventIndexTest, ACursorFollowsWhatIsFedLater) {
  // Each call gives exactly what came since, without asking for anything twice.
  IndexModel model(5);
  open(0);
  Cursor cursor;
  std::vector<EventPlace> found;
  for (int i = 0; i < 40; ++i) {
    model.grow(model.below(20));
    model.feed(index());
    if (i % 7 == 0) {
      seal();
    }
    read_new(index(), {.kinds = {1, 2}}, cursor, found);
    EXPECT_EQ(cursor.next, (EventId{.sequence = model.last() + 1, .event = 0}));
  }
  EXPECT_EQ(found, model.find({.kinds = {1, 2}}, 1, model.last()));
}

TEST_F(EventIndexTest, NamesThatNoneCanHaveAreFoundNowhere) {
  // Also those that would reach into a neighbour's keys.
  IndexModel model(6);
  model.grow(200);
  open(0);
  model.feed(index());
  const std::vector<Region> regions = {
      {.entity = ""},
      {.entity_prefix = "user:1\xff"},
      {.entity_prefix = "user:1\xff"
                        "eu"},
      {.scope = "e\xff"},
      {.entity = std::string(300, 'x')},
      {.entity = "user:1", .entity_prefix = "user:2"},
      {.kinds = {77}},
      {.cause = EventId{.sequence = 1'000'000, .event = 0}},
  };
  for (const Region& region : regions) {
    EXPECT_TRUE(find_all(index(), region, {}, 10).value().empty());
    EXPECT_TRUE(find_all(index(), region, Cursor::backward(), 10).value().empty());
  }
  EXPECT_EQ(index().head({.entity = "nobody", .scope = "eu"}).value(), std::nullopt);
  EXPECT_EQ(index().head({.entity = "user:1\xff"}).value(), std::nullopt);
  EXPECT_EQ(index().head({.entity = ""}).value(), std::nullopt);
}

TEST_F(EventIndexTest, LevelsAreMergedAndTheirFilesGo) {
  // Nine seals of width three: three of the first level, then one of the second.
  IndexModel model(7);
  open(0);
  grow_and_seal(model, 9, 50);
  EXPECT_EQ(files().size(), 9U);
  EXPECT_EQ(merge_all(), 4U);
  EXPECT_EQ(files(), std::vector<std::string>{"index-000000000001-000000000450"});
  EXPECT_EQ(index().stats().files, 1U);
  expect_all(index(), model);
}

TEST_F(EventIndexTest, WhatIsFedIsSealedWhileAMergeIsHalfDone) {
  // At each of its pauses, of which a file has some; nothing that was sealed meanwhile is lost.
  IndexModel model(7);
  open(0);
  grow_and_seal(model, 3, 50);
  int pauses = 0;
  const auto merged = index().merge([&]() -> Result<> {
    ++pauses;
    model.grow(10);
    model.feed(index());
    CAIRN_TRY(index().seal());
    EXPECT_EQ(index().covered(), model.last());
    expect_same(index(), model, 1, 5);
    return {};
  });
  ASSERT_TRUE(merged.has_value()) << merged.error().to_string();
  ASSERT_TRUE(*merged);
  EXPECT_GE(pauses, 5);
  EXPECT_EQ(index().stats().files, 1U + static_cast<std::size_t>(pauses));
  EXPECT_EQ(files().front(), "index-000000000001-000000000150");
  expect_all(index(), model);
  open(model.last());
  EXPECT_EQ(index().covered(), model.last());
  expect_all(index(), model);
}

TEST_F(EventIndexTest, AMergeThatIsCancelledChangesNothing) {
  IndexModel model(7);
  open(0);
  grow_and_seal(model, 3, 50);
  const std::vector<std::string> before = files();
  for (int last = 1; last <= 5; ++last) {
    int pauses = 0;
    const auto merged = index().merge([&]() -> Result<> {
      return ++pauses < last ? Result<>() : fail(Errc::Cancelled, "no time for that");
    });
    ASSERT_FALSE(merged.has_value());
    EXPECT_EQ(merged.error().code(), Errc::Cancelled);
    EXPECT_EQ(files(), before);
    EXPECT_EQ(index().stats().damaged_files, 0U);
  }
  EXPECT_EQ(merge_all(), 1U);
  expect_all(index(), model);
}

TEST_F(EventIndexTest, LookingAtEverythingEndsWhereItIsToldTo) {
  // Before each file at least, and nothing is taken for damaged then; nor is anything dropped.
  IndexModel model(7);
  open(0);
  grow_and_seal(model, 3, 50);
  const std::vector<std::string> before = files();
  int pauses = 0;
  int last = 1;
  const IndexPause pause = [&]() -> Result<> {
    return ++pauses < last ? Result<>() : fail(Errc::Cancelled, "no time for that");
  };
  for (; last <= 3; ++last) {
    pauses = 0;
    EXPECT_EQ(index().check_through(model.last(), pause).error().code(), Errc::Cancelled);
    pauses = 0;
    EXPECT_EQ(index().drop_through(100, pause).error().code(), Errc::Cancelled);
    EXPECT_EQ(files(), before);
    EXPECT_EQ(index().stats().damaged_files, 0U);
  }
  EXPECT_TRUE(index().check_through(model.last()));
  expect_same(index(), model, 101, 60);
}

TEST_F(EventIndexTest, AMergedFileIsTheOneThatWouldHaveBeenWrittenAtOnce) {
  // But for its level: how it came to be leaves no trace.
  IndexModel model(8);
  open(0);
  for (const std::size_t count : {100U, 1U, 333U}) {
    model.grow(count);
    model.feed(index());
    seal();
  }
  EXPECT_EQ(merge_all(), 1U);
  const auto file = disk().open("index/" + files().front(), {}).value();
  const auto merged = file->map().value();
  std::vector<std::byte> bytes(merged->bytes().begin(), merged->bytes().end());
  std::vector<std::byte> at_once = sample::index_file_of(model);
  constexpr std::size_t level_at = offsetof(IndexHeader, level);
  bytes[level_at] = at_once[level_at];
  sample::refresh_index_checksums(bytes);
  EXPECT_TRUE(std::ranges::equal(bytes, at_once));
}

TEST_F(EventIndexTest, WhatIsDroppedIsNotFoundAndWhatMustBeKnownOfItStays) {
  // Whatever was merged by then: what a query gives hangs on the sequence alone. Heads and requests
  // stay, in less space.
  IndexModel model(9);
  open(0);
  grow_and_seal(model, 5, 60);
  EXPECT_EQ(merge_all(), 1U);
  const std::uint64_t before = index().stats().file_bytes;
  ASSERT_TRUE(index().drop_through(200).has_value());
  expect_all(index(), model, 201);
  EXPECT_EQ(files().size(), 3U);
  EXPECT_LT(index().stats().file_bytes, before);
  ASSERT_TRUE(index().drop_through(240).has_value());
  const std::vector<std::string> left = {"index-000000000001-000000000240",
                                         "index-000000000241-000000000300"};
  EXPECT_EQ(files(), left);
  ASSERT_TRUE(index().drop_through(250).has_value());
  expect_all(index(), model, 251);
  open(model.last(), {.first = 251});
  EXPECT_EQ(index().covered(), 300U);
  expect_all(index(), model, 251);
  // With nothing but a beginning that is gone.
  open(model.last(), {.first = 301});
  EXPECT_EQ(index().covered(), 300U);
  EXPECT_EQ(files(), left);
  EXPECT_TRUE(find_all(index(), {}, {}, 100).value().empty());
  expect_heads_and_times(index(), model, 301);
}

TEST_F(EventIndexTest, WhatIsLostOfADroppedBeginningIsAGapThatNothingWaitsFor) {
  IndexModel model(9);
  open(0);
  grow_and_seal(model, 3, 60);
  index_.reset();
  ASSERT_TRUE(disk().remove("index/index-000000000061-000000000120"));
  open(model.last(), {.first = 121});
  EXPECT_EQ(index().covered(), 180U);
  expect_same(index(), model, 121, 60);
  open(model.last(), {.first = 121, .merge_width = 2});
  EXPECT_FALSE(index().merge().value());
}

TEST_F(EventIndexTest, FilesThatSayMoreThanTheJournalAreSetAside) {
  // And all behind them; they are fed again.
  IndexModel model(10);
  open(0);
  grow_and_seal(model, 3, 50);
  open(120);
  EXPECT_EQ(index().covered(), 100U);
  EXPECT_EQ(files().back(), "index-000000000051-000000000100");
  EXPECT_EQ(files().front(), "aside-index-000000000101-000000000150");
  model.feed(index());
  expect_all(index(), model);
}

TEST_F(EventIndexTest, AnIndexOfAnotherHistoryIsSetAside) {
  // As after a backup was restored: the second of three files ends with a transaction that this
  // journal has not. Merging keeps the hash that is asked for.
  IndexModel model(16);
  model.grow(80);
  const auto hash_at = [](std::uint64_t sequence) {
    Digest hash;
    hash.bytes.fill(static_cast<std::byte>(sequence));
    return hash;
  };
  open(0, {.merge_width = 2});
  for (std::uint64_t sequence = 1; sequence <= 80; ++sequence) {
    index().add(model.at(sequence).record, model.at(sequence).coordinates, hash_at(sequence));
    if (sequence % 20 == 0) {
      seal();
    }
    if (sequence == 40) {
      ASSERT_EQ(merge_all(), 1U);
    }
  }
  std::vector<std::uint64_t> asked;
  const auto is_same = [&](std::uint64_t sequence, const Digest& hash) -> Result<bool> {
    asked.push_back(sequence);
    return hash == hash_at(sequence) && sequence != 60;
  };
  open(model.last(), {.is_of_journal = is_same});
  EXPECT_EQ(asked, (std::vector<std::uint64_t>{40, 60}));
  EXPECT_EQ(index().covered(), 40U);
  const auto complaints = index().set_aside_when_opened();
  ASSERT_EQ(complaints.size(), 2U);
  EXPECT_NE(complaints[0].to_string().find("another journal"), std::string::npos);
  EXPECT_NE(complaints[1].to_string().find("is missing"), std::string::npos);
  model.feed(index());
  expect_all(index(), model);
}

TEST_F(EventIndexTest, AMissingFileOnlyMeansThatMoreIsFed) {
  // Of three the second is gone: the third cannot stay.
  IndexModel model(11);
  open(0);
  grow_and_seal(model, 3, 50);
  ASSERT_TRUE(disk().remove("index/index-000000000051-000000000100").has_value());
  open(model.last());
  EXPECT_EQ(index().covered(), 50U);
  model.feed(index());
  expect_all(index(), model);
}

TEST_F(EventIndexTest, DamageIsNamedSetAsideAndMended) {
  // A page of the second file rots after it was opened: queries that need it say so, and after
  // setting it aside and feeding again all is well.
  IndexModel model(12);
  open(0);
  grow_and_seal(model, 3, 400);
  const std::string name = files()[1];
  spoil(name, index_page_bytes + 100);
  open(model.last());
  EXPECT_EQ(index().covered(), model.last());
  std::vector<EventPlace> found(3);
  Cursor cursor;
  const auto refused = index().find({.scope = "eu"}, cursor, 10'000, found);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code(), Errc::Corrupt);
  EXPECT_NE(refused.error().to_string().find("index/" + name + ": page 1"), std::string::npos)
      << refused.error().to_string();
  EXPECT_EQ(found.size(), 3U);
  EXPECT_EQ(cursor, Cursor());
  const auto merged = index().merge();
  ASSERT_FALSE(merged.has_value());
  EXPECT_EQ(merged.error().code(), Errc::Corrupt);
  EXPECT_EQ(index().stats().damaged_files, 1U);
  EXPECT_EQ(index().set_aside_damaged().value(), 1U);
  open(model.last());
  EXPECT_EQ(index().covered(), 400U);
  model.feed(index());
  expect_all(index(), model);
}

TEST_F(EventIndexTest, OpeningCanLookAtEverything) {
  // Then damage that no query has met is found, too.
  IndexModel model(13);
  model.grow(900);
  open(0);
  model.feed(index());
  seal();
  spoil(files().front(), 3 * index_page_bytes);
  open(model.last(), {.check_all = true});
  EXPECT_EQ(index().covered(), 0U);
  EXPECT_TRUE(files().front().starts_with("aside-"));
  open(model.last());
  EXPECT_TRUE(files().empty()) << "what was set aside stays until the next time";
}

TEST_F(EventIndexTest, AFileOfANewerVersionIsRefusedByNumberAndKept) {
  // Another build's work is not thrown away.
  IndexModel model(14);
  model.grow(10);
  open(0);
  model.feed(index());
  seal();
  const auto file =
      disk().open("index/" + files().front(), {.mode = sys::OpenMode::ReadWrite}).value();
  std::array<std::byte, sizeof(IndexHeader)> bytes = {};
  ASSERT_TRUE(file->read(0, sys::MutableBuffer(bytes)).has_value());
  bytes[8] = std::byte{2};
  const std::uint64_t checksum = checksum64(std::span(bytes).first(bytes.size() - 8));
  std::memcpy(bytes.data() + bytes.size() - 8, &checksum, 8);
  ASSERT_TRUE(file->write(0, sys::ConstBuffer(bytes)).has_value());
  index_.reset();
  const auto refused = EventIndex::open(disk(), "index", 10);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code(), Errc::Unsupported);
  EXPECT_NE(refused.error().to_string().find("version 2"), std::string::npos);
  EXPECT_EQ(files().size(), 1U);
}

TEST_F(EventIndexTest, FilesOfOthersAreLeftAlone) {
  // Names that no index would give: not at all, with other zeros, ending before they begin.
  ASSERT_TRUE(disk().create_folder("index").has_value());
  for (const std::string name : {"notes", "index-1-2", "index-0000000000001-0000000000002",
                                 "index-000000000010-000000000005"}) {
    ASSERT_TRUE(disk().open("index/" + name, {.mode = sys::OpenMode::CreateNew}).has_value());
  }
  open(100);
  EXPECT_EQ(files().size(), 4U);
  EXPECT_EQ(index().covered(), 0U);
}

TEST_F(EventIndexTest, AnEmptyJournalAndTransactionsWithoutEventsAreFine) {
  // No event, no term, but times.
  open(0);
  EXPECT_TRUE(find_all(index(), {}, {}, 10).value().empty());
  EXPECT_EQ(index().first_at({.nanoseconds = 5}).value(), 1U);
  seal();
  EXPECT_TRUE(files().empty());
  for (std::uint64_t i = 1; i <= 300; ++i) {
    index().add({.position = Seq(i), .time = static_cast<std::int64_t>(i), .kind = 1}, {});
  }
  seal();
  open(300);
  EXPECT_EQ(index().covered(), 300U);
  EXPECT_TRUE(find_all(index(), {}, {}, 10).value().empty());
  EXPECT_EQ(index().first_at({.nanoseconds = 200}).value(), 128U);
  EXPECT_EQ(index().first_at({.nanoseconds = 301}).value(), 301U);
}

TEST_F(EventIndexTest, ASmallEventIsIndexedInAFewBytes) {
  // Events of one kind and one scope about a thousand entities: at most 44 bytes each.
  constexpr std::uint64_t events = 20'000;
  std::vector<std::string> names;
  names.reserve(1000);
  for (int i = 0; i < 1000; ++i) {
    names.push_back(fmt::format("user:{}", i));
  }
  open(0);
  for (std::uint64_t i = 1; i <= events; ++i) {
    const Coordinate coordinate = {.entity = names[i * 7 % names.size()], .scope = "chat"};
    const EventRecord event = {.kind = 1,
                               .payload = std::as_bytes(std::span("seventeen bytes!")),
                               .about = EventRecord::About::Named,
                               .coordinate = coordinate,
                               .version = i};
    index().add({.position = Seq(i),
                 .time = static_cast<std::int64_t>(i),
                 .kind = 1,
                 .events = std::span(&event, 1)},
                std::span(&coordinate, 1));
  }
  seal();
  EXPECT_LE(index().stats().file_bytes, events * 24);
}

}  // namespace
}  // namespace cairn::journal
