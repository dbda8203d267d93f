// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sys/threads.h"

namespace cairn::sys {

/// The operating system's threads, which no signal is delivered to. Without state: any thread, any
/// number of them.
class PosixThreads final : public Threads {
 public:
  Result<std::unique_ptr<Thread>> start(std::string_view name, Urgency urgency,
                                        std::function<void()> run) override;
};

}  // namespace cairn::sys
