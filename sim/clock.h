// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "sim/world.h"
#include "sys/clock.h"

namespace cairn::sim {

/// How wrong a node's clocks are from the start, and what happens to them later.
struct ClockFaults {
  Duration skew = {};           ///< of civil time, for good
  std::int64_t drift_ppm = 0;   ///< of both clocks: millionths too fast, or too slow
  Duration trouble_every = {};  ///< mean time between two troubles; 0: never
  Duration jump_max = {};       ///< a jump goes this far at most, forward or back; 0: none
  Duration stuck_max = {};      ///< civil time stands still for this long at most; 0: never
};

/// The clocks of one simulated node: virtual time, seen through a drift and a civil time that may
/// be wrong, jump and stand still. Monotonic time does none of that and never goes back. Reading
/// draws and changes nothing. Belongs to the World's thread alone, reading too: virtual time has no
/// lock. Must not outlive its World.
class SimClock final : public sys::Clock {
 public:
  SimClock(World& world, std::string name, const ClockFaults& faults = {});
  ~SimClock() override;
  SimClock(const SimClock&) = delete;
  SimClock& operator=(const SimClock&) = delete;

  [[nodiscard]] Timestamp wall_now() noexcept override;
  [[nodiscard]] Instant monotonic_now() noexcept override;

  /// Somebody sets civil time, forward or back.
  void jump(Duration by);
  /// Civil time stands still from now on, or goes on from where the real one is.
  void set_stuck(bool stuck);
  /// Both clocks go wrong at another rate from now on. Requires: above -1'000'000.
  void set_drift(std::int64_t ppm);

 private:
  /// Local time that has passed since the World began.
  [[nodiscard]] Duration elapsed() const noexcept;
  [[nodiscard]] Timestamp running_wall() const noexcept;
  void schedule_trouble();
  void make_trouble();

  World& world_;
  const std::string name_;
  const ClockFaults faults_;
  Rng rng_;
  std::int64_t drift_ppm_ = 0;
  Instant drift_since_;     ///< virtual
  Duration drift_elapsed_;  ///< local time that had passed then
  Duration offset_;         ///< skew and jumps of civil time
  bool is_stuck_ = false;
  Timestamp stuck_at_;
  EventId trouble_ = 0;
  EventId recovery_ = 0;
};

/// Draws a node's clock: each kind of trouble is on or off by a coin.
[[nodiscard]] ClockFaults draw_clock_faults(Rng& rng);

}  // namespace cairn::sim
