// SPDX-License-Identifier: Apache-2.0
#include "journal/index.h"

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "base/check.h"
#include "bench/harness.h"
#include "tests/log/bench_world.h"

namespace {

using cairn::Region;
using cairn::bench::Better;
using cairn::bench::keep;
using cairn::bench::Options;
using cairn::bench::Report;
using cairn::bench::Spread;
using cairn::log::BenchWorld;
namespace journal = cairn::journal;

constexpr std::size_t names_count = 1000;
constexpr std::size_t page = 256;
constexpr std::string_view payload = "seventeen bytes!!";

/// Transactions of one small event each, about a thousand entities in one scope, of four kinds.
class Feed final {
 public:
  Feed() {
    for (std::size_t i = 0; i < names_count; ++i) {
      names_.push_back(fmt::format("user:{}", i));
    }
  }

  /// Feeds so many in batches of 256. Seconds.
  double run(journal::EventIndex& index, std::uint64_t count) {
    const cairn::Instant start = cairn::log::bench_now();
    for (std::uint64_t done = 0; done < count; done += page) {
      batch(index.last() + 1, std::min<std::uint64_t>(page, count - done));
      index.add(fed_);
    }
    return cairn::log::seconds_since(start);
  }

 private:
  void batch(std::uint64_t first, std::uint64_t count) {
    coordinates_.resize(count);
    events_.resize(count);
    records_.resize(count);
    fed_.resize(count);
    for (std::uint64_t i = 0; i < count; ++i) {
      const std::uint64_t sequence = first + i;
      const std::uint64_t name = sequence * 0x9e3779b97f4a7c15U >> 32U;
      coordinates_[i] = {.entity = names_[name % names_count], .scope = "chat"};
      events_[i] = {.kind = static_cast<std::uint16_t>(1 + name % 4),
                    .payload = std::as_bytes(std::span(payload)),
                    .about = journal::EventRecord::About::Named,
                    .coordinate = coordinates_[i],
                    .version = sequence};
      records_[i] = {.position = cairn::Seq(sequence),
                     .time = static_cast<std::int64_t>(sequence),
                     .kind = 1,
                     .events = std::span(&events_[i], 1)};
      fed_[i] = {.record = &records_[i], .coordinates = std::span(&coordinates_[i], 1)};
    }
  }

