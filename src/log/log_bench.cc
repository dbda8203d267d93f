// SPDX-License-Identifier: Apache-2.0
// Durable appends of 100-byte records against what plain system calls get out of the same disk with
// the same bytes; what appending costs without a disk; how fast a log is read.
#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/check.h"
#include "bench/harness.h"
#include "log/format.h"
#include "log/memory.h"
#include "log/reader.h"
#include "log/retention.h"
#include "log/writer.h"
#include "tests/log/bench_world.h"

namespace cairn::log {
namespace {

constexpr std::size_t record_bytes = 100;
constexpr std::size_t raw_file_bytes = std::size_t{64} << 20U;

/// A plain file, pre-written, and plain durable writes to it.
class RawFile final {
 public:
  explicit RawFile(const std::string& path) : fd_(::open(path.c_str(), O_RDWR | O_CREAT, 0600)) {
    CAIRN_CHECK(fd_ >= 0);
    for (std::size_t at = 0; at < raw_file_bytes; at += memory_.size()) {
      CAIRN_CHECK(::pwrite(fd_, memory_.data(), memory_.size(), static_cast<off_t>(at)) ==
                  static_cast<ssize_t>(memory_.size()));
    }
    CAIRN_CHECK(::fsync(fd_) == 0);
    CAIRN_CHECK(::fcntl(fd_, F_SETFL, O_DIRECT) == 0 || errno == EINVAL);
  }

  ~RawFile() { ::close(fd_); }

  RawFile(const RawFile&) = delete;
  RawFile& operator=(const RawFile&) = delete;

  /// Appends per second, by so many threads.
  double appends(std::size_t bytes, std::size_t count, std::size_t threads, bool then_syncs) {
    std::atomic<std::size_t> next = 0;
    const auto work = [&] {
      for (std::size_t n = next++; n < count; n = next++) {
        append(n * bytes % (raw_file_bytes - bytes) / block_bytes * block_bytes, bytes, then_syncs);
      }
    };
    const Instant start = bench_now();
    std::vector<std::jthread> workers;
    workers.reserve(threads);
    for (std::size_t i = 0; i < threads; ++i) {
      workers.emplace_back(work);
    }
    workers.clear();  // joins them
    return static_cast<double>(count) / seconds_since(start);
  }

 private:
  void append(std::size_t at, std::size_t bytes, bool then_syncs) {
    iovec part = {.iov_base = memory_.data(), .iov_len = bytes};
    const ssize_t done =
        ::pwritev2(fd_, &part, 1, static_cast<off_t>(at), then_syncs ? 0 : RWF_DSYNC);
    CAIRN_CHECK(done == static_cast<ssize_t>(bytes));
    CAIRN_CHECK(!then_syncs || ::fdatasync(fd_) == 0);
  }

  AlignedBytes memory_{std::size_t{1} << 20U};
  int fd_;
};

/// A log whose segments are made and dropped beside it, as a node does it.
class BenchLog final {
 public:
  BenchLog(sys::Disk& disk, const std::string& folder, const Options& options)
      : writer_(Writer::open(disk, folder, options, random_).value()),
        maintenance_([this](const std::stop_token& stop) { maintain(stop); }) {}

  ~BenchLog() {
    maintenance_.request_stop();
    tell();
  }

  BenchLog(const BenchLog&) = delete;
  BenchLog& operator=(const BenchLog&) = delete;

  /// Batches per second: each of `group` records, as many under way as the options say.
  double batches(std::size_t group, std::size_t count) {
    const Instant start = bench_now();
    for (std::size_t i = 0; i < count; ++i) {
      for (std::size_t k = 0; k < group; ++k) {
        CAIRN_CHECK(writer_->stage(record_).has_value());
      }
      write();
    }
    while (writer_->durable() + 1 < writer_->next()) {
      CAIRN_CHECK(writer_->poll(seconds(1)).has_value());
    }
    return static_cast<double>(count) / seconds_since(start);
  }

  /// Makes the record another one.
  void set_record(std::size_t bytes) { record_.assign(bytes, std::byte{0x5a}); }

  Writer& writer() { return *writer_; }

