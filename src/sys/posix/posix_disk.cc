// SPDX-License-Identifier: Apache-2.0
#include "sys/posix/posix_disk.h"

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <utility>

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "sys/posix/folder_lock.h"
#include "sys/posix/os_error.h"
#include "sys/posix/owned_fd.h"
#include "sys/posix/posix_file.h"
#include "sys/posix/syscalls.h"
#include "sys/posix/thread_queue.h"
#include "sys/posix/uring_queue.h"

namespace cairn::sys {

namespace {

constexpr mode_t folder_mode = 0750;
constexpr mode_t private_mode = 0600;
constexpr mode_t others_mode = 0077;
constexpr int folder_flags = O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

std::unexpected<Error> failed(std::string_view operation, std::string_view path) {
  return fail(os_error(operation, path, errno));
}

EntryKind kind_of(mode_t mode) noexcept {
  if (S_ISREG(mode)) {
    return EntryKind::File;
  }
  return S_ISDIR(mode) ? EntryKind::Folder : EntryKind::Other;
}

Entry entry_of(std::string name, const struct stat& status) {
  const EntryKind kind = kind_of(status.st_mode);
  const auto size = static_cast<std::uint64_t>(status.st_size);
  return {.name = std::move(name), .kind = kind, .size = kind == EntryKind::File ? size : 0};
}

int flags_of(OpenMode mode) noexcept {
  switch (mode) {
    case OpenMode::ReadOnly:
      return O_RDONLY;
    case OpenMode::ReadWrite:
      return O_RDWR;
    case OpenMode::CreateNew:
      return O_RDWR | O_CREAT | O_EXCL;
    case OpenMode::CreateOrOpen:
      return O_RDWR | O_CREAT;
  }
  std::unreachable();
}

struct CloseFolder {
  void operator()(DIR* folder) const noexcept { ::closedir(folder); }
};

using FolderStream = std::unique_ptr<DIR, CloseFolder>;

/// The folder that holds a name. Refers to the disk's root when it owns no descriptor.
struct Place {
  OwnedFd owned;
  int folder = -1;
  std::string name;
};

class PosixDisk final : public Disk {
 public:
  PosixDisk(Syscalls& syscalls, OwnedFd root, std::string root_path, DiskBackend backend)
      : syscalls_(syscalls),
        root_(std::move(root)),
        root_path_(std::move(root_path)),
        backend_(backend) {}

  Result<std::unique_ptr<File>> open(std::string_view path, OpenOptions options) override;
  Result<> create_folder(std::string_view path) override;
  Result<std::vector<Entry>> list(std::string_view folder) override;
  Result<Entry> stat(std::string_view path) override;
  Result<> rename(std::string_view from, std::string_view to) override;
  Result<> remove(std::string_view path) override;
  Result<> sync_folder(std::string_view folder) override;
  Result<std::unique_ptr<FolderLock>> lock_folder(std::string_view folder) override;
  Result<Space> free_space() override;
  Result<std::unique_ptr<IoQueue>> make_queue(IoQueueOptions options) override;

  [[nodiscard]] std::string_view backend() const noexcept override {
    return backend_ == DiskBackend::Threads ? "threads" : "io_uring";
  }

 private:
  /// For messages.
  [[nodiscard]] std::string full(std::string_view path) const;
  [[nodiscard]] Result<Place> locate(std::string_view path, std::string_view operation) const;
  [[nodiscard]] Result<OwnedFd> open_folder(std::string_view path,
                                            std::string_view operation) const;
  [[nodiscard]] Result<bool> set_mode(int fd, const std::string& path, bool direct) const;

