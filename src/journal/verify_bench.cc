// SPDX-License-Identifier: Apache-2.0
// Proving a whole journal against hashing its bytes: the records' frames, and beside them the
// contents of the events, as whoever checks ancestors must. Side by side in the processor's lanes,
// which is the most that can be had, and one after the other, as the library alone does it.
#include "journal/verify.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/check.h"
#include "base/hash.h"
#include "bench/harness.h"
#include "journal/history.h"
#include "log/record_hasher.h"
#include "log/writer.h"
#include "tests/log/bench_world.h"

namespace cairn::journal {
namespace {

constexpr std::size_t coordinates = 10'000;
constexpr std::size_t batch_count = 256;

/// A journal with one event in each transaction.
class BenchJournal final {
 public:
  BenchJournal(log::BenchWorld& world, std::size_t payload_bytes, std::size_t count)
      : world_(world), folder_(fmt::format("journal-{}", payload_bytes)), payload_(payload_bytes) {
    log::BenchRandom random;
    writer_ = log::Writer::open(world.disk(), part_of(folder_, log_folder), {}, random).value();
    heads_.resize(coordinates);
    for (std::uint64_t sequence = 1; sequence <= count; ++sequence) {
      append(sequence);
    }
    CAIRN_CHECK(writer_->flush({}).has_value());
    CAIRN_CHECK(writer_->close().has_value());
  }

  /// Millions of transactions per second.
  double verify(const VerifyOptions& options) {
    const Instant start = log::bench_now();
    const auto verdict = verify_journal(world_.disk(), folder_, options);
    const double seconds = log::seconds_since(start);
    CAIRN_CHECK(verdict.has_value());
    CAIRN_CHECK(verdict->holds());
    return static_cast<double>(verdict->last.value()) / seconds / 1e6;
  }

  /// The frames and contents in memory, for the rivals. Before they run.
  void load() {
    HistoryReader reader = HistoryReader::open(world_.disk(), folder_).value();
    GrowingByteWriter content;
    while (const HistoryEntry* const entry = reader.next().value()) {
      GrowingByteWriter frame;
      frame.sized_bytes(entry->bytes);
      frames_.emplace_back(frame.written().begin(), frame.written().end());
      encode_content(entry->record->events.front(), content);
      contents_.emplace_back(content.written().begin(), content.written().end());
    }
  }

  double hash_in_lanes() {
    const Instant start = log::bench_now();
    for (std::size_t first = 0; first < frames_.size(); first += batch_count) {
      const std::size_t count = std::min(batch_count, frames_.size() - first);
      bench::keep(log::digest_of_hashes(hash(std::span(frames_).subspan(first, count))));
      bench::keep(hash(std::span(contents_).subspan(first, count)));
    }
    return static_cast<double>(frames_.size()) / log::seconds_since(start) / 1e6;
  }

  double hash_one_by_one() {
    const Instant start = log::bench_now();
    for (std::size_t i = 0; i < frames_.size(); ++i) {
      bench::keep(blake3(frames_[i]));
      bench::keep(blake3(contents_[i]));
    }
    return static_cast<double>(frames_.size()) / log::seconds_since(start) / 1e6;
  }

 private:
  struct Head {
    EventPlace place;
    std::uint64_t version = 0;
    EventHash hash = {};
  };

  std::span<const Digest> hash(std::span<const std::vector<std::byte>> pieces) {
    hasher_.begin(digests_);
    for (const std::vector<std::byte>& piece : pieces) {
      hasher_.add(piece);
    }
    return hasher_.finish();
  }

  void append(std::uint64_t sequence) {
    const std::size_t which = sequence * 7919 % coordinates;
    const std::string entity = fmt::format("order/{:05}", which);
    Head& head = heads_[which];
    std::ranges::fill(payload_, static_cast<std::byte>(sequence));
    const EventRecord event = {.kind = 1,
                               .payload = payload_,
                               .about = EventRecord::About::Named,
                               .coordinate = {.entity = entity},
                               .version = head.version + 1,
                               .ancestor = head.place,
                               .ancestor_hash = head.hash};
    TransactionRecord record;
    record.position = Seq(sequence);
    record.time = static_cast<std::int64_t>(sequence);
    record.kind = static_cast<std::uint16_t>(SystemKind::Append);
    record.events = std::span(&event, 1);
    bytes_.clear();
    encode(std::as_const(record), bytes_);
    CAIRN_CHECK(writer_->stage(bytes_.written()).has_value());
    if (sequence % batch_count == 0) {
      CAIRN_CHECK(writer_->flush({}).has_value());
    }
    head = {.place = {.transaction = Seq(sequence), .event = 0},
            .version = event.version,
            .hash = hash_of(event, bytes_)};
  }

  log::BenchWorld& world_;
  std::string folder_;
  std::vector<std::byte> payload_;
  std::unique_ptr<log::Writer> writer_;
  std::vector<Head> heads_;
  GrowingByteWriter bytes_;
  std::vector<std::vector<std::byte>> frames_;
  std::vector<std::vector<std::byte>> contents_;
  log::RecordHasher hasher_;
  std::array<Digest, batch_count> digests_;
};

void compare(bench::Report& report, const bench::Options& options, log::BenchWorld& world,
             std::size_t payload_bytes) {
  const std::size_t full = payload_bytes > 500 ? 60'000 : 300'000;
  BenchJournal journal(world, payload_bytes, options.smoke ? 2'000 : full);
  journal.load();
  const auto verify = [&] { return journal.verify({}); };
  const std::string name = fmt::format("verify, {}-byte events", payload_bytes);
  const auto lanes = measure_against(options, verify, [&] { return journal.hash_in_lanes(); });
  report.add({.name = name,
              .unit = "M tx/s",
              .better = bench::Better::Higher,
              .value = lanes.value,
              .rival = "hashing it in lanes",
              .rival_value = lanes.rival});
  const auto plain = measure_against(options, verify, [&] { return journal.hash_one_by_one(); });
  report.add({.name = name,
              .unit = "M tx/s",
              .better = bench::Better::Higher,
              .value = plain.value,
              .rival = "hashing it one by one",
              .rival_value = plain.rival,
              .bar = 0.7});
  report.add({.name = name + ", tree made",
              .unit = "M tx/s",
              .better = bench::Better::Higher,
              .value = measure(options, [&] { return journal.verify({.wants_head = true}); })});
}

}  // namespace
}  // namespace cairn::journal

int main(int argc, char** argv) {
  using namespace cairn;  // NOLINT(google-build-using-namespace): one page of its names
  const bench::Options options =
      bench::parse_options(argc, argv, "proving a whole journal against hashing its bytes");
  bench::Report report("verify", options);
  log::BenchWorld world(options.folder);
  for (const std::size_t payload_bytes : {17U, 100U, 1'000U}) {
    journal::compare(report, options, world, payload_bytes);
  }
  return report.finish();
}
