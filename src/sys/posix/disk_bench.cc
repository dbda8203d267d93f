// SPDX-License-Identifier: Apache-2.0
// How fast this machine's disk takes sequential durable appends: by plain system calls, from one,
// two and four threads at once, and by our files and queues. Each of ours is measured against the
// plain calls that have as many appends under way; the best of those is the machine's limit.
#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/uio.h>
#include <unistd.h>

#include "bench/harness.h"
#include "sys/posix/os_error.h"
#include "sys/posix/owned_fd.h"
#include "sys/posix/posix_clock.h"
#include "sys/posix/posix_disk.h"

namespace cairn::sys {
namespace {

using bench::Better;
using bench::spread_of;

constexpr const char* data_name = "prewritten";
constexpr std::size_t data_size = std::size_t{64} << 20U;
constexpr std::size_t block_size_max = std::size_t{1} << 20U;

/// A folder of our own for the files, gone afterwards.
class WorkFolder final {
 public:
  static Result<std::unique_ptr<WorkFolder>> make(const std::string& parent) {
    std::string path = (parent.empty() ? "." : parent) + "/cairn-disk-bench-XXXXXX";
    if (::mkdtemp(path.data()) == nullptr) {
      return fail(os_error("make a folder in", parent.empty() ? "." : parent, errno));
    }
    return std::make_unique<WorkFolder>(std::move(path));
  }

  explicit WorkFolder(std::string path) : path_(std::move(path)) {}

  ~WorkFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  WorkFolder(const WorkFolder&) = delete;
  WorkFolder& operator=(const WorkFolder&) = delete;

  [[nodiscard]] const std::string& path() const noexcept { return path_; }

 private:
  std::string path_;
};

/// What the appends of one run took.
struct Run {
  std::vector<std::int64_t> latencies = {};  ///< nanoseconds each
  Duration elapsed = {};
};

/// One size of append, `count` times, from the start of a file on.
struct Load {
  std::size_t block = 0;
  std::size_t count = 0;
  ConstBuffer bytes = {};

  [[nodiscard]] std::uint64_t offset(std::size_t i) const { return i * block % data_size; }
};

Instant now() {
  return PosixClock().monotonic_now();
}

/// Calls `append(i)` for each append, one after the other.
template <typename Append>
Result<Run> one_by_one(const Load& load, const Append& append) {
  Run run;
  run.latencies.reserve(load.count);
  const Instant start = now();
  Instant last = start;
  for (std::size_t i = 0; i < load.count; ++i) {
    CAIRN_TRY(append(i));
    const Instant end = now();
    run.latencies.push_back((end - last).nanoseconds);
    last = end;
  }
  run.elapsed = last - start;
  return run;
}

Result<> raw_append(int fd, const Load& load, std::size_t i, int flags) {
  iovec part = {.iov_base = const_cast<std::byte*>(load.bytes.data()), .iov_len = load.block};
  const auto offset = static_cast<off_t>(load.offset(i));
  const ssize_t count = ::pwritev2(fd, &part, 1, offset, flags);
  if (count != static_cast<ssize_t>(load.block)) {
    return fail(os_error("write", data_name, count < 0 ? errno : EIO));
  }
  if (flags == 0 && ::fdatasync(fd) != 0) {
    return fail(os_error("sync", data_name, errno));
  }
  return {};
}

Result<Run> raw_appends(int fd, const Load& load, int flags) {
  return one_by_one(load, [&](std::size_t i) { return raw_append(fd, load, i, flags); });
}

/// Data-sync writes of one plain thread among several, each of which takes the next append that is
/// free.
Result<Run> raw_share(int fd, const Load& load, std::atomic<std::size_t>& next) {
  Run run;
  for (std::size_t i = next++; i < load.count; i = next++) {
    const Instant start = now();
    CAIRN_TRY(raw_append(fd, load, i, RWF_DSYNC));
    run.latencies.push_back((now() - start).nanoseconds);
  }
  return run;
}

std::vector<Result<Run>> raw_shares(int fd, const Load& load, std::size_t threads) {
  std::atomic<std::size_t> next = 0;
  std::vector<Result<Run>> shares(threads, Run{});
  std::vector<std::jthread> workers;
  workers.reserve(threads);
  for (Result<Run>& share : shares) {
    workers.emplace_back([&] { share = raw_share(fd, load, next); });
  }
  workers.clear();  // joins them
  return shares;
}

Result<Run> raw_appends_of_threads(int fd, const Load& load, std::size_t threads) {
  Run run;
  const Instant start = now();
  const std::vector<Result<Run>> shares = raw_shares(fd, load, threads);
  run.elapsed = now() - start;
  for (const Result<Run>& share : shares) {
    CAIRN_TRY(const Run done, share);
    run.latencies.insert(run.latencies.end(), done.latencies.begin(), done.latencies.end());
  }
  return run;
}

Result<Run> file_appends(File& file, const Load& load) {
  return one_by_one(load, [&](std::size_t i) -> Result<> {
    CAIRN_TRY(file.write(load.offset(i), load.bytes));
    return file.sync_data();
  });
}

/// Appends through a queue that is kept full.
class QueueAppends final {
 public:
  QueueAppends(File& file, IoQueue& queue, std::size_t depth, const Load& load)
      : file_(file), queue_(queue), depth_(depth), load_(load), started_(load.count) {
    run_.latencies.reserve(load.count);
  }

