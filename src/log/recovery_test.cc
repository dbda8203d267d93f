// SPDX-License-Identifier: Apache-2.0
// What opening a log makes of files that somebody has changed.
#include "log/recovery.h"

#include <cstdlib>
#include <cstring>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/check.h"
#include "log/reader.h"
#include "log/retention.h"
#include "log/segment.h"
#include "tests/log/rig.h"

namespace cairn::log {
namespace {

using ::testing::HasSubstr;
using Files = std::map<std::string, test::Bytes>;

constexpr std::uint64_t small_segment = 49'152;

Options tiny_options() {
  Options options = small_options();
  options.segment_bytes = small_segment;
  options.batch_bytes_max = 8'192;
  return options;
}

// A log of two sealed segments and an active one, closed, as files.
class Sample final {
 public:
  Sample() : rig_(tiny_options()) {
    CAIRN_CHECK(rig_.open().has_value());
    while (rig_.writer().active_segment() < 3) {
      rig_.append(3, 700);
    }
    rig_.append(5, 60);
    rig_.append(1, 5000);
    rig_.append(2, 60);
    CAIRN_CHECK(rig_.writer().close().has_value());
    rig_.close();
    files_ = rig_.files();
  }

  Rig& rig() { return rig_; }

  [[nodiscard]] const Files& files() const { return files_; }

  // What opening for writing comes to, and then reading: "" when all is there, else the error.
  std::string open() {
    auto opened = rig_.open();
    if (!opened) {
      return opened.error().to_string();
    }
    rig_.close();
    return compare();
  }

  std::string compare() {
    const auto found = rig_.read_all();
    if (!found) {
      return found.error().to_string();
    }
    return *found == rig_.expected() ? "" : "silently different";
  }

  std::string verify() {
    const auto verified = rig_.verify();
    return verified ? compare() : verified.error().to_string();
  }

  // Offset of the n-th batch of a segment.
  std::uint64_t batch_offset(std::uint64_t segment, std::size_t n) {
    const OpenedSegment opened =
        open_segment(rig_.folder(), {.number = segment, .is_archived = false}).value();
    const SegmentScan scan =
        scan_segment(*opened.bytes, opened.header, link_before(opened.header)).value();
    return n < scan.index.entries.size() ? std::uint64_t{scan.index.entries[n].block} * block_bytes
                                         : scan.end;
  }

