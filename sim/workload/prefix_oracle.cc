// SPDX-License-Identifier: Apache-2.0
#include "sim/workload/prefix_oracle.h"

#include <fmt/format.h>

#include "base/hash.h"

namespace cairn::sim {

void PrefixOracle::tried(std::uint64_t sequence, const Payload& payload) {
  // A sequence that was given out before and never became durable is given out again.
  expected_.erase(expected_.lower_bound(sequence), expected_.end());
  expected_[sequence] = payload;
  ever_[sequence].insert(blake3(payload));
}

std::string PrefixOracle::check_against_last(const Payloads& found, std::uint64_t last) const {
  if (last < acknowledged_) {
    return fmt::format("sequence {} was acknowledged, the log ends with {}", acknowledged_, last);
  }
  const std::uint64_t tried = expected_.empty() ? 0 : expected_.rbegin()->first;
  if (last > tried) {
    return fmt::format("sequence {} was the last tried, the log ends with {}", tried, last);
  }
  std::uint64_t next = first_;
  for (const auto& [sequence, payload] : found) {
    if (sequence < first_) {
      continue;
    }
    if (sequence != next) {
      return fmt::format("sequence {} is missing", next);
    }
    if (payload != expected_.at(sequence)) {
      return fmt::format("record {} is not what was appended", sequence);
    }
    ++next;
  }
  return next == last + 1 || next > last ? std::string()
                                         : fmt::format("sequence {} cannot be read", next);
}

std::string PrefixOracle::check_against_all(const Payloads& found) const {
  for (const auto& [sequence, payload] : found) {
    const auto tried = ever_.find(sequence);
    if (tried == ever_.end() || !tried->second.contains(blake3(payload))) {
      return fmt::format("record {} was never appended there", sequence);
    }
  }
  return {};
}

std::string PrefixOracle::recovered(const Payloads& found, std::uint64_t last) {
  std::string failure =
      atlas_ == Atlas::OneCopy ? check_against_last(found, last) : check_against_all(found);
  expected_ = found;
  acknowledged_ = last;
  return failure;
}

}  // namespace cairn::sim
