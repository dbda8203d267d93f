// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

#include "base/mutex.h"
#include "sys/posix/slot_queue.h"

namespace cairn::sys {

/// A queue whose requests are blocking system calls in a few threads of its own. Works on every
/// kernel. The workers only run transfers; everything else happens on the owner's thread.
class ThreadQueue final : public SlotQueue {
 public:
  /// Busy when the system gives no thread.
  static Result<std::unique_ptr<IoQueue>> make(std::uint32_t depth);

  ~ThreadQueue() override;
  ThreadQueue(const ThreadQueue&) = delete;
  ThreadQueue& operator=(const ThreadQueue&) = delete;

 protected:
  void start(Slot& slot) noexcept override;

  void flush() noexcept override {}

  void collect(Duration timeout) noexcept override;
  void ring_bell() noexcept override;

 private:
  explicit ThreadQueue(std::uint32_t depth);
  void start_workers(std::uint32_t count);
  void work() noexcept;

  Mutex mutex_;
  Condition has_work_;
  Condition has_news_;  ///< the owner waits here
  SlotList pending_ CAIRN_GUARDED_BY(mutex_);
  SlotList done_ CAIRN_GUARDED_BY(mutex_);
  bool is_stopping_ CAIRN_GUARDED_BY(mutex_) = false;
  std::vector<std::thread> workers_;
};

}  // namespace cairn::sys