 private:
  Rig rig_;
  Files files_;
};

// Bytes of which something depends: all but the gap between data and footer of a sealed segment,
// what lies behind the end of the active one, and what lies behind the slots of the frontier.
bool is_meaningful(Sample& sample, const std::string& name, std::uint64_t offset) {
  if (name == frontier_name) {
    return offset % block_bytes < sizeof(FrontierSlot);
  }
  const std::uint64_t number = number_of(segment_prefix, name);
  const std::uint64_t end = sample.batch_offset(number, ~std::size_t{0});
  return offset < end || (number < 3 && offset >= small_segment - footer_size(6));
}

// With CAIRN_EXHAUSTIVE set every place is tried, else so many are stepped over.
std::uint64_t sample_step(std::uint64_t step) {
  return std::getenv("CAIRN_EXHAUSTIVE") != nullptr ? 1 : step;
}

// All bytes of headers and of the first records of a block, some of the rest.
std::uint64_t next_offset(std::uint64_t offset, std::uint64_t step) {
  return offset % block_bytes < 200 ? offset + 1 : offset + step;
}

// What a check of the whole log says with one bit of that byte flipped.
std::string told_of_flip(Sample& sample, const std::string& name, std::uint64_t at) {
  const test::Bytes& bytes = sample.files().at(name);
  const auto file = sample.rig().folder().open(name, {.mode = sys::OpenMode::ReadWrite}).value();
  std::byte flipped = bytes[at] ^ std::byte(1U << (at % 8));
  CAIRN_CHECK(file->write(at, sys::ConstBuffer(&flipped, 1)).has_value());
  std::string told = sample.verify();
  CAIRN_CHECK(file->write(at, sys::ConstBuffer(&bytes[at], 1)).has_value());
  return told;
}

// The places in a file whose bytes are flipped.
std::vector<std::uint64_t> places(Sample& sample, const std::string& name) {
  const std::uint64_t size = sample.files().at(name).size();
  const std::uint64_t step = sample_step(311);
  std::vector<std::uint64_t> found;
  for (std::uint64_t block = 0; block < size; block += block_bytes) {
    const std::uint64_t end =
        is_meaningful(sample, name, block) ? std::min(size, block + block_bytes) : block;
    for (std::uint64_t at = block; at < end; at = next_offset(at, step)) {
      found.push_back(at);
    }
  }
  return found;
}

TEST(LogTamper, EveryFlippedByteIsNamedOrHarmless) {
  // One bit of each byte in turn (a sample of the padding): a check of the whole log names the
  // file. Of the frontier's two slots, one is enough.
  Sample sample;
  std::uint64_t named = 0;
  for (const auto& [name, bytes] : sample.files()) {
    for (const std::uint64_t at : places(sample, name)) {
      const std::string told = told_of_flip(sample, name, at);
      const bool is_harmless = told.empty() && name == frontier_name;
      ASSERT_TRUE(is_harmless || told.find(name) != std::string::npos)
          << name << " byte " << at << ": " << told;
      named += is_harmless ? 0U : 1U;
    }
  }
  EXPECT_GT(named, 2000U);
  EXPECT_EQ(sample.verify(), "");
}

TEST(LogTamper, NoFlippedByteMakesOpeningLoseARecord) {
  // Opening for writing repairs what it can and refuses what it cannot; it never comes back with
  // less. Some bytes of every block.
  Sample sample;
  int refused = 0;
  for (const auto& [name, bytes] : sample.files()) {
    for (std::uint64_t at = 0; at < bytes.size(); at += at % block_bytes < 200 ? 29U : 1997U) {
      Files files = sample.files();
      files[name][at] ^= std::byte{0x40};
      sample.rig().set_files(files);
      const std::string told = sample.open();
      ASSERT_NE(told, "silently different") << name << " byte " << at;
      refused += told.empty() ? 0 : 1;
    }
  }
  EXPECT_GT(refused, 20);
}

// What a check says, and what opening says, of a file that was cut short.
void expect_cut_noticed(Sample& sample, const std::string& name, std::uint64_t size) {
  Files files = sample.files();
  files[name].resize(size);
  sample.rig().set_files(files);
  const std::string told = sample.verify();
  EXPECT_NE(told, "silently different") << name << " at " << size;
  // Behind the end of the active segment, or the second slot of the frontier: nothing is lost.
  const bool may_be_harmless = number_of(segment_prefix, name) == 3 || name == frontier_name;
  EXPECT_TRUE(!told.empty() || may_be_harmless) << name << " at " << size;
  EXPECT_NE(sample.open(), "silently different") << name << " at " << size;
}

TEST(LogTamper, TruncationAnywhereIsNoticed) {
  // Each file cut short at many places, those at block borders among them: neither checking nor
  // opening comes back with less.
  Sample sample;
  for (const auto& [name, bytes] : sample.files()) {
    for (std::uint64_t at = 0; at < bytes.size(); at += sample_step(2048)) {
      expect_cut_noticed(sample, name, at);
    }
    sample.rig().set_files(sample.files());
  }
}

// Changes the files, and expects a check and an opening to name what is wrong.
void expect_refused(Sample& sample, const std::function<void(Files&)>& change,
                    std::string_view words, bool also_by_opening = true) {
  Files files = sample.files();
  change(files);
  sample.rig().set_files(files);
  EXPECT_THAT(sample.verify(), HasSubstr(words));
  if (also_by_opening) {
    const auto opened = sample.rig().open();
    ASSERT_FALSE(opened.has_value()) << words;
    EXPECT_EQ(opened.error().code(), Errc::Corrupt);
    EXPECT_THAT(opened.error().to_string(), HasSubstr(words));
  }
  sample.rig().set_files(sample.files());
}

TEST(LogTamper, MissingSwappedAndForeignSegmentsAreNamed) {
  // Drop, swap and duplicate whole files.
  Sample sample;
  const std::string one = numbered(segment_prefix, 1);
  const std::string two = numbered(segment_prefix, 2);
  const std::string three = numbered(segment_prefix, 3);
  expect_refused(sample, [&](Files& f) { f.erase(one); }, "must hold all from 1");
  expect_refused(sample, [&](Files& f) { f.erase(two); }, two + " is missing");
  expect_refused(sample, [&](Files& f) { f.erase(three); }, "should follow");
  expect_refused(sample, [&](Files& f) { std::swap(f[one], f[two]); }, one);
  expect_refused(sample, [&](Files& f) { f[two] = f[one]; }, two);
  expect_refused(sample, [&](Files& f) { f[three] = f[two]; }, three);
  expect_refused(sample, [&](Files& f) { f.erase(std::string(frontier_name)); }, "frontier", false);
}

TEST(LogTamper, SwappedDroppedDoubledAndSplicedBatchesAreNamed) {
  // Batches of the active segment moved about, also with a fresh header checksum for their place.
  Sample sample;
  const std::string name = numbered(segment_prefix, 3);
  const std::uint64_t first = sample.batch_offset(3, 0);
  const std::uint64_t second = sample.batch_offset(3, 1);
  const std::uint64_t end = sample.batch_offset(3, 2);
  const auto move = [&](Files& files, std::uint64_t from, std::uint64_t to, bool forges) {
    test::Bytes& bytes = files[name];
    const test::Bytes& source = sample.files().at(name);
    std::copy_n(source.begin() + static_cast<std::ptrdiff_t>(from), block_bytes,
                bytes.begin() + static_cast<std::ptrdiff_t>(to));
    if (forges) {
      auto header = load<BatchHeader>(std::span(bytes).subspan(to));
      store(header, to, std::span(bytes).subspan(to));
    }
  };
  for (const bool forges : {false, true}) {
    expect_refused(sample, [&](Files& f) { move(f, second, first, forges); }, "offset 4096");
    expect_refused(
        sample,
        [&](Files& f) {
          move(f, second, first, forges);
          move(f, first, second, forges);
        },
        "offset 4096");
    expect_refused(sample, [&](Files& f) { move(f, first, second, forges); }, "offset 8192");
    expect_refused(sample, [&](Files& f) { move(f, end, second, forges); }, "offset 8192");
  }
}

void forge_time(test::Bytes& file, std::uint64_t at) {
  const std::span<std::byte> bytes = std::span(file).subspan(at);
  auto header = load<BatchHeader>(bytes);
  header.time += 1;
  store(header, at, bytes);
}

TEST(LogTamper, AForgedHeaderBreaksTheChain) {
  // The time changed with a fresh checksum: the next batch, the trailer or the frontier names
  // another hash.
  Sample sample;
  for (std::size_t i = 0; i < 9; ++i) {
    const std::uint64_t segment = 1 + i / 3;
    const std::string name = numbered(segment_prefix, segment);
    const std::uint64_t at = sample.batch_offset(segment, i % 3);
    const auto forge = [&](Files& files) { forge_time(files[name], at); };
    expect_refused(sample, forge, name, segment == 3);
  }
}

// What a crash can leave: the batch at `at` was never written.
void forget_batch(Files& files, std::uint64_t segment, std::uint64_t at) {
  auto& bytes = files[numbered(segment_prefix, segment)];
  std::fill_n(bytes.begin() + static_cast<std::ptrdiff_t>(at), block_bytes, std::byte{0});
}

// The frontier of an earlier moment.
void set_frontier(Files& files, FrontierSlot slot) {
  test::Bytes& bytes = files[std::string(frontier_name)];
  std::ranges::fill(bytes, std::byte{0});
  const std::uint64_t place = slot.generation % 2;
  store(slot, place, std::span(bytes).subspan(place * block_bytes));
}

// A log whose last three batches were under way together, and an old frontier.
class TornTail : public ::testing::Test {
 protected:
  TornTail() : rig_(tiny_options()) {
    CAIRN_CHECK(rig_.open().has_value());
    rig_.append(2, 50);
    rig_.append(2, 50);
    frontier_ = load_frontier();
    for (int i = 0; i < 3; ++i) {
      CAIRN_CHECK(rig_.writer().stage(record_of(rig_.writer().next(), 40)).has_value());
      CAIRN_CHECK(rig_.writer().submit({})->has_value());
    }
    CAIRN_CHECK(rig_.writer().flush({}).has_value());
    rig_.close();
    files_ = rig_.files();
    set_frontier(files_, frontier_);
  }

