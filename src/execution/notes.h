// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <utility>
#include <vector>

#include "cairn/plugin.h"
#include "state/row.h"
#include "state/state.h"

namespace cairn::execution {

/// What one command met on its way, beyond what its transaction shows: rows it looked at and rows
/// that were not there, links it followed, records it scanned, and each state it took a row to.
/// Filled by `noting_host_table` while the command runs; rows are named by their addresses, which
/// are theirs until the next command. One thread.
class Notes final {
 public:
  struct Met {
    std::uint16_t record = 0;
    state::ConstRow row = nullptr;
    bool is_new = false;  ///< the command created it
  };

  struct Step {
    state::ConstRow row = nullptr;
    std::uint16_t field = 0;
    std::int64_t to = 0;
  };

  /// Forgets the last command.
  void clear();

  void meet(std::uint16_t record, state::ConstRow row, bool is_new = false);

  /// A row of the record was looked for and not there.
  void miss(std::uint16_t record) { missed_.push_back(record); }

  /// What was seen hangs on rows of the record that were not met: a scan, a count, a key that is
  /// taken.
  void scan(std::uint16_t record) { scanned_.push_back(record); }

  void follow(std::uint16_t edge) { followed_.push_back(edge); }

  void step(const Step& step) { steps_.push_back(step); }

  // Savepoints, by the number that the host gives them.
  void mark(std::uint64_t number);
  void roll_back(std::uint64_t number);

  [[nodiscard]] const std::vector<Met>& met() const noexcept { return met_; }

  // Each may hold the same more than once.
  [[nodiscard]] const std::vector<std::uint16_t>& missed() const noexcept { return missed_; }

  [[nodiscard]] const std::vector<std::uint16_t>& scanned() const noexcept { return scanned_; }

  [[nodiscard]] const std::vector<std::uint16_t>& followed() const noexcept { return followed_; }

  /// In the order taken; what was rolled back to a savepoint is not there.
  [[nodiscard]] const std::vector<Step>& steps() const noexcept { return steps_; }

 private:
  std::vector<Met> met_;
  std::unordered_map<state::ConstRow, std::size_t> places_;  ///< in met_; for looking up only
  std::vector<std::uint16_t> missed_;
  std::vector<std::uint16_t> scanned_;
  std::vector<std::uint16_t> followed_;
  std::vector<Step> steps_;
  std::vector<std::size_t> marks_;  ///< how many steps there were
};

/// The functions of `host_table`, which also take notes. A domain that is given them does the same,
/// byte by byte; a domain that is not pays nothing for them.
[[nodiscard]] const cairn_host& noting_host_table();

}  // namespace cairn::execution
