// SPDX-License-Identifier: Apache-2.0
#include "sys/posix/posix_clock.h"

#include <time.h>

#include "base/check.h"

namespace cairn::sys {

namespace {

std::int64_t read_clock(clockid_t clock) noexcept {
  timespec now{};
  CAIRN_CHECK(::clock_gettime(clock, &now) == 0);
  return (seconds(now.tv_sec) + nanoseconds(now.tv_nsec)).nanoseconds;
}

}  // namespace

Timestamp PosixClock::wall_now() noexcept {
  return {read_clock(CLOCK_REALTIME)};
}

Instant PosixClock::monotonic_now() noexcept {
  return {read_clock(CLOCK_MONOTONIC)};
}

}  // namespace cairn::sys
