// SPDX-License-Identifier: Apache-2.0
// The tamper matrix: whatever is done to the files of a journal is detected and named, or harms no
// reader. A reader is never served anything that was not written.
#include <algorithm>
#include <cstdlib>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <cairn/store.h>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "journal/history.h"
#include "journal/schemas.h"
#include "journal/tree_hash.h"
#include "journal/verify.h"
#include "log/format.h"
#include "store/event_store.h"
#include "sys/posix/posix_clock.h"
#include "sys/posix/posix_disk.h"
#include "tests/journal/rig.h"
#include "tests/log/rig.h"
#include "tests/support/temp_folder.h"

namespace cairn::journal {
namespace {

bool is_exhaustive() {
  const char* const value = std::getenv("CAIRN_EXHAUSTIVE");
  return value != nullptr && std::string_view(value) == "1";
}

bool is_truth(const std::string& path) {
  return path.starts_with(log_folder) || path.starts_with(schema_folder);
}

/// What became of one change.
struct Fate {
  std::string promise;  ///< that verifying names; "holds", or "error" when it could not be judged
  std::size_t served = 0;
  std::string reason;
};

/// Reads as a reader process does: in order, then here and there. Whatever is served must be what
/// was written.
std::size_t read_all(sys::Disk& disk) {
  const SampleJournal& sample = sample_journal();
  auto reader = HistoryReader::open(disk, "");
  if (!reader) {
    return 0;
  }
  std::size_t served = 0;
  const auto judge = [&](const HistoryEntry& entry, std::uint64_t sequence) {
    const bool is_right = sequence <= sample.records.size() &&
                          std::ranges::equal(entry.bytes, sample.records[sequence - 1]) &&
                          entry.hash == sample.hashes[sequence - 1];
    EXPECT_TRUE(is_right) << "a wrong transaction was served as " << sequence;
    return sequence;
  };
  while (true) {
    const auto entry = reader->next();
    if (!entry || *entry == nullptr) {
      break;
    }
    ++served;
    EXPECT_EQ(judge(**entry, (*entry)->record->position.value()), served);
  }
  for (std::uint64_t sequence = 1; sequence <= sample.records.size(); sequence += 61) {
    if (const auto entry = reader->at(Seq(sequence))) {
      judge(**entry, sequence);
    }
  }
  return served;
}

/// Verifies and reads files that somebody has changed.
Fate fate_of(const Files& files, const Anchors* anchors = nullptr) {
  const auto disk = make_frozen_disk(files);
  Fate fate;
  const auto verdict = verify_journal(*disk, "", {.anchors = anchors});
  const std::optional<BrokenPromise> broken = verdict ? verdict->broken : std::nullopt;
  if (!verdict) {
    fate.promise = "error";
    fate.reason = verdict.error().to_string();
  } else if (broken) {
    fate.promise = to_string(broken->promise);
    fate.reason = broken->reason;
    EXPECT_FALSE(fate.reason.empty());
    EXPECT_FALSE(broken->advice.empty());
  } else {
    fate.promise = "holds";
    // What holds is all there, to the last transaction: only what readers may see of it may be
    // less.
    EXPECT_EQ(verdict->last, sample_journal().verdict.last);
    EXPECT_EQ(verdict->head, sample_journal().verdict.head);
    EXPECT_EQ(verdict->events, sample_journal().verdict.events);
  }
  fate.served = read_all(*disk);
  return fate;
}

/// Opens the store on a copy of files whose truth is whole, so that what can be made again is, and
/// compares all that it serves.
void expect_whole_after_opening(const Files& files) {
  using store::Cursor;
  const auto serve = [](const Files& some) {
    const test::TempFolder temp;
    const auto disk = sys::make_posix_disk(temp.path()).value();
    write_files(some, *disk, "");
    sys::PosixClock clock;
    log::CountedRandom random(5);
    store::StoreOptions options = {.segment_bytes = 65'536, .batch_bytes_max = 16'384};
    auto opened = store::EventStore::open({.disk = *disk, .clock = clock, .random = random}, "",
                                          domain_info<sample::Shop>(), options);
    EXPECT_TRUE(opened.has_value()) << opened.error().to_string();
    std::vector<store::StoredEvent> all;
    if (!opened) {
      return all;
    }
    const std::vector<Region> regions = {Region(),
                                         {.entity = "order/7"},
                                         {.scope = "south"},
                                         {.entity_prefix = "order/1"},
                                         {.kinds = {2}}};
    for (const Region& region : regions) {
      Cursor cursor;
      const auto page = (*opened)->page(region, cursor, 10'000);
      EXPECT_TRUE(page.has_value()) << page.error().to_string();
      if (!page) {
        return all;
      }
      all.insert(all.end(), page->begin(), page->end());
    }
    return all;
  };
  static const std::vector<store::StoredEvent> expected = serve(sample_journal().files);
  EXPECT_GT(expected.size(), 500U);
  EXPECT_TRUE(serve(files) == expected) << "what is served is not what was written";
}

/// The anchors that somebody has kept: the heads after 120 transactions, and after all.
const Anchors& kept_anchors() {
  static const Anchors anchors = [] {
    Anchors made{.origin = "example.org/shop", .heads = {}};
    TreeFrontier frontier;
    std::vector<Digest> unused;
    for (const Digest& hash : sample_journal().hashes) {
      frontier.add(leaf_hash(hash.bytes), unused);
      if (frontier.size() == 120 || frontier.size() == sample_journal().hashes.size()) {
        made.heads.push_back({.size = frontier.size(), .root = frontier.root()});
      }
    }
    return made;
  }();
  return anchors;
}

/// Where a segment's bytes mean nothing: behind its last batch, before its footer.
struct Extent {
  std::size_t begin = 0;
  std::size_t end = 0;
};

struct SegmentMap {
  std::string path;
  std::vector<Extent> batches;  ///< of each, header and padding included
  Extent slack;
};

std::vector<SegmentMap> map_segments(const Files& files) {
  std::vector<SegmentMap> maps;
  for (const auto& [path, bytes] : files) {
    if (path.find(log::segment_prefix) == std::string::npos) {
      continue;
    }
    SegmentMap map{.path = path, .batches = {}, .slack = {}};
    std::size_t at = log::batches_begin;
    while (at + log::block_bytes <= bytes.size()) {
      const auto header = log::load<log::BatchHeader>(std::span(bytes).subspan(at));
      if (header.preamble.magic != log::batch_magic) {
        break;
      }
      const std::size_t size = log::batch_size(header.frame_bytes);
      map.batches.push_back({.begin = at, .end = at + size});
      at += size;
    }
    map.slack = {.begin = at, .end = bytes.size() - log::footer_size(map.batches.size())};
    if (!map.batches.empty()) {
      maps.push_back(std::move(map));
    }
  }
  return maps;
}

/// The last segment in use has no footer yet.
bool is_slack(const std::vector<SegmentMap>& maps, const std::string& path, std::size_t at) {
  for (const SegmentMap& map : maps) {
    if (map.path == path) {
      const bool is_last = &map == &maps.back();
      return at >= map.slack.begin && (is_last || at < map.slack.end);
    }
  }
  // Segments that are prepared, spares and the like hold nothing.
  return path.starts_with("log/") && !path.ends_with(log::frontier_name);
}

TEST(Tamper, TheSampleIsLargeEnoughToShowSomething) {
  const auto maps = map_segments(sample_journal().files);
  EXPECT_GE(maps.size(), 4U);
  EXPECT_GE(sample_journal().verdict.batches, 40U);
  EXPECT_GE(sample_journal().records.size(), 200U);
  EXPECT_EQ(fate_of(sample_journal().files).promise, "holds");
  EXPECT_EQ(fate_of(sample_journal().files, &kept_anchors()).promise, "holds");
  expect_whole_after_opening(sample_journal().files);
}

TEST(Tamper, EveryFlippedByteIsNamedOrHarmless) {
  // Each byte of each file in turn, one bit of it. What holds is checked against the original; what
  // lies in the slack of a segment must hold, and what is truth elsewhere must not.
  const auto maps = map_segments(sample_journal().files);
  Files files = sample_journal().files;
  std::map<std::string, std::size_t> fates;
  std::size_t reopened = 0;
  for (auto& [path, bytes] : files) {
    // Small files whole; of large ones what holds something more densely than what does not.
    std::size_t step = 1;
    for (std::size_t at = 0; at < bytes.size(); at += step) {
      const bool holds_nothing = is_slack(maps, path, at);
      const std::size_t sampled = path.starts_with("schema") ? 29 : holds_nothing ? 2011 : 97;
      step = is_exhaustive() ? 1 : sampled;
      const auto bit = static_cast<std::byte>(1U << (at % 8));
      bytes[at] ^= bit;
      const Fate fate = fate_of(files);
      SCOPED_TRACE(fmt::format("{} at {}: {} {}", path, at, fate.promise, fate.reason));
      ++fates[fate.promise];
      if (holds_nothing) {
        EXPECT_EQ(fate.promise, "holds");
      } else if (path.starts_with("log/segment")) {
        EXPECT_EQ(fate.promise, "log");
      } else if (path.starts_with("schema")) {
        EXPECT_EQ(fate.promise, "schema");
      }
      if (fate.promise == "holds" && !path.starts_with("log/frontier")) {
        EXPECT_EQ(fate.served, sample_journal().records.size());
      }
      // What can be made again may be deleted, as the advice is; all is served as it was then.
      if ((!is_truth(path) || path.ends_with("frontier")) && fate.promise != "log" &&
          ++reopened % (is_exhaustive() ? 101 : 23) == 0) {
        Files advised = files;
        if (fate.promise == "index" || fate.promise == "tree") {
          advised.erase(path);
        }
        expect_whole_after_opening(advised);
      }
      bytes[at] ^= bit;
      ASSERT_FALSE(HasFailure());
    }
  }
  EXPECT_GT(fates["log"], 50U);
  EXPECT_GT(fates["schema"], 5U);
  EXPECT_GT(fates["tree"] + fates["index"], 20U);
  for (const auto& [promise, count] : fates) {
    RecordProperty("fate_" + promise, static_cast<int>(count));
    fmt::print("{:8} {}\n", promise, count);
  }
}

TEST(Tamper, EveryTruncationIsNamedOrHarmless) {
  // Each file cut at each offset. The truth is never shorter unnoticed.
  const auto maps = map_segments(sample_journal().files);
  for (const auto& [path, bytes] : sample_journal().files) {
    Files files = sample_journal().files;
    std::size_t step = 1;
    for (std::size_t size = 0; size < bytes.size(); size += step) {
      step = is_exhaustive()    ? 1
             : size % 4096 == 0 ? 1
             : size % 4096 == 1 ? 1021
                                : 4096 - size % 4096;
      files[path].assign(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
      const Fate fate = fate_of(files);
      SCOPED_TRACE(fmt::format("{} cut at {}: {} {}", path, size, fate.promise, fate.reason));
      if (path.starts_with("schema")) {
        EXPECT_EQ(fate.promise, "schema");
      } else if (path.starts_with("log/segment") && !is_slack(maps, path, size)) {
        EXPECT_EQ(fate.promise, "log");
      }
      if (fate.promise == "holds" && !path.ends_with("frontier")) {
        EXPECT_EQ(fate.served, sample_journal().records.size());
      }
      ASSERT_FALSE(HasFailure());
    }
  }
}

TEST(Tamper, EveryMissingFileIsNamedOrMadeAgain) {
  for (const auto& [path, bytes] : sample_journal().files) {
    Files files = sample_journal().files;
    files.erase(path);
    const Fate fate = fate_of(files);
    SCOPED_TRACE(fmt::format("{}: {} {}", path, fate.promise, fate.reason));
    const auto maps = map_segments(sample_journal().files);
    const bool is_segment =
        std::ranges::any_of(maps, [&](const SegmentMap& map) { return map.path == path; });
    if (is_segment || path.ends_with("frontier")) {
      EXPECT_EQ(fate.promise, "log");
    } else if (path.starts_with("schema")) {
      EXPECT_EQ(fate.promise, "schema");
    } else {
      EXPECT_EQ(fate.promise, "holds");
      expect_whole_after_opening(files);
    }
  }
}

TEST(Tamper, BatchesThatChangePlacesAreNamed) {
  // Within a segment and across: exchanged, put over another one, left out, doubled.
  const auto maps = map_segments(sample_journal().files);
  const SampleJournal& sample = sample_journal();
  const auto copy = [&](const SegmentMap& map, Extent extent) {
    const test::Bytes& bytes = sample.files.at(map.path);
    return test::Bytes(bytes.begin() + static_cast<std::ptrdiff_t>(extent.begin),
                       bytes.begin() + static_cast<std::ptrdiff_t>(extent.end));
  };
  const auto put = [](Files& files, const std::string& path, std::size_t at,
                      const test::Bytes& bytes) {
    std::ranges::copy(bytes, files[path].begin() + static_cast<std::ptrdiff_t>(at));
  };
  std::size_t tried = 0;
  const auto expect_named = [&](const Files& files, const std::string& what) {
    const Fate fate = fate_of(files);
    EXPECT_EQ(fate.promise, "log") << what << ": " << fate.reason;
    ++tried;
  };
  for (const SegmentMap& from : maps) {
    for (const SegmentMap& to : maps) {
      for (std::size_t i = 0; i < from.batches.size(); i += 3) {
        const std::size_t k = (i * 5 + 1) % to.batches.size();
        if (&from == &to && i == k) {
          continue;
        }
        const test::Bytes one = copy(from, from.batches[i]);
        const test::Bytes other = copy(to, to.batches[k]);
        Files spliced = sample.files;
        put(spliced, to.path, to.batches[k].begin, one);
        expect_named(spliced, fmt::format("{} {} over {} {}", from.path, i, to.path, k));
        if (one.size() == other.size()) {
          put(spliced, from.path, from.batches[i].begin, other);
          expect_named(spliced, fmt::format("{} {} with {} {}", from.path, i, to.path, k));
        }
      }
    }
    // Left out or doubled: all that follows moves.
    for (std::size_t i = 0; i < from.batches.size(); ++i) {
      const Extent extent = from.batches[i];
      const std::size_t end = from.batches.back().end;
      Files dropped = sample.files;
      put(dropped, from.path, extent.begin, copy(from, {.begin = extent.end, .end = end}));
      std::fill_n(dropped[from.path].begin() +
                      static_cast<std::ptrdiff_t>(end - (extent.end - extent.begin)),
                  extent.end - extent.begin, std::byte{0});
      expect_named(dropped, fmt::format("{} without {}", from.path, i));
      if (from.slack.end - from.slack.begin >= extent.end - extent.begin) {
        Files doubled = sample.files;
        put(doubled, from.path, extent.end, copy(from, {.begin = extent.begin, .end = end}));
        // Behind the end of the last segment, a batch that does not follow is a left-over.
        const bool is_left_over = &from == &maps.back() && i + 1 == from.batches.size();
        if (!is_left_over) {
          expect_named(doubled, fmt::format("{} with {} twice", from.path, i));
        } else {
          EXPECT_EQ(fate_of(doubled).promise, "holds");
        }
      }
    }
  }
  EXPECT_GT(tried, 100U);
}

TEST(Tamper, SegmentsThatChangePlacesAreNamed) {
  const auto maps = map_segments(sample_journal().files);
  for (std::size_t i = 0; i < maps.size(); ++i) {
    for (std::size_t k = 0; k < maps.size(); ++k) {
      if (i == k) {
        continue;
      }
      Files over = sample_journal().files;
      over[maps[k].path] = sample_journal().files.at(maps[i].path);
      EXPECT_EQ(fate_of(over).promise, "log") << i << " over " << k;
      std::swap(over[maps[i].path], over[maps[k].path]);
      over[maps[i].path] = sample_journal().files.at(maps[k].path);
      over[maps[k].path] = sample_journal().files.at(maps[i].path);
      EXPECT_EQ(fate_of(over).promise, "log") << i << " with " << k;
    }
  }
}

/// Rewrites a header at an offset, with a checksum that fits.
template <typename Header>
Files rewritten(const std::string& path, std::size_t at, std::uint64_t seed,
                const std::function<void(Header&)>& change) {
  Files files = sample_journal().files;
  const auto place = std::span(files[path]).subspan(at);
  auto header = log::load<Header>(place);
  change(header);
  log::store(header, seed, place);
  return files;
}

TEST(Tamper, ABatchHeaderWithAFreshChecksumIsNamed) {
  // Whatever it says of the batch is under the hash that the next batch names, or the frontier or a
  // trailer. What it says of its place changes nothing that anybody is served.
  using Change = std::function<void(log::BatchHeader&)>;
  const std::vector<std::pair<std::string, Change>> lies = {
      {"first", [](auto& header) { header.first += 1; }},
      {"count", [](auto& header) { header.count += 1; }},
      {"fewer", [](auto& header) { header.count -= 1; }},
      {"bytes", [](auto& header) { header.frame_bytes -= 1; }},
      {"more bytes", [](auto& header) { header.frame_bytes += 64; }},
      {"time", [](auto& header) { header.time += 1; }},
      {"previous", [](auto& header) { header.previous.bytes[3] ^= std::byte{1}; }},
      {"records", [](auto& header) { header.records.bytes[3] ^= std::byte{1}; }},
      {"reserved", [](auto& header) { header.reserved[0] = std::byte{1}; }},
      {"salt", [](auto& header) { header.salt[0] ^= std::byte{1}; }},
      {"segment", [](auto& header) { header.segment += 1; }},
      {"durable", [](auto& header) { header.durable_through = header.first; }},
  };
  const auto maps = map_segments(sample_journal().files);
  for (const SegmentMap& map : maps) {
    for (const Extent& batch : map.batches) {
      for (const auto& [name, lie] : lies) {
        const Fate fate =
            fate_of(rewritten<log::BatchHeader>(map.path, batch.begin, batch.begin, lie));
        EXPECT_EQ(fate.promise, "log") << name << ", " << map.path << " at " << batch.begin;
      }
      for (const Change& harmless : {Change([](auto& header) { header.durable_through = 0; }),
                                     Change([](auto& header) { header.epoch += 1; })}) {
        const Fate fate =
            fate_of(rewritten<log::BatchHeader>(map.path, batch.begin, batch.begin, harmless));
        EXPECT_TRUE(fate.promise == "log" || fate.promise == "holds") << fate.reason;
      }
    }
  }
}

TEST(Tamper, ASegmentHeaderOrTrailerWithAFreshChecksumIsNamed) {
  const auto maps = map_segments(sample_journal().files);
  using Change = std::function<void(log::SegmentHeader&)>;
  const std::vector<Change> lies = {
      [](auto& header) { header.number += 1; },
      [](auto& header) { header.salt[0] ^= std::byte{1}; },
      [](auto& header) { header.first += 1; },
      [](auto& header) { header.first = 0; },
      [](auto& header) { header.previous.bytes[0] ^= std::byte{1}; },
      [](auto& header) { header.reserved[0] = std::byte{1}; },
  };
  for (const SegmentMap& map : maps) {
    for (std::size_t i = 0; i < lies.size(); ++i) {
      EXPECT_EQ(fate_of(rewritten<log::SegmentHeader>(map.path, 0, 0, lies[i])).promise, "log")
          << i << " " << map.path;
    }
    // Where the last segment ends is said again by nothing, and matters to no reader.
    const Fate longer = fate_of(rewritten<log::SegmentHeader>(
        map.path, 0, 0, [](auto& header) { header.segment_bytes *= 2; }));
    EXPECT_EQ(longer.promise, &map == &maps.back() ? "holds" : "log") << map.path;
  }
  using Ending = std::function<void(log::Trailer&)>;
  const std::vector<Ending> endings = {
      [](auto& trailer) { trailer.last += 1; },
      [](auto& trailer) { trailer.data_end += log::block_bytes; },
      [](auto& trailer) { trailer.batches -= 1; },
      [](auto& trailer) { trailer.last_hash.bytes[0] ^= std::byte{1}; },
      [](auto& trailer) { trailer.first_time += 1; },
      [](auto& trailer) { trailer.last_time += 1; },
      [](auto& trailer) { trailer.index_checksum += 1; },
  };
  for (std::size_t s = 0; s + 1 < maps.size(); ++s) {
    const test::Bytes& bytes = sample_journal().files.at(maps[s].path);
    const auto header = log::load<log::SegmentHeader>(bytes);
    for (std::size_t i = 0; i < endings.size(); ++i) {
      const Files files = rewritten<log::Trailer>(maps[s].path, bytes.size() - log::block_bytes,
                                                  header.number, endings[i]);
      EXPECT_EQ(fate_of(files).promise, "log") << i << " " << maps[s].path;
    }
  }
}

TEST(Tamper, AFrontierWithAFreshChecksumServesNothingThatIsWrong) {
  // One that promises more than there is, is named. One that promises less leaves everything where
  // it is: readers see less until the store is opened, and the tree and the index say so too.
  const std::string path = "log/frontier";
  const auto newest = [&](const std::function<void(log::FrontierSlot&)>& change) {
    Files files = sample_journal().files;
    for (std::size_t i = 0; i < 2; ++i) {
      const auto place = std::span(files[path]).subspan(i * log::block_bytes);
      auto slot = log::load<log::FrontierSlot>(place);
      change(slot);
      log::store(slot, i, place);
    }
    return files;
  };
  EXPECT_EQ(fate_of(newest([](auto& slot) { slot.durable += 1; })).promise, "log");
  EXPECT_EQ(fate_of(newest([](auto& slot) { slot.durable -= 1; })).promise, "log");
  EXPECT_EQ(fate_of(newest([](auto& slot) { slot.segment += 1; })).promise, "holds");
  EXPECT_EQ(fate_of(newest([](auto& slot) { slot.hash.bytes[0] ^= std::byte{1}; })).promise, "log");
  EXPECT_EQ(fate_of(newest([](auto& slot) { slot.end += log::block_bytes; })).promise, "log");
}

std::vector<test::Bytes> other_records(std::size_t same) {
  // Another history from there on: the same appends an hour later, so that every hash differs, and
  // nothing but the hashes can tell.
  std::vector<test::Bytes> records = sample_journal().records;
  for (std::size_t i = same; i < records.size(); ++i) {
    records[i] = changed(records[i], [](TransactionRecord& record) {
      record.time += std::int64_t{3'600} * 1'000'000'000;
    });
  }
  return records;
}

TEST(Tamper, AValidlyChainedSuffixIsCaughtByAnAnchoredHead) {
  // The one forgery that needs no secret: all that follows is written anew, with every hash right.
  // The journal alone cannot tell, and says so by holding; whoever kept a head, can.
  for (const std::size_t same : {0U, 119U, 150U, 200U}) {
    const Files files = forge(other_records(std::max<std::size_t>(same, 1)), 5);
    const auto disk = make_frozen_disk(files);
    EXPECT_TRUE(verify_journal(*disk, "", {})->holds()) << same;
    const BrokenPromise broken =
        verify_journal(*disk, "", {.anchors = &kept_anchors()})->broken.value_or(BrokenPromise());
    EXPECT_EQ(broken.promise, Promise::NotForked) << same;
    EXPECT_EQ(broken.at, Seq(same < 120 ? 120 : sample_journal().records.size()));
  }
}

TEST(Tamper, ARollBackIsCaughtByAnAnchoredHeadAndByWhatWasMadeOfTheLog) {
  std::vector<test::Bytes> records = sample_journal().records;
  records.resize(150);
  Files files = forge(records, 5);
  const auto verify = [&](const Anchors* anchors) {
    const auto disk = make_frozen_disk(files);
    const auto broken = verify_journal(*disk, "", {.anchors = anchors})->broken;
    return broken ? std::string(to_string(broken->promise)) : "holds";
  };
  EXPECT_EQ(verify(nullptr), "holds");
  EXPECT_EQ(verify(&kept_anchors()), "rolled_back");
  // Whoever forgets to roll back the tree's file or the index is caught by that.
  files["tree"] = sample_journal().files.at("tree");
  EXPECT_EQ(verify(nullptr), "tree");
  files.erase("tree");
  for (const auto& [path, bytes] : sample_journal().files) {
    if (path.starts_with(index_folder)) {
      files[path] = bytes;
    }
  }
  EXPECT_EQ(verify(nullptr), "index");
}

}  // namespace
}  // namespace cairn::journal