  Result<Run> run() {
    const Instant start = now();
    while (run_.latencies.size() < load_.count) {
      CAIRN_TRY(fill());
      CAIRN_TRY(take());
    }
    run_.elapsed = now() - start;
    return std::move(run_);
  }

 private:
  Result<> fill() {
    for (; next_ < load_.count && queue_.in_flight() < depth_; ++next_) {
      started_[next_] = now();
      CAIRN_TRY(queue_.submit({.kind = IoKind::Write,
                               .durable = true,
                               .file = &file_,
                               .offset = load_.offset(next_),
                               .write_from = std::span(&load_.bytes, 1),
                               .token = next_}));
    }
    return {};
  }

  Result<> take() {
    const std::size_t count = queue_.wait(done_, seconds(60));
    const Instant end = now();
    for (const IoCompletion& completion : std::span(done_).first(count)) {
      CAIRN_TRY(completion.result);
      run_.latencies.push_back((end - started_[completion.token]).nanoseconds);
    }
    return {};
  }

  File& file_;
  IoQueue& queue_;
  const std::size_t depth_;
  const Load& load_;
  std::vector<Instant> started_;
  std::size_t next_ = 0;
  std::array<IoCompletion, 8> done_;
  Run run_;
};

/// Something that appends, and its figures of all runs.
struct Rival {
  std::string name;
  std::function<Result<Run>(const Load&)> append;
  std::string against = {};  ///< the raw rival it is measured against; empty for a raw one
  std::vector<double> megabytes = {};
  std::vector<double> per_second = {};
  std::vector<double> p50 = {};
  std::vector<double> p99 = {};

  void note(const Load& load, Run run) {
    std::ranges::sort(run.latencies);
    const auto microseconds = [&run](std::size_t percent) {
      return static_cast<double>(run.latencies[(run.latencies.size() - 1) * percent / 100]) / 1e3;
    };
    const double seconds_taken = static_cast<double>(run.elapsed.nanoseconds) / 1e9;
    per_second.push_back(static_cast<double>(load.count) / seconds_taken);
    megabytes.push_back(per_second.back() * static_cast<double>(load.block) / 1e6);
    p50.push_back(microseconds(50));
    p99.push_back(microseconds(99));
  }

  void forget() {
    for (auto* const figures : {&megabytes, &per_second, &p50, &p99}) {
      figures->clear();
    }
  }
};

Result<> run_all(const Load& load, std::vector<Rival>& rivals) {
  for (Rival& rival : rivals) {
    CAIRN_TRY(Run run, rival.append(load));
    rival.note(load, std::move(run));
  }
  return {};
}

/// Runs all in turn, again and again, after one round that does not count.
Result<> measure_in_turn(const bench::Options& options, const Load& load,
                         std::vector<Rival>& rivals) {
  CAIRN_TRY(run_all(load, rivals));
  for (Rival& rival : rivals) {
    rival.forget();
  }
  for (int round = 0; round < options.runs; ++round) {
    CAIRN_TRY(run_all(load, rivals));
  }
  return {};
}

class DiskBench final {
 public:
  DiskBench(bench::Options options, std::string folder)
      : options_(std::move(options)),
        folder_(std::move(folder)),
        memory_(static_cast<std::byte*>(std::aligned_alloc(direct_alignment, block_size_max))),
        report_("raw", options_) {
    std::fill_n(memory_.get(), block_size_max, std::byte{0x5a});
  }

