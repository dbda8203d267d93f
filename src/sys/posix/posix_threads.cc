// SPDX-License-Identifier: Apache-2.0
#include "sys/posix/posix_threads.h"

#include <string>
#include <system_error>
#include <thread>
#include <utility>

#include "sys/posix/os_error.h"
#include "sys/posix/signals_blocked.h"

namespace cairn::sys {

namespace {

class JoinedThread final : public Thread {
 public:
  explicit JoinedThread(std::function<void()> run) : thread_(std::move(run)) {}

  ~JoinedThread() override { thread_.join(); }

 private:
  std::thread thread_;
};

}  // namespace

Result<std::unique_ptr<Thread>> PosixThreads::start(std::string_view name,
                                                    std::function<void()> run) {
  try {
    const SignalsBlocked blocked;
    return std::make_unique<JoinedThread>(std::move(run));
  } catch (const std::system_error& error) {
    return fail(os_error("start a thread for", std::string(name), error.code().value()));
  }
}

}  // namespace cairn::sys
