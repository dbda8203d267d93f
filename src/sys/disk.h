// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cairn/error.h"
#include "sys/io_queue.h"
#include "sys/mapping.h"

namespace cairn::sys {

using ConstBuffer = std::span<const std::byte>;
using MutableBuffer = std::span<std::byte>;

enum class OpenMode : std::uint8_t {
  ReadOnly,      ///< must exist
  ReadWrite,     ///< must exist
  CreateNew,     ///< must not exist
  CreateOrOpen,  ///< created empty when missing
};

struct OpenOptions {
  OpenMode mode = OpenMode::ReadOnly;
  /// Bypass the page cache where the file system can. Then offsets, lengths and buffer addresses
  /// must be multiples of `direct_alignment`. Where it cannot, the file opens buffered and
  /// `File::is_direct` says so; the rule on multiples stays.
  bool direct = false;
  /// The system may read more than is asked for. Of a file that is written past the page cache
  /// meanwhile that would only be thrown away, and slow the writer down.
  bool reads_ahead = true;
  /// Nobody but the owner of the process may read it; a file that others may is taken from them.
  bool is_private = false;
};

/// What direct I/O wants of offsets, lengths and addresses, on every disk this runs on.
inline constexpr std::size_t direct_alignment = 4096;

/// No byte of a file lies at or past this offset.
inline constexpr std::uint64_t file_size_max = std::uint64_t{1} << 62;

/// How `File::preallocate` makes space.
enum class Allocation : std::uint8_t {
  Reserve,  ///< blocks are reserved; a first write to each may still cost the file system a journal
            ///< commit
  WriteZeros,  ///< zeros are written and synced, so that later writes inside change no metadata:
               ///< slow now, fast later
};

/// One open file. Positional calls may come from any thread at once as long as their ranges do not
/// overlap. Owned by whoever opened it; must outlive every queue request that names it.
///
/// After a failed `sync_data`, or a failed durable write, the file is *poisoned*: nobody knows what
/// is on the disk, so every later write, resize, preallocation and sync fails with the same error
/// and no sync is ever tried again. Reads still work. A malformed call fails nothing but itself.
///
/// Systems report a lost write once, to whoever asks first. So syncs and durable writes of one file
/// must not go through two queues, or through a queue and the file itself, at the same time; inside
/// one queue they may.
///
/// A write, resize or preallocation of a file that was opened ReadOnly fails with ReadOnly, a range
/// that ends past `file_size_max` with InvalidArgument.
class File {
 public:
  virtual ~File() = default;

  /// Reads from `offset` until the buffers are full or the file ends; returns the bytes read.
  virtual Result<std::size_t> read(std::uint64_t offset,
                                   std::span<const MutableBuffer> buffers) = 0;
  /// Writes all the buffers, one after the other, from `offset` on; the file grows as needed.
  /// On failure: any part of the range may have been written.
  virtual Result<> write(std::uint64_t offset, std::span<const ConstBuffer> buffers) = 0;

  /// The same, and returns when the bytes are on stable storage, as if a sync of just this range
  /// followed. Unless overridden, a sync of the whole file does.
  virtual Result<> write_durably(std::uint64_t offset, std::span<const ConstBuffer> buffers) {
    CAIRN_TRY(write(offset, buffers));
    return sync_data();
  }

  /// Returns after the device has said that all data written so far, and the size, are on stable
  /// storage.
  virtual Result<> sync_data() = 0;
  [[nodiscard]] virtual Result<std::uint64_t> size() const = 0;
  /// Cuts or extends; an extension reads as zeros.
  virtual Result<> resize(std::uint64_t size) = 0;
  /// Ensures that [0, size) has space, growing the file to at least `size`; bytes not written
  /// before read as zeros. Never shrinks. Counts as a write to all of [0, size), and as a sync when
  /// it writes zeros. Of a direct file, `size` must be a multiple of `direct_alignment`.
  /// On failure: the file has the size it had.
  virtual Result<> preallocate(std::uint64_t size, Allocation how) = 0;
  /// The bytes that the file has now. They stay when the file is closed, renamed or removed. A real
  /// disk reads them when they are first touched, and where it cannot, the process dies of it: map
  /// what can be made again. Unless overridden, reads all of them into memory at once.
  /// Requires: nobody changes the file's bytes or size while it is mapped.
  /// On failure: InvalidArgument for a file that was opened direct.
  virtual Result<std::unique_ptr<Mapping>> map();
  [[nodiscard]] virtual bool is_direct() const noexcept = 0;

