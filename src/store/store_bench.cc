// SPDX-License-Identifier: Apache-2.0
// The event store against what plain system calls get out of the same disk, and against other
// databases in the same role; and what it costs in time, space and memory as it grows.
#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <cairn/store.h>
#include <cairn/store_projection.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/check.h"
#include "bench/harness.h"
#include "bench/rival_store.h"
#include "log/memory.h"
#include "log/options.h"
#include "store/committer.h"
#include "store/event_store.h"
#include "tests/log/bench_world.h"
#include "tests/store/posix_ground.h"

namespace store_bench {
using namespace cairn::dsl;

/// 17 bytes.
struct Small {
  u64 amount = 0;
  u64 balance = 0;
  u8 currency = 0;
  using schema = Event<1>;
};

/// 100 bytes.
struct Hundred {
  std::array<u64, 12> numbers = {};
  u32 last = 0;
  using schema = Event<2>;
};

struct Bench : Domain<"bench", 1, Events<Small, Hundred>> {};

struct Totals {
  u64 amount = 0;
  u64 events = 0;
};

void apply(Totals& totals, const Small& event, const cairn::store::EventRef& /*at*/) {
  totals.amount += event.amount;
  ++totals.events;
}

}  // namespace store_bench

namespace cairn::store {
namespace {

using log::bench_now;
using log::seconds_since;
using ::store_bench::Hundred;
using ::store_bench::Small;
using ::store_bench::Totals;
using Domain = ::store_bench::Bench;

constexpr std::size_t entities_count = 1000;

std::vector<std::string> make_entities() {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < entities_count; ++i) {
    names.push_back(fmt::format("account/{:04}", i));
  }
  return names;
}

const std::vector<std::string>& entities() {
  static const std::vector<std::string> names = make_entities();
  return names;
}

/// A store with its threads.
class BenchStore final {
 public:
  BenchStore(sys::Disk& disk, const std::string& folder)
      : store_(EventStore::open(ground_.on(disk), folder, domain_info<Domain>(), {}).value()) {}

  StoreCore& core() { return *store_; }

  StoreCore* operator->() { return store_.get(); }

 private:
  PosixGround ground_;
  std::unique_ptr<EventStore> store_;
};

/// A batch of events of a type, over all entities in turn.
template <typename E>
void fill(Batch<Domain>& batch, std::size_t count, std::uint64_t& next) {
  batch.clear();
  for (std::size_t i = 0; i < count; ++i) {
    batch.add({entities()[next++ % entities_count]}, E{});
  }
}

/// Appends as many events as asked, in groups, some under way at once, and has all of them durable.
template <typename E>
void append_many(StoreCore& core, std::uint64_t total, std::size_t group,
                 std::size_t under_way_max) {
  Batch<Domain> batch;
  std::uint64_t next = 0;
  std::deque<std::unique_ptr<Pending>> under_way;
  const auto take_oldest = [&] {
    CAIRN_CHECK(under_way.front()->wait(seconds(100)).has_value());
    under_way.pop_front();
  };
  while (next < total) {
    fill<E>(batch, std::min<std::uint64_t>(group, total - next), next);
    under_way.push_back(core.start(batch.view()).value());
    if (under_way.size() >= under_way_max) {
      take_oldest();
    }
  }
  while (!under_way.empty()) {
    take_oldest();
  }
}

constexpr std::size_t many_under_way = 2048;

/// Memory of the process that no file stands behind, in bytes.
std::uint64_t anonymous_memory() {
  std::ifstream status("/proc/self/status");
  std::string line;
  while (std::getline(status, line)) {
    if (line.starts_with("RssAnon:")) {
      return std::stoull(line.substr(8)) * 1024;
    }
  }
  return 0;
}

/// Knows of nothing: for a committer that remembers all it needs.
class NoHistory final : public Lookup {
 public:
  [[nodiscard]] std::uint64_t settled() const noexcept override { return every_sequence; }

  Result<Head> head(const journal::Coordinate& /*coordinate*/) override { return Head(); }

  Result<std::uint32_t> events_of(std::uint64_t /*sequence*/) override { return 0; }

  Result<std::optional<Answer>> answer(const journal::RequestHash& /*request*/) override {
    return std::nullopt;
  }
};

class StoreBench final {
 public:
  explicit StoreBench(bench::Options options)
      : options_(std::move(options)), world_(options_.folder), report_("store", options_) {}

