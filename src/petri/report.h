// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cairn/digest.h"
#include "cairn/error.h"
#include "petri/runs.h"
#include "schema/schema.h"

namespace cairn::petri {

/// From worst to harmless, which is the order of a report.
enum class Severity : std::uint8_t {
  Error,    ///< something declared can never work
  Warning,  ///< very likely a mistake
  Note,     ///< lawful, and worth knowing
};

/// The list is closed; docs/petri.md explains each. The names are part of the CLI's contract.
enum class FindingKind : std::uint8_t {
  RequiredCycle,   ///< records that need one another, so that none can be created first
  NeedsUncreated,  ///< a record needs one that cannot be created
  UnlinkRequired,  ///< erasing leaves a required end open
  CascadeRefused,  ///< erasing cascades to rows that can never be erased
  CascadeStrands,  ///< a cascade's source takes away the last link that its target needs
  Unreachable,     ///< the net never has a row there
  Trap,            ///< states from which the machine's terminal states cannot be reached
  Deadlock,        ///< rows wait, and no recorded command can be accepted
  NeverAccepted,   ///< a command that no recorded run accepted
  NeverEnabled,    ///< a command whose rows cannot come about by the recorded commands
  NeverCreated,    ///< a record that no recorded run created
  NeverEntered,    ///< a state that no recorded run entered
  NeverFired,      ///< a transition that no recorded run took
  NeverLinked,     ///< an edge that no recorded run linked
  Terminal,        ///< a state that nothing leads out of
  Endless,         ///< a machine without a terminal state
  GuardedExits,    ///< a state whose exits are all guarded
  TakesOne,        ///< a record whose every row takes up a row of another
  CascadeCycle,    ///< erasing one row may erase any number
  NotModelled,     ///< what the net leaves out
  NotExplored,     ///< a bound was met, so absence proves nothing
};

/// "error", "warning", "note".
[[nodiscard]] std::string_view to_string(Severity severity) noexcept;
/// "required-cycle".
[[nodiscard]] std::string_view to_string(FindingKind kind) noexcept;

struct Finding {
  Severity severity = Severity::Note;
  FindingKind kind = FindingKind::Terminal;
  std::string place;                 ///< "Account.status.Closed", "edge part_of", "command Freeze"
  std::string why;                   ///< a sentence without its full stop
  std::string advice;                ///< what to do about it
  std::vector<std::string> witness;  ///< how to get there: commands or transitions, in order
};

/// What one exploration covered.
struct Coverage {
  std::string of;  ///< "declared transitions", "recorded commands"
  std::size_t transitions = 0;
  std::size_t markings = 0;
  bool is_complete = false;
};

struct CommandPairs {
  using Pair = std::pair<std::string, std::string>;

  std::vector<Pair> disjoint;      ///< at most petri_pairs_printed_max
  std::size_t disjoint_count = 0;  ///< all of them
  std::size_t shared_count = 0;
  std::vector<std::string> unknown;  ///< commands that no run was recorded of
};

/// How much of what is declared recorded runs did.
struct Recorded {
  struct Part {
    std::size_t done = 0;
    std::size_t declared = 0;
  };

  std::size_t runs = 0;  ///< different ones
  Part commands;         ///< that were accepted
  Part transitions;      ///< that were taken
  Part states;           ///< that a row was in
  Part records;          ///< that a row was created of
  Part edges;            ///< that a link was made or cut of
};

/// What `check` found. The same schema and runs give the same report everywhere.
struct Report {
  std::string domain;  ///< "bank 1"
  Digest fingerprint;
  std::size_t places = 0;
  std::size_t transitions = 0;
  std::size_t edges = 0;
  std::uint32_t rows = 0;  ///< of each record, in the explorations
  std::vector<Coverage> explored;
  std::vector<Finding> findings;  ///< worst first, then in the order of FindingKind and the schema
  bool has_runs = false;
  Recorded recorded;   ///< with runs
  CommandPairs pairs;  ///< with runs

  [[nodiscard]] std::size_t count(Severity severity) const noexcept;

  /// No error and no warning.
  [[nodiscard]] bool is_clean() const noexcept;

  /// For people, with a line feed at the end.
  [[nodiscard]] std::string to_text() const;
  /// Canonical JSON.
  [[nodiscard]] std::string to_json() const;
};

struct CheckOptions {
  std::uint32_t rows = 2;              ///< of each record, 1 to petri_rows_max
  std::size_t markings_max = 100'000;  ///< of each exploration, at most petri_markings_max
};

/// Everything this folder can say about a domain. `runs` may be null. TooLarge for a domain whose
/// net passes the bounds of base/limits.h.
Result<Report> check(const schema::Schema& schema, const CheckOptions& options = {},
                     const Runs* runs = nullptr);

}  // namespace cairn::petri
