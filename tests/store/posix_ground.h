// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/event_store.h"
#include "sys/posix/posix_clock.h"
#include "sys/posix/posix_random.h"
#include "sys/posix/posix_threads.h"

namespace cairn::store {

/// What a store stands on in a program. Outlives the store.
class PosixGround final {
 public:
  [[nodiscard]] Ground on(sys::Disk& disk) {
    return {.disk = disk, .clock = clock_, .random = random_, .threads = &threads_};
  }

 private:
  sys::PosixClock clock_;
  sys::PosixRandom random_;
  sys::PosixThreads threads_;
};

}  // namespace cairn::store
