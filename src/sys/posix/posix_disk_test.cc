// SPDX-License-Identifier: Apache-2.0
// What only the real file system has: other processes, links, pipes, owners, mounts.
#include "sys/posix/posix_disk.h"

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sys/posix/os_error.h"
#include "tests/support/temp_folder.h"

namespace cairn::sys {
namespace {

using ::testing::HasSubstr;

template <typename T>
std::string outcome(const Result<T>& result) {
  return result ? "ok" : std::string(to_string(result.error().code()));
}

ConstBuffer bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text));
}

/// Runs the body in a process of its own; returns its exit status. The body returns 0 when all is
/// well, else the line that failed.
template <typename Body>
int in_child(const Body& body) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::_exit(body());
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}

constexpr int cannot_mount = 254;

/// As in_child, with a tmpfs of 256 KiB on the folder that only the child sees.
template <typename Body>
int in_child_on_small_disk(const std::string& folder, unsigned long flags, const Body& body) {
  return in_child([&] {
    const bool mounted = ::unshare(CLONE_NEWNS) == 0 &&
                         ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
                         ::mount("none", folder.c_str(), "tmpfs", flags, "size=256k") == 0;
    return mounted ? body() : cannot_mount;
  });
}

TEST(PosixDisk, ARootThatCannotServeIsNamed) {
  // A missing root and a file for a root, each with its path; the first with what to do.
  const test::TempFolder folder;
  const auto missing = make_posix_disk(folder.path() + "/none");
  ASSERT_EQ(outcome(missing), "not_found");
  EXPECT_THAT(missing.error().to_string(), HasSubstr(folder.path() + "/none"));
  EXPECT_EQ(missing.error().hint(), "create it first");
  {
    const auto disk = make_posix_disk(folder.path()).value();
    EXPECT_TRUE(disk->open("file", {.mode = OpenMode::CreateNew}));
  }
  EXPECT_EQ(outcome(make_posix_disk(folder.path() + "/file")), "invalid_argument");
}

TEST(PosixDisk, SomebodyElsesFolderIsPermissionDenied) {
  // A process without rights, started by one that has them, meets a folder that is not its own.
  if (::geteuid() != 0) {
    GTEST_SKIP() << "only root can become somebody else";
  }
  const test::TempFolder folder;
  ASSERT_EQ(::chmod(folder.path().c_str(), 0700), 0);
  EXPECT_EQ(in_child([&] {
              constexpr uid_t nobody = 65534;
              if (::setuid(nobody) != 0) {
                return __LINE__ % 200;
              }
              const auto disk = make_posix_disk(folder.path());
              return outcome(disk) == "permission_denied" ? 0 : __LINE__ % 200;
            }),
            0);
}

TEST(PosixDisk, SymbolicLinksAreNotFollowed) {
  // Links to a file and to a folder outside, and one to a folder inside: no call goes through.
  const test::TempFolder outside;
  const test::TempFolder folder;
  const auto disk = make_posix_disk(folder.path()).value();
  ASSERT_EQ(outcome(disk->create_folder("real")), "ok");
  ASSERT_TRUE(make_posix_disk(outside.path()).value()->open("x", {.mode = OpenMode::CreateNew}));
  ASSERT_EQ(::symlink((outside.path() + "/x").c_str(), (folder.path() + "/file").c_str()), 0);
  ASSERT_EQ(::symlink(outside.path().c_str(), (folder.path() + "/folder").c_str()), 0);
  ASSERT_EQ(::symlink("real", (folder.path() + "/inside").c_str()), 0);
  EXPECT_EQ(outcome(disk->open("file", {.mode = OpenMode::ReadOnly})), "invalid_argument");
  EXPECT_EQ(outcome(disk->open("file", {.mode = OpenMode::CreateOrOpen})), "invalid_argument");
  EXPECT_EQ(outcome(disk->open("folder/x", {.mode = OpenMode::ReadWrite})), "invalid_argument");
  EXPECT_EQ(outcome(disk->open("inside/y", {.mode = OpenMode::CreateNew})), "invalid_argument");
  EXPECT_EQ(outcome(disk->create_folder("folder/z")), "invalid_argument");
  EXPECT_EQ(outcome(disk->list("folder")), "invalid_argument");
  EXPECT_EQ(disk->stat("folder")->kind, EntryKind::Other);
  EXPECT_EQ(outcome(disk->remove("folder")), "ok");
  EXPECT_EQ(make_posix_disk(outside.path()).value()->list("")->size(), 1U);
}

