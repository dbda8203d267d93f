// SPDX-License-Identifier: Apache-2.0
// The writer and its readers on the real disk, beside a plain model.
#include "log/writer.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "log/archive.h"
#include "log/reader.h"
#include "log/retention.h"
#include "tests/log/rig.h"

namespace cairn::log {
namespace {

using ::testing::HasSubstr;

TEST(LogWriter, WhatIsFlushedIsReadBack) {
  // Three batches of different shapes, an empty record among them; a fresh reader finds all.
  Rig rig;
  ASSERT_TRUE(rig.open());
  EXPECT_TRUE(rig.writer().recovery().is_new);
  rig.append(1, 0);
  rig.append(20, 100);
  rig.append(2, 5000);
  EXPECT_EQ(rig.writer().durable(), 23U);
  EXPECT_EQ(rig.read_all().value(), rig.expected());
  EXPECT_EQ(rig.verify().value().last, 23U);
}

TEST(LogWriter, SequencesGoOnAfterOpeningAgain) {
  Rig rig;
  ASSERT_TRUE(rig.open());
  rig.append(5, 10);
  const Digest head = rig.writer().head();
  ASSERT_TRUE(rig.writer().close());
  ASSERT_TRUE(rig.open());
  EXPECT_FALSE(rig.writer().recovery().is_new);
  EXPECT_FALSE(rig.writer().recovery().cut.has_value());
  EXPECT_EQ(rig.writer().recovery().last, 5U);
  EXPECT_EQ(rig.writer().head(), head);
  EXPECT_EQ(rig.writer().next(), 6U);
  rig.append(5, 10);
  EXPECT_EQ(rig.read_all().value(), rig.expected());
}

TEST(LogWriter, ReadersSeeNothingThatIsNotDurable) {
  // A batch is written and not polled for: the reader's frontier stays before it.
  Rig rig;
  ASSERT_TRUE(rig.open());
  rig.append(3, 10);
  const auto reader = Reader::open(rig.disk(), "log").value();
  ASSERT_TRUE(reader->seek(4));
  ASSERT_TRUE(rig.writer().stage(record_of(4, 10)));
  EXPECT_EQ(reader->next().value(), nullptr);
  ASSERT_TRUE(rig.writer().submit({}));
  EXPECT_EQ(reader->next().value(), nullptr);
  ASSERT_TRUE(rig.writer().flush({}));
  const BatchView* const batch = reader->next().value();
  ASSERT_NE(batch, nullptr);
  EXPECT_EQ(batch->first(), 4U);
  EXPECT_EQ(test::exact_copy(batch->record(0)), record_of(4, 10));
}

TEST(LogWriter, WhatIsWrittenThroughIsDurableAtOnce) {
  // Not while nothing is staged or a write is under way, and not into the next segment: those are
  // left as they were, for `submit`.
  Rig rig;
  ASSERT_TRUE(rig.open());
  EXPECT_EQ(rig.writer().write_through({}).value(), false);
  rig.append(1, 10);
  ASSERT_TRUE(rig.writer().stage(record_of(2, 10)));
  EXPECT_EQ(rig.writer().write_through({}).value(), true);
  EXPECT_EQ(rig.writer().durable(), 2U);
  EXPECT_EQ(rig.writer().in_flight(), 0U);
  ASSERT_TRUE(rig.writer().stage(record_of(3, 10)));
  ASSERT_TRUE(rig.writer().submit({}));
  ASSERT_TRUE(rig.writer().stage(record_of(4, 10)));
  EXPECT_EQ(rig.writer().write_through({}).value(), false);
  EXPECT_EQ(rig.writer().staged(), 1U);
  ASSERT_TRUE(rig.writer().flush({}));
  std::uint64_t last = 4;
  bool has_written = true;
  while (has_written) {
    ++last;
    ASSERT_TRUE(rig.writer().stage(record_of(last, 2000)));
    has_written = rig.writer().write_through({}).value();
  }
  EXPECT_EQ(rig.writer().durable(), last - 1);
  ASSERT_TRUE(rig.writer().flush({}));
  EXPECT_EQ(rig.writer().durable(), last);
  EXPECT_GT(rig.writer().active_segment(), 1U);
  EXPECT_EQ(rig.verify().value().last, last);
}

TEST(LogWriter, AFollowerGoesThroughEveryRotation) {
  // One reader follows through some twenty segments that are filled while it reads.
  Rig rig;
  ASSERT_TRUE(rig.open());
  const auto reader = Reader::open(rig.disk(), "log").value();
  std::uint64_t seen = 0;
  for (int i = 0; i < 100; ++i) {
    rig.append(5, 2000);
    const BatchView* const batch = reader->next().value();
    ASSERT_NE(batch, nullptr);
    EXPECT_EQ(batch->first(), seen + 1);
    seen = batch->last();
    EXPECT_EQ(reader->next().value(), nullptr);
  }
  EXPECT_GT(rig.writer().active_segment(), 15U);
  EXPECT_EQ(rig.read_all().value(), rig.expected());
  const Verified verified = rig.verify().value();
  EXPECT_EQ(verified.batches, 100U);
  EXPECT_EQ(verified.head, rig.writer().head());
}

TEST(LogWriter, RecordHashesAreThoseTheReaderFinds) {
  // The hashes that submit returns are those of the view; so is the batch's.
  Rig rig;
  ASSERT_TRUE(rig.open());
  for (std::size_t i = 0; i < 40; ++i) {
    ASSERT_TRUE(rig.writer().stage(record_of(i, i * 37 % 300)));
  }
  const Submitted submitted =
      rig.writer().submit({.nanoseconds = 77}).value().value_or(Submitted{});
  const std::vector<Digest> hashes(submitted.record_hashes.begin(), submitted.record_hashes.end());
  ASSERT_TRUE(rig.writer().flush({}));
  const auto reader = Reader::open(rig.disk(), "log").value();
  const BatchView* const batch = reader->next().value();
  ASSERT_NE(batch, nullptr);
  EXPECT_TRUE(std::ranges::equal(batch->hashes(), hashes));
  EXPECT_EQ(batch->hash(), submitted.hash);
  EXPECT_EQ(batch->time(), 77);
}

TEST(LogWriter, AFullBatchIsBusyAndARecordTooLargeIsRefused) {
  Rig rig;
  ASSERT_TRUE(rig.open());
  for (std::uint32_t i = 0; i < rig.options().batch_count_max; ++i) {
    ASSERT_TRUE(rig.writer().stage(record_of(i, 1)));
  }
  EXPECT_EQ(rig.writer().stage(record_of(0, 1)).error().code(), Errc::Busy);
  ASSERT_TRUE(rig.writer().flush({}));
  const auto refused = rig.writer().stage(record_of(0, rig.options().batch_bytes_max));
  EXPECT_EQ(refused.error().code(), Errc::TooLarge);
  EXPECT_TRUE(rig.writer().stage(record_of(0, rig.options().batch_bytes_max - 200)));
}

TEST(LogWriter, ASecondWriterIsRefusedAndTheHolderNamed) {
  Rig rig;
  ASSERT_TRUE(rig.open());
  const auto second = Writer::open(rig.disk(), "log", rig.options(), rig.random());
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().code(), Errc::Busy);
  EXPECT_THAT(second.error().to_string(), HasSubstr("process"));
}

void supply_if_wanted(Rig& rig) {
  if (const auto order = rig.writer().take_order()) {
    ASSERT_TRUE(rig.writer().supply(prepare_segment(rig.folder(), *order)));
  }
  EXPECT_FALSE(rig.writer().take_order().has_value());
}

TEST(LogWriter, SegmentsMadeAheadGiveTheSameLog) {
  // The order is taken and supplied between appends; the other tests never ask for one.
  Rig rig;
  ASSERT_TRUE(rig.open());
  for (int i = 0; i < 40; ++i) {
    supply_if_wanted(rig);
    rig.append(3, 1000);
  }
  EXPECT_EQ(rig.read_all().value(), rig.expected());
}

TEST(LogWriter, WhileASegmentIsBeingMadeElsewhereFlushSaysBusy) {
  // The order is taken and not supplied: what is staged waits, and goes out afterwards.
  Rig rig;
  ASSERT_TRUE(rig.open());
  const SegmentOrder order = rig.writer().take_order().value_or(SegmentOrder{});
  Result<> flushed;
  while (flushed) {
    ASSERT_TRUE(rig.writer().stage(record_of(rig.writer().next(), 9000)));
    flushed = rig.writer().flush({});
  }
  EXPECT_EQ(flushed.error().code(), Errc::Busy);
  ASSERT_TRUE(rig.writer().supply(prepare_segment(rig.folder(), order)));
  ASSERT_TRUE(rig.writer().flush({}));
  EXPECT_EQ(rig.read_all().value().size(), rig.writer().durable());
}

TEST(LogWriter, OptionsMayChangeBetweenOpenings) {
  // Larger and smaller segments and batches in turn, also over a segment that is still empty.
  Rig rig;
  for (const std::uint64_t factor : {1U, 4U, 2U, 1U, 8U}) {
    rig.options().segment_bytes = factor * std::uint64_t{65'536};
    rig.options().batch_bytes_max = factor * std::uint64_t{16'384};
    ASSERT_TRUE(rig.open());
    if (factor != 4) {
      rig.append(2, factor * 6'144);
    }
    ASSERT_TRUE(rig.writer().close());
  }
  EXPECT_EQ(rig.read_all().value(), rig.expected());
  rig.options().batch_bytes_max = 5000;
  EXPECT_EQ(rig.open().error().code(), Errc::InvalidArgument);
}

TEST(LogWriter, AfterCloseNothingIsAppended) {
  Rig rig;
  ASSERT_TRUE(rig.open());
  rig.append(1, 1);
  ASSERT_TRUE(rig.writer().close());
  EXPECT_EQ(rig.writer().stage(record_of(1, 1)).error().code(), Errc::Closed);
  EXPECT_EQ(rig.writer().submit({}).error().code(), Errc::Closed);
}

/// Random use of a log, and what must come of it.
class RandomUse final {
 public:
  explicit RandomUse(std::uint64_t seed) : rig_(small_options(), seed) {}

  void run(int steps) {
    ASSERT_TRUE(rig_.open());
    for (int i = 0; i < steps; ++i) {
      step();
      if (::testing::Test::HasFatalFailure()) {
        return;
      }
    }
    compare(first_);
    EXPECT_TRUE(rig_.verify());
  }

 private:
  void step() {
    const std::uint64_t choice = rig_.random().below(100);
    const std::uint64_t durable = rig_.writer().durable();
    if (choice < 80) {
      rig_.append(1 + rig_.random().below(8), rig_.random().below(1900));
    } else if (choice < 85) {
      ASSERT_TRUE(rig_.open());
    } else if (choice < 88) {
      const auto first = drop_through(rig_.folder(), durable / 2, rig_.random().below(3));
      ASSERT_TRUE(first.has_value()) << first.error().to_string();
      first_ = *first == 0 ? first_ : *first;
      rig_.expected().erase(rig_.expected().begin(), rig_.expected().lower_bound(first_));
    } else if (choice < 91) {
      const auto done = archive_through(rig_.folder(), durable - durable / 4, {});
      ASSERT_TRUE(done.has_value()) << done.error().to_string();
    } else {
      compare(first_ + rig_.random().below(durable - first_ + 2));
    }
  }

  void compare(std::uint64_t from) {
    const auto found = rig_.read_all(from);
    ASSERT_TRUE(found.has_value()) << found.error().to_string();
    const Records expected(rig_.expected().lower_bound(from), rig_.expected().end());
    ASSERT_EQ(found->size(), expected.size()) << "from " << from;
    EXPECT_TRUE(*found == expected);
  }

  Rig rig_;
  std::uint64_t first_ = 1;
};

TEST(LogProperty, RandomUseAgreesWithAPlainMap) {
  // Appends, openings, drops, archivals and reads from anywhere, in an order drawn from the seed.
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    RandomUse(seed).run(100);
    if (HasFatalFailure()) {
      return;
    }
  }
}

}  // namespace
}  // namespace cairn::log
