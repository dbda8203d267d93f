// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "cairn/error.h"
#include "cairn/time.h"

namespace cairn::sys {

class File;

enum class IoKind : std::uint8_t { Read, Write, SyncData };

/// One asynchronous request. `file` and the bytes the buffers point at must stay as they are until
/// its completion is taken; the array of spans itself is copied.
///
/// Malformed, so that `submit` refuses it: no file, or one of another kind of Disk; more than
/// `io_buffers_max` buffers; buffers that the kind does not use; `durable` on anything but a Write;
/// a range past `file_size_max`; on a direct file, an offset, length or address that is no multiple
/// of `direct_alignment`. Everything else that goes wrong is told by the completion.
struct IoRequest {
  IoKind kind = IoKind::Write;
  /// For writes: complete only when the bytes are on stable storage, as if a sync of just this
  /// range followed.
  bool durable = false;
  File* file = nullptr;
  std::uint64_t offset = 0;
  std::span<const std::span<std::byte>> read_into = {};  ///< for Read, at most `io_buffers_max`
  std::span<const std::span<const std::byte>> write_from =
      {};                   ///< for Write, at most `io_buffers_max`
  std::uint64_t token = 0;  ///< comes back in the completion
};

struct IoCompletion {
  std::uint64_t token = 0;
  /// Bytes moved (fewer than asked only for a read that met the end of the file), 0 for SyncData,
  /// or what went wrong.
  Result<std::size_t> result = 0;
};

struct IoQueueOptions {
  std::uint32_t depth = 8;  ///< requests that may be under way at once, 1 to `io_depth_max`
};

inline constexpr std::uint32_t io_depth_max = 256;
inline constexpr std::size_t io_buffers_max = 16;

/// Reads, writes and syncs that go on while the caller works. Belongs to one thread: only `wake`
/// may be called from another. Requests under way at the same time may complete, and reach the
/// disk, in any order; SyncData covers exactly the writes whose completions were taken before it
/// was submitted. The destructor waits for everything under way.
///
/// A failed SyncData or durable Write poisons its file (see File).
class IoQueue {
 public:
  virtual ~IoQueue() = default;

  /// Busy when `depth` requests are under way, InvalidArgument for a malformed request; else it is
  /// under way. Allocates nothing.
  virtual Result<> submit(const IoRequest& request) = 0;
  /// Takes finished requests, at most out.size(). Blocks until there is one, `wake` was called, or
  /// `timeout` is over; returns how many. With nothing under way it still waits for `wake` or the
  /// timeout. What is finished already is returned also with a timeout of zero or less.
  virtual std::size_t wait(std::span<IoCompletion> out, Duration timeout) = 0;
  /// Makes the current or the next `wait` return. Any thread. Calls before one `wait` add up to
  /// one.
  virtual void wake() noexcept = 0;
  /// Submitted and not yet taken.
  [[nodiscard]] virtual std::size_t in_flight() const noexcept = 0;
};

}  // namespace cairn::sys
