// SPDX-License-Identifier: Apache-2.0
// What an append costs while the store looks after itself: index files are merged, old segments are
// packed and taken out, a projection is kept up to date and saved; against the same appends on a
// store at rest.
#include <algorithm>
#include <array>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <cairn/store.h>
#include <cairn/store_projection.h>
#include <fmt/format.h>
#include <unistd.h>

#include "base/check.h"
#include "base/mutex.h"
#include "bench/harness.h"
#include "store/event_store.h"
#include "tests/log/bench_world.h"
#include "tests/store/posix_ground.h"

namespace upkeep_bench {
using namespace cairn::dsl;

/// 100 bytes.
struct Hundred {
  std::array<u64, 12> numbers = {};
  u32 account = 0;
  using schema = Event<1>;
};

struct Bench : Domain<"bench", 1, Events<Hundred>> {};

/// 32 KiB when it is saved.
struct Accounts {
  std::array<u64, 4096> events = {};
};

void apply(Accounts& accounts, const Hundred& event, const cairn::store::EventRef& /*at*/) {
  ++accounts.events[event.account % 4096];
}

}  // namespace upkeep_bench

namespace cairn::store {
namespace {

using log::bench_now;
using log::seconds_since;
using ::upkeep_bench::Accounts;
using ::upkeep_bench::Hundred;
using Domain = ::upkeep_bench::Bench;

std::string entity_of(std::uint64_t number) {
  return fmt::format("account/{:04}", number % 1000);
}

/// Of many latencies, in microseconds.
struct Latency {
  double half = 0;
  double p99 = 0;
  double p999 = 0;
};

Latency latency_of(std::vector<double>& each) {
  std::ranges::sort(each);
  const auto at = [&](std::size_t per_mille) { return each[(each.size() - 1) * per_mille / 1000]; };
  return {.half = at(500), .p99 = at(990), .p999 = at(999)};
}

/// Ends what goes on beside the appends. Any thread.
class Ending final {
 public:
  /// Whether it has come, within so much time.
  bool wait_for(Duration time) {
    const Instant until = bench_now() + time;
    const MutexLock lock(mutex_);
    while (!has_come_ && bench_now() < until) {
      has_news_.wait_for(mutex_, until - bench_now());
    }
    return has_come_;
  }

  void come() {
    const MutexLock lock(mutex_);
    has_come_ = true;
    has_news_.notify_all();
  }

 private:
  Mutex mutex_;
  Condition has_news_;
  bool has_come_ CAIRN_GUARDED_BY(mutex_) = false;
};

/// What was done beside the appends of one run.
struct Work {
  std::uint64_t segments = 0;
  std::uint64_t saves = 0;
};

class UpkeepBench final {
 public:
  explicit UpkeepBench(bench::Options options)
      : options_(std::move(options)),
        world_(options_.folder),
        report_("store_upkeep", options_),
        seconds_(options_.smoke ? 0.05 : 3),
        fills_(options_.smoke ? 80 : 4800) {
    // Files of fewer events than usual, so that there is much to merge in a small store.
    store_options_.indexed_in_memory_max = options_.smoke ? 500 : 8000;
    store_options_.segment_bytes = std::uint64_t{options_.smoke ? 1U : 8U} << 20U;
    store_options_.batch_bytes_max = std::size_t{1} << 18U;
  }

  void run() {
    const int runs = options_.smoke ? 1 : options_.runs;
    std::array<std::vector<double>, 3> quiet;
    std::array<std::vector<double>, 3> busy;
    for (int i = 0; i < runs; ++i) {
      folder_ = fmt::format("upkeep{}", i);
      fill();
      const auto store = open();
      take(busy_run(*store), busy);
      settle();
      take(append_for_a_while(*store), quiet);
      CAIRN_CHECK(store->close().has_value());
      std::filesystem::remove_all(world_.path(folder_));
    }
    constexpr std::array names = {"p50", "p99", "p99.9"};
    for (std::size_t i = 0; i < names.size(); ++i) {
      report_.add({.id = 16,
                   .name = fmt::format("append while merging, archiving, saving: {}", names[i]),
                   .unit = "us",
                   .better = bench::Better::Lower,
                   .value = bench::spread_of(busy[i]),
                   .rival = "the same at rest",
                   .rival_value = bench::spread_of(quiet[i]),
                   .bar = i == 1 ? std::optional(0.5) : std::nullopt});
    }
    add_work("index files merged away meanwhile", merges_);
    add_work("segments packed and taken out meanwhile", segments_);
    add_work("times a projection was brought up to date and saved", saves_);
  }

  [[nodiscard]] int finish() const { return report_.finish(); }

 private:
  static constexpr std::uint64_t fill_events = 250;

