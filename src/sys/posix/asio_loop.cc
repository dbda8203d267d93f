// SPDX-License-Identifier: Apache-2.0
#include "sys/posix/asio_loop.h"

#include <chrono>
#include <compare>
#include <map>
#include <memory>
#include <utility>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include "base/check.h"
#include "sys/posix/posix_net.h"

namespace cairn::sys {

namespace asio = boost::asio;

namespace {

Instant monotonic_now() noexcept {
  return {std::chrono::nanoseconds(std::chrono::steady_clock::now().time_since_epoch()).count()};
}

struct TimerKey {
  Instant due;
  TimerId id = 0;

  friend auto operator<=>(const TimerKey&, const TimerKey&) = default;
};

}  // namespace

/// The maps come first, so that they still exist when the context, as it goes, destroys handlers
/// that cancel timers.
struct AsioLoop::State {
  TimerId last_timer = 0;
  std::map<TimerKey, Task> timers;
  std::map<TimerId, Instant> due_times;
  bool running = false;
  asio::io_context context;
  asio::executor_work_guard<asio::io_context::executor_type> work{context.get_executor()};
  asio::steady_timer alarm{context};
};

AsioLoop::AsioLoop() : state_(std::make_unique<State>()) {}

AsioLoop::~AsioLoop() {
  CAIRN_CHECK(!state_->running);
  // One by one and out of the map first: a task may own a stream, and a stream needs the context.
  while (!state_->timers.empty()) {
    const auto node = state_->timers.extract(state_->timers.begin());
  }
}

// The context keeps one queue, first in, first out, also across threads, because it is not told
// that it has only one thread.
void AsioLoop::post(Task task) {
  asio::post(state_->context, std::move(task));
}

TimerId AsioLoop::after(Duration delay, Task task) {
  const TimerId id = ++state_->last_timer;
  const Instant due = monotonic_now() + (delay > Duration{} ? delay : Duration{});
  const auto added = state_->timers.emplace(TimerKey{.due = due, .id = id}, std::move(task)).first;
  state_->due_times.emplace(id, due);
  if (added == state_->timers.begin()) {
    arm();
  }
  return id;
}

bool AsioLoop::cancel(TimerId timer) {
  const auto found = state_->due_times.find(timer);
  if (found == state_->due_times.end()) {
    return false;
  }
  // Both entries go before the task does: its destructor may call back. The alarm stays set; at
  // worst it finds nothing to do.
  const auto node = state_->timers.extract(TimerKey{.due = found->second, .id = timer});
  state_->due_times.erase(found);
  return true;
}

void AsioLoop::arm() {
  using Clock = std::chrono::steady_clock;
  const std::chrono::nanoseconds due(state_->timers.begin()->first.due.nanoseconds);
  state_->alarm.expires_at(Clock::time_point(due));
  state_->alarm.async_wait([this](const boost::system::error_code& error) {
    if (!error) {
      run_due_timers();
    }
  });
}

void AsioLoop::run_due_timers() {
  State& state = *state_;
  const Instant now = monotonic_now();
  while (!state.timers.empty() && state.timers.begin()->first.due <= now &&
         !state.context.stopped()) {
    auto node = state.timers.extract(state.timers.begin());
    state.due_times.erase(node.key().id);
    node.mapped()();
  }
  if (!state.timers.empty()) {
    arm();
  }
}

void AsioLoop::run() {
  CAIRN_CHECK(!state_->running);
  state_->running = true;
  state_->context.run();
  state_->context.restart();
  state_->running = false;
}

void AsioLoop::stop() {
  state_->context.stop();
}

asio::io_context& AsioLoop::context() noexcept {
  return state_->context;
}

std::unique_ptr<Loop> make_posix_loop() {
  return std::make_unique<AsioLoop>();
}

}  // namespace cairn::sys
