// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "cairn/time.h"
#include "sys/net.h"

// Named only: what it is stays inside the sources of this folder, because it is dear to compile.
namespace boost::asio {
class io_context;  // NOLINT(readability-identifier-naming): a name of that library
}

namespace cairn::sys {

/// The Loop of `sys/posix`, as the net beside it sees it. Made by make_posix_loop, owned by whoever
/// called that.
class AsioLoop final : public Loop {
 public:
  AsioLoop();
  ~AsioLoop() override;
  AsioLoop(const AsioLoop&) = delete;
  AsioLoop& operator=(const AsioLoop&) = delete;

  void post(Task task) override;
  TimerId after(Duration delay, Task task) override;
  bool cancel(TimerId timer) override;
  void run() override;
  void stop() override;

  [[nodiscard]] boost::asio::io_context& context() noexcept;

 private:
  struct State;

  void arm();
  void run_due_timers();

  std::unique_ptr<State> state_;
};

}  // namespace cairn::sys