  static void take(const Latency& latency, std::array<std::vector<double>, 3>& into) {
    into[0].push_back(latency.half);
    into[1].push_back(latency.p99);
    into[2].push_back(latency.p999);
  }

  void add_work(const std::string& name, const std::vector<double>& each) {
    report_.add({.name = name, .unit = "a run", .value = bench::spread_of(each)});
  }

  std::unique_ptr<EventStore> open() {
    return EventStore::open(ground_.on(world_.disk()), folder_, domain_info<Domain>(),
                            store_options_)
        .value();
  }

  /// A store without its index: that is made anew when it is opened, in many small files, which are
  /// to be merged then.
  void fill() {
    const auto store = open();
    Batch<Domain> batch;
    std::deque<std::unique_ptr<Pending>> under_way;
    for (std::uint64_t filled = 0; filled < fills_; ++filled) {
      batch.clear();
      for (std::uint64_t i = filled * fill_events; i < (filled + 1) * fill_events; ++i) {
        batch.add({entity_of(i)}, Hundred{.account = static_cast<std::uint32_t>(i)});
      }
      under_way.push_back(store->start(batch.view()).value());
      while (under_way.size() > 64 || (filled + 1 == fills_ && !under_way.empty())) {
        CAIRN_CHECK(under_way.front()->wait(cairn::seconds(100)).has_value());
        under_way.pop_front();
      }
    }
    CAIRN_CHECK(store->close().has_value());
    std::filesystem::remove_all(world_.path(folder_ + "/index"));
    ::sync();
  }

  std::size_t index_files() {
    std::size_t files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(world_.path(folder_ + "/index"))) {
      files += entry.path().filename().string().starts_with("index-") ? 1U : 0U;
    }
    return files;
  }

  /// Waits until nothing is merged any more.
  void settle() {
    std::size_t before = 0;
    while (before != index_files()) {
      before = index_files();
      Ending never;
      never.wait_for(milliseconds(options_.smoke ? 10 : 500));
    }
  }

  /// One event at a time, each durable before the next, for some seconds.
  Latency append_for_a_while(EventStore& store) {
    std::vector<double> each;
    Batch<Domain> batch;
    const Instant start = bench_now();
    while (seconds_since(start) < seconds_) {
      batch.clear();
      batch.add({entity_of(each.size())}, Hundred{});
      const Instant begin = bench_now();
      CAIRN_CHECK(store.append(batch.view()).has_value());
      each.push_back(seconds_since(begin) * 1e6);
    }
    return latency_of(each);
  }

  Latency busy_run(EventStore& store) {
    Ending ending;
    Work work;
    const std::size_t before = index_files();
    Latency latency;
    {
      const std::jthread archiver([&] { archive(store, ending, work); });
      const std::jthread saver([&] { save(store, ending, work); });
      latency = append_for_a_while(store);
      ending.come();
    }
    merges_.push_back(static_cast<double>(before - std::min(before, index_files())));
    segments_.push_back(static_cast<double>(work.segments));
    saves_.push_back(static_cast<double>(work.saves));
    return latency;
  }

  /// Some segments at a time, all the while.
  void archive(EventStore& store, Ending& ending, Work& work) const {
    constexpr std::uint64_t steps = 8;
    const Duration pause = milliseconds(static_cast<std::int64_t>(seconds_ * 1000 / steps));
    for (std::uint64_t step = 1; step <= steps; ++step) {
      const Instant next = bench_now() + pause;
      const auto done = store.archive_through(fills_ * step / steps);
      CAIRN_CHECK(done.has_value());
      work.segments += done->segments;
      if (ending.wait_for(next - bench_now())) {
        return;
      }
    }
  }

  /// One projection, brought up to date and saved twenty times a second.
  static void save(EventStore& store, Ending& ending, Work& work) {
    auto kept = Projection<Domain, Accounts>::open(store, "accounts", 1, {}).value();
    do {
      CAIRN_CHECK(kept.update().has_value());
      CAIRN_CHECK(kept.save().has_value());
      ++work.saves;
    } while (!ending.wait_for(milliseconds(50)));
  }

  bench::Options options_;
  log::BenchWorld world_;
  bench::Report report_;
  const double seconds_;
  const std::uint64_t fills_;  ///< transactions in a store before it is measured
  PosixGround ground_;
  StoreOptions store_options_;
  std::string folder_;
  std::vector<double> merges_;
  std::vector<double> segments_;
  std::vector<double> saves_;
};

}  // namespace
}  // namespace cairn::store

int main(int argc, char** argv) {
  auto options = cairn::bench::parse_options(
      argc, argv, "an append while the store merges, archives and saves, against one at rest");
  cairn::store::UpkeepBench bench(std::move(options));
  bench.run();
  return bench.finish();
}
