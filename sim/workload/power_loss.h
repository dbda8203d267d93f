// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <utility>

#include "sim/disk.h"

namespace cairn::sim {

/// What a power loss may do to what was not synced: keep all, lose all, tear and reorder.
inline constexpr std::array<DiskFaults, 3> power_losses = {
    DiskFaults{}, DiskFaults{.lose_one_in = 1},
    DiskFaults{.lose_one_in = 2, .tear_one_in = 2, .reorder_one_in = 1}};

/// The power fails as the disk was told, what was not synced is lost as `faults` says, and nothing
/// fails any more. What lived on it is destroyed by `end`.
template <typename End>
void come_back(SimDisk& disk, const DiskFaults& faults, End end) {
  disk.set_faults(faults);
  disk.crash();
  end();
  disk.set_faults({});
  disk.crash_at(~std::uint64_t{0});
}

/// What came of losing the power everywhere.
struct PowerLosses {
  std::uint64_t last = 0;  ///< the operation that was not reached
  std::string wrong;       ///< after which operation, and what; empty: nothing
};

/// What is wrong after a power loss in one operation of a script, as below; and whether it came to
/// that.
template <typename Script>
std::string lose_power_at(std::uint64_t operation, bool& has_crashed) {
  for (const DiskFaults& faults : power_losses) {
    Script script(operation);
    has_crashed = script.has_crashed();
    if (const std::string wrong = script.judge(faults); !wrong.empty()) {
      return "operation " + std::to_string(operation) + ": " + wrong;
    }
  }
  return {};
}

/// Makes a `Script` for each operation from `first` on in which the power fails while it runs,
/// until one that ends before that, and for each kind of loss. `has_crashed()` is whether it
/// failed, and `judge(faults)` says what is wrong after it came back, or nothing.
template <typename Script>
PowerLosses lose_power_everywhere(std::uint64_t first = 1) {
  constexpr std::uint64_t operations_max = 400;
  for (std::uint64_t operation = first; operation < first + operations_max; ++operation) {
    bool has_crashed = true;
    std::string wrong = lose_power_at<Script>(operation, has_crashed);
    if (!wrong.empty() || !has_crashed) {
      return {.last = operation, .wrong = std::move(wrong)};
    }
  }
  return {.last = first + operations_max, .wrong = "the script is longer than that"};
}

}  // namespace cairn::sim
