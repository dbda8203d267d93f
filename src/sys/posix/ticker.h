// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <thread>

#include "base/mutex.h"
#include "cairn/error.h"
#include "cairn/time.h"

namespace cairn::sys {

/// Calls a function every so often on a thread of its own, as long as it lives: the way to act
/// while every other thread is busy. What the function does is its caller's to make safe; it throws
/// nothing.
class Ticker final {
 public:
  /// Busy when the system gives no thread. Requires: an interval of more than nothing.
  static Result<std::unique_ptr<Ticker>> start(Duration interval, std::function<void()> tick);

  /// Waits for a call that is under way.
  ~Ticker();
  Ticker(const Ticker&) = delete;
  Ticker& operator=(const Ticker&) = delete;

 private:
  Ticker(Duration interval, std::function<void()> tick);

  void run() noexcept;

  const Duration interval_;
  const std::function<void()> tick_;
  Mutex mutex_;
  Condition is_over_;
  bool is_stopping_ CAIRN_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace cairn::sys
