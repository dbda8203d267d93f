// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>

#include "sim/world.h"
#include "sys/net.h"

namespace cairn::sim {

/// The event loop of one simulated node. Its tasks and timers run as the World runs, between those
/// of the other nodes, as if somebody had called `run` on a thread of the node. After `stop` they
/// wait until `run` is called. `run` itself steps the whole World until `stop`, for tests of code
/// that calls it; it aborts when nothing is left that could stop it.
///
/// Owned by its node. The World holds only wake-ups for it, never a task of the product: those are
/// destroyed with the node, not with the World.
class SimLoop final : public sys::Loop {
 public:
  explicit SimLoop(World& world) : world_(world) {}

  ~SimLoop() override;
  SimLoop(const SimLoop&) = delete;
  SimLoop& operator=(const SimLoop&) = delete;

  void post(sys::Task task) override;
  sys::TimerId after(Duration delay, sys::Task task) override;
  bool cancel(sys::TimerId timer) override;
  void run() override;

  void stop() override { stop_requested_ = true; }

  /// The node dies: everything waiting is destroyed, and whatever comes is too, until `power_on`.
  void power_off();

  void power_on() noexcept { on_ = true; }

 private:
  struct TimerKey {
    Instant due;
    sys::TimerId id = 0;

    friend auto operator<=>(const TimerKey&, const TimerKey&) = default;
  };

  struct Timer {
    EventId wake_up = 0;
    sys::Task task;
  };

  EventId wake_after(Duration delay, void (SimLoop::*what)());
  void step_world();
  void run_one_task();
  void run_one_due_timer();
  void resume();

  World& world_;
  bool on_ = true;
  bool running_ = false;
  bool stop_requested_ = false;
  sys::TimerId last_timer_ = 0;
  std::deque<sys::Task> tasks_;
  std::map<TimerKey, Timer> timers_;
  std::map<sys::TimerId, Instant> due_times_;
  /// Replaced at every power_off; a wake-up of an earlier life finds its own gone. Shared only so
  /// that it can be watched.
  std::shared_ptr<const int> life_ = std::make_shared<const int>(0);
};

}  // namespace cairn::sim
