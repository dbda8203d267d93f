// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "cairn/call.h"

namespace cairn {

/// A point of a handler to go back to. Dropping it keeps what was done since.
class Savepoint final {
 public:
  explicit Savepoint(const detail::Call& call) : call_(call) {
    detail::expect_ok(call_.host->savepoint(call_.call, &mark_));
  }

  /// Undoes all changes, events and schedules made since; rows created since are gone.
  void roll_back() const { detail::expect_ok(call_.host->roll_back(call_.call, mark_)); }

 private:
  detail::Call call_;
  std::uint64_t mark_ = 0;
};

}  // namespace cairn
