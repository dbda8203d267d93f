// SPDX-License-Identifier: Apache-2.0
// What a log says and does when its disk is full, and when a write or sync has failed.
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "log/folder.h"
#include "log/reader.h"
#include "log/writer.h"
#include "sim/disk.h"
#include "sim/random.h"
#include "sim/workload/log_run.h"
#include "sim/world.h"

namespace cairn::sim {
namespace {

using ::testing::HasSubstr;

class LogFault : public ::testing::Test {
 public:
  ~LogFault() override {
    if (log_ != nullptr) {
      disk_.kill();
    }
  }

 protected:
  void open(bool keeps_reserve = true) {
    log_.reset();
    auto opened = log::Writer::open(disk_, "log",
                                    {.segment_bytes = 65'536,
                                     .batch_bytes_max = 8'192,
                                     .batch_count_max = 16,
                                     .depth = 3,
                                     .keeps_reserve = keeps_reserve},
                                    random_);
    ASSERT_TRUE(opened.has_value()) << opened.error().to_string();
    log_ = *std::move(opened);
  }

  Result<> append() {
    CAIRN_TRY(log_->stage(Payload(3000, std::byte{5})));
    return log_->flush({});
  }

  // As three batches.
  Result<> submit_three() {
    for (std::uint64_t i = 0; i < 3; ++i) {
      CAIRN_TRY(log_->stage(Payload(200, std::byte(i))));
      CAIRN_TRY(submit_staged());
    }
    return {};
  }

  Result<> submit_staged() {
    while (log_->staged() > 0) {
      CAIRN_TRY(const auto batch, log_->submit({}));
      CAIRN_TRY(log_->poll(batch ? Duration{} : milliseconds(100)));
    }
    return {};
  }

  // What is used now, and no more.
  void fill_disk(std::uint64_t left = 0) {
    const sys::Space space = disk_.free_space().value();
    disk_.set_faults({.capacity_bytes = space.total_bytes - space.free_bytes + left});
  }

  std::uint64_t readable() { return read_log(disk_, 1)->size(); }

