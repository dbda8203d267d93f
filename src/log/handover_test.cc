// SPDX-License-Identifier: Apache-2.0
// What a reader takes over from the writer of its process, against what is on the disk.
#include "log/handover.h"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "base/check.h"
#include "log/archive.h"
#include "log/reader.h"
#include "log/retention.h"
#include "log/writer.h"
#include "sys/forwarding_disk.h"
#include "tests/log/rig.h"

namespace cairn::log {
namespace {

/// Counts what is read of segments behind their headers.
class CountedReads final : public sys::ForwardingDisk {
 public:
  explicit CountedReads(sys::Disk& disk) : ForwardingDisk(disk) {}

  Result<std::unique_ptr<sys::File>> open(std::string_view path,
                                          sys::OpenOptions options) override {
    CAIRN_TRY(auto file, ForwardingDisk::open(path, options));
    return std::make_unique<CountedFile>(std::move(file), *this);
  }

  [[nodiscard]] std::size_t batch_reads() const noexcept { return batch_reads_; }

 private:
  class CountedFile final : public sys::ForwardingFile {
   public:
    CountedFile(std::unique_ptr<sys::File> file, CountedReads& counts)
        : ForwardingFile(std::move(file)), counts_(counts) {}

    Result<std::size_t> read(std::uint64_t offset,
                             std::span<const sys::MutableBuffer> buffers) override {
      counts_.batch_reads_ += offset >= batches_begin ? 1U : 0U;
      return ForwardingFile::read(offset, buffers);
    }

   private:
    CountedReads& counts_;
  };

  std::size_t batch_reads_ = 0;
};

/// A batch of its header and some bytes, for a handover that no log stands behind.
class Sample {
 public:
  Sample(std::uint64_t first, std::size_t size) : bytes_(sizeof(BatchHeader) + size) {
    BatchHeader header;
    header.first = first;
    header.count = static_cast<std::uint32_t>(1 + size % 5);
    std::memcpy(bytes_.data(), &header, sizeof(header));
    for (std::size_t i = sizeof(header); i < bytes_.size(); ++i) {
      bytes_[i] = std::byte(first + i);
    }
    hashes_.resize(header.count);
    for (Digest& hash : hashes_) {
      hash.bytes.fill(std::byte(first));
    }
  }

  [[nodiscard]] Handover::Written view() const {
    return {.segment = 7, .offset = bytes_.size() * 3, .bytes = bytes_, .hashes = hashes_};
  }

  [[nodiscard]] bool is(const Handover::Written& other) const {
    return other.segment == 7 && other.offset == bytes_.size() * 3 &&
           std::ranges::equal(other.bytes, bytes_) && std::ranges::equal(other.hashes, hashes_);
  }

 private:
  test::Bytes bytes_;
  std::vector<Digest> hashes_;
};

std::size_t size_of(std::uint64_t first) {
  return first * 7919 % 1500;
}

TEST(LogHandover, GivesOutWhatWasPutInUntilThereIsNoRoom) {
  Handover handover(4096);
  EXPECT_FALSE(handover.take(1).has_value());
  std::uint64_t put = 0;
  while (handover.put(Sample(put + 1, 500).view())) {
    ++put;
  }
  EXPECT_EQ(put, 5U);
  EXPECT_TRUE(handover.is_half_full());
  for (std::uint64_t i = 1; i <= put; ++i) {
    const auto taken = handover.take(i);
    ASSERT_TRUE(taken.has_value());
    EXPECT_TRUE(Sample(i, 500).is(*taken)) << i;
  }
  EXPECT_FALSE(handover.take(put + 1).has_value());
  EXPECT_FALSE(handover.is_half_full());
  EXPECT_FALSE(handover.put(Sample(put + 1, 5000).view())) << "larger than all of it";
}

TEST(LogHandover, WhatIsBeingLookedAtIsNotOverwritten) {
  Handover handover(2048);
  ASSERT_TRUE(handover.put(Sample(1, 900).view()));
  const auto taken = handover.take(1);
  ASSERT_TRUE(taken.has_value());
  EXPECT_FALSE(handover.put(Sample(2, 900).view()));
  EXPECT_TRUE(Sample(1, 900).is(*taken));
  EXPECT_FALSE(handover.take(2).has_value());
  EXPECT_TRUE(handover.put(Sample(2, 900).view()));
}

TEST(LogHandover, SkipsWhatItsTakerHasAlready) {
  // And keeps what comes later than what is asked for.
  Handover handover(1U << 16U);
  for (const std::uint64_t first : {1U, 5U, 9U, 20U}) {
    ASSERT_TRUE(handover.put(Sample(first, 40).view()));
  }
  EXPECT_TRUE(handover.take(9).has_value());
  EXPECT_FALSE(handover.take(13).has_value());
  EXPECT_TRUE(handover.take(20).has_value());
}

TEST(LogHandover, TwoThreadsPassThousandsOfBatchesThroughALittleMemory) {
  // Of all sizes; what finds no room is left out, and nothing that comes out is not as it went in.
  constexpr std::uint64_t last = 20'000;
  Handover handover(8192);
  std::atomic<std::uint64_t> done = 0;
  std::atomic<std::uint64_t> left_out = 0;
  std::uint64_t taken = 0;
  std::jthread putter([&] {
    for (std::uint64_t first = 1; first <= last; ++first) {
      left_out += handover.put(Sample(first, size_of(first)).view()) ? 0U : 1U;
      done = first;
      if (first % 8 == 0) {
        std::this_thread::yield();
      }
    }
  });
  for (std::uint64_t first = 1; first <= last;) {
    const std::uint64_t there = done;
    const auto batch = handover.take(first);
    if (batch) {
      ASSERT_TRUE(Sample(first, size_of(first)).is(*batch)) << first;
      ++taken;
    }
    // It was left out when it is not there though it has had its turn.
    first += batch || there >= first ? 1U : 0U;
  }
  putter.join();
  EXPECT_EQ(taken + left_out, last);
  EXPECT_GT(taken, 0U);
}

/// A log whose reader takes over what its writer has written.
class LogFollowed : public ::testing::Test {
 protected:
  void open(std::size_t handover_bytes) {
    handover_ = std::make_unique<Handover>(handover_bytes);
    rig_.options().handover = handover_.get();
    ASSERT_TRUE(rig_.open());
    reader_ = Reader::open(disk_, "log", {.handover = handover_.get()}).value();
  }

