// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

#include "cairn/error.h"

namespace cairn::sys {

/// A thread that runs one function. The destructor waits for it to end.
class Thread {
 public:
  Thread() = default;
  Thread(const Thread&) = delete;
  Thread& operator=(const Thread&) = delete;
  virtual ~Thread() = default;
};

/// How soon a thread wants to run when others do, too.
enum class Urgency : std::uint8_t {
  Normal,
  Background,  ///< nobody waits for it for long: where the system can, it gets what the others
               ///< leave
};

/// Where threads come from, for the parts that need some; whoever has none drives those parts step
/// by step. May be called from any thread.
class Threads {
 public:
  virtual ~Threads() = default;

  /// Runs a function, which throws nothing, on a thread of its own. Busy when the system gives
  /// none.
  virtual Result<std::unique_ptr<Thread>> start(std::string_view name, Urgency urgency,
                                                std::function<void()> run) = 0;
};

}  // namespace cairn::sys
