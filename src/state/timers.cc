// SPDX-License-Identifier: Apache-2.0
#include "state/timers.h"

#include <utility>

#include "base/check.h"

namespace cairn::state {

const Timer* Timers::find(std::uint64_t number) const {
  const auto found = timers_.find(number);
  return found == timers_.end() ? nullptr : &found->second;
}

Timers::Due Timers::due(std::int64_t now) const {
  if (order_.empty() || order_.begin()->at > now) {
    return {};
  }
  const std::uint64_t number = order_.begin()->number;
  return {.number = number, .timer = find(number)};
}

std::uint64_t Timers::add(Timer timer) {
  const std::uint64_t number = ++last_number_;
  restore(number, std::move(timer));
  return number;
}

Timer Timers::remove(std::uint64_t number) {
  const auto found = timers_.find(number);
  CAIRN_CHECK(found != timers_.end());
  Timer timer = std::move(found->second);
  order_.erase({.at = timer.at, .number = number});
  timers_.erase(found);
  return timer;
}

void Timers::restore(std::uint64_t number, Timer timer) {
  order_.insert({.at = timer.at, .number = number});
  const bool is_new = timers_.try_emplace(number, std::move(timer)).second;
  CAIRN_CHECK(is_new);
}

void Timers::take_back(std::uint64_t number) {
  CAIRN_CHECK(number == last_number_);
  remove(number);
  --last_number_;
}

std::size_t Timers::memory_bytes() const noexcept {
  std::size_t bytes = timers_.size() * (sizeof(Place) + sizeof(std::uint64_t) + sizeof(Timer));
  for (const auto& [number, timer] : timers_) {
    bytes += timer.command.capacity();
  }
  return bytes;
}

}  // namespace cairn::state
