// SPDX-License-Identifier: Apache-2.0
#include "sys/posix/thread_queue.h"

#include <algorithm>
#include <system_error>
#include <utility>

#include "sys/posix/os_error.h"
#include "sys/posix/signals_blocked.h"

namespace cairn::sys {

namespace {

/// More writers than this at once gain nothing on one file, and cost the other threads their core.
constexpr std::uint32_t workers_max = 4;

}  // namespace

Result<std::unique_ptr<IoQueue>> ThreadQueue::make(std::uint32_t depth) {
  std::unique_ptr<ThreadQueue> queue(new ThreadQueue(depth));
  try {
    queue->start_workers(std::min(depth, workers_max));
  } catch (const std::system_error& error) {
    return fail(os_error("start a thread for", "disk access", error.code().value()));
  }
  return queue;
}

ThreadQueue::ThreadQueue(std::uint32_t depth) : SlotQueue(depth) {}

ThreadQueue::~ThreadQueue() {
  drain();
  {
    const MutexLock lock(mutex_);
    is_stopping_ = true;
  }
  has_work_.notify_all();
  for (std::thread& worker : workers_) {
    worker.join();
  }
}

void ThreadQueue::start_workers(std::uint32_t count) {
  const SignalsBlocked blocked;
  workers_.reserve(count);
  while (workers_.size() < count) {
    workers_.emplace_back([this] { work(); });
  }
}

void ThreadQueue::start(Slot& slot) noexcept {
  {
    const MutexLock lock(mutex_);
    pending_.push(slot);
  }
  has_work_.notify_one();
}

void ThreadQueue::work() noexcept {
  MutexLock lock(mutex_);
  while (true) {
    while (!is_stopping_ && pending_.empty()) {
      has_work_.wait(mutex_);
    }
    if (pending_.empty()) {
      return;
    }
    Slot& slot = pending_.pop();
    lock.unlock();
    slot.result = slot.file->run(slot.transfer);
    lock.lock();
    done_.push(slot);
    has_news_.notify_one();
  }
}

void ThreadQueue::collect(Duration timeout) noexcept {
  SlotList done;
  {
    const MutexLock lock(mutex_);
    // One wait is enough: the caller looks at the clock, and comes again.
    if (timeout > Duration{} && done_.empty() && !is_woken()) {
      has_news_.wait_for(mutex_, timeout);
    }
    std::swap(done, done_);
  }
  while (!done.empty()) {
    finish(done.pop());
  }
}

void ThreadQueue::ring_bell() noexcept {
  {
    // Waits out an owner that has looked at the flag and does not sleep yet.
    const MutexLock lock(mutex_);
  }
  has_news_.notify_one();
}

}  // namespace cairn::sys