TEST(PosixDisk, APrivateFileIsItsOwnersAlone) {
  // Made so, and taken from the others when it was not.
  const test::TempFolder folder;
  const auto disk = make_posix_disk(folder.path()).value();
  const auto mode_of = [&](const char* name) {
    struct stat status{};
    EXPECT_EQ(::stat((folder.path() + name).c_str(), &status), 0);
    return status.st_mode & 0777U;
  };
  ASSERT_TRUE(disk->open("made", {.mode = OpenMode::CreateNew, .is_private = true}));
  EXPECT_EQ(mode_of("/made"), 0600U);
  ASSERT_TRUE(disk->open("taken", {.mode = OpenMode::CreateNew}));
  ASSERT_TRUE(disk->open("taken", {.mode = OpenMode::ReadWrite, .is_private = true}));
  EXPECT_EQ(mode_of("/taken"), 0600U);
}

TEST(PosixDisk, APipeInPlaceOfAFileDoesNotHang) {
  // Opening it would wait for another process; it is refused instead, and listed as neither.
  const test::TempFolder folder;
  const auto disk = make_posix_disk(folder.path()).value();
  ASSERT_EQ(::mkfifo((folder.path() + "/pipe").c_str(), 0600), 0);
  EXPECT_EQ(outcome(disk->open("pipe", {.mode = OpenMode::ReadOnly})), "invalid_argument");
  EXPECT_EQ(outcome(disk->open("pipe", {.mode = OpenMode::ReadWrite})), "invalid_argument");
  EXPECT_EQ(disk->list("")->at(0).kind, EntryKind::Other);
}

TEST(PosixDisk, NamesThatAreTooLongAreRefused) {
  // A part longer than the file system takes is the caller's mistake.
  const test::TempFolder folder;
  const auto disk = make_posix_disk(folder.path()).value();
  const std::string name(300, 'n');
  EXPECT_EQ(outcome(disk->open(name, {.mode = OpenMode::CreateNew})), "invalid_argument");
}

/// What a request of this kind said.
std::string write_through_queue(Disk& disk, File& file, std::string_view text) {
  const auto queue = disk.make_queue({.depth = 1}).value();
  const ConstBuffer from = bytes_of(text);
  IoCompletion done;
  const bool is_taken =
      queue->submit({.file = &file, .write_from = std::span(&from, 1)}).has_value() &&
      queue->wait(std::span(&done, 1), seconds(60)) == 1;
  return is_taken ? outcome(done.result) : "lost";
}

