// SPDX-License-Identifier: Apache-2.0
#include "sys/posix/posix_threads.h"

#include <string>
#include <system_error>
#include <thread>
#include <utility>

#include <unistd.h>

#include "sys/posix/os_error.h"
#include "sys/posix/signals_blocked.h"

namespace cairn::sys {

namespace {

/// Of 19: what is left to it beside a busy thread is a tenth, and whoever wakes goes before it.
constexpr int background_niceness = 10;

/// Best effort: a thread that is as urgent as the others does the same.
void step_back() {
  const int niceness = ::nice(background_niceness);  // the thread's, here, not the process's
  (void)niceness;
}

class JoinedThread final : public Thread {
 public:
  explicit JoinedThread(std::function<void()> run) : thread_(std::move(run)) {}

  ~JoinedThread() override { thread_.join(); }

 private:
  std::thread thread_;
};

}  // namespace

Result<std::unique_ptr<Thread>> PosixThreads::start(std::string_view name, Urgency urgency,
                                                    std::function<void()> run) {
  const auto run_so = [urgency, run = std::move(run)] {
    if (urgency == Urgency::Background) {
      step_back();
    }
    run();
  };
  try {
    const SignalsBlocked blocked;
    return std::make_unique<JoinedThread>(run_so);
  } catch (const std::system_error& error) {
    return fail(os_error("start a thread for", std::string(name), error.code().value()));
  }
}

}  // namespace cairn::sys
