// SPDX-License-Identifier: Apache-2.0
// One test for each thing a simulated disk can do wrong: that it fires, and what it does then.
#include <algorithm>
#include <array>
#include <bit>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "sim/disk.h"
#include "sim/world.h"

namespace cairn::sim {
namespace {

using sys::OpenMode;

constexpr std::size_t block = 4096;

class DiskFault : public ::testing::Test {
 protected:
  std::unique_ptr<sys::File> open(std::string_view path, OpenMode mode = OpenMode::CreateOrOpen) {
    auto file = disk_.open(path, {.mode = mode});
    EXPECT_TRUE(file) << file.error().to_string();
    return file ? *std::move(file) : nullptr;
  }

  // A file of that many blocks of one letter, all of it and its name durable.
  std::unique_ptr<sys::File> durable_file(std::string_view path, char letter,
                                          std::size_t blocks = 1) {
    auto file = open(path);
    write(*file, 0, std::string(blocks * block, letter));
    EXPECT_TRUE(file->sync_data());
    EXPECT_TRUE(disk_.sync_folder(""));
    return file;
  }

  static void write(sys::File& file, std::uint64_t offset, std::string_view text) {
    const auto written = file.write(offset, std::as_bytes(std::span(text)));
    EXPECT_TRUE(written) << written.error().to_string();
  }

  static Errc write_error(sys::File& file, std::string_view text) {
    const auto written = file.write(0, std::as_bytes(std::span(text)));
    return written ? Errc::Unsupported : written.error().code();
  }

  std::string read(std::string_view path) {
    const auto file = open(path, OpenMode::ReadOnly);
    std::string text(file->size().value(), '?');
    EXPECT_TRUE(file->read(0, std::as_writable_bytes(std::span(text))));
    return text;
  }

  // How many 512-byte sectors of the file hold only this letter.
  std::size_t sectors_of(std::string_view path, char letter) {
    const std::string text = read(path);
    std::size_t count = 0;
    for (std::size_t at = 0; at < text.size(); at += sector_size) {
      const std::string_view sector = std::string_view(text).substr(at, sector_size);
      count += sector.find_first_not_of(letter) == std::string_view::npos ? 1U : 0U;
    }
    return count;
  }