 private:
  void write() {
    while (writer_->staged() > 0) {
      const auto batch = writer_->submit({});
      CAIRN_CHECK(batch.has_value());
      // Only when refused: the next batch is filled while as many as may be are under way.
      if (!*batch) {
        CAIRN_CHECK(writer_->poll(milliseconds(10)).has_value());
      }
      trade();
      if (!*batch && writer_->in_flight() == 0) {
        std::this_thread::yield();
      }
    }
  }

  /// Takes what maintenance has made, and tells it what is wanted.
  void trade() {
    if (has_made_.load(std::memory_order_acquire)) {
      CAIRN_CHECK(writer_->supply(std::exchange(made_, {})).has_value());
      has_made_.store(false, std::memory_order_release);
    }
    if (const auto order = writer_->take_order()) {
      order_ = *order;
      durable_ = writer_->durable();
      tell();
    }
  }

  void tell() {
    has_order_.store(true, std::memory_order_release);
    has_order_.notify_one();
  }

  void maintain(const std::stop_token& stop) {
    while (true) {
      has_order_.wait(false, std::memory_order_acquire);
      has_order_.store(false, std::memory_order_relaxed);
      if (stop.stop_requested()) {
        return;
      }
      CAIRN_CHECK(drop_through(writer_->folder(), durable_).has_value());
      made_ = prepare_segment(writer_->folder(), order_);
      has_made_.store(true, std::memory_order_release);
    }
  }

  BenchRandom random_;
  std::unique_ptr<Writer> writer_;
  std::vector<std::byte> record_ = std::vector<std::byte>(record_bytes, std::byte{0x5a});
  // Handed over by the two flags.
  SegmentOrder order_;
  std::uint64_t durable_ = 0;
  Result<PreparedSegment> made_;
  std::atomic<bool> has_order_ = false;
  std::atomic<bool> has_made_ = false;
  std::jthread maintenance_;
};

Options with_depth(std::uint32_t depth) {
  return {.depth = depth, .keeps_reserve = false};
}

class LogBench final {
 public:
  explicit LogBench(bench::Options options)
      : options_(std::move(options)), world_(options_.folder), report_("log", options_) {}

  void groups() {
    for (const std::size_t group : {1U, 32U, 256U, 1000U}) {
      for (const std::uint32_t depth : {1U, 4U}) {
        group_at(group, depth);
      }
    }
  }