  void durable() {
    for (const std::size_t group : {std::size_t{1}, std::size_t{256}}) {
      const std::size_t count = options_.smoke ? 4 : (group == 1 ? 2000 : 500);
      BenchStore store(world_.disk(), fmt::format("durable{}", group));
      Batch<Domain> batch;
      const auto ours = [&] {
        const Instant start = bench_now();
        std::uint64_t next = 0;
        for (std::size_t i = 0; i < count; ++i) {
          fill<Hundred>(batch, group, next);
          CAIRN_CHECK(store->append(batch.view()).has_value());
        }
        return static_cast<double>(count * group) / seconds_since(start);
      };
      // What the store writes for that: each group in whole blocks.
      const std::size_t bytes = (group * 160 + 4095) / 4096 * 4096;
      const std::string name = fmt::format("durable, 100 bytes, {} a commit", group);
      const auto disk = [&] { return raw(bytes, count) * static_cast<double>(group); };
      if (group == 1) {
        add_durable(name, ours, "raw write + fdatasync", disk, 0.8);
      } else {
        // Whoever waits for each group before he makes the next one leaves the disk idle meanwhile.
        add_durable(name, ours, "raw write + fdatasync", disk, std::nullopt);
        add_durable(
            name + ", 8 under way",
            [&] {
              const Instant start = bench_now();
              append_many<Hundred>(store.core(), count * group, group, 8);
              return static_cast<double>(count * group) / seconds_since(start);
            },
            "raw write + fdatasync", disk, 0.8);
      }
      const auto sqlite = bench::make_sqlite_store(world_.path(fmt::format("sqlite{}", group)));
      add_durable(
          name, ours, "SQLite (WAL, FULL)", [&] { return rival(*sqlite, group, count); }, 1.0);
      const auto rocksdb = bench::make_rocksdb_store(world_.path(fmt::format("rocksdb{}", group)));
      if (rocksdb != nullptr) {
        add_durable(
            name, ours, "RocksDB (sync)", [&] { return rival(*rocksdb, group, count); }, 1.0);
      } else {
        report_.add({.name = name, .unit = "events/s", .rival = "RocksDB (sync)"});
      }
    }
  }

  void producers() {
    BenchStore store(world_.disk(), "producers");
    const std::size_t count = options_.smoke ? 2 : 200;
    const auto run = [&](std::size_t producers, std::size_t each) {
      const Instant start = bench_now();
      {
        std::vector<std::jthread> threads;
        for (std::size_t number = 0; number < producers; ++number) {
          threads.emplace_back([&, number] {
            Batch<Domain> batch;
            std::uint64_t next = number;
            for (std::size_t i = 0; i < each; ++i) {
              fill<Hundred>(batch, 1, next);
              CAIRN_CHECK(store->append(batch.view()).has_value());
            }
          });
        }
      }
      return static_cast<double>(producers * each) / seconds_since(start);
    };
    const auto one = [&] { return run(1, count * 10); };
    const auto add = [&](const std::string& name, const bench::Pair& pair,
                         std::optional<double> bar) {
      report_.add({.id = 16,
                   .name = name,
                   .unit = "events/s",
                   .value = pair.value,
                   .rival = "one producer",
                   .rival_value = pair.rival,
                   .bar = bar});
    };
    add("64 producers, one event a commit each",
        bench::measure_against(options_, [&] { return run(64, count * 4); }, one), 20);
    const auto started = [&] {
      const Instant start = bench_now();
      append_many<Hundred>(store.core(), 64 * count * 4, 1, 64);
      return static_cast<double>(64 * count * 4) / seconds_since(start);
    };
    add("64 under way, of one thread", bench::measure_against(options_, started, one),
        std::nullopt);
  }

  /// Deciding, encoding, linking and hashing, on one thread, into a log that writes nothing.
  void ceiling() {
    const auto disk = world_.disk_without_writes();
    log::BenchRandom random;
    const auto writer =
        log::Writer::open(*disk, "ceiling", {.keeps_reserve = false}, random).value();
    NoHistory history;
    const auto schema = schema::Schema::from_domain(domain_info<Domain>()).value();
    Committer::Options options;
    options.remembered_max = 4 * entities_count;
    const auto committer = Committer::make(*writer, history, schema, std::move(options)).value();
    const std::size_t count = options_.smoke ? 1000 : 1'000'000;
    for (const std::size_t group : {std::size_t{1}, std::size_t{256}}) {
      report_limit(
          {.id = 16,
           .name = fmt::format("without a disk, one thread, 17 bytes, {} an append", group),
           .unit = "M events/s",
           .value = bench::measure(
               options_, [&] { return appends(*writer, *committer, group, count) / 1e6; })},
          1.0);
    }
  }

