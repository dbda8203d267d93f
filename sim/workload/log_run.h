// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>

#include "log/options.h"
#include "log/writer.h"
#include "sim/disk.h"
#include "sim/disk_faults.h"
#include "sim/random.h"
#include "sim/workload/canary_disk.h"
#include "sim/workload/prefix_oracle.h"
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

/// Every record that a reader finds from `first` on.
[[nodiscard]] Result<Payloads> read_log(sys::Disk& disk, std::uint64_t first);

/// Appends, rotates, drops, archives, crashes, kills and reopens one log on one SimDisk, with
/// faults and choices drawn from the seed, and asks the oracle after every recovery. At the end the
/// faults stop, and then the log must come back with everything and work.
class LogRun final {
 public:
  explicit LogRun(const LogRunOptions& options);

  LogRunReport run();

 private:
  void step();
  void act();
  Result<> stage(const Payload& payload, Timestamp time);
  Result<> append();
  Result<> maintain(bool archives);
  void open();
  void judge();
  void after(const Result<>& done);
  void crash();
  void kill();
  void die();
  void finish();
  void fail_run(std::string failure);
  void damage_found(const Error& error);
  [[nodiscard]] Payload make_payload();

  LogRunOptions options_;
  World world_;
  Rng choice_;
  SimDisk disk_;
  CanaryDisk canary_disk_;
  SimRandom random_;
  DiskFaults faults_;
  log::Options log_options_;
  PrefixOracle oracle_;
  std::unique_ptr<log::Writer> log_;
  std::uint64_t payloads_ = 0;
  bool is_over_ = false;
  LogRunReport report_;
};

}  // namespace cairn::sim
