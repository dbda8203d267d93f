// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "cairn/engine_core.h"
#include "cairn/error.h"
#include "engine/path_file.h"
#include "execution/transaction.h"
#include "schema/schema.h"
#include "sys/posix/posix_clock.h"
#include "sys/posix/ticker.h"
#include "watchdog/quarantine.h"
#include "watchdog/watch.h"

namespace cairn::engine {

/// Keeps one engine from commands that do not end: refuses those in quarantine, watches the one
/// that runs, and puts it into quarantine when it runs too long. The engine's thread calls all of
/// it; a thread of its own looks on.
class CommandGuard final {
 public:
  /// InvalidArgument for a limit without a file or below zero. The schema must outlive it.
  static Result<std::unique_ptr<CommandGuard>> make(const schema::Schema& schema,
                                                    const WatchdogOptions& options);

  /// Whether the command is in quarantine.
  [[nodiscard]] bool refuses(const execution::Command& command) const;

  /// For the executor. Null when nobody watches.
  [[nodiscard]] const std::atomic<bool>* interrupt() const noexcept {
    return watch_ ? &watch_->interrupt() : nullptr;
  }

  /// Around the execution of a command, which stays where it is in between. `finish` returns
  /// whether it was interrupted for running too long.
  void start(const execution::Command& command, Seq position) noexcept;
  [[nodiscard]] bool finish();

  /// Puts the command that was started last into quarantine. What cannot be written is told, and
  /// holds in this process.
  void quarantine();

 private:
  struct Running {
    execution::Command command;
    Seq position;
    std::uint64_t ticket = 0;
  };

  CommandGuard(const schema::Schema& schema, const WatchdogOptions& options, PathFile file,
               watchdog::Quarantine quarantine);

  Result<> start_watching();
  [[nodiscard]] OverdueCommand overdue() const;
  void tell(std::string_view line) const;
  void note(const OverdueCommand& command, std::string_view what_follows);
  void end_overdue() noexcept;

  const schema::Schema& schema_;
  const WatchdogOptions options_;
  PathFile file_;
  watchdog::Quarantine quarantine_;
  sys::PosixClock clock_;
  Running running_;
  std::optional<watchdog::Watch> watch_;
  std::unique_ptr<sys::Ticker> ticker_;  // ends before what it looks at
};

}  // namespace cairn::engine
