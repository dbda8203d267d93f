// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cerrno>
#include <cstdint>
#include <span>

#include <sys/types.h>
#include <sys/uio.h>

#include "sys/io_queue.h"

namespace cairn::sys {

/// The system calls whose failures matter, so that a test can let the k-th one fail. Every call
/// returns what the system call does, or the negative errno value. Any thread. The base class is
/// the real system; product code uses no other.
class Syscalls {
 public:
  Syscalls() = default;
  virtual ~Syscalls() = default;
  Syscalls(const Syscalls&) = delete;
  Syscalls& operator=(const Syscalls&) = delete;

  virtual int open(int folder, const char* name, int flags) noexcept;
  /// Sets the file status flags (O_DIRECT and the like) of an open file.
  virtual int set_flags(int fd, int flags) noexcept;
  virtual ssize_t read(int fd, std::span<const iovec> into, std::uint64_t offset) noexcept;
  /// `flags` are those of pwritev2.
  virtual ssize_t write(int fd, std::span<const iovec> from, std::uint64_t offset,
                        int flags) noexcept;
  virtual int sync_data(int fd) noexcept;
  virtual int sync_folder(int fd) noexcept;
  /// Reserves [0, size), growing the file.
  virtual int allocate(int fd, std::uint64_t size) noexcept;
  virtual int truncate(int fd, std::uint64_t size) noexcept;
  virtual int rename(int from_folder, const char* from, int to_folder, const char* to) noexcept;
  /// Asked before an io_uring is set up: 0 lets it happen.
  virtual int set_up_ring() noexcept;
  /// Passes on what the kernel said about a request on an io_uring.
  virtual int ring_result(IoKind kind, int result) noexcept;
};

/// Signals in a row that a call may be interrupted by before it counts as failed.
inline constexpr int interruptions_max = 1000;

/// Repeats a call that a signal has interrupted.
template <typename Call>
int uninterrupted(const Call& call) {
  int answer = call();
  for (int i = 0; answer == -EINTR && i < interruptions_max; ++i) {
    answer = call();
  }
  return answer;
}

/// The real system.
Syscalls& real_syscalls() noexcept;

}  // namespace cairn::sys
