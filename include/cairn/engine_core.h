// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "cairn/call.h"
#include "cairn/descriptor.h"
#include "cairn/digest.h"
#include "cairn/error.h"
#include "cairn/ids.h"
#include "cairn/plugin.h"
#include "cairn/time.h"
#include "cairn/transaction.h"
#include "cairn/trust.h"

/// The engine without types: what `Engine<D>` is made of, and what tools that know a domain only by
/// its schema use.
namespace cairn {

namespace testing {
class Recording;
}  // namespace testing

/// What one command may use. Part of what makes executing repeatable: the same command runs out at
/// the same place.
struct CommandBudget {
  std::uint64_t steps_max = 1'000'000;             ///< calls of the host, and rows walked over
  std::size_t changes_max = 100'000;               ///< to rows, links and waiting commands
  std::size_t bytes_max = std::size_t{64} << 20U;  ///< for texts, events and undo
};

/// A command that has run for longer than it may. Refers to memory of the call.
struct OverdueCommand {
  std::string_view domain = {};
  std::string_view name = {};  ///< of its kind
  std::uint16_t kind = 0;
  std::span<const std::byte> bytes = {};  ///< canonical
  Seq position = {};                      ///< where its transaction was to stand
  Digest identity = {};                   ///< what the quarantine knows it by
};

/// How a process ends that could not end a command. Whoever restarts it may do so at once: the
/// command is refused then.
inline constexpr int quarantine_exit_status = 75;

/// Commands that do not end by themselves: docs/execution.md.
struct WatchdogOptions {
  Duration limit = {};  ///< of wall-clock time that a command may take; zero: nobody watches
  /// Remembers the commands that are not run again. Made where it is missing; the folder is not.
  std::string quarantine_file = {};
  /// Told of a command that calls nothing and does not end, on another thread, while it still runs
  /// and cannot end. Instead of the default, which quarantines it and ends the process.
  std::function<void(const OverdueCommand&)> overdue = {};
  /// Gets lines for people: what is quarantined, and what is wrong with the file. Standard error,
  /// when there is none. May be called on another thread.
  std::function<void(std::string_view)> tell = {};
};

struct EngineOptions {
  Timestamp start = {};  ///< the time until `advance` moves it
  CommandBudget budget = {};
  testing::Recording* recording = nullptr;  ///< notes what commands do; must outlive the engine
  WatchdogOptions watchdog = {};
};

/// Leave to pass a gate that says no, with who gave it and why. It is recorded.
struct GateBypass {
  std::string_view gate = {};
  std::string_view approver = {};
  std::string_view reason = {};
};

/// A command as bytes. Refers to the caller's memory.
struct CommandView {
  std::uint16_t kind = 0;
  std::span<const std::byte> bytes = {};  ///< canonical
  std::span<const GateBypass> bypasses = {};
};

/// What a reader saw; made by the engine, and asked by it whether it still holds.
class Observation {
 public:
  Observation() = default;
  Observation(const Observation&) = delete;
  Observation& operator=(const Observation&) = delete;
  virtual ~Observation() = default;
};

/// Executes commands of one domain. Used by one thread; what is handed to callbacks lasts for their
/// call, and they may read, and execute nothing.
class EngineCore {
 public:
  using Take = std::function<void(const TransactionView&)>;

  EngineCore() = default;
  EngineCore(const EngineCore&) = delete;
  EngineCore& operator=(const EngineCore&) = delete;
  virtual ~EngineCore() = default;

  /// Executes a command; its transaction is recorded, whatever the outcome. An error means that
  /// nothing was: no such command, or no such gate to bypass.
  virtual Result<> execute(const CommandView& command, const Take& take) = 0;

  /// The same, and nothing is recorded unless it is accepted.
  virtual Result<> try_execute(const CommandView& command, const Take& take) = 0;

  /// The same, and nothing is recorded at all.
  virtual Result<> what_if(const CommandView& command, const Take& take) = 0;

  /// The same, when what was observed is still so; Conflict when it is not.
  virtual Result<> execute_if(const Observation& observed, const CommandView& command,
                              const Take& take) = 0;

  /// From here on commands belong to a group, and stay only when it is committed.
  /// Requires: no group is open, or one is.
  virtual void begin_group() = 0;
  virtual void commit_group() = 0;
  virtual void roll_back_group() = 0;

  /// Calls a reader, which may note what it reads.
  virtual void read(const std::function<void(const detail::Call&)>& reader,
                    Observation* observation) = 0;
  [[nodiscard]] virtual std::unique_ptr<Observation> make_observation() const = 0;

  /// Shows each transaction after it was committed, until `unsubscribe` with the number given.
  virtual std::uint64_t subscribe(Take take) = 0;
  virtual void unsubscribe(std::uint64_t subscription) noexcept = 0;

  /// Moves time on, and executes commands that wait as they come due.
  virtual void advance(Timestamp to) = 0;

  /// What the domain declares. Lasts as long as the engine.
  [[nodiscard]] virtual const DomainInfo& domain() const noexcept = 0;

  [[nodiscard]] virtual Seq position() const noexcept = 0;
  [[nodiscard]] virtual Timestamp time() const noexcept = 0;

  /// Of all of the state: docs/formats/checkpoint.md. Equal for equal histories.
  [[nodiscard]] virtual Digest digest() const = 0;

  /// Several lines for people and for golden files: command, outcome, delta and events by name.
  [[nodiscard]] virtual std::string describe(const TransactionView& transaction) const = 0;
  [[nodiscard]] virtual std::string describe(const CommandView& command) const = 0;
};

/// A domain's shared object, and what it has to be.
struct PluginFile {
  std::string path = {};
  std::string name = {};                             ///< of its domain; empty: any
  std::optional<Digest> fingerprint = std::nullopt;  ///< of its schema; none: any
};

/// An engine that keeps nothing: for a user's own tests, tools and experiments. Fails when the
/// table is not one of a domain, or its schema breaks a rule, neither of which the types of a
/// program let happen; and when the options cannot be met: a recording of another domain, a
/// quarantine that cannot be read. The table must outlive it.
[[nodiscard]] Result<std::unique_ptr<EngineCore>> make_memory_engine(const cairn_domain& domain,
                                                                     Trust trust,
                                                                     const EngineOptions& options);

/// The same for a domain from a shared object, which is not trusted: docs/plugins.md tells what is
/// checked. The engine has a copy of the object of its own, and unloads it in the end. Loading runs
/// the object's initialisers: load only what you would run.
[[nodiscard]] Result<std::unique_ptr<EngineCore>> make_memory_engine(const PluginFile& plugin,
                                                                     const EngineOptions& options);

/// Of the schema of a compiled domain; a plugin with the same schema has the same.
[[nodiscard]] Result<Digest> fingerprint_of(const DomainInfo& domain);

}  // namespace cairn
