// SPDX-License-Identifier: Apache-2.0
#include "watchdog/watch.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace cairn::watchdog {

namespace {

constexpr std::int64_t looks_in_limit = 8;
constexpr std::int64_t looks_in_grace = 3;

Duration interval_of(Duration limit) noexcept {
  constexpr std::int64_t least = 100'000;
  constexpr std::int64_t most = 1'000'000'000;
  return {std::clamp(limit.nanoseconds / looks_in_limit, least, most)};
}

}  // namespace

Allowance allowance_of(Duration limit) noexcept {
  const Duration share = {limit.nanoseconds / looks_in_limit * looks_in_grace};
  return {.limit = limit, .grace = std::max(share, milliseconds(100))};
}

Watch::Watch(const Allowance& allowance, std::function<void(std::uint64_t)> overdue)
    : allowance_(allowance), interval_(interval_of(allowance.limit)), overdue_(std::move(overdue)) {
  CAIRN_CHECK(allowance.limit > Duration{});
}

/// The interrupt is up: for this command, for one before it, or it is being told right now.
bool Watch::settle(std::uint64_t ticket) {
  const MutexLock lock(mutex_);
  while (is_telling_) {
    was_dealt_with_.wait(mutex_);
  }
  interrupt_.store(false, std::memory_order_relaxed);
  return raised_for_ == ticket;
}

void Watch::look(Instant now) {
  const Duration passed = std::min(now - last_look_, interval_ + interval_);
  last_look_ = now;
  const std::uint64_t ticket = armed_.load(std::memory_order_acquire);
  if (ticket == 0 || ticket != seen_) {
    seen_ = ticket;
    spent_ = {};
    was_raised_ = false;
    was_told_ = false;
    return;
  }
  spent_ = spent_ + passed;
  if (spent_ < allowance_.limit || was_told_) {
    return;
  }
  if (!was_raised_) {
    raise(ticket);
  } else if (spent_ >= allowance_.limit + allowance_.grace) {
    tell(ticket);
  }
}

void Watch::raise(std::uint64_t ticket) {
  was_raised_ = true;
  const MutexLock lock(mutex_);
  raised_for_ = ticket;
  interrupt_.store(true, std::memory_order_seq_cst);
}

/// The interrupt is up, so a command that ends from now on sees it, and waits in `settle` until it
/// was told. One that ended without seeing it is no longer armed.
void Watch::tell(std::uint64_t ticket) {
  MutexLock lock(mutex_);
  if (armed_.load(std::memory_order_seq_cst) != ticket) {
    return;
  }
  was_told_ = true;
  is_telling_ = true;
  lock.unlock();
  overdue_(ticket);
  lock.lock();
  is_telling_ = false;
  was_dealt_with_.notify_all();
}

}  // namespace cairn::watchdog
