// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cairn/time.h"

namespace cairn::sys {

/// The only source of time. Product code gets one handed in and never asks the operating system;
/// what reaches durable history is recorded there and never asked for again. May be called from any
/// thread.
class Clock {
 public:
  virtual ~Clock() = default;

  /// Civil time. May jump in either direction.
  [[nodiscard]] virtual Timestamp wall_now() noexcept = 0;

  /// Never goes back. For deadlines and durations.
  [[nodiscard]] virtual Instant monotonic_now() noexcept = 0;
};

}  // namespace cairn::sys