  World world_{7};
  SimDisk disk_{world_, "disk"};
  SimRandom random_{world_, "salt"};
  std::unique_ptr<log::Writer> log_;
};

TEST_F(LogFault, AFullDiskLeavesRoomForALastWordAndTheLogGoesOnAfterwards) {
  // The disk is full when the next segment is needed: the log moves into its reserve with all that
  // was staged, refuses what comes next, and still takes a last word. Then space appears.
  open();
  fill_disk();
  Result<> appended;
  while ((appended = append())) {
  }
  EXPECT_EQ(appended.error().code(), Errc::NoSpace);
  EXPECT_THAT(appended.error().to_string(), HasSubstr("\"log\""));
  EXPECT_THAT(appended.error().to_string(), HasSubstr("free some space"));
  EXPECT_TRUE(log_->is_out_of_space());
  EXPECT_EQ(log_->staged(), 0U) << "refused whole";
  const std::uint64_t before = log_->durable();
  EXPECT_EQ(readable(), before);
  ASSERT_TRUE(log_->stage_last_word(Payload(100, std::byte{9})));
  ASSERT_TRUE(log_->flush({}));
  EXPECT_EQ(log_->durable(), before + 1);
  disk_.set_faults({});
  const log::SegmentOrder order = log_->take_order().value_or(log::SegmentOrder{});
  EXPECT_TRUE(order.wants_reserve);
  ASSERT_TRUE(log_->supply(log::prepare_segment(log_->folder(), order)));
  EXPECT_FALSE(log_->is_out_of_space());
  for (int i = 0; i < 60; ++i) {
    ASSERT_TRUE(append());
  }
  EXPECT_EQ(readable(), before + 61);
}

TEST_F(LogFault, WithoutAReserveWhatIsStagedWaitsForSpace) {
  // Staged records stay staged, in order, and go out when there is space.
  open(false);
  fill_disk();
  Result<> appended;
  std::uint64_t last = 0;
  while ((appended = append())) {
    last = log_->durable();
  }
  EXPECT_EQ(appended.error().code(), Errc::NoSpace);
  EXPECT_EQ(log_->durable(), last);
  EXPECT_EQ(readable(), last);
  EXPECT_EQ(log_->staged(), 1U);
  EXPECT_EQ(append().error().code(), Errc::NoSpace);
  EXPECT_EQ(log_->staged(), 1U);
  disk_.set_faults({});
  ASSERT_TRUE(log_->flush({}));
  EXPECT_EQ(readable(), last + 1);
  EXPECT_TRUE(append());
}

TEST_F(LogFault, ALogOpensOnAFullDisk) {
  // Without space for a reserve it opens, says so, and takes last words only.
  open(false);
  ASSERT_TRUE(append());
  ASSERT_TRUE(log_->close());
  fill_disk();
  open();
  EXPECT_TRUE(log_->is_out_of_space());
  EXPECT_EQ(append().error().code(), Errc::NoSpace);
  ASSERT_TRUE(log_->stage_last_word(Payload(10)));
  ASSERT_TRUE(log_->flush({}));
  EXPECT_EQ(readable(), 2U);
}

TEST_F(LogFault, RunningOutAtAnyMomentLosesAndHalvesNothing) {
  // So much space is left that making the next segment fails at another step each time.
  for (std::uint64_t left = 0; left <= 163'840; left += 8'192) {
    World world(left);
    SimDisk disk(world, "disk");
    SimRandom random(world, "salt");
    auto log =
        log::Writer::open(
            disk, "log",
            {.segment_bytes = 65'536, .batch_bytes_max = 8'192, .batch_count_max = 16, .depth = 2},
            random)
            .value();
    const sys::Space space = disk.free_space().value();
    disk.set_faults({.capacity_bytes = space.total_bytes - space.free_bytes + left});
    Result<> done;
    while (done) {
      const auto staged = log->stage(Payload(3000, std::byte{5}));
      done = staged ? log->flush({}) : fail(staged.error());
    }
    EXPECT_EQ(done.error().code(), Errc::NoSpace);
    const std::uint64_t durable = log->durable();
    disk.crash();
    log.reset();
    disk.set_faults({});
    log = log::Writer::open(disk, "log", {.segment_bytes = 65'536, .batch_bytes_max = 8192}, random)
              .value();
    EXPECT_EQ(log->durable(), durable);
    EXPECT_EQ(read_log(disk, 1)->size(), durable);
    disk.kill();
  }
}

TEST_F(LogFault, AFailedWriteIsFinalAndNamesTheLog) {
  // Every later call says the same, and opening again decides.
  open();
  ASSERT_TRUE(append());
  disk_.place_failure(
      {.operation = disk_.operations() + 1, .code = Errc::IoFailed, .is_lasting = false});
  const auto failed = append();
  ASSERT_FALSE(failed.has_value());
  EXPECT_EQ(failed.error().code(), Errc::IoFailed);
  EXPECT_THAT(failed.error().to_string(), HasSubstr("the log in \"log\" has stopped"));
  EXPECT_THAT(failed.error().to_string(), HasSubstr("restart"));
  const std::string words = failed.error().to_string();
  EXPECT_EQ(log_->stage(Payload(1)).error().to_string(), words);
  EXPECT_EQ(log_->submit({}).error().to_string(), words);
  EXPECT_EQ(log_->poll({}).error().to_string(), words);
  EXPECT_EQ(log_->close().error().to_string(), words);
  EXPECT_FALSE(log_->take_order().has_value());
  disk_.kill();
  open();
  EXPECT_GE(log_->durable(), 1U);
  EXPECT_TRUE(append());
}

TEST_F(LogFault, BatchesCountInOrderWhateverOrderTheyLandIn) {
  // Three writes under way at once, many times: durable never runs ahead, and readers see what it
  // says.
  open();
  for (int round = 0; round < 40; ++round) {
    const std::uint64_t before = log_->durable();
    ASSERT_TRUE(submit_three());
    while (log_->durable() < before + 3) {
      ASSERT_TRUE(log_->poll(microseconds(20)));
      EXPECT_EQ(readable(), log_->durable());
    }
  }
}

}  // namespace
}  // namespace cairn::sim