  void space() {
    const std::uint64_t total = options_.smoke ? 5000 : 1'000'000;
    for (const std::size_t group : {std::size_t{1}, std::size_t{256}}) {
      const std::string folder = fmt::format("space{}", group);
      std::uint64_t index_bytes = 0;
      std::uint64_t log_bytes = 0;
      {
        BenchStore store(world_.disk(), folder);
        append_many<Small>(store.core(), total, group, many_under_way);
        CAIRN_CHECK(store->close().has_value());
      }
      log_bytes = bytes_of_batches(folder);
      index_bytes = bytes_of(folder + "/index");
      const auto each = [&](std::uint64_t bytes) {
        const double value = static_cast<double>(bytes) / static_cast<double>(total);
        return bench::Spread{.min = value, .median = value, .max = value};
      };
      report_least({.id = 16,
                    .name = fmt::format("17-byte event, {} an append, in the log", group),
                    .unit = "bytes",
                    .better = bench::Better::Lower,
                    .value = each(log_bytes)},
                   80);
      report_least({.id = 16,
                    .name = fmt::format("17-byte event, {} an append, with its index", group),
                    .unit = "bytes",
                    .better = bench::Better::Lower,
                    .value = each(log_bytes + index_bytes)},
                   120);
    }
  }

  /// Fills a store in a child that is killed at it, and opens and reads what is left.
  void growth() {
    const std::uint64_t total = options_.smoke ? 20'000 : 10'000'000;
    fill_and_die("growth", total);
    const std::uint64_t before = anonymous_memory();
    const Instant start = bench_now();
    auto store = std::make_unique<BenchStore>(world_.disk(), "growth");
    const double opened = seconds_since(start) * 1e3;
    const auto memory = static_cast<double>(anonymous_memory() - before);
    const auto one = [](double value) {
      return bench::Spread{.min = value, .median = value, .max = value};
    };
    report_least({.id = 16,
                  .name = fmt::format("open {} events after kill -9", total),
                  .unit = "ms",
                  .better = bench::Better::Lower,
                  .value = one(opened)},
                 150);
    report_least({.id = 16,
                  .name = "memory after that, per event",
                  .unit = "bytes",
                  .better = bench::Better::Lower,
                  .value = one(memory / static_cast<double>(total))},
                 8);
    pages(*store);
    const std::uint64_t through = store->core().status().visible;
    report_limit({.id = 16,
                  .name = "projection replay",
                  .unit = "M events/s",
                  .value = bench::measure(
                      options_,
                      [&] {
                        const Instant begin = bench_now();
                        const Totals totals =
                            project<Domain, Totals>(store->core(), {}, through).value();
                        return static_cast<double>(totals.events) / 1e6 / seconds_since(begin);
                      })},
                 3);
  }

  [[nodiscard]] int finish() const { return report_.finish(); }

 private:
  template <typename Ours, typename Rival>
  void add_durable(const std::string& name, const Ours& ours, const std::string& rival_name,
                   const Rival& rival, std::optional<double> bar) {
    const auto pair = bench::measure_against(options_, ours, rival);
    report_.add({.id = 16,
                 .name = name,
                 .unit = "events/s",
                 .value = pair.value,
                 .rival = rival_name,
                 .rival_value = pair.rival,
                 .bar = bar});
  }

  /// A figure and what it must reach at least, or at most.
  void report_limit(bench::Row row, double least) {
    row.rival = "the budget";
    row.rival_value = bench::Spread{.min = least, .median = least, .max = least};
    row.bar = 1;
    report_.add(std::move(row));
  }

  void report_least(bench::Row row, double most) { report_limit(std::move(row), most); }

  /// Writes per second of so many bytes, each synced.
  double raw(std::size_t bytes, std::size_t count) {
    const std::string path = world_.path("raw");
    const int fd = ::open(path.c_str(), O_RDWR | O_CREAT, 0600);
    const log::AlignedBytes memory(bytes);
    std::memset(memory.data(), 0x5a, memory.size());
    const auto write = [&](std::size_t at) {
      CAIRN_CHECK(::pwrite(fd, memory.data(), bytes, static_cast<off_t>(at * bytes)) ==
                  static_cast<ssize_t>(bytes));
    };
    for (std::size_t i = 0; i < count; ++i) {
      write(i);
    }
    CAIRN_CHECK(::fsync(fd) == 0);
    const Instant start = bench_now();
    for (std::size_t i = 0; i < count; ++i) {
      write(i);
      CAIRN_CHECK(::fdatasync(fd) == 0);
    }
    const double rate = static_cast<double>(count) / seconds_since(start);
    ::close(fd);
    return rate;
  }