  /// Batches of a whole MiB, through many rotations.
  void bandwidth() {
    RawFile raw(world_.path("raw"));
    BenchLog log(world_.disk(), "bandwidth", with_depth(4));
    log.set_record(15'360);
    const std::size_t count = options_.smoke ? 3 : 60;
    constexpr std::size_t group = 68;
    const double megabytes = static_cast<double>(batch_size(group * (15'360 + 2))) / 1e6;
    const auto pair = bench::measure_against(
        options_, [&] { return log.batches(group, count) * megabytes; },
        [&] { return raw.appends(std::size_t{1} << 20U, count, 4, false) * megabytes; });
    report_.add({.id = 7,
                 .name = "1 MiB batches, depth 4, rotating",
                 .unit = "MB/s",
                 .value = pair.value,
                 .rival = "raw data-sync writes",
                 .rival_value = pair.rival,
                 .bar = 0.8});
  }

  /// All that appending costs but for the disk: a queue that writes nothing.
  void ceiling() {
    const auto disk = world_.disk_without_writes();
    constexpr std::array<std::pair<std::size_t, std::size_t>, 4> loads = {
        {{17, 256}, {100, 256}, {400, 256}, {15'360, 68}}};
    for (const auto& [bytes, group] : loads) {
      BenchLog log(*disk, fmt::format("ceiling{}", bytes), with_depth(4));
      log.set_record(bytes);
      const std::size_t count = options_.smoke ? 2 : 1000;
      const auto records = static_cast<double>(group);
      report_.add({.id = 16,
                   .name = fmt::format("no disk, {} bytes, groups of {}", bytes, group),
                   .unit = "M records/s",
                   .value = bench::measure(
                       options_, [&] { return log.batches(group, count) * records / 1e6; })});
    }
  }

  void reading() {
    for (const std::size_t bytes : {record_bytes, std::size_t{8192}}) {
      const std::string folder = fmt::format("reading{}", bytes);
      fill(folder, bytes);
      for (const bool is_cold : {false, true}) {
        read_folder(folder, bytes, is_cold);
      }
    }
  }

  [[nodiscard]] int finish() const { return report_.finish(); }

 private:
  void group_at(std::size_t group, std::uint32_t depth) {
    RawFile raw(world_.path("raw"));
    BenchLog log(world_.disk(), fmt::format("group{}-{}", group, depth), with_depth(depth));
    const std::size_t bytes = batch_size(group * (record_bytes + 1));
    const std::size_t count = options_.smoke ? 4 : 200 * depth;
    const auto records = static_cast<double>(group);
    const std::string name = fmt::format("100 bytes, groups of {}, depth {}", group, depth);
    const auto against = [&](const std::string& rival, std::size_t threads, bool then_syncs,
                             std::optional<double> bar) {
      const auto pair = bench::measure_against(
          options_, [&] { return log.batches(group, count) * records; },
          [&] { return raw.appends(bytes, count, threads, then_syncs) * records; });
      report_.add({.id = group == 1 ? 2 : 16,
                   .name = name,
                   .unit = "records/s",
                   .value = pair.value,
                   .rival = rival,
                   .rival_value = pair.rival,
                   .bar = bar});
    };
    against(fmt::format("raw data-sync, depth {}", depth), depth, false,
            depth == 1 ? std::optional(0.8) : std::nullopt);
    if (depth > 1) {
      against("raw write + fdatasync", 1, true, 0.8);
    }
  }

  void read_folder(const std::string& folder, std::size_t bytes, bool is_cold) {
    const auto pair = bench::measure_against(
        options_, [&] { return read_log(folder, is_cold); },
        [&] { return read_raw(folder, is_cold); });
    report_.add({.name = fmt::format("read and check, {} bytes, {}", bytes,
                                     is_cold ? "from the disk" : "cached"),
                 .unit = "MB/s",
                 .value = pair.value,
                 .rival = "raw reads of 1 MiB",
                 .rival_value = pair.rival});
  }

  /// Waits for room where there is none.
  static void stage(Writer& writer, Bytes record) {
    while (!writer.stage(record)) {
      const auto batch = writer.submit({});
      CAIRN_CHECK(batch.has_value());
      CAIRN_CHECK(*batch || writer.poll(seconds(1)).has_value());
    }
  }

  void fill(const std::string& folder, std::size_t bytes) {
    BenchRandom random;
    Options options = with_depth(4);
    options.batch_bytes_max = std::size_t{64} << 10U;
    const auto writer = Writer::open(world_.disk(), folder, options, random).value();
    const std::vector<std::byte> record(bytes, std::byte{0x33});
    const std::size_t wanted = (options_.smoke ? std::size_t{1} : std::size_t{64}) << 20U;
    for (std::size_t done = 0; done < wanted; done += bytes) {
      stage(*writer, record);
    }
    CAIRN_CHECK(writer->flush({}).has_value());
  }

  double read_log(const std::string& folder, bool is_cold) {
    world_.drop_cache(folder, is_cold);
    const Instant start = bench_now();
    const auto reader = Reader::open(world_.disk(), folder).value();
    std::uint64_t bytes = 0;
    while (const BatchView* const batch = reader->next().value()) {
      bytes += batch_size(batch->header().frame_bytes);
    }
    return static_cast<double>(bytes) / 1e6 / seconds_since(start);
  }

  double read_raw(const std::string& folder, bool is_cold) {
    world_.drop_cache(folder, is_cold);
    const AlignedBytes memory(std::size_t{1} << 20U);
    const Instant start = bench_now();
    std::uint64_t bytes = 0;
    for (const std::string& path : world_.segments(folder)) {
      const int fd = ::open(path.c_str(), O_RDONLY);
      ssize_t count = 0;
      while ((count = ::read(fd, memory.data(), memory.size())) > 0) {
        bytes += static_cast<std::uint64_t>(count);
      }
      ::close(fd);
    }
    return static_cast<double>(bytes) / 1e6 / seconds_since(start);
  }

  bench::Options options_;
  BenchWorld world_;
  bench::Report report_;
};

}  // namespace
}  // namespace cairn::log

int main(int argc, char** argv) {
  auto options = cairn::bench::parse_options(
      argc, argv, "durable appends against the raw disk, appending without one, and reading");
  cairn::log::LogBench bench(std::move(options));
  bench.groups();
  bench.bandwidth();
  bench.ceiling();
  bench.reading();
  return bench.finish();
}
