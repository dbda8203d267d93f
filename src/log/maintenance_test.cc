// SPDX-License-Identifier: Apache-2.0
// Retention, archives, the full disk and failing writes.
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "log/archive.h"
#include "log/reader.h"
#include "log/retention.h"
#include "log/writer.h"
#include "tests/log/rig.h"

namespace cairn::log {
namespace {

using ::testing::HasSubstr;

void fill_segments(Rig& rig, std::uint64_t active) {
  while (rig.writer().active_segment() < active) {
    rig.append(4, 1500);
  }
}

TEST(LogRetention, WhatIsDroppedIsGoneAndSaidSo) {
  // Three of five segments are dropped: their files become spares and are used again; a reader that
  // stood there is told, as is one that asks for it.
  Rig rig;
  ASSERT_TRUE(rig.open());
  fill_segments(rig, 5);
  const auto reader = Reader::open(rig.disk(), "log").value();
  ASSERT_NE(reader->next().value(), nullptr);
  const std::uint64_t kept = drop_through(rig.folder(), rig.writer().durable() - 5).value();
  EXPECT_GT(kept, 1U);
  EXPECT_EQ(reader->first().value(), kept);
  fill_segments(rig, 8);
  Result<const BatchView*> batch = nullptr;
  while ((batch = reader->next()) && *batch != nullptr) {
  }
  ASSERT_FALSE(batch.has_value());
  EXPECT_EQ(batch.error().code(), Errc::NotFound);
  EXPECT_EQ(rig.read_all().error().code(), Errc::NotFound);
  rig.expected().erase(rig.expected().begin(), rig.expected().lower_bound(kept));
  EXPECT_EQ(rig.read_all(kept).value(), rig.expected());
  ASSERT_TRUE(rig.open());
  EXPECT_EQ(rig.writer().recovery().first, kept);
}

TEST(LogRetention, TheActiveSegmentIsNeverDropped) {
  Rig rig;
  ASSERT_TRUE(rig.open());
  rig.append(3, 10);
  EXPECT_LE(drop_through(rig.folder(), ~std::uint64_t{0}).value(), 1U);
  EXPECT_EQ(rig.read_all().value(), rig.expected());
}

TEST(LogRetention, AFloorThatHasBeenTamperedWithIsNamed) {
  Rig rig;
  ASSERT_TRUE(rig.open());
  fill_segments(rig, 4);
  ASSERT_GT(drop_through(rig.folder(), 60).value(), 1U);
  rig.close();
  test::Bytes floor = rig.file(floor_name);
  for (std::size_t i = 0; i < floor.size(); ++i) {
    floor[i] ^= std::byte{2};
    rig.set_file(floor_name, floor);
    const auto opened = rig.open();
    ASSERT_FALSE(opened.has_value()) << i;
    EXPECT_THAT(opened.error().to_string(), HasSubstr("log/floor"));
    floor[i] ^= std::byte{2};
  }
}

TEST(LogArchive, PackedSegmentsReadAsBefore) {
  // With and without compression, from the beginning and by seeking into the middle; while a reader
  // stands in the very segment that is packed.
  for (const Compression compression : {Compression::None, Compression::Zstd}) {
    Rig rig;
    ASSERT_TRUE(rig.open());
    fill_segments(rig, 5);
    const auto reader = Reader::open(rig.disk(), "log").value();
    std::uint64_t seen = reader->next().value()->last();
    const auto done =
        archive_through(rig.folder(), rig.writer().durable(), {.compression = compression}, 1);
    ASSERT_TRUE(done.has_value()) << done.error().to_string();
    EXPECT_EQ(done->segments, 4U);
    fill_segments(rig, 7);  // writes over the file that the reader has open
    while (const BatchView* const batch = reader->next().value()) {
      EXPECT_EQ(batch->first(), seen + 1);
      seen = batch->last();
    }
    EXPECT_EQ(seen, rig.writer().durable());
    EXPECT_EQ(rig.read_all().value(), rig.expected());
    const auto from = rig.read_all(30).value();
    EXPECT_EQ(from, Records(rig.expected().lower_bound(30), rig.expected().end()));
    ASSERT_TRUE(rig.open());
    EXPECT_TRUE(rig.verify());
  }
}

TEST(LogArchive, CompressibleRecordsTakeLess) {
  Rig rig;
  ASSERT_TRUE(rig.open());
  while (rig.writer().active_segment() < 3) {
    ASSERT_TRUE(rig.writer().stage(test::Bytes(9000, std::byte{7})));
    ASSERT_TRUE(rig.writer().flush({}));
  }
  const Archived done = archive_through(rig.folder(), rig.writer().durable(), {}).value();
  EXPECT_LT(done.bytes * 4, done.plain_bytes);
}

TEST(LogArchive, EveryFlippedByteIsNamed) {
  // Of an archive's header, table and chunks.
  Rig rig;
  ASSERT_TRUE(rig.open());
  while (rig.writer().active_segment() < 2) {
    ASSERT_TRUE(rig.writer().stage(test::Bytes(9000, std::byte{7})));
    ASSERT_TRUE(rig.writer().flush({}));
  }
  ASSERT_TRUE(archive_through(rig.folder(), rig.writer().durable(), {}));
  const std::string name = numbered(archive_prefix, 1);
  test::Bytes bytes = rig.file(name);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] ^= std::byte(1U << (i % 8));
    rig.set_file(name, bytes);
    const auto verified = rig.verify();
    ASSERT_FALSE(verified.has_value()) << i;
    EXPECT_THAT(verified.error().to_string(), HasSubstr(name));
    bytes[i] ^= std::byte(1U << (i % 8));
  }
}

