// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <cstdio>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "cairn/error.h"
#include "cairn/store_core.h"
#include "sim/clock.h"
#include "sim/disk.h"
#include "sim/disk_faults.h"
#include "sim/random.h"
#include "sim/rng.h"
#include "sim/world.h"
#include "store/event_store.h"

namespace cairn::sim {

struct StoreRunOptions {
  std::uint64_t seed = 1;
  std::uint64_t steps = 60;
  std::FILE* trace = nullptr;  ///< where the trace is printed to, if anywhere
};

struct StoreRunReport {
  std::string failure;  ///< what was found wrong; empty: nothing
  std::uint64_t steps = 0;
  std::uint64_t crashes = 0;
  std::uint64_t kills = 0;
  std::uint64_t acknowledged = 0;
  std::uint64_t repeated = 0;  ///< requests that were asked again after a crash
  Marks marks;
  std::string digest;
};

/// Appends to one event store on one SimDisk, several appends under way at once, crashes, kills and
/// reopens it, with faults and choices drawn from the seed. After every recovery: each append that
/// was answered is there, at its place; of the others each is there whole or not at all, and once;
/// versions and ancestors are those of the order; every region's page is what the whole history
/// says. A request that got no answer is made again, and is answered once.
class StoreRun final {
 public:
  explicit StoreRun(const StoreRunOptions& options);

  StoreRunReport run();

 private:
  /// One append that was tried, perhaps more than once.
  struct Try {
    std::vector<store::NewEvent> events;
    std::vector<std::vector<std::byte>> payloads;
    std::string key;                                       ///< empty: it cannot be made again
    std::optional<std::uint64_t> sequence = std::nullopt;  ///< once it was answered, or found
  };

  struct UnderWay {
    std::uint64_t number = 0;
    std::unique_ptr<store::Pending> pending;
  };

  void step();
  void act();
  void open();
  void append_some();
  Result<> start_alone(std::uint64_t number);
  std::uint64_t make_try();
  Result<> start(std::uint64_t number);
  void start_healed(std::uint64_t number);
  void take_answers();
  void await();
  void take(std::uint64_t number, const Result<store::Appended>& answer);
  void judge();
  std::string check_all(const std::vector<store::StoredEvent>& all);
  std::string check_transaction(std::uint64_t sequence,
                                const std::vector<store::StoredEvent>& events);
  std::string check_regions(const std::vector<store::StoredEvent>& all);
  std::string check_region(const std::vector<store::StoredEvent>& all, std::string_view entity,
                           bool is_prefix);
  void crash();
  void kill();
  void die();
  void finish();
  void fail_run(std::string failure);

  StoreRunOptions options_;
  World world_;
  Rng choice_;
  SimDisk disk_;
  SimClock clock_;
  SimRandom random_;
  DiskFaults faults_;
  store::StoreOptions store_options_;
  std::unique_ptr<store::EventStore> store_;
  std::map<std::uint64_t, Try> tries_;
  std::set<std::uint64_t> unanswered_;  ///< of those with a key
  std::vector<UnderWay> under_way_;
  std::uint64_t last_try_ = 0;
  bool is_over_ = false;
  StoreRunReport report_;
};

}  // namespace cairn::sim