  Result<std::size_t> read(std::uint64_t offset, MutableBuffer buffer) {
    return read(offset, std::span(&buffer, 1));
  }

  Result<> write(std::uint64_t offset, ConstBuffer buffer) {
    return write(offset, std::span(&buffer, 1));
  }

  Result<> write_durably(std::uint64_t offset, ConstBuffer buffer) {
    return write_durably(offset, std::span(&buffer, 1));
  }
};

/// An exclusive hold on a folder, across processes. Ends when destroyed, or when the process dies.
class FolderLock {
 public:
  virtual ~FolderLock() = default;
};

enum class EntryKind : std::uint8_t { File, Folder, Other };

struct Entry {
  std::string name;
  EntryKind kind = EntryKind::File;
  std::uint64_t size = 0;  ///< bytes, for files; else 0

  friend bool operator==(const Entry&, const Entry&) = default;
};

/// What a disk may keep in a folder to lock it by. No caller uses this name.
inline constexpr std::string_view folder_lock_name = ".lock";

struct Space {
  std::uint64_t free_bytes = 0;  ///< what this process may still use
  std::uint64_t total_bytes = 0;
};

/// A tree of files below one root. Paths are relative, '/'-separated, without empty, "." or ".."
/// parts: anything else is refused, so no caller can leave the root. "" names the root folder. May
/// be called from any thread. Must outlive the files, locks and queues it has made.
///
/// A name that is not there is NotFound. InvalidArgument: a folder where a file is wanted or the
/// other way round, the root where only an entry below it makes sense, and the removal of a folder
/// that holds something or is locked. What a holder that died has left there holds nothing.
///
/// Durability of names: create, rename and remove are durable only after `sync_folder` of the
/// folder that holds the name (both folders for a rename across two). Contents are durable after
/// `File::sync_data`.
class Disk {
 public:
  virtual ~Disk() = default;

  virtual Result<std::unique_ptr<File>> open(std::string_view path, OpenOptions options) = 0;
  /// Makes the folder and its missing parents. One that is there already is fine.
  virtual Result<> create_folder(std::string_view path) = 0;
  /// Sorted by name as bytes, so that no order of the file system shows. A file named
  /// `folder_lock_name` is left out.
  virtual Result<std::vector<Entry>> list(std::string_view folder) = 0;
  /// The entry's name is the last part of the path.
  virtual Result<Entry> stat(std::string_view path) = 0;
  /// Replaces an existing file `to` in one step.
  virtual Result<> rename(std::string_view from, std::string_view to) = 0;
  /// Removes a file or an empty folder.
  virtual Result<> remove(std::string_view path) = 0;
  virtual Result<> sync_folder(std::string_view folder) = 0;
  /// Fails with Busy, naming the holder where known, while another Disk object or process holds it.
  virtual Result<std::unique_ptr<FolderLock>> lock_folder(std::string_view folder) = 0;
  virtual Result<Space> free_space() = 0;
  /// A queue for one thread. See IoQueue.
  virtual Result<std::unique_ptr<IoQueue>> make_queue(IoQueueOptions options) = 0;
  /// What does the work, for status and benchmarks: "io_uring", "threads", "simulated".
  [[nodiscard]] virtual std::string_view backend() const noexcept = 0;
};

/// Checks the rule on paths above. Every Disk calls it first.
Result<> check_path(std::string_view path);

}  // namespace cairn::sys
