// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "cairn/digest.h"
#include "sim/disk_faults.h"

namespace cairn::sim {

using Payload = std::vector<std::byte>;
/// By sequence.
using Payloads = std::map<std::uint64_t, Payload>;

/// What may be recovered: knows every record that was ever tried, and what was acknowledged. Checks
/// PFX: what is recovered is a prefix of what was tried, whole and in order, with all that was
/// acknowledged and not dropped. Under Atlas::Everything, where the disk lies: each record that is
/// found was tried at that place at some time. One per run.
class PrefixOracle final {
 public:
  explicit PrefixOracle(Atlas atlas) : atlas_(atlas) {}

  void tried(std::uint64_t sequence, const Payload& payload);

  void acknowledged(std::uint64_t through) noexcept { acknowledged_ = through; }

  /// Retention was asked to drop what lies before `first`.
  void dropped(std::uint64_t first) noexcept { first_ = first > first_ ? first : first_; }

  /// Judges what an incarnation has found, and takes it for the truth from then on: recovery makes
  /// what it reports durable. `last`: what the writer says is the last sequence. Returns what is
  /// wrong, or nothing.
  std::string recovered(const Payloads& found, std::uint64_t last);

  [[nodiscard]] std::uint64_t acknowledged_count() const noexcept { return acknowledged_; }

  [[nodiscard]] std::uint64_t first() const noexcept { return first_; }

 private:
  [[nodiscard]] std::string check_against_last(const Payloads& found, std::uint64_t last) const;
  [[nodiscard]] std::string check_against_all(const Payloads& found) const;

  Atlas atlas_;
  Payloads expected_;
  std::map<std::uint64_t, std::set<Digest>> ever_;  ///< by sequence
  std::uint64_t acknowledged_ = 0;
  std::uint64_t first_ = 1;
};

}  // namespace cairn::sim