  FrontierSlot load_frontier() {
    return FrontierFile::open(rig_.folder(), sys::OpenMode::ReadOnly).value().read().value();
  }

  Result<> open() {
    rig_.set_files(files_);
    return rig_.open();
  }

  Rig rig_;
  FrontierSlot frontier_;
  Files files_;
};

TEST_F(TornTail, AMissingBatchInFlightIsCutThoughLaterOnesLanded) {
  // The first of three that were under way never landed: the log ends before it, and says so.
  forget_batch(files_, 1, 3 * block_bytes);
  ASSERT_TRUE(open());
  const Cut cut = rig_.writer().recovery().cut.value_or(Cut{});
  EXPECT_EQ(cut.first, 5U);
  EXPECT_EQ(cut.offset, 3 * block_bytes);
  EXPECT_EQ(rig_.writer().durable(), 4U);
  EXPECT_EQ(rig_.read_all().value(), rig_.expected());
}

TEST_F(TornTail, WhatWasCutNeverComesBack) {
  // The very same batch is appended again where the missing one was. The left-over behind it, which
  // would follow it to the byte, is not taken for its successor.
  const test::Bytes lost(files_[numbered(segment_prefix, 1)]);
  forget_batch(files_, 1, 3 * block_bytes);
  ASSERT_TRUE(open());
  ASSERT_TRUE(rig_.writer().stage(record_of(5, 40)));
  ASSERT_TRUE(rig_.writer().flush({}));
  ASSERT_TRUE(rig_.writer().close());
  ASSERT_TRUE(rig_.open());
  EXPECT_EQ(rig_.writer().durable(), 5U);
  EXPECT_FALSE(rig_.writer().recovery().cut.has_value());
  EXPECT_EQ(rig_.read_all().value().size(), 5U);
  const test::Bytes now = rig_.file(numbered(segment_prefix, 1));
  const auto hashed = [](const test::Bytes& bytes, std::uint64_t at) {
    return test::exact_copy(std::span(bytes).subspan(at, BatchHeader::hashed_bytes));
  };
  EXPECT_EQ(hashed(now, 3 * block_bytes), hashed(lost, 3 * block_bytes));
}

TEST_F(TornTail, ATornRecordIsCut) {
  // The header landed, the records did not.
  files_[numbered(segment_prefix, 1)][5 * block_bytes + sizeof(BatchHeader)] ^= std::byte{1};
  ASSERT_TRUE(open());
  EXPECT_EQ(rig_.writer().durable(), 6U);
  const Cut cut = rig_.writer().recovery().cut.value_or(Cut{});
  EXPECT_THAT(cut.why, HasSubstr("records"));
}

TEST_F(TornTail, WhatTheFrontierNamesIsDamageInstead) {
  // The same missing batch, but the frontier says that it was durable.
  rig_.set_files(rig_.files());
  const FrontierSlot newest = load_frontier();
  forget_batch(files_, 1, 3 * block_bytes);
  set_frontier(files_, newest);
  const auto opened = open();
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().code(), Errc::Corrupt);
  EXPECT_THAT(opened.error().to_string(),
              HasSubstr("segment-000000000001: offset 12288: sequence 5"));
  EXPECT_THAT(opened.error().to_string(), HasSubstr("frontier says"));
  EXPECT_THAT(opened.error().to_string(), HasSubstr("restore"));
}

TEST_F(TornTail, WhatALaterBatchNamesIsDamageInstead) {
  // The second batch is gone; the frontier is that of an empty log; the third says that the second
  // was durable.
  forget_batch(files_, 1, 2 * block_bytes);
  set_frontier(files_, {.generation = 1, .epoch = 1});
  const auto opened = open();
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().code(), Errc::Corrupt);
  EXPECT_THAT(opened.error().to_string(), HasSubstr("offset 8192: sequence 3"));
  EXPECT_THAT(opened.error().to_string(), HasSubstr("the batch at offset"));
}