  /// Reads on until nothing is left.
  Result<> follow() {
    while (true) {
      CAIRN_TRY(const BatchView* const batch, reader_->next());
      if (batch == nullptr) {
        return {};
      }
      for (std::size_t i = 0; i < batch->count(); ++i) {
        found_[batch->first() + i] = test::exact_copy(batch->record(i));
      }
      heads_.push_back(batch->hash());
      CAIRN_CHECK(batch->hashes().size() == batch->count());
    }
  }

  std::unique_ptr<Handover> handover_;
  Rig rig_;
  CountedReads disk_{rig_.disk()};
  std::unique_ptr<Reader> reader_;
  Records found_;
  std::vector<Digest> heads_;
};

TEST_F(LogFollowed, WhatFitsInMemoryIsNotReadFromTheDisk) {
  // Through several segments.
  open(1U << 20U);
  ASSERT_TRUE(follow());
  const std::size_t before = disk_.batch_reads();
  for (std::size_t i = 0; i < 200; ++i) {
    rig_.append(1 + i % 7, i * 37 % 900);
    ASSERT_TRUE(follow());
  }
  EXPECT_GT(rig_.writer().active_segment(), 2U);
  EXPECT_EQ(disk_.batch_reads(), before);
  EXPECT_EQ(found_, rig_.expected());
  EXPECT_EQ(heads_.back(), rig_.writer().head());
}

TEST_F(LogFollowed, WhatFoundNoRoomIsReadFromTheDiskAndWhatCameLaterFromMemory) {
  // Whoever follows comes by rarely, at other places each time, and segments end in between.
  open(8192);
  for (std::size_t i = 0; i < 300; ++i) {
    rig_.append(1 + i % 5, i * 41 % 1200);
    if (i * i % 17 == 3) {
      ASSERT_TRUE(follow());
      ASSERT_EQ(found_, rig_.expected()) << i;
    }
  }
  ASSERT_TRUE(follow());
  EXPECT_EQ(found_, rig_.expected());
  EXPECT_EQ(heads_.back(), rig_.writer().head());
  EXPECT_GT(disk_.batch_reads(), 0U);
}

TEST_F(LogFollowed, GoesOnInTheSegmentThatWasReachedInMemory) {
  // The disk is read again when segments have gone by; then what was packed or dropped meanwhile is
  // found, or named.
  open(1U << 15U);
  const auto follow_until = [&](std::uint64_t segment) {
    while (rig_.writer().active_segment() < segment) {
      rig_.append(1, 700);
      ASSERT_TRUE(follow());
    }
  };
  const auto append_until = [&](std::uint64_t segment) {
    while (rig_.writer().active_segment() < segment) {
      rig_.append(1, 2000);
    }
  };
  follow_until(4);
  const std::size_t before = disk_.batch_reads();
  append_until(7);
  ASSERT_TRUE(follow());
  EXPECT_GT(disk_.batch_reads(), before);
  EXPECT_EQ(found_, rig_.expected());
  follow_until(9);
  append_until(12);
  ASSERT_TRUE(archive_through(rig_.folder(), rig_.writer().durable(), {.level = 1}));
  const auto packed = follow();
  ASSERT_TRUE(packed.has_value()) << packed.error().to_string();
  EXPECT_EQ(found_, rig_.expected());
  follow_until(14);
  append_until(17);
  ASSERT_TRUE(drop_through(rig_.folder(), rig_.writer().durable()));
  const auto lost = follow();
  ASSERT_FALSE(lost.has_value());
  EXPECT_EQ(lost.error().code(), Errc::NotFound) << lost.error().to_string();
}

}  // namespace
}  // namespace cairn::log
