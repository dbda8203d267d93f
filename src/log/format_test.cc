// SPDX-License-Identifier: Apache-2.0
// The bytes of a log's files, pinned in tests/golden/log.txt; CAIRN_UPDATE_GOLDEN=1 writes it anew.
#include "log/format.h"

#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/hash.h"
#include "base/text.h"
#include "cairn/byte_writer.h"
#include "log/archive.h"
#include "log/batch.h"
#include "log/folder.h"
#include "log/record_hasher.h"
#include "log/segment.h"
#include "tests/log/rig.h"
#include "tests/support/golden.h"

namespace cairn::log {
namespace {

// A file as its stretches of bytes that are not zero: the offset, and the bytes up to the next
// sixteen zeros.
std::string stretches(const test::Bytes& bytes) {
  std::string text;
  constexpr std::size_t gap = 16;
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    if (bytes[at] == std::byte{0}) {
      continue;
    }
    std::size_t end = at;
    for (std::size_t i = at; i < bytes.size() && i < end + gap; ++i) {
      end = bytes[i] != std::byte{0} ? i + 1 : end;
    }
    const auto part = std::span(bytes).subspan(at, end - at);
    text += fmt::format("  {} {}\n", at, to_hex(part));
    at = end;
  }
  return text;
}

TEST(LogFormat, FilesHaveTheirPinnedBytes) {
  // One sealed segment, one active, one archive (not packed, so that no library's version shows), a
  // floor and a frontier.
  Options options = small_options();
  options.segment_bytes = 32'768;
  options.batch_bytes_max = 8'192;
  Rig rig(options);
  ASSERT_TRUE(rig.open());
  while (rig.writer().active_segment() < 3) {
    rig.append(2, 30 + 40 * rig.writer().active_segment());
  }
  rig.append(1, 0);
  ASSERT_TRUE(rig.writer().close());
  ASSERT_TRUE(write_floor(rig.folder(), 1));
  ASSERT_TRUE(archive_through(rig.folder(), 8, {.compression = Compression::None}, 0));
  std::string text;
  for (const auto& [name, bytes] : rig.files()) {
    text += fmt::format("{} {}\n{}", name, bytes.size(), stretches(bytes));
  }
  // What is stored has changed when this differs: that needs a new version.
  test::expect_golden("log.txt", text);
}

TEST(LogFormat, DamageAndNewerVersionsAreToldApart) {
  // Every byte of a header changed is damage; only a whole header of a higher version is newer.
  std::vector<std::byte> bytes(block_bytes);
  BatchHeader header{.first = 7, .count = 1};
  store(header, 4096, bytes);
  EXPECT_EQ(judge<BatchHeader>(bytes, 4096), Flaw::Nothing);
  EXPECT_EQ(judge<BatchHeader>(bytes, 8192), Flaw::Damaged) << "in another place";
  for (std::size_t i = 0; i < sizeof(BatchHeader); ++i) {
    bytes[i] ^= std::byte{0x10};
    EXPECT_EQ(judge<BatchHeader>(bytes, 4096), Flaw::Damaged) << i;
    bytes[i] ^= std::byte{0x10};
  }
  EXPECT_EQ(judge<BatchHeader>(Bytes(bytes).first(100), 4096), Flaw::Damaged);
}

TEST(LogFormat, NamesAreReadBack) {
  EXPECT_EQ(numbered(segment_prefix, 42), "segment-000000000042");
  EXPECT_EQ(number_of(segment_prefix, "segment-000000000042"), 42U);
  for (const std::string_view name : {"segment-42", "segment-00000000004x", "spare-000000000042",
                                      "segment-0000000000421", "segment-", ""}) {
    EXPECT_EQ(number_of(segment_prefix, name), 0U) << name;
  }
}

TEST(LogRecordHash, IsBlake3OverThePaddedFrameWhateverItsNeighbours) {
  // Records of every size up to three blocks and around the lane limit, shuffled together.
  RecordHasher hasher;
  std::vector<test::Bytes> frames;
  std::vector<std::size_t> sizes = {1000, 1020, 1021, 1022, 1023, 1024, 1025, 4000};
  for (std::size_t size = 0; size < 190; ++size) {
    sizes.push_back(size * 97 % 190);
  }
  for (const std::size_t size : sizes) {
    GrowingByteWriter writer;
    writer.sized_bytes(record_of(size, size));
    frames.push_back(test::exact_copy(writer.written()));
  }
  std::vector<Digest> hashes(frames.size());
  hasher.begin(hashes);
  for (const test::Bytes& frame : frames) {
    hasher.add(frame);
  }
  ASSERT_EQ(hasher.finish().size(), frames.size());
  for (std::size_t i = 0; i < frames.size(); ++i) {
    test::Bytes padded = frames[i];
    padded.resize(blake3_padded_size(padded.size()));
    EXPECT_EQ(hashes[i], blake3(padded)) << sizes[i];
  }
}

TEST(LogBatch, RecordsThatDoNotFillTheBatchAreRefused) {
  // A header with a good checksum over frames that lie about their lengths or number.
  SegmentHeader segment{.number = 1, .first = 1, .segment_bytes = 65536};
  const Place place{.segment = &segment, .offset = batches_begin};
  BatchBuilder builder(block_bytes, 16);
  for (std::uint64_t i = 0; i < 5; ++i) {
    builder.add(record_of(i, 20));
  }
  const Bytes written = builder.close({}, place, {});
  BatchChecker checker;
  EXPECT_EQ(BatchChecker::check_header(written, place, {}), nullptr);
  EXPECT_EQ(checker.check_records(written), nullptr);
  EXPECT_EQ(checker.view().count(), 5U);
  const auto changed = [&](auto change) {
    test::Bytes bytes = test::exact_copy(written);
    auto header = load<BatchHeader>(bytes);
    change(header, bytes);
    store(header, place.offset, bytes);
    return bytes;
  };
  EXPECT_NE(checker.check_records(changed([](auto& h, auto&) { h.count = 4; })), nullptr);
  EXPECT_NE(checker.check_records(changed([](auto& h, auto&) { h.count = 6; })), nullptr);
  EXPECT_NE(checker.check_records(changed([](auto& h, auto&) { h.frame_bytes -= 1; })), nullptr);
  EXPECT_NE(checker.check_records(changed([](auto&, auto& b) { b[192] = std::byte{0xff}; })),
            nullptr);
  EXPECT_NE(checker.check_records(changed([](auto&, auto& b) { b[4095] = std::byte{1}; })),
            nullptr);
  for (const auto& bytes : {changed([](auto& h, auto&) { h.count = 0; }),
                            changed([](auto& h, auto&) { h.frame_bytes = 70000; }),
                            changed([](auto& h, auto&) { h.salt[0] = std::byte{9}; }),
                            changed([](auto& h, auto&) { h.reserved[0] = std::byte{9}; }),
                            changed([](auto& h, auto&) { h.segment = 2; }),
                            changed([](auto& h, auto&) { h.first = 2; }),
                            changed([](auto& h, auto&) { h.previous.bytes[0] = std::byte{1}; })}) {
    EXPECT_NE(BatchChecker::check_header(bytes, place, {}), nullptr);
  }
}

}  // namespace
}  // namespace cairn::log
