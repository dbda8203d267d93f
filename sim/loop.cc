// SPDX-License-Identifier: Apache-2.0
#include "sim/loop.h"

#include <utility>

#include "base/check.h"

namespace cairn::sim {

SimLoop::~SimLoop() {
  CAIRN_CHECK(!running_);
  power_off();
}

EventId SimLoop::wake_after(Duration delay, void (SimLoop::*what)()) {
  return world_.schedule(delay, [this, what, life = std::weak_ptr(life_)] {
    if (!life.expired()) {
      (this->*what)();
    }
  });
}

void SimLoop::post(sys::Task task) {
  if (!on_) {
    return;
  }
  tasks_.push_back(std::move(task));
  wake_after({}, &SimLoop::run_one_task);
}

void SimLoop::run_one_task() {
  if (stop_requested_ || tasks_.empty()) {
    return;
  }
  sys::Task task = std::move(tasks_.front());
  tasks_.pop_front();
  task();
}

sys::TimerId SimLoop::after(Duration delay, sys::Task task) {
  const sys::TimerId id = ++last_timer_;
  if (!on_) {
    return id;
  }
  const Duration wait = delay > Duration{} ? delay : Duration{};
  const Instant due = world_.now() + wait;
  const EventId wake_up = wake_after(wait, &SimLoop::run_one_due_timer);
  timers_.emplace(TimerKey{.due = due, .id = id},
                  Timer{.wake_up = wake_up, .task = std::move(task)});
  due_times_.emplace(id, due);
  return id;
}

bool SimLoop::cancel(sys::TimerId timer) {
  const auto found = due_times_.find(timer);
  if (found == due_times_.end()) {
    return false;
  }
  // Both entries go before the task does: its destructor may call back.
  const auto node = timers_.extract(TimerKey{.due = found->second, .id = timer});
  due_times_.erase(found);
  world_.cancel(node.mapped().wake_up);
  return true;
}

// The World wakes timers of one instant in an order of its own; here the first due is the first.
void SimLoop::run_one_due_timer() {
  if (stop_requested_ || timers_.empty() || timers_.begin()->first.due > world_.now()) {
    return;
  }
  auto node = timers_.extract(timers_.begin());
  due_times_.erase(node.key().id);
  node.mapped().task();
}

void SimLoop::step_world() {
  const bool something_was_left_to_wait_for = world_.step();
  CAIRN_CHECK(something_was_left_to_wait_for);
}

void SimLoop::run() {
  CAIRN_CHECK(!running_);
  running_ = true;
  while (!stop_requested_) {
    step_world();
  }
  running_ = false;
  stop_requested_ = false;
  resume();
}

// Wake-ups that came during the stop are spent; one too many does no harm.
void SimLoop::resume() {
  for (std::size_t i = 0; i < tasks_.size(); ++i) {
    wake_after({}, &SimLoop::run_one_task);
  }
  for (const auto& [key, timer] : timers_) {
    if (key.due > world_.now()) {
      break;
    }
    wake_after({}, &SimLoop::run_one_due_timer);
  }
}

void SimLoop::power_off() {
  on_ = false;
  life_ = std::make_shared<const int>(0);
  stop_requested_ = running_;
  due_times_.clear();
  for (const auto& [key, timer] : timers_) {
    world_.cancel(timer.wake_up);
  }
  // Moved out first: what is destroyed may call back.
  const auto tasks = std::exchange(tasks_, {});
  const auto timers = std::exchange(timers_, {});
}

}  // namespace cairn::sim
