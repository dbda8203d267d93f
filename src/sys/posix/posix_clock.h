// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sys/clock.h"

namespace cairn::sys {

/// The operating system's clocks. Without state: any thread, any number of them.
class PosixClock final : public Clock {
 public:
  [[nodiscard]] Timestamp wall_now() noexcept override;
  [[nodiscard]] Instant monotonic_now() noexcept override;
};

}  // namespace cairn::sys
