// SPDX-License-Identifier: Apache-2.0
#include "journal/verify.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "journal/history.h"
#include "journal/index_format.h"
#include "journal/index_sample.h"
#include "journal/keys_ring.h"
#include "journal/note.h"
#include "journal/schemas.h"
#include "journal/tree.h"
#include "journal/tree_hash.h"
#include "log/folder.h"
#include "log/segment.h"
#include "sys/posix/posix_disk.h"
#include "tests/journal/rig.h"
#include "tests/log/rig.h"
#include "tests/support/temp_folder.h"

namespace cairn::journal {
namespace {

using Records = std::vector<test::Bytes>;

JournalVerdict verify(const Files& files, const VerifyOptions& options = {}) {
  const auto disk = make_frozen_disk(files);
  auto verdict = verify_journal(*disk, "", options);
  EXPECT_TRUE(verdict.has_value()) << verdict.error().to_string();
  return verdict ? *std::move(verdict) : JournalVerdict();
}

std::string broken(const JournalVerdict& verdict) {
  return verdict.broken ? std::string(to_string(verdict.broken->promise)) : "nothing";
}

Seq place(const JournalVerdict& verdict) {
  return verdict.broken ? verdict.broken->at : Seq();
}

std::string reason(const JournalVerdict& verdict) {
  return verdict.broken ? verdict.broken->reason : "";
}

/// What verifying says of a journal whose record at `sequence` was changed, all hashes made anew.
JournalVerdict verify_changed(std::uint64_t sequence,
                              const std::function<void(TransactionRecord&)>& change,
                              const VerifyOptions& options = {}) {
  Records records = sample_journal().records;
  records[sequence - 1] = changed(records[sequence - 1], change);
  return verify(forge(records, 7), options);
}

JournalVerdict verify_changed_event(std::uint64_t sequence, std::size_t event,
                                    const std::function<void(EventRecord&)>& change) {
  Records records = sample_journal().records;
  records[sequence - 1] = changed_event(records[sequence - 1], event, change);
  return verify(forge(records, 7));
}

/// The first transaction from `from` on of whose events one is as asked; and which.
EventPlace find_event(const std::function<bool(const EventRecord&)>& is_wanted,
                      std::uint64_t from = 50) {
  TransactionReader reader;
  const Records& records = sample_journal().records;
  for (std::uint64_t sequence = from; sequence <= records.size(); ++sequence) {
    const TransactionRecord& record = **reader.read(records[sequence - 1]);
    const auto found = std::ranges::find_if(record.events, is_wanted);
    if (found != record.events.end()) {
      return {.transaction = Seq(sequence),
              .event = static_cast<std::uint32_t>(found - record.events.begin())};
    }
  }
  ADD_FAILURE() << "the sample has no such event";
  return {};
}

Anchors anchored(std::vector<std::uint64_t> sizes) {
  MemoryHashStore store;
  Anchors anchors{.origin = "example.org/shop", .heads = {}};
  TreeFrontier frontier;
  std::vector<Digest> unused;
  for (const Digest& hash : sample_journal().hashes) {
    frontier.add(leaf_hash(hash.bytes), unused);
    if (std::ranges::find(sizes, frontier.size()) != sizes.end()) {
      anchors.heads.push_back({.size = frontier.size(), .root = frontier.root()});
    }
  }
  return anchors;
}

TEST(VerifyJournal, AWholeJournalHolds) {
  // What the store, the tree and the index have written is right, to the last promise.
  const SampleJournal& sample = sample_journal();
  std::vector<std::uint64_t> steps;
  const JournalVerdict verdict =
      verify(sample.files, {.values = true,
                            .entries = true,
                            .wants_head = true,
                            .progress = [&](std::uint64_t done, auto total) {
                              EXPECT_LE(done, total);
                              steps.push_back(done);
                            }});
  EXPECT_EQ(broken(verdict), "nothing") << reason(verdict);
  EXPECT_EQ(verdict.first, Seq(1));
  EXPECT_EQ(verdict.last, Seq(sample.records.size()));
  EXPECT_GT(verdict.events, 200U);
  EXPECT_GT(verdict.coordinates, 50U);
  EXPECT_GE(verdict.index_files, 1U);
  EXPECT_EQ(verdict.schemas, 1U);
  EXPECT_TRUE(verdict.has_tree_file);
  EXPECT_EQ(verdict.tree, std::optional(anchored({sample.records.size()}).heads.front()));
  EXPECT_EQ(steps.size(), verdict.batches);
  EXPECT_TRUE(std::ranges::is_sorted(steps));
  EXPECT_EQ(steps.back(), sample.records.size());
}

TEST(VerifyJournal, AForgedJournalWithTheSameRecordsHolds) {
  // What `forge` makes is wrong in nothing of its own, so the tests below show what they claim.
  const JournalVerdict verdict = verify(forge(sample_journal().records, 7), {.values = true});
  EXPECT_EQ(broken(verdict), "nothing") << reason(verdict);
  EXPECT_EQ(verdict.events, sample_journal().verdict.events);
}

TEST(VerifyJournal, AFolderWithoutAJournalIsAnErrorAndNoVerdict) {
  Files files = {{"log/other", {}}};
  const auto disk = make_frozen_disk(files);
  EXPECT_EQ(verify_journal(*disk, "", {}).error().code(), Errc::NotFound);
  EXPECT_EQ(verify_journal(*disk, "nowhere", {}).error().code(), Errc::NotFound);
}

TEST(VerifyJournal, ARecordThatIsNoneIsNamed) {
  Records records = sample_journal().records;
  records[99].push_back(std::byte{0});
  const JournalVerdict verdict = verify(forge(records, 7));
  EXPECT_EQ(broken(verdict), "record");
  EXPECT_EQ(place(verdict), Seq(100));
  EXPECT_EQ(verdict.last, Seq(99));
}

TEST(VerifyJournal, ARecordOfANewerVersionIsRefusedByItsNumber) {
  Records records = sample_journal().records;
  records[99][0] = std::byte{9};
  const Files files = forge(records, 7);
  const auto disk = make_frozen_disk(files);
  const auto verdict = verify_journal(*disk, "", {});
  ASSERT_FALSE(verdict.has_value());
  EXPECT_EQ(verdict.error().code(), Errc::Unsupported);
  EXPECT_NE(verdict.error().to_string().find("transaction 100"), std::string::npos);
  EXPECT_NE(verdict.error().to_string().find("version 9"), std::string::npos);
}

TEST(VerifyJournal, APositionThatIsNotThePlaceIsNamed) {
  // The record of another place; then two that have changed places.
  Records records = sample_journal().records;
  std::swap(records[99], records[100]);
  const JournalVerdict verdict = verify(forge(records, 7));
  EXPECT_EQ(broken(verdict), "position");
  EXPECT_EQ(place(verdict), Seq(100));
}

TEST(VerifyJournal, TimeThatGoesBackIsNamed) {
  const auto verdict = verify_changed(100, [](TransactionRecord& record) { record.time = 5; });
  EXPECT_EQ(broken(verdict), "time");
  EXPECT_EQ(place(verdict), Seq(100));
}

TEST(VerifyJournal, ASchemaThatIsNotInForceIsNamed) {
  for (const std::uint32_t schema : {0U, 2U, 77U}) {
    const auto verdict =
        verify_changed(100, [&](TransactionRecord& record) { record.schema = schema; });
    EXPECT_EQ(broken(verdict), "schema") << schema;
    EXPECT_EQ(place(verdict), Seq(100));
  }
}

TEST(VerifyJournal, ASchemaFileThatSaysSomethingElseIsNamed) {
  Files files = sample_journal().files;
  const std::string path = Schemas::path_of("", 1);
  ASSERT_TRUE(files.contains(path));
  files[path][10] ^= std::byte{1};
  EXPECT_EQ(broken(verify(files)), "schema");
  files.erase(path);
  EXPECT_EQ(broken(verify(files)), "schema");
  // And when the journal has installed something that is no schema at all.
  const test::Bytes rubbish = test::bytes_of_text("{}\n");
  Records records = sample_journal().records;
  records[0] = changed(records[0], [&](TransactionRecord& record) { record.command = rubbish; });
  files = forge(records, 7);
  files[path] = rubbish;
  const JournalVerdict verdict = verify(files);
  EXPECT_EQ(broken(verdict), "schema");
  EXPECT_EQ(place(verdict), Seq(1));
}

TEST(VerifyJournal, AnAncestorThatIsNotTheEventBeforeIsNamed) {
  const EventPlace later = find_event([](const EventRecord& event) { return event.version > 3; });
  const std::uint64_t sequence = later.transaction.value();
  const std::vector<std::function<void(EventRecord&)>> lies = {
      [](EventRecord& event) { event.version += 1; },
      [](EventRecord& event) { event.version -= 1; },
      [](EventRecord& event) { event.version = 1; },
      [](EventRecord& event) { event.ancestor.transaction = Seq(2); },
      [](EventRecord& event) { event.ancestor.event += 1; },
      [](EventRecord& event) { event.ancestor_hash[15] ^= std::byte{0x80}; },
      [](EventRecord& event) { event.coordinate.entity = "somebody else"; },
      [](EventRecord& event) { event.coordinate.scope = "nowhere"; },
  };
  for (std::size_t i = 0; i < lies.size(); ++i) {
    const JournalVerdict verdict = verify_changed_event(sequence, later.event, lies[i]);
    EXPECT_EQ(broken(verdict), "ancestor") << i;
    EXPECT_EQ(place(verdict), Seq(sequence)) << i;
  }
}

TEST(VerifyJournal, AChangedEventIsNamedByTheNextOneAtItsCoordinate) {
  // Its own record is whole; that of its successor holds the hash of what it was.
  const EventPlace later = find_event([](const EventRecord& event) { return event.version > 3; });
  TransactionReader reader;
  const TransactionRecord& record =
      **reader.read(sample_journal().records[later.transaction.value() - 1]);
  const EventPlace earlier = record.events[later.event].ancestor;
  const test::Bytes other = test::bytes_of_text("\x01x\x02");
  const JournalVerdict verdict =
      verify_changed_event(earlier.transaction.value(), earlier.event,
                           [&](EventRecord& event) { event.payload = other; });
  EXPECT_EQ(broken(verdict), "ancestor");
  EXPECT_EQ(place(verdict), later.transaction);
}

TEST(VerifyJournal, ACauseThatIsNotThereIsNamed) {
  const EventPlace caused = find_event([](const EventRecord& event) { return event.has_cause; });
  const auto verdict = verify_changed_event(caused.transaction.value(), caused.event,
                                            [](EventRecord& event) { event.cause.event = 60'000; });
  EXPECT_EQ(broken(verdict), "cause");
  EXPECT_EQ(place(verdict), caused.transaction);
  const auto of_command = verify_changed(100, [](TransactionRecord& record) {
    record.has_cause = true;
    record.cause = {.transaction = Seq(99), .event = 9};
  });
  EXPECT_EQ(broken(of_command), "cause");
}

TEST(VerifyJournal, AKeyThatWasNotGivenByTheOneBeforeIsNamed) {
  const std::uint64_t last = sample_journal().records.size();
  log::CountedRandom random(3);
  const SignerKey stranger = SignerKey::generate("example.org/shop", random);
  const SignerKey other = SignerKey::generate("example.org/shop", random);
  const auto verify_note = [&](const std::string& note, std::span<const VerifierKey> keys) {
    return verify_changed(
        last, [&](TransactionRecord& record) { record.command = std::as_bytes(std::span(note)); },
        {.keys = keys});
  };
  const Note good = sign_rotation(100, stranger, other);
  const VerifierKey& trusted = stranger.verifier();
  EXPECT_EQ(broken(verify_note(print_note(good), {})), "nothing");
  EXPECT_EQ(broken(verify_note(print_note(good), std::span(&trusted, 1))), "nothing");
  const VerifierKey& unknown = other.verifier();
  EXPECT_EQ(broken(verify_note(print_note(good), std::span(&unknown, 1))), "keys");
  Note half = good;
  half.signatures.pop_back();
  EXPECT_EQ(broken(verify_note(print_note(half), {})), "keys");
  EXPECT_EQ(broken(verify_note("rubbish", {})), "keys");
  // The second rotation away from one key.
  Records records = sample_journal().records;
  records.push_back(
      changed(records.back(), [&](TransactionRecord& record) { record.position = Seq(last + 1); }));
  const JournalVerdict twice = verify(forge(records, 7));
  EXPECT_EQ(broken(twice), "keys");
  EXPECT_EQ(place(twice), Seq(last + 1));
}

TEST(VerifyJournal, AValueThatItsSchemaDoesNotHaveIsNamedWhenAsked) {
  Records records = sample_journal().records;
  const EventPlace last_there =
      find_event([](const EventRecord& event) { return event.kind == 1; }, records.size() - 20);
  const std::uint64_t sequence = last_there.transaction.value();
  // Nothing of the coordinate follows in what is kept of the records.
  records.resize(sequence);
  const test::Bytes cut = test::bytes_of_text("\x05xy");
  records.back() = changed_event(records.back(), last_there.event,
                                 [&](EventRecord& event) { event.payload = cut; });
  const Files files = forge(records, 7);
  EXPECT_EQ(broken(verify(files)), "nothing");
  EXPECT_EQ(broken(verify(files, {.values = true})), "value");
  records.back() = changed_event(sample_journal().records[sequence - 1], last_there.event,
                                 [&](EventRecord& event) { event.kind = 9; });
  EXPECT_EQ(broken(verify(forge(records, 7), {.values = true})), "value");
}

TEST(VerifyJournal, AnAnchoredHeadMustBeOfThisHistory) {
  const std::uint64_t size = sample_journal().records.size();
  const Anchors anchors = anchored({1, 100, 160, size});
  EXPECT_EQ(broken(verify(sample_journal().files, {.anchors = &anchors})), "nothing");
  Anchors later = anchors;
  later.heads.push_back({.size = size + 1, .root = anchors.heads.front().root});
  EXPECT_EQ(broken(verify(sample_journal().files, {.anchors = &later})), "rolled_back");
  Anchors wrong = anchors;
  wrong.heads[2].root.bytes[0] ^= std::byte{1};
  const JournalVerdict forked = verify(sample_journal().files, {.anchors = &wrong});
  EXPECT_EQ(broken(forked), "forked");
  EXPECT_EQ(place(forked), Seq(160));
  const Files empty = forge({}, 7);
  EXPECT_EQ(broken(verify(empty, {.anchors = &anchors})), "rolled_back");
  EXPECT_EQ(broken(verify(empty)), "nothing");
}

TEST(VerifyJournal, DamageToWhatCanBeMadeAgainHidesNothingWorse) {
  Files files = sample_journal().files;
  files["tree"] = test::bytes_of_text("rubbish");
  EXPECT_EQ(broken(verify(files)), "tree");
  const Anchors anchors = anchored({100});
  Anchors wrong = anchors;
  wrong.heads[0].root.bytes[0] ^= std::byte{1};
  EXPECT_EQ(broken(verify(files, {.anchors = &anchors})), "tree");
  EXPECT_EQ(broken(verify(files, {.anchors = &wrong})), "forked");
  files["log/segment-000000000003"][9'000] ^= std::byte{1};
  EXPECT_EQ(broken(verify(files, {.anchors = &anchors})), "log");
}

/// The path of the first file of the index.
std::string index_path(const Files& files) {
  return files.lower_bound(std::string(index_folder) + "/index-")->first;
}

TEST(VerifyJournal, AnIndexThatSaysSomethingElseThanTheLogIsNamed) {
  // Every part of a file in steps, with the checksums made to fit: pages are as they were written,
  // and what they say is not. Only a bit more in the filter harms nobody.
  const Files good = sample_journal().files;
  const std::string path = index_path(good);
  const IndexLayout layout = layout_of(read_index_header(good.at(path), path).value());
  std::size_t tried = 0;
  for (std::size_t section = 0; section + 1 < index_sections; ++section) {
    const IndexLayout::Part part = layout.parts[section];
    const bool is_filter = section == static_cast<std::size_t>(IndexSection::Filter);
    for (std::uint64_t offset = 0; offset < part.bytes; offset += 1 + part.bytes / 24) {
      Files files = good;
      std::byte& byte = files[path][part.offset + offset];
      const bool is_bit_more = is_filter && (byte & std::byte{1}) == std::byte{0};
      byte ^= std::byte{1};
      sample::refresh_index_checksums(files[path]);
      const JournalVerdict verdict = verify(files, {.entries = true});
      EXPECT_EQ(broken(verdict), is_bit_more ? "nothing" : "entry")
          << "section " << section << " offset " << offset << ": " << reason(verdict);
      EXPECT_TRUE(is_bit_more || reason(verdict).find(path) != std::string::npos);
      EXPECT_EQ(broken(verify(files)), "nothing");
      ++tried;
    }
  }
  EXPECT_GT(tried, 150U);
}

TEST(VerifyJournal, WhereTheBeginningWasDroppedTheRestIsProved) {
  // The tree's file knows the tree before; without it, nothing can be said of anchors.
  Files files = sample_journal().files;
  const auto dropped = files.extract("log/segment-000000000001");
  ASSERT_FALSE(dropped.empty());
  const test::TempFolder temp;
  const auto disk = sys::make_posix_disk(temp.path()).value();
  write_files(files, *disk, "");
  const auto second = log::open_segment(log::Folder(*disk, "log"), {.number = 2});
  ASSERT_TRUE(second.has_value());
  ASSERT_TRUE(write_floor(log::Folder(*disk, "log"), second->header.first).has_value());
  files = read_files(*disk, "");
  const JournalVerdict verdict = verify(files, {.values = true, .entries = true});
  EXPECT_EQ(broken(verdict), "nothing") << reason(verdict);
  EXPECT_EQ(verdict.first, Seq(second->header.first));
  EXPECT_EQ(verdict.last, Seq(sample_journal().records.size()));
  const Anchors anchors = anchored({200, sample_journal().records.size()});
  EXPECT_EQ(broken(verify(files, {.anchors = &anchors})), "nothing");
  Anchors wrong = anchors;
  wrong.heads[0].root.bytes[0] ^= std::byte{1};
  EXPECT_EQ(broken(verify(files, {.anchors = &wrong})), "forked");
  files.erase("tree");
  EXPECT_EQ(broken(verify(files)), "nothing");
  const auto frozen = make_frozen_disk(files);
  const auto judged = verify_journal(*frozen, "", {.anchors = &anchors});
  ASSERT_FALSE(judged.has_value());
  EXPECT_EQ(judged.error().code(), Errc::InvalidArgument);
}

TEST(VerifyJournal, NothingIsChanged) {
  // The disk refuses every change, so verifying asked for none; a real folder stays what it was.
  const auto disk = make_frozen_disk(sample_journal().files);
  EXPECT_TRUE(verify_journal(*disk, "", {})->holds());
}

}  // namespace
}  // namespace cairn::journal