TEST(LogArchive, ADamagedSegmentIsNotArchived) {
  // It would be the end of what can still be saved of it.
  Rig rig;
  ASSERT_TRUE(rig.open());
  fill_segments(rig, 3);
  const std::string name = numbered(segment_prefix, 1);
  test::Bytes bytes = rig.file(name);
  bytes[3 * block_bytes] ^= std::byte{1};
  rig.set_file(name, bytes);
  const auto done = archive_through(rig.folder(), rig.writer().durable(), {});
  ASSERT_FALSE(done.has_value());
  EXPECT_EQ(done.error().code(), Errc::Corrupt);
  EXPECT_TRUE(rig.folder().has(name).value());
}

TEST(LogArchive, WhatIsPackedIsSeenByNobodyUntilItIsPutInPlace) {
  // Meanwhile segments are made and filled; readers read the plain one.
  Rig rig;
  ASSERT_TRUE(rig.open());
  fill_segments(rig, 3);
  const auto packed = pack(rig.folder(), {.number = 1}, {});
  ASSERT_TRUE(packed) << packed.error().to_string();
  EXPECT_FALSE(list(rig.folder()).value().segments.front().is_archived);
  fill_segments(rig, 5);
  EXPECT_EQ(rig.read_all().value(), rig.expected());
  ASSERT_TRUE(put_in_place(rig.folder(), *packed));
  EXPECT_TRUE(list(rig.folder()).value().segments.front().is_archived);
  EXPECT_EQ(rig.read_all().value(), rig.expected());
  EXPECT_EQ(put_in_place(rig.folder(), *packed).error().code(), Errc::NotFound);
}

TEST(LogArchive, WhatIsPackedIsNotPutInThePlaceOfAnythingElse) {
  // Neither when the segment is another one by now, nor when something else was packed since.
  Rig rig;
  ASSERT_TRUE(rig.open());
  fill_segments(rig, 4);
  const PackedSegment first = pack(rig.folder(), {.number = 1}, {}).value();
  const test::Bytes plain = rig.file(numbered(segment_prefix, 1));
  Rig other(small_options(), 2);
  ASSERT_TRUE(other.open());
  fill_segments(other, 2);
  rig.set_file(numbered(segment_prefix, 1), other.file(numbered(segment_prefix, 1)));
  EXPECT_EQ(put_in_place(rig.folder(), first).error().code(), Errc::Conflict);
  rig.set_file(numbered(segment_prefix, 1), plain);
  const PackedSegment second = pack(rig.folder(), {.number = 2}, {}).value();
  EXPECT_EQ(put_in_place(rig.folder(), first).error().code(), Errc::Conflict);
  EXPECT_FALSE(rig.folder().has(numbered(archive_prefix, 1)).value());
  EXPECT_TRUE(put_in_place(rig.folder(), second));
  EXPECT_EQ(rig.read_all().value(), rig.expected());
}

TEST(LogArchive, PackingEndsWhereItIsToldToAndLeavesTheLogAsItWas) {
  Rig rig;
  ASSERT_TRUE(rig.open());
  fill_segments(rig, 3);
  int pauses = 0;
  for (int allowed = 0;; ++allowed) {
    pauses = 0;
    const auto packed = pack(rig.folder(), {.number = 1}, {.pause = [&] {
                               return pauses++ < allowed
                                          ? Result<>()
                                          : fail(Errc::Cancelled, "something else comes first");
                             }});
    if (packed) {
      break;
    }
    EXPECT_EQ(packed.error().code(), Errc::Cancelled);
    EXPECT_FALSE(rig.folder().has("archive.tmp").value());
    EXPECT_EQ(rig.read_all().value(), rig.expected());
  }
  // While it is written, and while it is read back.
  EXPECT_GE(pauses, 4);
}

}  // namespace
}  // namespace cairn::log
