// SPDX-License-Identifier: Apache-2.0
#include "sys/posix/folder_lock.h"

#include <array>
#include <cerrno>
#include <charconv>
#include <string_view>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys/posix/os_error.h"

namespace cairn::sys {

namespace {

/// How often another process may take the file away between our opening and locking it.
constexpr int tries_max = 100;
constexpr mode_t lock_mode = 0640;
constexpr const char* lock_name = folder_lock_name.data();

class PosixFolderLock final : public FolderLock {
 public:
  PosixFolderLock(OwnedFd folder, OwnedFd file)
      : folder_(std::move(folder)), file_(std::move(file)) {}

  ~PosixFolderLock() override {
    // While the lock is still held, so that it is never another one's file.
    ::unlinkat(folder_.get(), lock_name, 0);
  }

  PosixFolderLock(const PosixFolderLock&) = delete;
  PosixFolderLock& operator=(const PosixFolderLock&) = delete;

 private:
  OwnedFd folder_;
  OwnedFd file_;
};

std::string holder(int file) {
  std::array<char, 32> text{};
  const ssize_t count = ::pread(file, text.data(), text.size(), 0);
  pid_t process = 0;
  if (count > 0) {
    std::from_chars(text.data(), text.data() + count, process);
  }
  if (process == ::getpid()) {
    return "this process";
  }
  return process > 0 ? fmt::format("process {}", process) : "another process";
}

Error held_by(const std::string& path, int file) {
  return Error(Errc::Busy, fmt::format("{} is in use by {}", path, holder(file)))
      .advise("stop that one first, or use another folder");
}

void write_holder(int file) {
  // The number only helps the reader of a message: a lock without it is as good.
  const std::string text = fmt::format("{}\n", ::getpid());
  const bool is_written =
      ::ftruncate(file, 0) == 0 && ::pwrite(file, text.data(), text.size(), 0) > 0;
  (void)is_written;
}

/// Whether the locked file is still the one other processes find.
bool is_current(int folder, int file) {
  struct stat ours{};
  struct stat found{};
  return ::fstat(file, &ours) == 0 && ::fstatat(folder, lock_name, &found, 0) == 0 &&
         ours.st_dev == found.st_dev && ours.st_ino == found.st_ino;
}

}  // namespace

Result<std::unique_ptr<FolderLock>> lock_posix_folder(OwnedFd folder, const std::string& path) {
  for (int i = 0; i < tries_max; ++i) {
    OwnedFd file(
        ::openat(folder.get(), lock_name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, lock_mode));
    if (file.get() < 0) {
      return fail(os_error("lock", path, errno));
    }
    if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
      return fail(errno == EWOULDBLOCK ? held_by(path, file.get()) : os_error("lock", path, errno));
    }
    if (is_current(folder.get(), file.get())) {
      write_holder(file.get());
      return std::make_unique<PosixFolderLock>(std::move(folder), std::move(file));
    }
  }
  return fail(Errc::Busy, fmt::format("{} is being locked and released all the time", path));
}

void remove_abandoned_lock(int folder) noexcept {
  const OwnedFd file(::openat(folder, lock_name, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  // Only who has the lock may take the file away: see ~PosixFolderLock.
  if (file.get() >= 0 && ::flock(file.get(), LOCK_EX | LOCK_NB) == 0 &&
      is_current(folder, file.get())) {
    ::unlinkat(folder, lock_name, 0);
  }
}

}  // namespace cairn::sys
