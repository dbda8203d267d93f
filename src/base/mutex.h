// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <mutex>

#include "cairn/time.h"

// Lock rules that clang checks (preset `clang`): a member marked CAIRN_GUARDED_BY(mutex) may be
// used only while that mutex is held, a function marked CAIRN_REQUIRES(mutex) be called only then.
// Other compilers see nothing.
#if defined(__clang__)
#define CAIRN_PRIVATE_THREAD_RULE(rule) __attribute__((rule))
#else
#define CAIRN_PRIVATE_THREAD_RULE(rule)
#endif
#define CAIRN_GUARDED_BY(mutex) CAIRN_PRIVATE_THREAD_RULE(guarded_by(mutex))
#define CAIRN_REQUIRES(mutex) CAIRN_PRIVATE_THREAD_RULE(requires_capability(mutex))

namespace cairn {

/// std::mutex with rules that the compiler knows. Held by MutexLock.
class CAIRN_PRIVATE_THREAD_RULE(capability("mutex")) Mutex final {
 public:
  Mutex() = default;
  Mutex(const Mutex&) = delete;
  Mutex& operator=(const Mutex&) = delete;

  void lock() CAIRN_PRIVATE_THREAD_RULE(acquire_capability()) { mutex_.lock(); }

  void unlock() CAIRN_PRIVATE_THREAD_RULE(release_capability()) { mutex_.unlock(); }

 private:
  friend class Condition;

  std::mutex mutex_;
};

/// Holds a mutex while it lives; `unlock` and `lock` give it up in between.
class CAIRN_PRIVATE_THREAD_RULE(scoped_lockable) MutexLock final {
 public:
  explicit MutexLock(Mutex& mutex) CAIRN_PRIVATE_THREAD_RULE(acquire_capability(mutex))
      : mutex_(mutex) {
    mutex_.lock();
  }

  ~MutexLock() CAIRN_PRIVATE_THREAD_RULE(release_capability()) {
    if (is_held_) {
      mutex_.unlock();
    }
  }

  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

  void unlock() CAIRN_PRIVATE_THREAD_RULE(release_capability()) {
    is_held_ = false;
    mutex_.unlock();
  }

  void lock() CAIRN_PRIVATE_THREAD_RULE(acquire_capability()) {
    mutex_.lock();
    is_held_ = true;
  }

 private:
  Mutex& mutex_;
  bool is_held_ = true;
};

/// Waits for news about what a mutex guards. Every wait may return for no reason, so it stands in a
/// loop that asks the question again: a predicate in a lambda would escape the rules.
class Condition final {
 public:
  void wait(Mutex& mutex) CAIRN_REQUIRES(mutex) {
    std::unique_lock lock(mutex.mutex_, std::adopt_lock);
    condition_.wait(lock);
    lock.release();
  }

  /// False when the time was over.
  bool wait_for(Mutex& mutex, Duration timeout) CAIRN_REQUIRES(mutex) {
    std::unique_lock lock(mutex.mutex_, std::adopt_lock);
    const auto status = condition_.wait_for(lock, std::chrono::nanoseconds(timeout.nanoseconds));
    lock.release();
    return status == std::cv_status::no_timeout;
  }

  void notify_one() noexcept { condition_.notify_one(); }

  void notify_all() noexcept { condition_.notify_all(); }

 private:
  std::condition_variable condition_;
};

}  // namespace cairn