  World world_{11};
  SimDisk disk_{world_, "disk"};
};

TEST_F(DiskFault, WithoutFaultsAPowerLossKeepsEverything) {
  // A fresh disk is kind: unsynced bytes and names survive the crash, and objects die.
  const auto file = open("a");
  write(*file, 0, "kept");
  disk_.crash();
  EXPECT_EQ(file->size().error().code(), Errc::Closed);
  EXPECT_EQ(read("a"), "kept");
}

TEST_F(DiskFault, UnsyncedWritesAreLost) {
  // What a sync covered stays, what was written over it afterwards is gone, size and all.
  const auto file = durable_file("a", 'o');
  write(*file, 0, std::string(2 * block, 'n'));
  EXPECT_EQ(read("a"), std::string(2 * block, 'n'));
  disk_.set_faults({.lose_one_in = 1});
  disk_.crash();
  EXPECT_EQ(read("a"), std::string(block, 'o'));
  EXPECT_EQ(world_.marked("disk.lost_unsynced"), 1U);
}

TEST_F(DiskFault, UnsyncedNamesAreLostAndContentsAreNot) {
  // A created, a renamed and a removed file, all contents synced, no folder synced: the old names
  // are back. With the folder synced, the new ones are.
  for (const bool synced : {false, true}) {
    SCOPED_TRACE(synced);
    disk_.set_faults({});
    EXPECT_TRUE(disk_.create_folder("f"));
    EXPECT_TRUE(disk_.sync_folder(""));
    for (const std::string_view path : {"f/renamed", "f/removed"}) {
      durable_file(path, 'x');
    }
    EXPECT_TRUE(disk_.sync_folder("f"));
    durable_file("f/created", 'c');
    EXPECT_TRUE(disk_.rename("f/renamed", "f/new"));
    EXPECT_TRUE(disk_.remove("f/removed"));
    if (synced) {
      EXPECT_TRUE(disk_.sync_folder("f"));
    }
    disk_.set_faults({.lose_one_in = 1});
    disk_.crash();
    std::string names;
    const auto entries = disk_.list("f").value();
    for (const sys::Entry& entry : entries) {
      names += entry.name + " ";
    }
    EXPECT_EQ(names, synced ? "created new " : "removed renamed ");
    EXPECT_TRUE(synced || world_.marked("disk.lost_name") == 3);
  }
}

TEST_F(DiskFault, TornWriteKeepsSomeSectorsWhole) {
  // Every one of 64 sectors is old or new, never mixed, and there are some of both.
  const auto file = durable_file("a", 'o', 8);
  write(*file, 0, std::string(8 * block, 'n'));
  disk_.set_faults({.tear_one_in = 1});
  disk_.crash();
  const std::size_t old_sectors = sectors_of("a", 'o');
  const std::size_t new_sectors = sectors_of("a", 'n');
  EXPECT_EQ(old_sectors + new_sectors, 64U);
  EXPECT_GT(old_sectors, 0U);
  EXPECT_GT(new_sectors, 0U);
  EXPECT_EQ(world_.marked("disk.torn_write"), 1U);
}

TEST_F(DiskFault, WithoutReorderingWhatIsLostIsASuffix) {
  // Sixteen writes, each lost once in four: after the first that is lost, all are.
  const auto file = durable_file("a", 'o', 16);
  for (std::size_t i = 0; i < 16; ++i) {
    write(*file, i * block, std::string(block, 'n'));
  }
  disk_.set_faults({.lose_one_in = 4});
  disk_.crash();
  const std::string text = read("a");
  const std::size_t first_old = text.find('o');
  EXPECT_EQ(text.find('n', first_old), std::string::npos);
  EXPECT_EQ(world_.marked("disk.reordered"), 0U);
}

TEST_F(DiskFault, ReorderedWritesSurviveEarlierOnes) {
  // The same with reordering: some write is there although one before it is not.
  const auto file = durable_file("a", 'o', 16);
  for (std::size_t i = 0; i < 16; ++i) {
    write(*file, i * block, std::string(block, 'n'));
  }
  disk_.set_faults({.lose_one_in = 2, .reorder_one_in = 1});
  disk_.crash();
  const std::string text = read("a");
  EXPECT_NE(text.find('n', text.find('o')), std::string::npos);
  EXPECT_EQ(world_.marked("disk.reordered"), 1U);
}

TEST_F(DiskFault, WritesUnderWayMayReachTheMediaOrNot) {
  // Eight writes are submitted and none is waited for: after the crash some are there, some are
  // not, and their completions say that the power is gone.
  const auto file = durable_file("a", 'o', 8);
  const auto queue = disk_.make_queue({.depth = 8}).value();
  const std::string text(block, 'n');
  const sys::ConstBuffer buffer = std::as_bytes(std::span(text));
  for (std::uint64_t i = 0; i < 8; ++i) {
    ASSERT_TRUE(queue->submit({.kind = sys::IoKind::Write,
                               .file = file.get(),
                               .offset = i * block,
                               .write_from = std::span(&buffer, 1)}));
  }
  disk_.set_faults({.lose_one_in = 2, .reorder_one_in = 1});
  disk_.crash();
  std::array<sys::IoCompletion, 8> done{};
  ASSERT_EQ(queue->wait(done, Duration{}), 8U);
  EXPECT_EQ(done[0].result.error().code(), Errc::Closed);
  EXPECT_GT(sectors_of("a", 'n'), 0U);
  EXPECT_GT(sectors_of("a", 'o'), 0U);
}

TEST_F(DiskFault, SyncCoversOnlyWritesWhoseCompletionsWereTaken) {
  // One write is taken before the sync is submitted and one is still under way: both finish, the
  // sync succeeds, and the power loss takes the second.
  const auto file = durable_file("a", 'o', 2);
  const auto queue = disk_.make_queue({.depth = 4}).value();
  const std::string text(block, 'n');
  const sys::ConstBuffer buffer = std::as_bytes(std::span(text));
  std::array<sys::IoCompletion, 4> done{};
  const auto submit = [&](sys::IoKind kind, std::uint64_t offset) {
    const bool writes = kind == sys::IoKind::Write;
    ASSERT_TRUE(queue->submit({.kind = kind,
                               .file = file.get(),
                               .offset = offset,
                               .write_from = std::span(&buffer, writes ? 1 : 0)}));
  };
  submit(sys::IoKind::Write, 0);
  ASSERT_EQ(queue->wait(done, seconds(1)), 1U);
  submit(sys::IoKind::Write, block);
  submit(sys::IoKind::SyncData, 0);
  while (queue->in_flight() > 0) {
    ASSERT_EQ(queue->wait(done, seconds(10)), 1U);
    ASSERT_TRUE(done[0].result);
  }
  disk_.set_faults({.lose_one_in = 1});
  disk_.crash();
  EXPECT_EQ(read("a"), std::string(block, 'n') + std::string(block, 'o'));
}

TEST_F(DiskFault, DurableWriteNeedsNoSync) {
  // A durable write survives with its size; an ordinary one beside it does not.
  const auto file = durable_file("a", 'o');
  const auto queue = disk_.make_queue({.depth = 1}).value();
  const std::string text(block, 'n');
  const sys::ConstBuffer buffer = std::as_bytes(std::span(text));
  write(*file, 0, std::string(block, 'u'));
  ASSERT_TRUE(queue->submit({.kind = sys::IoKind::Write,
                             .durable = true,
                             .file = file.get(),
                             .offset = block,
                             .write_from = std::span(&buffer, 1)}));
  std::array<sys::IoCompletion, 1> done{};
  ASSERT_EQ(queue->wait(done, seconds(1)), 1U);
  disk_.set_faults({.lose_one_in = 1});
  disk_.crash();
  EXPECT_EQ(read("a"), std::string(block, 'o') + text);
}

TEST_F(DiskFault, RequestsFinishInAnOrderOfTheSeedsChoice) {
  // Twenty reads of one queue come back in another order than they went in.
  const auto file = durable_file("a", 'x');
  const auto queue = disk_.make_queue({.depth = 20}).value();
  std::array<std::byte, 1> space{};
  const sys::MutableBuffer buffer(space);
  for (std::uint64_t i = 0; i < 20; ++i) {
    ASSERT_TRUE(queue->submit({.kind = sys::IoKind::Read,
                               .file = file.get(),
                               .read_into = std::span(&buffer, 1),
                               .token = i}));
  }
  std::vector<std::uint64_t> order;
  std::array<sys::IoCompletion, 20> done{};
  while (queue->in_flight() > 0) {
    const std::size_t count = queue->wait(done, seconds(1));
    for (std::size_t i = 0; i < count; ++i) {
      order.push_back(done.at(i).token);
    }
  }
  EXPECT_EQ(order.size(), 20U);
  EXPECT_FALSE(std::ranges::is_sorted(order));
}

TEST_F(DiskFault, KillKeepsThePageCache) {
  // The process dies with unsynced bytes and names: both are there for the next, even on a disk
  // that would lose all in a power loss.
  disk_.set_faults({.lose_one_in = 1});
  const auto file = open("a");
  write(*file, 0, "kept");
  disk_.kill();
  EXPECT_EQ(file->sync_data().error().code(), Errc::Closed);
  EXPECT_EQ(read("a"), "kept");
  disk_.crash();
  EXPECT_TRUE(disk_.list("")->empty());
}

TEST_F(DiskFault, ALockEndsWithItsIncarnation) {
  // The dead holder's lock object does not keep, and when destroyed does not free, the lock of the
  // next.
  auto dead = disk_.lock_folder("");
  ASSERT_TRUE(dead);
  disk_.kill();
  const auto live = disk_.lock_folder("");
  ASSERT_TRUE(live);
  dead->reset();
  EXPECT_EQ(disk_.lock_folder("").error().code(), Errc::Busy);
}

TEST_F(DiskFault, ReadErrorIsReported) {
  // The read fails once and leaves the file as it is.
  const auto file = durable_file("a", 'x');
  disk_.set_faults({.read_error_one_in = 1});
  std::array<std::byte, 8> bytes{};
  EXPECT_EQ(file->read(0, bytes).error().code(), Errc::IoFailed);
  disk_.set_faults({});
  EXPECT_EQ(read("a"), std::string(block, 'x'));
}

TEST_F(DiskFault, WriteErrorMayHaveWrittenAPart) {
  // Some prefix of the bytes is there, and the file is not poisoned: the next write works.
  const auto file = durable_file("a", 'o', 4);
  disk_.set_faults({.write_error_one_in = 1});
  EXPECT_EQ(write_error(*file, std::string(4 * block, 'n')), Errc::IoFailed);
  disk_.set_faults({});
  const std::string text = read("a");
  EXPECT_EQ(text.find('n', text.find('o')), std::string::npos);
  EXPECT_NE(text.find('o'), std::string::npos);
  write(*file, 0, "works");
}

TEST_F(DiskFault, FailedSyncPoisonsTheFileForGood) {
  // The same error comes from every later change and sync, after the fault is gone; reads go on.
  const auto file = durable_file("a", 'o');
  write(*file, 0, "n");
  disk_.set_faults({.sync_error_one_in = 1});
  const auto first = file->sync_data();
  ASSERT_FALSE(first);
  disk_.set_faults({});
  EXPECT_EQ(file->sync_data().error().to_string(), first.error().to_string());
  EXPECT_EQ(write_error(*file, "x"), Errc::IoFailed);
  EXPECT_EQ(file->resize(1).error().to_string(), first.error().to_string());
  EXPECT_EQ(file->preallocate(1, sys::Allocation::Reserve).error().code(), Errc::IoFailed);
  EXPECT_EQ(read("a").front(), 'n');
}

TEST_F(DiskFault, FailedSyncMayHaveHappenedAndIsBelievedClean) {
  // Of 64 sectors some reached the media and some did not; a second opening syncs with success and
  // writes none of them, so the power loss shows which.
  const auto file = durable_file("a", 'o', 8);
  write(*file, 0, std::string(8 * block, 'n'));
  disk_.set_faults({.sync_error_one_in = 1});
  ASSERT_FALSE(file->sync_data());
  disk_.set_faults({});
  EXPECT_EQ(sectors_of("a", 'n'), 64U);
  ASSERT_TRUE(open("a")->sync_data());
  disk_.crash();
  EXPECT_GT(sectors_of("a", 'o'), 0U);
  EXPECT_GT(sectors_of("a", 'n'), 0U);
}

TEST_F(DiskFault, FailedFolderSyncMayHaveHappened) {
  // Over twenty tries the new name sometimes outlives the power loss and sometimes does not.
  std::size_t survived = 0;
  for (int i = 0; i < 20; ++i) {
    const std::string name = "a" + std::to_string(i);
    disk_.set_faults({.lose_one_in = 1, .sync_error_one_in = 1});
    ASSERT_NE(open(name), nullptr);
    ASSERT_EQ(disk_.sync_folder("").error().code(), Errc::IoFailed);
    disk_.crash();
    survived += disk_.stat(name) ? 1U : 0U;
  }
  EXPECT_GT(survived, 0U);
  EXPECT_LT(survived, 20U);
}

TEST_F(DiskFault, OpenAndNameErrorsChangeNothing) {
  // Open, rename, remove and create_folder fail; the tree is as before.
  durable_file("a", 'x');
  disk_.set_faults({.open_error_one_in = 1, .name_error_one_in = 1});
  EXPECT_EQ(disk_.open("b", {.mode = OpenMode::CreateNew}).error().code(), Errc::IoFailed);
  EXPECT_EQ(disk_.rename("a", "b").error().code(), Errc::IoFailed);
  EXPECT_EQ(disk_.remove("a").error().code(), Errc::IoFailed);
  EXPECT_EQ(disk_.create_folder("f").error().code(), Errc::IoFailed);
  EXPECT_EQ(disk_.list("")->size(), 1U);
  EXPECT_EQ(disk_.list("")->front().name, "a");
}

TEST_F(DiskFault, FullDiskRefusesGrowthAndAllowsTheRest) {
  // At its capacity the disk refuses a growing write, a resize and a pre-allocation, overwrites
  // what is there, and has room again after a removal.
  const auto file = durable_file("a", 'x', 2);
  durable_file("b", 'x', 2);
  disk_.set_faults({.capacity_bytes = 4 * block});
  EXPECT_EQ(disk_.free_space()->free_bytes, 0U);
  EXPECT_EQ(write_error(*file, std::string(3 * block, 'n')), Errc::NoSpace);
  EXPECT_EQ(file->resize(3 * block).error().code(), Errc::NoSpace);
  EXPECT_EQ(file->preallocate(3 * block, sys::Allocation::WriteZeros).error().code(),
            Errc::NoSpace);
  write(*file, 0, std::string(2 * block, 'n'));
  ASSERT_TRUE(disk_.remove("b"));
  ASSERT_TRUE(disk_.sync_folder(""));
  write(*file, 0, std::string(3 * block, 'n'));
}

TEST_F(DiskFault, NoSpaceByRateFiresWithRoomLeft) {
  // The disk says that it is full although it is not.
  const auto file = durable_file("a", 'x');
  disk_.set_faults({.no_space_one_in = 1});
  EXPECT_EQ(write_error(*file, "n"), Errc::NoSpace);
}

TEST_F(DiskFault, SlowDiskTakesUpToItsLongest) {
  // Twenty reads take more than a second together and none more than the bound.
  const auto file = durable_file("a", 'x');
  disk_.set_faults({.slow_one_in = 1, .slow_max = seconds(2)});
  const Instant begin = world_.now();
  for (int i = 0; i < 20; ++i) {
    const Instant start = world_.now();
    std::array<std::byte, 1> byte{};
    ASSERT_TRUE(file->read(0, byte));
    EXPECT_LT(world_.now() - start, milliseconds(2001));
  }
  EXPECT_GT(world_.now() - begin, seconds(1));
}

TEST_F(DiskFault, BitRotFlipsOneBitForGood) {
  // Exactly one bit differs, in that read and in the next one without faults.
  durable_file("a", '\0');
  disk_.set_faults({.bit_rot_one_in = 1});
  const std::string rotten = read("a");
  disk_.set_faults({});
  EXPECT_EQ(read("a"), rotten);
  int ones = 0;
  for (const char byte : rotten) {
    ones += std::popcount(static_cast<unsigned char>(byte));
  }
  EXPECT_EQ(ones, 1);
}

TEST_F(DiskFault, FlipBitHitsTheBitThatWasNamed) {
  // The tenth bit of the file is the second of its second byte, in memory and after a crash.
  durable_file("a", '\0');
  disk_.flip_bit("a", 10);
  EXPECT_EQ(read("a")[1], '\4');
  disk_.crash();
  EXPECT_EQ(read("a")[1], '\4');
}

TEST_F(DiskFault, LostWriteIsReportedAndNotThere) {
  // Success, and the old bytes.
  const auto file = durable_file("a", 'o');
  disk_.set_faults({.lost_write_one_in = 1});
  write(*file, 0, "n");
  EXPECT_EQ(read("a"), std::string(block, 'o'));
}

TEST_F(DiskFault, MisdirectedWriteLandsOnAnotherSector) {
  // One sector's worth is written to a file of 128: it is there, whole, and not where it belongs.
  const auto file = durable_file("a", 'o', 16);
  disk_.set_faults({.misdirected_write_one_in = 1});
  write(*file, 0, std::string(sector_size, 'n'));
  const std::string text = read("a");
  const std::size_t at = text.find('n');
  EXPECT_GT(at, 0U);
  EXPECT_EQ(at % sector_size, 0U);
  EXPECT_EQ(sectors_of("a", 'n'), 1U);
}

TEST_F(DiskFault, MisdirectedReadReturnsAnotherSector) {
  // Every sector of the file holds its own letter; the read of the first returns another.
  const auto file = open("a");
  for (std::size_t i = 0; i < 20; ++i) {
    write(*file, i * sector_size, std::string(sector_size, static_cast<char>('a' + i)));
  }
  disk_.set_faults({.misdirected_read_one_in = 1});
  std::string sector(sector_size, '?');
  ASSERT_TRUE(file->read(0, std::as_writable_bytes(std::span(sector))));
  EXPECT_NE(sector.front(), 'a');
  EXPECT_EQ(sector, std::string(sector_size, sector.front()));
}

TEST_F(DiskFault, StaleReadReturnsTheVersionBefore) {
  // Unsynced: the durable bytes. Synced: the durable bytes before those.
  const auto file = durable_file("a", '1');
  write(*file, 0, std::string(block, '2'));
  disk_.set_faults({.stale_read_one_in = 1});
  EXPECT_EQ(read("a"), std::string(block, '1'));
  ASSERT_TRUE(file->sync_data());
  EXPECT_EQ(read("a"), std::string(block, '1'));
  disk_.set_faults({});
  EXPECT_EQ(read("a"), std::string(block, '2'));
}

TEST_F(DiskFault, CrashAtTheKthOperationStopsThereAndNowhereElse) {
  // The third change fails, the two before it succeeded, everything after fails until the restart.
  const auto file = durable_file("a", 'o');
  disk_.set_faults({.lose_one_in = 1});
  disk_.crash_at(disk_.operations() + 3);
  write(*file, 0, "n");
  ASSERT_TRUE(file->sync_data());
  EXPECT_FALSE(disk_.crashed());
  EXPECT_EQ(write_error(*file, "m"), Errc::Closed);
  EXPECT_TRUE(disk_.crashed());
  EXPECT_EQ(disk_.list("").error().code(), Errc::Closed);
  disk_.crash();
  EXPECT_FALSE(disk_.crashed());
  EXPECT_EQ(read("a").substr(0, 2), "no");
}

TEST_F(DiskFault, EveryOutcomeOfAPowerLossCanBeChosen) {
  // Three unsynced sectors have eight outcomes; each is produced by naming it.
  for (unsigned outcome = 0; outcome < 8; ++outcome) {
    const auto file = durable_file("a", 'o', 1);
    write(*file, 0, std::string(3 * sector_size, 'n'));
    disk_.power_off();
    ASSERT_EQ(disk_.unsynced_count(), 3U);
    disk_.power_on({(outcome & 1U) != 0, (outcome & 2U) != 0, (outcome & 4U) != 0});
    const std::string text = read("a");
    for (unsigned i = 0; i < 3; ++i) {
      EXPECT_EQ(text[i * sector_size], (outcome >> i & 1U) != 0 ? 'n' : 'o');
    }
  }
}

TEST_F(DiskFault, AtlasKeepsSilentDamageFromARunThatMustSurvive) {
  // Of a hundred drawn configurations none for one copy lies; of those for everything each lie
  // comes up.
  std::array<std::uint64_t, 5> lies{};
  Rng rng(1, "atlas");
  for (int i = 0; i < 100; ++i) {
    const DiskFaults kind = draw_disk_faults(rng, Atlas::OneCopy);
    EXPECT_EQ(kind.bit_rot_one_in + kind.misdirected_write_one_in + kind.misdirected_read_one_in +
                  kind.stale_read_one_in + kind.lost_write_one_in,
              0U);
    const DiskFaults cruel = draw_disk_faults(rng, Atlas::Everything);
    lies[0] += cruel.bit_rot_one_in;
    lies[1] += cruel.misdirected_write_one_in;
    lies[2] += cruel.misdirected_read_one_in;
    lies[3] += cruel.stale_read_one_in;
    lies[4] += cruel.lost_write_one_in;
  }
  for (const std::uint64_t sum : lies) {
    EXPECT_GT(sum, 0U);
  }
}

}  // namespace
}  // namespace cairn::sim