/// Fills the small disk in every way; the story of what happened.
std::string fill_up(const std::string& folder, DiskBackend backend) {
  const auto disk = make_posix_disk(folder, backend).value();
  const auto file = disk->open("a", {.mode = OpenMode::CreateNew}).value();
  const auto other = disk->open("b", {.mode = OpenMode::CreateNew}).value();
  const std::string some(100'000, 'x');
  const std::string much(400'000, 'y');
  std::string story = outcome(file->write(0, bytes_of(some)));
  story += " " + outcome(file->preallocate(1'000'000, Allocation::Reserve));
  story += " " + outcome(file->preallocate(1'000'000, Allocation::WriteZeros));
  story += " " + std::to_string(file->size().value());
  story += " " + outcome(other->write(0, bytes_of(much)));
  story += " " + write_through_queue(*disk, *other, much);
  story += " " + outcome(other->resize(0)) + " " + outcome(disk->remove("b"));
  story += " " + outcome(file->write(some.size(), bytes_of(some)));
  story += " " + outcome(file->sync_data()) + " " + outcome(disk->remove("a"));
  return story;
}

TEST(PosixDisk, AFullDiskSaysNoSpaceAndGoesOnAfterwards) {
  // On a real small file system: each way to fill it fails with its code, what was there stays, and
  // after a removal there is room again.
  const test::TempFolder folder;
  for (const DiskBackend backend : {DiskBackend::Auto, DiskBackend::Threads}) {
    const int status = in_child_on_small_disk(folder.path(), 0, [&] {
      const std::string story = fill_up(folder.path(), backend);
      const bool is_right = story == "ok no_space no_space 100000 no_space no_space ok ok ok ok ok";
      return is_right ? 0 : (std::fprintf(stderr, "%s\n", story.c_str()), 1);
    });
    if (status == cannot_mount) {
      GTEST_SKIP() << "this user or sandbox cannot mount a small file system";
    }
    EXPECT_EQ(status, 0);
  }
}

TEST(PosixDisk, AReadOnlyFolderSaysReadOnly) {
  // Everything that would change a file system mounted for reading is told so, and listing works.
  const test::TempFolder folder;
  const int status = in_child_on_small_disk(folder.path(), MS_RDONLY, [&]() -> int {
    const auto disk = make_posix_disk(folder.path()).value();
    if (outcome(disk->open("a", {.mode = OpenMode::CreateNew})) != "read_only") {
      return __LINE__ % 200;
    }
    if (outcome(disk->create_folder("f")) != "read_only") return __LINE__ % 200;
    if (outcome(disk->lock_folder("")) != "read_only") return __LINE__ % 200;
    return disk->list("") ? 0 : __LINE__ % 200;
  });
  if (status == cannot_mount) {
    GTEST_SKIP() << "this user or sandbox cannot mount a small file system";
  }
  EXPECT_EQ(status, 0) << "the line, modulo 200";
}

TEST(PosixFolderLock, AnotherProcessHoldsItUntilItIsKilled) {
  // A child locks the folder and stays; its number is in the message. Killed without warning it
  // lets go, and the file it leaves means nothing.
  const test::TempFolder folder;
  const auto disk = make_posix_disk(folder.path()).value();
  int ready[2] = {};
  ASSERT_EQ(::pipe(ready), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const auto held = make_posix_disk(folder.path()).value()->lock_folder("");
    const char byte = held ? 'y' : 'n';
    if (::write(ready[1], &byte, 1) != 1) {
      ::_exit(1);
    }
    while (true) {
      ::pause();
    }
  }
  char byte = 0;
  ASSERT_EQ(::read(ready[0], &byte, 1), 1);
  ASSERT_EQ(byte, 'y');
  const auto busy = disk->lock_folder("");
  ASSERT_EQ(outcome(busy), "busy");
  EXPECT_THAT(busy.error().message(), HasSubstr("process " + std::to_string(child)));
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  ::close(ready[0]);
  ::close(ready[1]);
  EXPECT_EQ(::access((folder.path() + "/.lock").c_str(), F_OK), 0);
  EXPECT_TRUE(disk->list("")->empty());
  EXPECT_EQ(outcome(disk->lock_folder("")), "ok");
}

TEST(PosixFolderLock, AFolderWhoseHolderDiedCanBeRemoved) {
  // A child locks two folders and ends without letting go. Both look empty; the one that is can be
  // removed, and the other loses nothing but what the dead have left.
  const test::TempFolder folder;
  const auto disk = make_posix_disk(folder.path()).value();
  ASSERT_EQ(outcome(disk->create_folder("empty")), "ok");
  ASSERT_EQ(outcome(disk->create_folder("full")), "ok");
  ASSERT_TRUE(disk->open("full/a", {.mode = OpenMode::CreateNew}));
  ASSERT_EQ(in_child([&]() -> int {
              const auto empty = disk->lock_folder("empty");
              const auto full = disk->lock_folder("full");
              ::_exit(empty && full ? 0 : 1);
            }),
            0);
  ASSERT_EQ(::access((folder.path() + "/empty/.lock").c_str(), F_OK), 0);
  EXPECT_TRUE(disk->list("empty")->empty());
  EXPECT_EQ(outcome(disk->remove("empty")), "ok");
  EXPECT_EQ(outcome(disk->stat("empty")), "not_found");
  EXPECT_EQ(outcome(disk->remove("full")), "invalid_argument");
  EXPECT_EQ(disk->list("full")->size(), 1U);
}

TEST(PosixFolderLock, TheHolderMayBeThisProcess) {
  // Two disks of one process exclude each other, and the message says so.
  const test::TempFolder folder;
  const auto first = make_posix_disk(folder.path()).value();
  const auto second = make_posix_disk(folder.path()).value();
  const auto held = first->lock_folder("").value();
  const auto busy = second->lock_folder("");
  ASSERT_EQ(outcome(busy), "busy");
  EXPECT_THAT(busy.error().message(), HasSubstr("this process"));
}

struct Holders {
  std::atomic<int> now = 0;
  std::atomic<bool> were_many = false;
  std::atomic<int> taken = 0;
};

void take_and_release(const std::string& folder, Holders& holders) {
  const auto disk = make_posix_disk(folder, DiskBackend::Threads).value();
  for (int round = 0; round < 300; ++round) {
    if (const auto held = disk->lock_folder("")) {
      holders.were_many = ++holders.now != 1 || holders.were_many;
      ++holders.taken;
      --holders.now;
    }
  }
}

TEST(PosixFolderLock, NeverTwoHoldersWhileManyTakeAndRelease) {
  // Four threads lock and release as fast as they can; the file goes and comes under them. Whoever
  // has the lock must be alone.
  const test::TempFolder folder;
  Holders holders;
  {
    std::vector<std::jthread> threads;
    threads.reserve(4);
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] { take_and_release(folder.path(), holders); });
    }
  }
  EXPECT_FALSE(holders.were_many.load());
  EXPECT_GE(holders.taken.load(), 1);
}

