// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <cstdio>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "sim/disk.h"
#include "sim/disk_faults.h"
#include "sim/workload/log.h"
#include "sim/world.h"

namespace cairn::sim {

struct LogRunOptions {
  std::uint64_t seed = 1;
  std::uint64_t steps = 400;
  Atlas atlas = Atlas::OneCopy;
  Canary canary = Canary::None;
  std::FILE* trace = nullptr;  ///< where the trace is printed to, if anywhere
};

struct LogRunReport {
  std::string failure;  ///< what an oracle has found; empty: nothing
  std::uint64_t steps = 0;
  std::uint64_t crashes = 0;
  std::uint64_t kills = 0;
  std::uint64_t acknowledged = 0;
  bool is_halted = false;  ///< the log found damage and stopped, as it may under Atlas::Everything
  Marks marks;
  std::string digest;
};

/// What may be recovered: knows every payload that was ever tried, and what was acknowledged.
/// Checks PFX: what is recovered is a prefix of what was tried, whole and in order, with all that
/// was acknowledged. One per run.
class PrefixOracle final {
 public:
  explicit PrefixOracle(Atlas atlas) : atlas_(atlas) {}

  void tried(std::span<const Payload> payloads);

  void acknowledged() noexcept { acknowledged_ = expected_.size(); }

  /// Judges what an incarnation has found, and takes it for the truth from then on: recovery makes
  /// what it reports durable. Returns what is wrong, or nothing.
  std::string recovered(const std::vector<Payload>& payloads);

  [[nodiscard]] std::uint64_t acknowledged_count() const noexcept { return acknowledged_; }

 private:
  [[nodiscard]] std::string check_against_last(const std::vector<Payload>& payloads) const;
  [[nodiscard]] std::string check_against_all(const std::vector<Payload>& payloads) const;

  Atlas atlas_;
  std::vector<Payload> expected_;
  Digest last_history_;         ///< of `expected_`
  std::set<Digest> histories_;  ///< of every prefix that was ever tried
  std::uint64_t acknowledged_ = 0;
};

/// Appends, rotates, crashes, kills and reopens one Log on one SimDisk, with faults and choices
/// drawn from the seed, and asks the oracle after every recovery. At the end the faults stop, and
/// then the log must come back with everything and work.
class LogRun final {
 public:
  explicit LogRun(const LogRunOptions& options);

  LogRunReport run();

 private:
  void step();
  void act();
  void append();
  void open();
  void after(const Result<>& done);
  void crash();
  void die();
  void finish();
  void fail_run(std::string failure);
  [[nodiscard]] Payload make_payload();

  LogRunOptions options_;
  World world_;
  Rng choice_;
  SimDisk disk_;
  LogOptions log_options_;
  PrefixOracle oracle_;
  std::unique_ptr<Log> log_;
  std::uint64_t payloads_ = 0;
  bool is_over_ = false;
  LogRunReport report_;
};

/// The name of a canary on the command line, and back. Null when there is none of that name.
[[nodiscard]] std::string_view to_string(Canary canary) noexcept;
[[nodiscard]] const Canary* find_canary(std::string_view name) noexcept;

}  // namespace cairn::sim
