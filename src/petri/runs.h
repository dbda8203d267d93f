// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "cairn/error.h"
#include "petri/net.h"
#include "schema/schema.h"

namespace cairn::petri {

/// One row as one command met it. `record` is a position in DomainInfo::records.
struct RowRun {
  std::uint16_t record = 0;
  bool existed = false;  ///< before the command; both false: it was looked for and not there
  bool exists = false;   ///< after it
  bool changed = false;  ///< created, erased, or anything of it written
  /// For each machine of the record, in field order: the states it was in, first to last. One
  /// state when it did not move. Empty for a row that was never there.
  std::vector<std::vector<std::int64_t>> states = {};

  friend auto operator<=>(const RowRun&, const RowRun&) = default;
};

/// What execution saw one command do. Numbers are positions in DomainInfo.
struct CommandRun {
  std::uint16_t command = 0;
  bool accepted = false;
  std::vector<RowRun> rows = {};             ///< each row that was read or written
  std::vector<std::uint16_t> linked = {};    ///< edges of links that were made or cut
  std::vector<std::uint16_t> followed = {};  ///< edges whose links were read
  /// Records whose rows were scanned, counted, or looked at in a way that no single row stands for.
  std::vector<std::uint16_t> scanned = {};

  friend auto operator<=>(const CommandRun&, const CommandRun&) = default;
};

/// Recorded runs of one domain, each different one once, with how often it was seen. Execution
/// fills it; the order of adding does not matter. Belongs to one thread.
class Runs final {
 public:
  explicit Runs(const schema::Schema& schema);

  /// An error names what contradicts the schema: an unknown record, a state that a machine does
  /// not have, a step that is not declared. TooLarge beyond the bounds of base/limits.h. On
  /// failure nothing was added. `times`: how often it was seen.
  Result<> add(CommandRun run, std::uint64_t times = 1);

  [[nodiscard]] const std::map<CommandRun, std::uint64_t>& seen() const noexcept { return seen_; }

 private:
  [[nodiscard]] Result<> check(const CommandRun& run) const;
  [[nodiscard]] Result<> check_record(std::uint16_t record) const;
  [[nodiscard]] Result<> check_row(const RowRun& row) const;
  [[nodiscard]] Result<> check_edges(std::span<const std::uint16_t> edges) const;

  const DomainInfo* domain_;
  std::map<CommandRun, std::uint64_t> seen_;
};

/// The net of what commands were seen to do: the places of `declared`, and one transition for each
/// different effect of an accepted command. Requires: runs of the schema that `declared` is of.
Result<Net> command_net(const schema::Schema& schema, const Net& declared, const Runs& runs);

}  // namespace cairn::petri