  Result<> prepare() {
    CAIRN_TRY(disk_, make_posix_disk(folder_, DiskBackend::Threads));
    CAIRN_TRY(data_, disk_->open(data_name, {.mode = OpenMode::CreateNew, .direct = true}));
    CAIRN_TRY(data_->preallocate(data_size, Allocation::WriteZeros));
    const int flags = O_RDWR | O_CLOEXEC | (data_->is_direct() ? O_DIRECT : 0);
    raw_ = OwnedFd(::open((folder_ + "/" + data_name).c_str(), flags));
    return raw_.get() < 0 ? fail(os_error("open", data_name, errno)) : Result<>{};
  }

  Result<> sizes() {
    constexpr std::array<std::pair<std::size_t, std::size_t>, 3> loads = {
        {{std::size_t{4} << 10U, 1000}, {std::size_t{64} << 10U, 500}, {block_size_max, 100}}};
    for (const auto& [block, count] : loads) {
      const Load load = make_load(block, count);
      std::vector<Rival> rivals = raw_rivals();
      CAIRN_TRY(add_backend(rivals, DiskBackend::Uring));
      CAIRN_TRY(add_backend(rivals, DiskBackend::Threads));
      CAIRN_TRY(measure_in_turn(options_, load, rivals));
      report_sizes(load, rivals);
      queues_.clear();
      disks_.clear();
    }
    return {};
  }

  /// What a first write to each block costs, by how the file got its space.
  Result<> files() {
    const Load load = make_load(direct_alignment, 500);
    std::vector<Rival> rivals = {raw_rivals().front()};  // as our appends here: write, then sync
    const auto fresh = [this](std::optional<Allocation> how) {
      return [this, how](const Load& l) { return fresh_file(l, how); };
    };
    rivals.push_back({.name = "growing file", .append = fresh({})});
    rivals.push_back({.name = "reserved file", .append = fresh(Allocation::Reserve)});
    rivals.push_back({.name = "pre-written file", .append = fresh(Allocation::WriteZeros)});
    CAIRN_TRY(measure_in_turn(options_, load, rivals));
    for (std::size_t i = 1; i < rivals.size(); ++i) {
      report_.add({.name = "4 KiB: " + rivals[i].name,
                   .unit = "/s",
                   .value = spread_of(rivals[i].per_second),
                   .rival = "raw pre-written",
                   .rival_value = spread_of(rivals[0].per_second)});
    }
    return {};
  }

  [[nodiscard]] int finish() const { return report_.finish(); }

 private:
  struct Free {
    void operator()(std::byte* bytes) const noexcept { std::free(bytes); }
  };

  [[nodiscard]] Load make_load(std::size_t block, std::size_t count) const {
    return {.block = block,
            .count = options_.smoke ? 4 : count,
            .bytes = ConstBuffer(memory_.get(), block)};
  }

  std::vector<Rival> raw_rivals() {
    const int fd = raw_.get();
    std::vector<Rival> rivals = {
        {.name = "raw write + sync",
         .append = [fd](const Load& load) { return raw_appends(fd, load, 0); }},
        {.name = raw_name(1),
         .append = [fd](const Load& load) { return raw_appends(fd, load, RWF_DSYNC); }}};
    for (const std::uint32_t depth : {2U, 4U}) {
      rivals.push_back({.name = raw_name(depth), .append = [fd, depth](const Load& load) {
                          return raw_appends_of_threads(fd, load, depth);
                        }});
    }
    rivals.push_back({.name = "File write + sync_data",
                      .append = [this](const Load& load) { return file_appends(*data_, load); },
                      .against = rivals.front().name});
    return rivals;
  }

  /// Plain data-sync writes, so many at once.
  static std::string raw_name(std::uint32_t depth) { return fmt::format("raw depth {}", depth); }

