// SPDX-License-Identifier: Apache-2.0
// Whether what was taken out of a journal is what was right before what is kept.
#include "journal/archive.h"

#include <cstddef>
#include <cstdint>

#include <gtest/gtest.h>

#include "journal/history.h"
#include "log/retention.h"
#include "tests/log/rig.h"

namespace cairn::journal {
namespace {

/// A log of which one segment was filled, beginning with a record of that size, and taken out into
/// the folder `archive`. Nothing was written into the next one yet: what found no room before stays
/// staged, and is gone when the log is closed.
class TakenOut {
 public:
  explicit TakenOut(std::size_t first_size) {
    EXPECT_TRUE(rig_.open());
    rig_.append(1, first_size);
    while (rig_.writer().active_segment() == 1) {
      if (rig_.writer().staged() == 0) {
        EXPECT_TRUE(rig_.writer().stage(log::record_of(1, 15'000)));
      }
      EXPECT_TRUE(rig_.writer().submit({}));
      EXPECT_TRUE(rig_.writer().poll(seconds(1)));
    }
    EXPECT_EQ(rig_.writer().staged(), 1U);
    last_ = rig_.writer().durable();
    EXPECT_TRUE(rig_.writer().close());
    EXPECT_TRUE(rig_.disk().create_folder("archive"));
    EXPECT_TRUE(rig_.disk().create_folder("archive/log"));
    const auto moved =
        log::move_through(rig_.folder(), last_, log::Folder(rig_.disk(), "archive/log"));
    EXPECT_EQ(moved.value().segments, 1U);
  }

  [[nodiscard]] std::uint64_t last() const noexcept { return last_; }

  HistoryReader kept() { return HistoryReader::open(rig_.disk(), "").value(); }

  HistoryReader archive() { return HistoryReader::open(rig_.disk(), "archive").value(); }

  log::Rig& rig() { return rig_; }

 private:
  log::Rig rig_;
  std::uint64_t last_ = 0;
};

TEST(JournalArchive, OnlyWhatWasTakenOutIsRightBeforeWhatIsKept) {
  // Of another history of the same length it is not, whether or not anything was kept yet.
  TakenOut one(100);
  TakenOut other(101);
  ASSERT_EQ(one.last(), other.last());
  for (int round = 0; round < 2; ++round) {
    HistoryReader kept = one.kept();
    HistoryReader right = one.archive();
    HistoryReader wrong = other.archive();
    EXPECT_TRUE(is_right_before(right, kept, one.last() + 1).value()) << "round " << round;
    EXPECT_FALSE(is_right_before(wrong, kept, one.last() + 1).value()) << "round " << round;
    ASSERT_TRUE(one.rig().open());
    one.rig().append(1, 10);
    one.rig().close();
  }
}

}  // namespace
}  // namespace cairn::journal