TEST(LogRecovery, AFooterThatIsNotWholeIsRebuilt) {
  // The one write that may be torn while the next segment is in use already.
  Sample sample;
  Files files = sample.files();
  test::Bytes& bytes = files[numbered(segment_prefix, 2)];
  std::fill(bytes.end() - 512, bytes.end(), std::byte{0});
  std::fill(bytes.end() - block_bytes, bytes.end() - block_bytes + 512, std::byte{0});
  sample.rig().set_files(files);
  ASSERT_TRUE(sample.rig().open());
  EXPECT_TRUE(sample.rig().writer().recovery().footer_rebuilt);
  sample.rig().close();
  EXPECT_EQ(sample.verify(), "");
  EXPECT_EQ(sample.rig().file(numbered(segment_prefix, 2)),
            sample.files().at(numbered(segment_prefix, 2)));
}

TEST(LogRecovery, AHeaderTornWhilePutIntoUseIsMadeAnew) {
  // The writer died when the last segment was to be used: its header is half old, half new, and no
  // batch lies in it. With a batch in it, the same header is damage.
  Sample sample;
  Files files = sample.files();
  const std::string name = numbered(segment_prefix, 3);
  const auto header = load<SegmentHeader>(files[name]);
  const auto trailer =
      load<Trailer>(std::span(files[numbered(segment_prefix, 2)]).last(block_bytes));
  files[name][60] ^= std::byte{0xff};
  set_frontier(files, {.generation = 1,
                       .epoch = 1,
                       .durable = trailer.last,
                       .segment = 2,
                       .end = trailer.data_end,
                       .hash = trailer.last_hash});
  sample.rig().set_files(files);
  EXPECT_EQ(sample.rig().open().error().code(), Errc::Corrupt);
  std::fill(files[name].begin() + block_bytes, files[name].end(), std::byte{0});
  sample.rig().set_files(files);
  ASSERT_TRUE(sample.rig().open());
  EXPECT_EQ(sample.rig().writer().durable() + 1, header.first);
  sample.rig().append(1, 10);
  EXPECT_TRUE(sample.rig().verify());
}