  std::vector<std::string> names_;
  std::vector<journal::Coordinate> coordinates_;
  std::vector<journal::EventRecord> events_;
  std::vector<journal::TransactionRecord> records_;
  std::vector<journal::IndexedTransaction> fed_;
};

Spread once(double value) {
  return {.min = value, .median = value, .max = value};
}

void add_row(Report& report, std::string name, std::string unit, Better better,
             const Spread& value) {
  report.add({.name = std::move(name), .unit = std::move(unit), .better = better, .value = value});
}

std::unique_ptr<journal::EventIndex> open(BenchWorld& world, const std::string& folder,
                                          std::uint64_t durable) {
  auto index = journal::EventIndex::open(world.disk(), folder, durable);
  CAIRN_CHECK(index.has_value());
  return *std::move(index);
}

double microseconds(const Options& options, const std::function<void()>& call) {
  return nanoseconds_per_call(options, call) / 1e3;
}

struct Asked {
  std::string name;
  Region region;
};

/// A page of the region from so far into the index on. Microseconds.
Spread measure_page(const Options& options, const journal::EventIndex& index, const Region& region,
                    std::uint64_t percent) {
  const std::uint64_t from = 1 + index.last() * percent / 100;
  std::vector<journal::EventPlace> found;
  const auto find = [&] {
    found.clear();
    journal::Cursor cursor = {.next = {.sequence = from}};
    CAIRN_CHECK(index.find(region, cursor, page, found).has_value());
    keep(found.size());
  };
  return measure(options, [&] { return microseconds(options, find); });
}

/// Pages at three places of the index, in several regions.
void measure_pages(Report& report, const Options& options, const journal::EventIndex& index,
                   const std::string& where) {
  const std::vector<Asked> regions = {
      {.name = "all", .region = {}},
      {.name = "entity", .region = {.entity = "user:7"}},
      {.name = "11 entities by prefix", .region = {.entity_prefix = "user:77"}},
      {.name = "1000 entities by prefix", .region = {.entity_prefix = "user:"}},
      {.name = "kind and scope", .region = {.scope = "chat", .kinds = {2}}},
  };
  for (const Asked& asked : regions) {
    for (const std::uint64_t percent : {0U, 50U, 90U}) {
      add_row(report, fmt::format("page of 256, {}, from {} %, {}", asked.name, percent, where),
              "us", Better::Lower, measure_page(options, index, asked.region, percent));
    }
  }
}

void measure_heads(Report& report, const Options& options, const journal::EventIndex& index,
                   const std::string& where) {
  std::uint64_t turn = 0;
  const auto lookup = [&](std::string_view prefix) {
    return [&index, &turn, prefix] {
      const std::string entity = fmt::format("{}{}", prefix, ++turn * 7 % names_count);
      const auto head = index.head({.entity = entity, .scope = "chat"});
      CAIRN_CHECK(head.has_value());
      keep(head->has_value());
    };
  };
  add_row(report, fmt::format("head of a coordinate, {}", where), "us", Better::Lower,
          measure(options, [&] { return microseconds(options, lookup("user:")); }));
  add_row(report, fmt::format("head of one never seen, {}", where), "us", Better::Lower,
          measure(options, [&] { return microseconds(options, lookup("nobody:")); }));
}

void merge_all(journal::EventIndex& index) {
  while (true) {
    const auto merged = index.merge();
    CAIRN_CHECK(merged.has_value());
    if (!*merged) {
      return;
    }
  }
}

void measure_growth(Report& report, const Options& options, BenchWorld& world) {
  const std::uint64_t files = options.smoke ? 8 : 64;
  const std::uint64_t events = options.smoke ? 2'000 : 65'536;
  const auto count = static_cast<double>(files * events);
  Feed feed;
  auto index = open(world, "index", 0);
  std::vector<double> rates;
  std::vector<double> seals;
  for (std::uint64_t i = 0; i < files; ++i) {
    rates.push_back(static_cast<double>(events) / 1e6 / feed.run(*index, events));
    if (i == 0) {
      add_row(report, "memory before sealing", "bytes/event", Better::Lower,
              once(static_cast<double>(index->stats().memory_bytes) / static_cast<double>(events)));
      measure_heads(report, options, *index, "in memory");
      measure_pages(report, options, *index, "in memory");
    }
    const cairn::Instant start = cairn::log::bench_now();
    CAIRN_CHECK(index->seal().has_value());
    seals.push_back(cairn::log::seconds_since(start) * 1e3);
  }
  add_row(report, "feeding, hashing included", "M events/s", Better::Higher,
          cairn::bench::spread_of(rates));
  add_row(report, fmt::format("sealing {} events", events), "ms", Better::Lower,
          cairn::bench::spread_of(seals));
  add_row(report, "on disk, sealed", "bytes/event", Better::Lower,
          once(static_cast<double>(index->stats().file_bytes) / count));
  measure_heads(report, options, *index, fmt::format("{} files", index->stats().files));
  measure_pages(report, options, *index, fmt::format("{} files", index->stats().files));
  const cairn::Instant start = cairn::log::bench_now();
  merge_all(*index);
  add_row(report, "merging all, twice over", "M events/s", Better::Higher,
          once(count * 2 / 1e6 / cairn::log::seconds_since(start)));
  const std::string merged = fmt::format("{} file", index->stats().files);
  add_row(report, "on disk, merged", "bytes/event", Better::Lower,
          once(static_cast<double>(index->stats().file_bytes) / count));
  measure_heads(report, options, *index, merged);
  measure_pages(report, options, *index, merged);
  const std::uint64_t last = index->last();
  add_row(report, fmt::format("opening, {} M events", static_cast<std::uint64_t>(count / 1e6)),
          "us", Better::Lower, measure(options, [&] {
            return microseconds(options, [&] { keep(open(world, "index", last)->covered()); });
          }));
}

}  // namespace

int main(int argc, char** argv) {
  const Options options = cairn::bench::parse_options(
      argc, argv, "the event index: size, feeding, pages by position, heads by number of files");
  Report report("index", options);
  BenchWorld world(options.folder);
  measure_growth(report, options, world);
  return report.finish();
}
