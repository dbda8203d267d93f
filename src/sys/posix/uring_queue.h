// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>

#include <liburing.h>

#include "sys/posix/owned_fd.h"
#include "sys/posix/slot_queue.h"
#include "sys/posix/syscalls.h"

namespace cairn::sys {

/// Whether this kernel, in this sandbox, has an io_uring that can do all that UringQueue needs.
/// Unsupported with the reason when not.
Result<> probe_uring(Syscalls& syscalls);

/// A queue on an io_uring: one system call per submit, one per wait that blocks, no thread of ours.
class UringQueue final : public SlotQueue {
 public:
  /// Unsupported, or Busy, when the kernel gives no ring.
  static Result<std::unique_ptr<IoQueue>> make(Syscalls& syscalls, std::uint32_t depth);

  ~UringQueue() override;
  UringQueue(const UringQueue&) = delete;
  UringQueue& operator=(const UringQueue&) = delete;

 protected:
  void start(Slot& slot) noexcept override;
  void flush() noexcept override;
  void collect(Duration timeout) noexcept override;
  void ring_bell() noexcept override;

 private:
  UringQueue(Syscalls& syscalls, std::uint32_t depth, OwnedFd bell, const io_uring& ring);
  io_uring_sqe& next_entry() noexcept;
  void arm_bell() noexcept;
  /// Handles all that the kernel has answered; true when that was anything.
  bool reap() noexcept;
  void handle(const io_uring_cqe& answer) noexcept;
  void settle(Slot& slot, int answer) noexcept;

  Syscalls& syscalls_;
  OwnedFd bell_;  ///< an eventfd that the ring reads
  std::uint64_t bell_count_ = 0;
  bool is_bell_armed_ = false;
  io_uring ring_;
};

}  // namespace cairn::sys
