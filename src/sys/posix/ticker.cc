// SPDX-License-Identifier: Apache-2.0
#include "sys/posix/ticker.h"

#include <system_error>
#include <utility>

#include "base/check.h"
#include "sys/posix/os_error.h"
#include "sys/posix/signals_blocked.h"

namespace cairn::sys {

Result<std::unique_ptr<Ticker>> Ticker::start(Duration interval, std::function<void()> tick) {
  CAIRN_CHECK(interval > Duration{});
  std::unique_ptr<Ticker> ticker(new Ticker(interval, std::move(tick)));
  try {
    const SignalsBlocked blocked;
    ticker->thread_ = std::thread([&ticker = *ticker] { ticker.run(); });
  } catch (const std::system_error& error) {
    return fail(os_error("start a thread for", "a ticker", error.code().value()));
  }
  return ticker;
}

Ticker::Ticker(Duration interval, std::function<void()> tick)
    : interval_(interval), tick_(std::move(tick)) {}

Ticker::~Ticker() {
  {
    const MutexLock lock(mutex_);
    is_stopping_ = true;
  }
  is_over_.notify_all();
  if (thread_.joinable()) {
    thread_.join();
  }
}

void Ticker::run() noexcept {
  MutexLock lock(mutex_);
  while (!is_stopping_) {
    if (is_over_.wait_for(mutex_, interval_)) {
      continue;  // told to stop, or woken for nothing
    }
    lock.unlock();
    tick_();
    lock.lock();
  }
}

}  // namespace cairn::sys