  Syscalls& syscalls_;
  const OwnedFd root_;
  const std::string root_path_;
  const DiskBackend
      backend_;  ///< Auto: io_uring works here, and where one queue gets none, threads
};

std::string PosixDisk::full(std::string_view path) const {
  return path.empty() ? root_path_ : fmt::format("{}/{}", root_path_, path);
}

/// Goes down one part at a time, and never through a symbolic link: so the end is below the root
/// whatever others do to the tree meanwhile. The root itself is called ".".
Result<Place> PosixDisk::locate(std::string_view path, std::string_view operation) const {
  CAIRN_TRY(check_path(path));
  Place place{.owned = {}, .folder = root_.get(), .name = "."};
  std::size_t slash = path.find('/');
  std::string_view rest = path;
  while (slash != std::string_view::npos) {
    const std::string part(rest.substr(0, slash));
    OwnedFd next(::openat(place.folder, part.c_str(), O_PATH | folder_flags));
    if (next.get() < 0) {
      return failed(operation, full(path));
    }
    place.owned = std::move(next);
    place.folder = place.owned.get();
    rest.remove_prefix(slash + 1);
    slash = rest.find('/');
  }
  if (!rest.empty()) {
    place.name = rest;
  }
  return place;
}

Result<OwnedFd> PosixDisk::open_folder(std::string_view path, std::string_view operation) const {
  CAIRN_TRY(const Place place, locate(path, operation));
  OwnedFd folder(::openat(place.folder, place.name.c_str(), O_RDONLY | folder_flags));
  if (folder.get() < 0) {
    return failed(operation, full(path));
  }
  return folder;
}

Result<std::unique_ptr<File>> PosixDisk::open(std::string_view path, OpenOptions options) {
  CAIRN_TRY(const Place place, locate(path, "open"));
  const std::string full_path = full(path);
  // Not blocking, so that a pipe in the place of a file cannot hold us up.
  const int flags = flags_of(options.mode) | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
  const int opened =
      uninterrupted([&] { return syscalls_.open(place.folder, place.name.c_str(), flags); });
  if (opened < 0) {
    return fail(os_error("open", full_path, -opened));
  }
  OwnedFd fd(opened);
  struct stat status{};
  if (::fstat(fd.get(), &status) != 0) {
    return failed("open", full_path);
  }
  if (!S_ISREG(status.st_mode)) {
    return fail(Errc::InvalidArgument, fmt::format("{} is not a file", full_path));
  }
  // Before anything is in it, if it is new.
  if (options.is_private && (status.st_mode & others_mode) != 0 &&
      ::fchmod(fd.get(), private_mode) != 0) {
    return failed("make private", full_path);
  }
  if (!options.reads_ahead) {
    // Advice: where it is not taken nothing is wrong.
    (void)::posix_fadvise(fd.get(), 0, 0, POSIX_FADV_RANDOM);
  }
  CAIRN_TRY(const bool is_direct, set_mode(fd.get(), full_path, options.direct));
  return std::make_unique<PosixFile>(
      syscalls_, std::move(fd), full_path,
      PosixFile::Traits{.is_writable = options.mode != OpenMode::ReadOnly,
                        .wants_multiples = options.direct,
                        .is_direct = is_direct});
}

/// Makes a file opened without blocking an ordinary one, direct if asked and possible.
Result<bool> PosixDisk::set_mode(int fd, const std::string& path, bool direct) const {
  if (direct && syscalls_.set_flags(fd, O_DIRECT) == 0) {
    return true;
  }
  if (const int result = syscalls_.set_flags(fd, 0); result < 0) {
    return fail(os_error("open", path, -result));
  }
  return false;
}

Result<> PosixDisk::create_folder(std::string_view path) {
  CAIRN_TRY(check_path(path));
  std::size_t end = 0;
  while (end < path.size()) {
    end = std::min(path.find('/', end + 1), path.size());
    const std::string_view prefix = path.substr(0, end);
    CAIRN_TRY(const Place place, locate(prefix, "create folder"));
    if (::mkdirat(place.folder, place.name.c_str(), folder_mode) == 0) {
      continue;
    }
    struct stat status{};
    if (errno != EEXIST ||
        ::fstatat(place.folder, place.name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
      return failed("create folder", full(prefix));
    }
    if (!S_ISDIR(status.st_mode)) {
      return fail(os_error("create folder", full(prefix), ENOTDIR));
    }
  }
  return {};
}

Result<std::vector<Entry>> PosixDisk::list(std::string_view folder) {
  CAIRN_TRY(OwnedFd fd, open_folder(folder, "list"));
  const FolderStream stream(::fdopendir(fd.get()));
  if (stream == nullptr) {
    return failed("list", full(folder));
  }
  const int stream_fd = fd.release();
  std::vector<Entry> entries;
  errno = 0;
  for (const dirent* found = ::readdir(stream.get()); found != nullptr;
       found = ::readdir(stream.get())) {
    const std::string_view name = found->d_name;
    struct stat status{};
    if (name == "." || name == ".." || name == folder_lock_name) {
      continue;
    }
    if (::fstatat(stream_fd, found->d_name, &status, AT_SYMLINK_NOFOLLOW) == 0) {
      entries.push_back(entry_of(std::string(name), status));
    } else if (errno != ENOENT) {  // gone since it was read
      return failed("list", full(folder));
    }
    errno = 0;
  }
  if (errno != 0) {
    return failed("list", full(folder));
  }
  std::ranges::sort(entries, {}, &Entry::name);
  return entries;
}

Result<Entry> PosixDisk::stat(std::string_view path) {
  CAIRN_TRY(Place place, locate(path, "look at"));
  struct stat status{};
  if (::fstatat(place.folder, place.name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
    return failed("look at", full(path));
  }
  return entry_of(path.empty() ? std::string() : std::move(place.name), status);
}

Result<> PosixDisk::rename(std::string_view from, std::string_view to) {
  CAIRN_TRY(const Place source, locate(from, "rename"));
  CAIRN_TRY(const Place target, locate(to, "rename"));
  if (from.empty() || to.empty()) {
    return fail(Errc::InvalidArgument, fmt::format("the root {} cannot be renamed", root_path_));
  }
  const int result =
      syscalls_.rename(source.folder, source.name.c_str(), target.folder, target.name.c_str());
  if (result < 0) {
    return fail(os_error("rename", fmt::format("{} to {}", full(from), full(to)), -result));
  }
  return {};
}

Result<> PosixDisk::remove(std::string_view path) {
  CAIRN_TRY(const Place place, locate(path, "remove"));
  if (path.empty()) {
    return fail(Errc::InvalidArgument, fmt::format("the root {} cannot be removed", root_path_));
  }
  int result = ::unlinkat(place.folder, place.name.c_str(), 0);
  if (result != 0 && errno == EISDIR) {
    result = ::unlinkat(place.folder, place.name.c_str(), AT_REMOVEDIR);
  }
  if (result != 0 && (errno == ENOTEMPTY || errno == EEXIST)) {
    CAIRN_TRY(const OwnedFd folder, open_folder(path, "remove"));
    remove_abandoned_lock(folder.get());
    result = ::unlinkat(place.folder, place.name.c_str(), AT_REMOVEDIR);
  }
  return result == 0 ? Result<>{} : failed("remove", full(path));
}

Result<> PosixDisk::sync_folder(std::string_view folder) {
  CAIRN_TRY(const OwnedFd fd, open_folder(folder, "sync"));
  const int result = uninterrupted([&] { return syscalls_.sync_folder(fd.get()); });
  return result == 0 ? Result<>{} : fail(os_error("sync", full(folder), -result));
}

Result<std::unique_ptr<FolderLock>> PosixDisk::lock_folder(std::string_view folder) {
  CAIRN_TRY(OwnedFd fd, open_folder(folder, "lock"));
  return lock_posix_folder(std::move(fd), full(folder));
}

Result<Space> PosixDisk::free_space() {
  struct statvfs status{};
  if (::fstatvfs(root_.get(), &status) != 0) {
    return failed("get the free space of", root_path_);
  }
  return Space{.free_bytes = std::uint64_t{status.f_bavail} * status.f_frsize,
               .total_bytes = std::uint64_t{status.f_blocks} * status.f_frsize};
}

Result<std::unique_ptr<IoQueue>> PosixDisk::make_queue(IoQueueOptions options) {
  if (options.depth == 0 || options.depth > io_depth_max) {
    return fail(Errc::InvalidArgument,
                fmt::format("a queue's depth is 1 to {}, not {}", io_depth_max, options.depth));
  }
  if (backend_ == DiskBackend::Threads) {
    return ThreadQueue::make(options.depth);
  }
  auto queue = UringQueue::make(syscalls_, options.depth);
  return queue || backend_ == DiskBackend::Uring ? std::move(queue)
                                                 : ThreadQueue::make(options.depth);
}

}  // namespace

Result<std::unique_ptr<Disk>> make_posix_disk(const std::string& root, DiskBackend backend) {
  return make_posix_disk(root, backend, real_syscalls());
}

Result<std::unique_ptr<Disk>> make_posix_disk(const std::string& root, DiskBackend backend,
                                              Syscalls& syscalls) {
  OwnedFd fd(::open(root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd.get() < 0) {
    Error error = os_error("open the folder", root, errno);
    const bool is_missing = error.code() == Errc::NotFound;
    return fail(is_missing ? std::move(error).advise("create it first") : std::move(error));
  }
  if (backend != DiskBackend::Threads) {
    auto probed = probe_uring(syscalls);
    if (!probed && backend == DiskBackend::Uring) {
      return fail(std::move(probed).error());
    }
    backend = probed ? backend : DiskBackend::Threads;
  }
  return std::make_unique<PosixDisk>(syscalls, std::move(fd), root, backend);
}

}  // namespace cairn::sys
