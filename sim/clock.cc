// SPDX-License-Identifier: Apache-2.0
#include "sim/clock.h"

#include <utility>

#include "base/check.h"

namespace cairn::sim {

namespace {

// 2027-01-15T08:00:00Z: every simulated world begins in the same morning.
constexpr Timestamp world_begin{seconds(1'800'000'000).nanoseconds};
constexpr std::int64_t million = 1'000'000;

// span * ppm / 1'000'000, without the product that would overflow after some months.
Duration drifted(Duration span, std::int64_t ppm) noexcept {
  const std::int64_t whole = span.nanoseconds / million * ppm;
  const std::int64_t rest = span.nanoseconds % million * ppm / million;
  return {whole + rest};
}

Duration draw_up_to(Rng& rng, Duration most) {
  return {static_cast<std::int64_t>(rng.between(0, static_cast<std::uint64_t>(most.nanoseconds)))};
}

}  // namespace

SimClock::SimClock(World& world, std::string name, const ClockFaults& faults)
    : world_(world),
      name_(std::move(name)),
      faults_(faults),
      rng_(world.stream("clock." + name_)),
      drift_since_(world.now()),
      drift_elapsed_(world.now() - Instant{}),
      offset_(faults.skew) {
  set_drift(faults.drift_ppm);
  schedule_trouble();
}

SimClock::~SimClock() {
  world_.cancel(trouble_);
  world_.cancel(recovery_);
}

Duration SimClock::elapsed() const noexcept {
  const Duration span = world_.now() - drift_since_;
  return drift_elapsed_ + span + drifted(span, drift_ppm_);
}

Timestamp SimClock::running_wall() const noexcept {
  return world_begin + elapsed() + offset_;
}

Timestamp SimClock::wall_now() noexcept {
  return is_stuck_ ? stuck_at_ : running_wall();
}

Instant SimClock::monotonic_now() noexcept {
  return Instant{} + elapsed();
}

void SimClock::jump(Duration by) {
  world_.mark(by < Duration{} ? "clock.jumped_back" : "clock.jumped_forward");
  world_.trace("clock.jump", name_, {static_cast<std::uint64_t>(by.nanoseconds)});
  offset_ = offset_ + by;
  stuck_at_ = stuck_at_ + by;
}

void SimClock::set_stuck(bool stuck) {
  if (stuck && !is_stuck_) {
    world_.mark("clock.stuck");
    stuck_at_ = running_wall();
  }
  is_stuck_ = stuck;
  world_.trace("clock.stuck", name_, {stuck ? 1U : 0U});
}

void SimClock::set_drift(std::int64_t ppm) {
  CAIRN_CHECK(ppm > -million);
  drift_elapsed_ = elapsed();
  drift_since_ = world_.now();
  drift_ppm_ = ppm;
}

void SimClock::schedule_trouble() {
  if (faults_.trouble_every > Duration{}) {
    const Duration delay = draw_up_to(rng_, faults_.trouble_every + faults_.trouble_every);
    trouble_ = world_.schedule(delay, [this] {
      make_trouble();
      schedule_trouble();
    });
  }
}

void SimClock::make_trouble() {
  const bool sticks = rng_.chance(1, 2);
  const bool goes_back = rng_.chance(1, 2);
  if (sticks && faults_.stuck_max > Duration{}) {
    set_stuck(true);
    world_.cancel(recovery_);
    recovery_ = world_.schedule(draw_up_to(rng_, faults_.stuck_max), [this] { set_stuck(false); });
  } else if (faults_.jump_max > Duration{}) {
    const Duration by = draw_up_to(rng_, faults_.jump_max);
    jump(goes_back ? Duration{} - by : by);
  }
}

ClockFaults draw_clock_faults(Rng& rng) {
  const bool has_skew = rng.chance(1, 2);
  const Duration skew = draw_up_to(rng, seconds(600));
  const bool has_drift = rng.chance(1, 2);
  const auto drift = static_cast<std::int64_t>(rng.between(0, 2000)) - 1000;
  const bool has_jumps = rng.chance(1, 2);
  const bool has_stops = rng.chance(1, 2);
  return {.skew = has_skew ? skew - seconds(300) : Duration{},
          .drift_ppm = has_drift ? drift : 0,
          .trouble_every = seconds(20),
          .jump_max = has_jumps ? seconds(3600) : Duration{},
          .stuck_max = has_stops ? seconds(60) : Duration{}};
}

}  // namespace cairn::sim