  Result<> add_backend(std::vector<Rival>& rivals, DiskBackend backend) {
    auto disk = make_posix_disk(folder_, backend);
    if (!disk) {
      const bool is_absent = disk.error().code() == Errc::Unsupported;
      return is_absent ? Result<>{} : fail(std::move(disk).error());
    }
    for (const std::uint32_t depth : {1U, 2U, 4U}) {
      CAIRN_TRY(auto queue, (*disk)->make_queue({.depth = depth}));
      rivals.push_back(
          {.name = fmt::format("{} depth {}", (*disk)->backend(), depth),
           .append = [this, at = queue.get(), depth](
                         const Load& load) { return QueueAppends(*data_, *at, depth, load).run(); },
           .against = raw_name(depth)});
      queues_.push_back(std::move(queue));
    }
    disks_.push_back(*std::move(disk));
    return {};
  }

  void report_sizes(const Load& load, const std::vector<Rival>& rivals) {
    const std::string size =
        load.block < block_size_max ? fmt::format("{} KiB", load.block >> 10U) : "1 MiB";
    const auto add = [&](const Rival& rival, std::string_view what, std::string unit,
                         std::vector<double> Rival::* figures) {
      bench::Row row = {.name = fmt::format("{} {}{}", size, rival.name, what),
                        .unit = std::move(unit),
                        .better = what.empty() ? Better::Higher : Better::Lower,
                        .value = spread_of(rival.*figures)};
      if (!rival.against.empty()) {
        row.rival = rival.against;
        row.rival_value =
            spread_of(*std::ranges::find(rivals, rival.against, &Rival::name).*figures);
      }
      report_.add(std::move(row));
    };
    for (const Rival& rival : rivals) {
      add(rival, "", "MB/s", &Rival::megabytes);
      add(rival, ", p50", "us", &Rival::p50);
      add(rival, ", p99", "us", &Rival::p99);
    }
    report_limit(size, rivals);
  }

  /// The most that plain system calls got out of this machine.
  void report_limit(const std::string& size, const std::vector<Rival>& rivals) {
    const Rival* best = &rivals.front();
    for (const Rival& rival : rivals) {
      const bool is_better = spread_of(rival.megabytes).median > spread_of(best->megabytes).median;
      best = rival.against.empty() && is_better ? &rival : best;
    }
    report_.add({.name = fmt::format("{} machine's limit: {}", size, best->name),
                 .unit = "MB/s",
                 .value = spread_of(best->megabytes)});
  }

  /// Appends to a new file with the space given; making it is not measured.
  Result<Run> fresh_file(const Load& load, std::optional<Allocation> how) {
    constexpr const char* name = "fresh";
    CAIRN_TRY(const auto file, disk_->open(name, {.mode = OpenMode::CreateNew, .direct = true}));
    if (how.has_value()) {
      CAIRN_TRY(file->preallocate(load.block * load.count, *how));
    }
    CAIRN_TRY(file->sync_data());
    CAIRN_TRY(disk_->sync_folder(""));
    auto run = file_appends(*file, load);
    CAIRN_TRY(disk_->remove(name));
    return run;
  }

  bench::Options options_;
  std::string folder_;
  std::unique_ptr<std::byte[], Free> memory_;
  bench::Report report_;
  OwnedFd raw_;
  std::unique_ptr<Disk> disk_;
  std::unique_ptr<File> data_;
  std::vector<std::unique_ptr<Disk>> disks_;
  std::vector<std::unique_ptr<IoQueue>> queues_;  ///< gone before the disks that made them
};

Result<int> run_bench(const bench::Options& options) {
  CAIRN_TRY(const auto folder, WorkFolder::make(options.folder));
  DiskBench bench(options, folder->path());
  CAIRN_TRY(bench.prepare());
  CAIRN_TRY(bench.sizes());
  CAIRN_TRY(bench.files());
  return bench.finish();
}

}  // namespace
}  // namespace cairn::sys

int main(int argc, char** argv) {
  const auto options = cairn::bench::parse_options(
      argc, argv, "sequential durable appends: system calls, files, queues");
  const auto status = cairn::sys::run_bench(options);
  if (!status) {
    fmt::print(stderr, "disk_bench: {}\n", status.error().to_string());
    return 1;
  }
  return *status;
}