  double rival(bench::RivalStore& store, std::size_t group, std::size_t count) {
    const std::string payload(100, 'x');
    std::vector<bench::RivalEvent> events(group);
    const Instant start = bench_now();
    for (std::size_t i = 0; i < count; ++i) {
      for (bench::RivalEvent& event : events) {
        ++rival_next_;
        event = {.stream = entities()[rival_next_ % entities_count],
                 .version = rival_next_ / entities_count,
                 .payload = payload};
      }
      store.append(events);
    }
    return static_cast<double>(count * group) / seconds_since(start);
  }

  static double appends(log::Writer& writer, Committer& committer, std::size_t group,
                        std::size_t count) {
    Batch<Domain> batch;
    std::uint64_t next = 0;
    const Instant start = bench_now();
    while (next < count) {
      fill<Small>(batch, group, next);
      while (!committer.offer(batch.view(), {})) {
        CAIRN_CHECK(writer.submit({}).has_value());
        CAIRN_CHECK(writer.poll({}).has_value());
      }
    }
    CAIRN_CHECK(writer.flush({}).has_value());
    return static_cast<double>(count) / seconds_since(start);
  }

  /// What the batches of a log take, without the space that was made ahead.
  std::uint64_t bytes_of_batches(const std::string& folder) {
    const auto reader = log::Reader::open(world_.disk(), folder + "/log").value();
    std::uint64_t bytes = 0;
    while (const log::BatchView* const batch = reader->next().value()) {
      bytes += log::batch_size(batch->header().frame_bytes);
    }
    return bytes;
  }

  std::uint64_t bytes_of(const std::string& folder) {
    std::uint64_t bytes = 0;
    for (const auto& entry : std::filesystem::directory_iterator(world_.path(folder))) {
      bytes += entry.is_regular_file() ? entry.file_size() : 0;
    }
    return bytes;
  }

  void fill_and_die(const std::string& folder, std::uint64_t total) {
    const pid_t child = ::fork();
    CAIRN_CHECK(child >= 0);
    if (child == 0) {
      // The world and its disk are the parent's; this one ends without tidying up.
      auto* const store = new BenchStore(world_.disk(), folder);
      append_many<Small>(store->core(), total, 256, many_under_way);
      ::kill(::getpid(), SIGKILL);
    }
    int status = 0;
    CAIRN_CHECK(::waitpid(child, &status, 0) == child);
    CAIRN_CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
  }

  /// Pages at the end of the store, against those at its beginning.
  void pages(BenchStore& store) {
    const std::uint64_t last = store->status().visible;
    const auto read = [&](const Region& region, Cursor cursor) {
      const int count = options_.smoke ? 2 : 50;
      const Instant start = bench_now();
      for (int i = 0; i < count; ++i) {
        CAIRN_CHECK(store->page(region, cursor, 256).has_value());
      }
      return seconds_since(start) * 1e6 / count;
    };
    const Cursor end = Cursor::at_sequence(last - last / 20);
    const std::array<std::pair<std::string, Region>, 2> regions = {
        {{"everything", {}}, {"one entity", {.entity = entities()[7]}}}};
    for (const auto& [name, region] : regions) {
      const auto pair = bench::measure_against(
          options_, [&] { return read(region, end); }, [&] { return read(region, {}); });
      report_.add({.id = 16,
                   .name = fmt::format("page of 256, {}, near the end", name),
                   .unit = "us",
                   .better = bench::Better::Lower,
                   .value = pair.value,
                   .rival = "at the beginning",
                   .rival_value = pair.rival,
                   .bar = 0.7});
    }
  }

  bench::Options options_;
  log::BenchWorld world_;
  bench::Report report_;
  std::uint64_t rival_next_ = 0;
};

}  // namespace
}  // namespace cairn::store

int main(int argc, char** argv) {
  auto options = cairn::bench::parse_options(
      argc, argv, "the event store against the raw disk and other databases, and as it grows");
  cairn::store::StoreBench bench(std::move(options));
  bench.growth();  // first, while the heap is small, so that its memory is seen
  bench.durable();
  bench.producers();
  bench.ceiling();
  bench.space();
  return bench.finish();
}