TEST(LogRecovery, ALostFrontierIsRebuiltOnlyWhenAsked) {
  Sample sample;
  Files files = sample.files();
  files.erase(std::string(frontier_name));
  sample.rig().set_files(files);
  EXPECT_EQ(sample.rig().open().error().code(), Errc::Corrupt);
  sample.rig().options().rebuilds_frontier = true;
  EXPECT_EQ(sample.open(), "");
  EXPECT_EQ(sample.verify(), "");
}

// Makes a header of a newer version out of one of ours.
template <typename Header>
void make_newer(std::span<std::byte> bytes, std::uint64_t seed) {
  auto header = load<Header>(bytes);
  header.preamble.version = format_version + 1;
  header.checksum = header_checksum(std::as_bytes(std::span(&header, 1)), seed);
  std::memcpy(bytes.data(), &header, sizeof(Header));
}

TEST(LogRecovery, ANewerVersionIsRefusedByName) {
  // In a segment, in a batch and in the frontier: Unsupported, with both numbers, not Corrupt.
  Sample sample;
  const std::uint64_t end = sample.batch_offset(3, ~std::size_t{0});
  const std::vector<std::function<void(Files&)>> changes = {
      [](Files& files) { make_newer<SegmentHeader>(files[numbered(segment_prefix, 3)], 0); },
      [](Files& files) {
        for (const std::uint64_t slot : {0U, 1U}) {
          make_newer<FrontierSlot>(
              std::span(files[std::string(frontier_name)]).subspan(slot * block_bytes), slot);
        }
      },
      [end](Files& files) {
        test::Bytes& bytes = files[numbered(segment_prefix, 3)];
        std::copy_n(bytes.begin() + block_bytes, block_bytes,
                    bytes.begin() + static_cast<std::ptrdiff_t>(end));
        make_newer<BatchHeader>(std::span(bytes).subspan(end), end);
      }};
  for (const auto& change : changes) {
    Files files = sample.files();
    change(files);
    sample.rig().set_files(files);
    const auto opened = sample.rig().open();
    ASSERT_FALSE(opened.has_value());
    EXPECT_EQ(opened.error().code(), Errc::Unsupported) << opened.error().to_string();
    EXPECT_THAT(opened.error().to_string(), HasSubstr("newer"));
  }
}

TEST(LogRecovery, OldContentOfARecycledSegmentNeverValidates) {
  // Segments are dropped and come back under other numbers, full of batches that were right once:
  // nothing of them is taken for a batch or a witness.
  Rig rig(tiny_options());
  ASSERT_TRUE(rig.open());
  for (int round = 0; round < 30; ++round) {
    rig.append(3, 700);
    if (round % 4 == 3) {
      const auto first = drop_through(rig.folder(), rig.writer().durable());
      ASSERT_TRUE(first.has_value());
      rig.expected().erase(rig.expected().begin(), rig.expected().lower_bound(*first));
    }
    ASSERT_TRUE(rig.open());
    EXPECT_FALSE(rig.writer().recovery().cut.has_value());
  }
  EXPECT_LE(rig.files().size(), 8U);
  EXPECT_EQ(rig.read_all(rig.expected().begin()->first).value(), rig.expected());
  EXPECT_TRUE(rig.verify());
}

}  // namespace
}  // namespace cairn::log