TEST(OsError, EveryReasonThatMattersHasItsCode) {
  // The whole table, and what is not in it.
  const std::vector<std::pair<int, Errc>> table = {
      {ENOENT, Errc::NotFound},
      {EEXIST, Errc::AlreadyExists},
      {EINVAL, Errc::InvalidArgument},
      {EISDIR, Errc::InvalidArgument},
      {ENOTDIR, Errc::InvalidArgument},
      {ENOTEMPTY, Errc::InvalidArgument},
      {ELOOP, Errc::InvalidArgument},
      {ENAMETOOLONG, Errc::InvalidArgument},
      {EXDEV, Errc::InvalidArgument},
      {ENOSPC, Errc::NoSpace},
      {EDQUOT, Errc::NoSpace},
      {EROFS, Errc::ReadOnly},
      {EACCES, Errc::PermissionDenied},
      {EPERM, Errc::PermissionDenied},
      {EFBIG, Errc::TooLarge},
      {EOVERFLOW, Errc::TooLarge},
      {EAGAIN, Errc::Busy},
      {EBUSY, Errc::Busy},
      {ETXTBSY, Errc::Busy},
      {EMFILE, Errc::Busy},
      {ENFILE, Errc::Busy},
      {ENOMEM, Errc::Busy},
      {ENOLCK, Errc::Busy},
      {ENOSYS, Errc::Unsupported},
      {EOPNOTSUPP, Errc::Unsupported},
      {ETIMEDOUT, Errc::TimedOut},
      {EIO, Errc::IoFailed},
      {ESTALE, Errc::IoFailed},
      {123'456, Errc::IoFailed},
  };
  for (const auto& [number, code] : table) {
    EXPECT_EQ(errc_of(number), code) << number;
  }
}

TEST(OsError, TheMessageIsOneLineWithEverything) {
  // With a hint, without one, and for a number that nobody knows.
  EXPECT_EQ(
      os_error("write", "/d/a", EDQUOT).to_string(),
      "no_space: cannot write /d/a: Disk quota exceeded (raise the quota or free some space)");
  EXPECT_EQ(os_error("open", "/d/a", ENOENT).to_string(),
            "not_found: cannot open /d/a: No such file or directory");
  EXPECT_EQ(os_error("open", "/d/a", 123'456).to_string(),
            "io_failed: cannot open /d/a: unknown error");
}

}  // namespace
}  // namespace cairn::sys
