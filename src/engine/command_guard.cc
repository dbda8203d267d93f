// SPDX-License-Identifier: Apache-2.0
#include "engine/command_guard.h"

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>
#include <utility>

#include <fmt/core.h>

#include "base/check.h"

namespace cairn::engine {

Result<std::unique_ptr<CommandGuard>> CommandGuard::make(const schema::Schema& schema,
                                                         const WatchdogOptions& options) {
  if (options.limit < Duration{}) {
    return fail(Errc::InvalidArgument, "the watchdog's limit is less than nothing");
  }
  if (options.quarantine_file.empty()) {
    return fail(Errc::InvalidArgument, "the watchdog has no quarantine_file");
  }
  CAIRN_TRY(PathFile file, open_path(options.quarantine_file));
  auto quarantine = watchdog::Quarantine::open(*file.disk, file.name);
  if (!quarantine) {
    return fail(std::move(quarantine).error().at(options.quarantine_file));
  }
  std::unique_ptr<CommandGuard> guard(
      new CommandGuard(schema, options, std::move(file), std::move(*quarantine)));
  if (!guard->quarantine_.left_out().empty()) {
    guard->tell(fmt::format("cairn: {}: {}, and counts for nothing", options.quarantine_file,
                            guard->quarantine_.left_out()));
  }
  CAIRN_TRY(guard->start_watching());
  return guard;
}

CommandGuard::CommandGuard(const schema::Schema& schema, const WatchdogOptions& options,
                           PathFile file, watchdog::Quarantine quarantine)
    : schema_(schema),
      options_(options),
      file_(std::move(file)),
      quarantine_(std::move(quarantine)) {}

Result<> CommandGuard::start_watching() {
  if (options_.limit == Duration{}) {
    return {};
  }
  watch_.emplace(watchdog::allowance_of(options_.limit), [this](std::uint64_t ticket) {
    CAIRN_CHECK(ticket == running_.ticket);
    end_overdue();
  });
  CAIRN_TRY(ticker_, sys::Ticker::start(watch_->interval(),
                                        [this] { watch_->look(clock_.monotonic_now()); }));
  return {};
}

bool CommandGuard::refuses(const execution::Command& command) const {
  return !quarantine_.is_empty() && quarantine_.holds(watchdog::identity_of(
                                        schema_.fingerprint(), command.kind, command.bytes));
}

void CommandGuard::start(const execution::Command& command, Seq position) noexcept {
  running_.command = command;
  running_.position = position;
  ++running_.ticket;
  if (watch_) {
    watch_->arm(running_.ticket);
  }
}

bool CommandGuard::finish() {
  return watch_ && watch_->disarm(running_.ticket);
}

OverdueCommand CommandGuard::overdue() const {
  const execution::Command& command = running_.command;
  return {.domain = schema_.domain().name,
          .name = schema_.command(command.kind)->name,
          .kind = command.kind,
          .bytes = command.bytes,
          .position = running_.position,
          .identity = watchdog::identity_of(schema_.fingerprint(), command.kind, command.bytes)};
}

void CommandGuard::tell(std::string_view line) const {
  if (options_.tell) {
    options_.tell(line);
  } else {
    fmt::print(stderr, "{}\n", line);
  }
}

/// Quarantines a command, and says so.
void CommandGuard::note(const OverdueCommand& command, std::string_view what_follows) {
  const Result<> noted = quarantine_.add({.command = command.identity,
                                          .domain = std::string(command.domain),
                                          .name = std::string(command.name),
                                          .position = command.position,
                                          .time = clock_.wall_now()});
  const std::string where =
      noted ? fmt::format("it is quarantined in {}", options_.quarantine_file)
            : fmt::format("{} could not take it, so only this process refuses it: {}",
                          options_.quarantine_file, noted.error().to_string());
  tell(fmt::format("cairn: {} of {} at position {} ran longer than {}; {}{}", command.name,
                   command.domain, command.position.value(), options_.limit.to_string(), where,
                   what_follows));
}

void CommandGuard::quarantine() {
  note(overdue(), "");
}

/// On the watching thread; the engine's is in a command that it cannot be got out of. Whatever goes
/// wrong here, memory that is used up included, the process ends.
void CommandGuard::end_overdue() noexcept {
  try {
    if (options_.overdue) {
      options_.overdue(overdue());
      return;
    }
    note(overdue(), fmt::format("; the process ends with status {}", quarantine_exit_status));
  } catch (const std::exception& error) {
    std::fputs("cairn: a command ran longer than it may, and cannot be quarantined: ", stderr);
    std::fputs(error.what(), stderr);
    std::fputs("\n", stderr);
  }
  std::_Exit(quarantine_exit_status);
}

}  // namespace cairn::engine
