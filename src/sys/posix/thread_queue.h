// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

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

  std::mutex mutex_;
  std::condition_variable has_work_;
  std::condition_variable has_news_;  ///< the owner waits here
  SlotList pending_;                  ///< guarded by mutex_
  SlotList done_;                     ///< guarded by mutex_
  bool is_stopping_ = false;          ///< guarded by mutex_
  std::vector<std::thread> workers_;
};

}  // namespace cairn::sys
