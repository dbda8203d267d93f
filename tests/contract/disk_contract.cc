// SPDX-License-Identifier: Apache-2.0
#include "tests/contract/disk_contract.h"

#include <algorithm>
#include <array>

namespace cairn::test {

using sys::Entry;
using sys::EntryKind;
using sys::OpenMode;

void DiskContractBase::SetUp() {
  auto made = GetParam().make();
  if (!made && made.error().code() == Errc::Unsupported) {
    GTEST_SKIP() << made.error().to_string();
  }
  world_ = std::move(made).value();
}

std::unique_ptr<sys::File> DiskContractBase::open(std::string_view path, sys::OpenOptions options) {
  auto file = disk().open(path, options);
  EXPECT_TRUE(file) << file.error().to_string();
  return file ? *std::move(file) : nullptr;
}

void DiskContractBase::put(std::string_view path, std::string_view contents) {
  const auto file = open(path, {.mode = OpenMode::CreateOrOpen});
  ASSERT_NE(file, nullptr);
  EXPECT_EQ(outcome(file->resize(0)), "ok");
  EXPECT_EQ(outcome(file->write(0, bytes_of(contents))), "ok");
}

std::string DiskContractBase::get(std::string_view path) {
  const auto file = open(path, {.mode = OpenMode::ReadOnly});
  if (file == nullptr) {
    return "cannot be opened";
  }
  std::string contents(file->size().value_or(0), '?');
  const auto count = file->read(0, std::as_writable_bytes(std::span(contents)));
  EXPECT_EQ(count.value_or(0), contents.size());
  return contents;
}

std::string factory_name(const ::testing::TestParamInfo<DiskFactory>& info) {
  return info.param.name;
}

AlignedBytes::AlignedBytes(std::size_t size)
    : bytes_(
          static_cast<std::byte*>(::operator new[](size, std::align_val_t{sys::direct_alignment}))),
      size_(size) {
  fill(std::byte{0});
}

std::string_view AlignedBytes::text() const noexcept {
  return {reinterpret_cast<const char*>(bytes_.get()), size_};
}

void AlignedBytes::fill(std::byte value) {
  std::ranges::fill(span(), value);
}

namespace {

constexpr std::array all_modes = {OpenMode::ReadOnly, OpenMode::ReadWrite, OpenMode::CreateNew,
                                  OpenMode::CreateOrOpen};

}  // namespace

TEST_P(DiskContract, OpenSaysNotFoundForWhatIsMissing) {
  // The two modes that need the file say so; without its folder every mode does.
  EXPECT_EQ(outcome(disk().open("a", {.mode = OpenMode::ReadOnly})), "not_found");
  EXPECT_EQ(outcome(disk().open("a", {.mode = OpenMode::ReadWrite})), "not_found");
  for (const OpenMode mode : all_modes) {
    EXPECT_EQ(outcome(disk().open("missing/a", {.mode = mode})), "not_found");
  }
  EXPECT_TRUE(disk().list("")->empty());
}

TEST_P(DiskContract, CreateNewRefusesWhatExistsAndLeavesIt) {
  // The first creation works and is empty, the second is refused and the contents stay.
  {
    const auto file = open("a", {.mode = OpenMode::CreateNew});
    EXPECT_EQ(file->size().value(), 0U);
    EXPECT_EQ(outcome(file->write(0, bytes_of("kept"))), "ok");
  }
  EXPECT_EQ(outcome(disk().open("a", {.mode = OpenMode::CreateNew})), "already_exists");
  EXPECT_EQ(get("a"), "kept");
}

TEST_P(DiskContract, CreateOrOpenCreatesOnceAndThenKeepsContents) {
  // What the first opening wrote, the second finds.
  const auto first = open("a", {.mode = OpenMode::CreateOrOpen});
  EXPECT_EQ(first->size().value(), 0U);
  EXPECT_EQ(outcome(first->write(0, bytes_of("kept"))), "ok");
  const auto second = open("a", {.mode = OpenMode::CreateOrOpen});
  EXPECT_EQ(second->size().value(), 4U);
}

TEST_P(DiskContract, TheOtherDiskObjectSeesTheSameTree) {
  // A file written through one Disk is read through another.
  put("a", "shared");
  auto file = world().other_disk().open("a", {.mode = OpenMode::ReadOnly});
  ASSERT_TRUE(file);
  EXPECT_EQ((*file)->size().value(), 6U);
}

TEST_P(DiskContract, FoldersAreNoFilesAndFilesNoFolders) {
  // Each call that wants the one refuses the other, in every mode, and changes nothing.
  EXPECT_EQ(outcome(disk().create_folder("folder")), "ok");
  put("file", "x");
  for (const OpenMode mode : {OpenMode::ReadOnly, OpenMode::ReadWrite, OpenMode::CreateOrOpen}) {
    EXPECT_EQ(outcome(disk().open("folder", {.mode = mode})), "invalid_argument");
    EXPECT_EQ(outcome(disk().open("", {.mode = mode})), "invalid_argument");
    EXPECT_EQ(outcome(disk().open("file/a", {.mode = mode})), "invalid_argument");
  }
  EXPECT_EQ(outcome(disk().create_folder("file")), "invalid_argument");
  EXPECT_EQ(outcome(disk().create_folder("file/a")), "invalid_argument");
  EXPECT_EQ(outcome(disk().list("file")), "invalid_argument");
  EXPECT_EQ(outcome(disk().sync_folder("file")), "invalid_argument");
  EXPECT_EQ(outcome(disk().lock_folder("file")), "invalid_argument");
  EXPECT_EQ(disk().list("")->size(), 2U);
}

TEST_P(DiskContract, PathsThatCouldLeaveTheRootAreRefusedByEveryCall) {
  // Every call gets every kind of bad path, and the tree stays empty.
  for (const std::string_view bad : {"/", "/a", "a/", "a//b", ".", "..", "../a", "a/../b", "./a"}) {
    SCOPED_TRACE(bad);
    for (const OpenMode mode : all_modes) {
      EXPECT_EQ(outcome(disk().open(bad, {.mode = mode})), "invalid_argument");
    }
    EXPECT_EQ(outcome(disk().create_folder(bad)), "invalid_argument");
    EXPECT_EQ(outcome(disk().list(bad)), "invalid_argument");
    EXPECT_EQ(outcome(disk().stat(bad)), "invalid_argument");
    EXPECT_EQ(outcome(disk().rename(bad, "a")), "invalid_argument");
    EXPECT_EQ(outcome(disk().rename("a", bad)), "invalid_argument");
    EXPECT_EQ(outcome(disk().remove(bad)), "invalid_argument");
    EXPECT_EQ(outcome(disk().sync_folder(bad)), "invalid_argument");
    EXPECT_EQ(outcome(disk().lock_folder(bad)), "invalid_argument");
  }
  EXPECT_TRUE(disk().list("")->empty());
}

TEST_P(DiskContract, CreateFolderMakesParentsAndAcceptsWhatIsThere) {
  // Three levels at once, again, and the root itself.
  EXPECT_EQ(outcome(disk().create_folder("a/b/c")), "ok");
  EXPECT_EQ(outcome(disk().create_folder("a/b/c")), "ok");
  EXPECT_EQ(outcome(disk().create_folder("a/b/d")), "ok");
  EXPECT_EQ(outcome(disk().create_folder("")), "ok");
  EXPECT_EQ(disk().stat("a/b/c")->kind, EntryKind::Folder);
  EXPECT_EQ(disk().list("a/b")->size(), 2U);
}

TEST_P(DiskContract, ListIsSortedByBytesWithKindsAndSizes) {
  // Names made in another order, with upper case and bytes over 127, come out sorted as bytes.
  for (const std::string_view name : {"b", "\xc3\xa9", "a10", "B", "a2"}) {
    put(name, name);
  }
  EXPECT_EQ(outcome(disk().create_folder("aa")), "ok");
  put("aa/inside", "not listed above");
  const std::vector<Entry> expected = {
      {.name = "B", .kind = EntryKind::File, .size = 1},
      {.name = "a10", .kind = EntryKind::File, .size = 3},
      {.name = "a2", .kind = EntryKind::File, .size = 2},
      {.name = "aa", .kind = EntryKind::Folder, .size = 0},
      {.name = "b", .kind = EntryKind::File, .size = 1},
      {.name = "\xc3\xa9", .kind = EntryKind::File, .size = 2},
  };
  EXPECT_EQ(disk().list("").value(), expected);
}

TEST_P(DiskContract, ListTellsEmptyFromMissing) {
  // An empty folder lists as nothing, a missing one is an error.
  EXPECT_EQ(outcome(disk().create_folder("empty")), "ok");
  EXPECT_TRUE(disk().list("empty")->empty());
  EXPECT_EQ(outcome(disk().list("missing")), "not_found");
}

TEST_P(DiskContract, StatNamesTheLastPart) {
  // A file with its size, a folder without, the root without a name.
  EXPECT_EQ(outcome(disk().create_folder("a/b")), "ok");
  put("a/b/c", "12345");
  EXPECT_EQ(disk().stat("a/b/c").value(), (Entry{.name = "c", .kind = EntryKind::File, .size = 5}));
  EXPECT_EQ(disk().stat("a/b").value(), (Entry{.name = "b", .kind = EntryKind::Folder, .size = 0}));
  EXPECT_EQ(disk().stat("").value(), (Entry{.name = "", .kind = EntryKind::Folder, .size = 0}));
  EXPECT_EQ(outcome(disk().stat("a/d")), "not_found");
  EXPECT_EQ(outcome(disk().stat("d/a")), "not_found");
}

TEST_P(DiskContract, RenameMovesAcrossFoldersAndReplacesFiles) {
  // The new name has the contents of the old, what it had before is gone, and so is the old name.
  EXPECT_EQ(outcome(disk().create_folder("f")), "ok");
  put("a", "new");
  put("f/b", "old");
  EXPECT_EQ(outcome(disk().rename("a", "f/b")), "ok");
  EXPECT_EQ(get("f/b"), "new");
  EXPECT_EQ(outcome(disk().stat("a")), "not_found");
  EXPECT_EQ(outcome(disk().rename("f", "g")), "ok");
  EXPECT_EQ(get("g/b"), "new");
}

TEST_P(DiskContract, RenameRefusesWhatMakesNoSense) {
  // A missing source or target folder, the root on either side, a file over a folder.
  put("a", "x");
  EXPECT_EQ(outcome(disk().create_folder("f")), "ok");
  EXPECT_EQ(outcome(disk().rename("missing", "b")), "not_found");
  EXPECT_EQ(outcome(disk().rename("a", "missing/b")), "not_found");
  EXPECT_EQ(outcome(disk().rename("", "b")), "invalid_argument");
  EXPECT_EQ(outcome(disk().rename("a", "")), "invalid_argument");
  EXPECT_EQ(outcome(disk().rename("a", "f")), "invalid_argument");
  EXPECT_EQ(get("a"), "x");
}

TEST_P(DiskContract, AnOpenFileKeepsItsContentsWhenRenamed) {
  // Writing goes on through a handle opened under the old name.
  const auto file = open("a", {.mode = OpenMode::CreateNew});
  EXPECT_EQ(outcome(disk().rename("a", "b")), "ok");
  EXPECT_EQ(outcome(file->write(0, bytes_of("later"))), "ok");
  EXPECT_EQ(get("b"), "later");
}

TEST_P(DiskContract, RemoveTakesFilesAndEmptyFoldersOnly) {
  // A folder goes only after what it holds; the root and missing names never.
  EXPECT_EQ(outcome(disk().create_folder("f")), "ok");
  put("f/a", "x");
  EXPECT_EQ(outcome(disk().remove("f")), "invalid_argument");
  EXPECT_EQ(outcome(disk().remove("f/a")), "ok");
  EXPECT_EQ(outcome(disk().remove("f")), "ok");
  EXPECT_EQ(outcome(disk().remove("f")), "not_found");
  EXPECT_EQ(outcome(disk().remove("")), "invalid_argument");
  EXPECT_TRUE(disk().list("")->empty());
}

TEST_P(DiskContract, SyncFolderNeedsTheFolder) {
  // The root and a folder sync; a missing folder is an error.
  EXPECT_EQ(outcome(disk().create_folder("f")), "ok");
  put("f/a", "x");
  EXPECT_EQ(outcome(disk().sync_folder("f")), "ok");
  EXPECT_EQ(outcome(disk().sync_folder("")), "ok");
  EXPECT_EQ(outcome(disk().sync_folder("missing")), "not_found");
}

TEST_P(DiskContract, OneHolderPerFolderLock) {
  // While one holds it, both Disk objects are told Busy; afterwards the other gets it.
  auto held = disk().lock_folder("");
  ASSERT_TRUE(held) << held.error().to_string();
  EXPECT_EQ(outcome(disk().lock_folder("")), "busy");
  EXPECT_EQ(outcome(world().other_disk().lock_folder("")), "busy");
  held->reset();
  auto next = world().other_disk().lock_folder("");
  EXPECT_EQ(outcome(next), "ok");
  EXPECT_EQ(outcome(disk().lock_folder("")), "busy");
}

TEST_P(DiskContract, LocksOfTwoFoldersAreIndependentAndUnseen) {
  // Two folders locked at once; neither lock shows in a list. A folder that is locked cannot be
  // removed, and once released it is empty.
  EXPECT_EQ(outcome(disk().create_folder("f")), "ok");
  {
    const auto root = disk().lock_folder("");
    const auto folder = disk().lock_folder("f");
    EXPECT_EQ(outcome(root), "ok");
    EXPECT_EQ(outcome(folder), "ok");
    EXPECT_EQ(disk().list("")->size(), 1U);
    EXPECT_TRUE(disk().list("f")->empty());
    EXPECT_EQ(outcome(disk().remove("f")), "invalid_argument");
    EXPECT_EQ(outcome(world().other_disk().lock_folder("f")), "busy");
  }
  EXPECT_EQ(outcome(disk().remove("f")), "ok");
  EXPECT_EQ(outcome(disk().lock_folder("f")), "not_found");
}

TEST_P(DiskContract, FreeSpaceIsSane) {
  // There is some, and not more than all.
  const auto space = disk().free_space();
  ASSERT_TRUE(space) << space.error().to_string();
  EXPECT_GT(space->total_bytes, 0U);
  EXPECT_LE(space->free_bytes, space->total_bytes);
}

TEST_P(DiskContract, BackendHasAName) {
  // Status and benchmarks print it.
  EXPECT_FALSE(disk().backend().empty());
}

}  // namespace cairn::test
