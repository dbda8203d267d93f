// SPDX-License-Identifier: Apache-2.0
// Commands in memory, on one thread, through the table of cairn/plugin.h, with undo, delta and
// events; beside programs that do the same by hand.
#include <cstdint>
#include <ctime>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/check.h"
#include "bench/harness.h"
#include "examples/bank/bank.h"
#include "examples/build/build.h"
#include "tests/execution/hand_bank.h"
#include "tests/execution/hand_build.h"
#include "tests/execution/rig.h"

namespace cairn::execution {
namespace {

using bench::Options;

/// Commands one behind the other.
class Stream final {
 public:
  template <typename C>
  void add(const C& command) {
    const std::size_t start = bytes_.size();
    encode(bytes_, command);
    places_.push_back({.kind = static_cast<std::uint16_t>(C::schema::kind),
                       .start = static_cast<std::uint32_t>(start),
                       .size = static_cast<std::uint32_t>(bytes_.size() - start)});
  }

  [[nodiscard]] std::size_t size() const { return places_.size(); }

  [[nodiscard]] Command operator[](std::size_t i) const {
    const Place& place = places_[i];
    return {.kind = place.kind, .bytes = bytes_.written().subspan(place.start, place.size)};
  }

 private:
  struct Place {
    std::uint16_t kind = 0;
    std::uint32_t start = 0;
    std::uint32_t size = 0;
  };

  GrowingByteWriter bytes_;
  std::vector<Place> places_;
};

/// Measures the processor's time of this thread, which nobody waits for: other programs on the
/// machine slow it down less than they do a clock.
class Stopwatch final {
 public:
  [[nodiscard]] double per_second(std::size_t count) const {
    return static_cast<double>(count) / (now() - start_);
  }

 private:
  static double now() {
    timespec time = {};
    CAIRN_CHECK(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time) == 0);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
  }

  double start_ = now();
};

// How far ahead of a command its places in the index are asked for, and then its rows.
constexpr std::size_t places_ahead = 16;
constexpr std::size_t rows_ahead = 8;

struct BankBench {
  explicit BankBench(const Options& options)
      : accounts(options.smoke ? 1000U : 1'000'000U),
        rig(domain_entry<bank::Bank>),
        hand(accounts) {
    constexpr std::int64_t opening = 1'000'000'000;
    for (std::uint64_t id = 1; id <= accounts; ++id) {
      rig.submit(bank::OpenAccount{.account = {id}, .owner = "somebody", .opening = opening});
      hand.open(id, opening);
    }
    CAIRN_CHECK(accounts != 0);
    std::uint64_t state = 7;
    const auto account = [&] {
      state = state * 6364136223846793005U + 1442695040888963407U;
      return Id<bank::Account>{1 + (state >> 33U) % accounts};
    };
    for (std::size_t i = 0; i < (options.smoke ? 1000U : 1'000'000U); ++i) {
      const auto from = account();
      const auto to = account();
      transfers.add(bank::Transfer{.from = from, .to = to, .amount = 1});
      poor.add(bank::Transfer{.from = from, .to = to, .amount = opening * 1000});
    }
  }

  /// Transfers in a second.
  double execute(const Stream& commands, bool ahead) {
    const Stopwatch watch;
    std::size_t bytes = 0;
    Context context = rig.next();
    for (std::size_t i = 0; i < commands.size(); ++i) {
      if (ahead && i + places_ahead < commands.size()) {
        rig.executor.prefetch_places(commands[i + places_ahead]);
        rig.executor.prefetch_rows(commands[i + rows_ahead]);
      }
      const Transaction& done = **rig.executor.execute(commands[i], context);
      bytes += done.delta.size() + done.events.size();
      context.position = context.position.next();
    }
    bench::keep(bytes);
    return watch.per_second(commands.size());
  }

  double execute_by_hand(bool ahead) {
    const Stopwatch watch;
    std::size_t bytes = 0;
    for (std::size_t i = 0; i < transfers.size(); ++i) {
      if (ahead && i + places_ahead < transfers.size()) {
        hand.prefetch_place(transfers[i + places_ahead].bytes);
        hand.prefetch_row(transfers[i + rows_ahead].bytes);
      }
      bytes += hand.transfer(transfers[i].bytes, ++position) ? hand.delta_size() : 0;
    }
    bench::keep(bytes);
    return watch.per_second(transfers.size());
  }

  double what_if() {
    const Stopwatch watch;
    std::size_t bytes = 0;
    for (std::size_t i = 0; i < transfers.size(); ++i) {
      const auto done = rig.executor.what_if(
          transfers[i], rig.next(), [&](const Transaction& would) { bytes += would.delta.size(); });
      CAIRN_CHECK(done.has_value());
    }
    bench::keep(bytes);
    return watch.per_second(transfers.size());
  }

  /// Both have done the same.
  void compare() {
    // Both have executed the same list, though not as often: how often shows in one account.
    bench::keep(hand.balance(1));
    CAIRN_CHECK(rig.state.rows(0).table.size() == accounts);
  }

  const std::uint32_t accounts;
  Rig rig;
  HandBank hand;
  Stream transfers;
  Stream poor;
  std::uint64_t position = 0;
};

bench::Row row(int id, std::string name, std::string unit, const bench::Spread& value) {
  return {.id = id, .name = std::move(name), .unit = std::move(unit), .value = value};
}

bench::Row against(bench::Row row, std::string rival, const bench::Spread& figure,
                   std::optional<double> bar) {
  row.rival = std::move(rival);
  row.rival_value = figure;
  row.bar = bar;
  return row;
}

void add_bank(const Options& options, bench::Report& report) {
  BankBench bank(options);
  const std::string unit = "transfers/s";
  for (const bool ahead : {false, true}) {
    const bench::Pair pair = measure_against(
        options, [&] { return bank.execute(bank.transfers, ahead); },
        [&] { return bank.execute_by_hand(ahead); });
    const std::string name =
        ahead ? "transfers, 1 M accounts, prefetched" : "transfers, 1 M accounts";
    // Whoever has a batch asks ahead; without, it is told and not judged.
    report.add(against(row(1, name, unit, pair.value), ahead ? "by hand, prefetched" : "by hand",
                       pair.rival, ahead ? std::optional(0.8) : std::nullopt));
    if (ahead) {
      constexpr double bar = 4e6;
      report.add(against(row(1, "the same, and the budget", unit, pair.value), "4 M/s",
                         {.min = bar, .median = bar, .max = bar}, 1.0));
    }
  }
  report.add(row(0, "transfers rejected, prefetched", unit,
                 measure(options, [&] { return bank.execute(bank.poor, true); })));
  report.add(row(0, "transfers tried with what_if", unit,
                 measure(options, [&] { return bank.what_if(); })));
  bank.compare();
}

Str<64> ref(std::uint64_t number) {
  return *Str<64>::from("warehouse/orders/day=" + std::to_string(number));
}

/// Partitions, wants for two of them each, a job for each; one in ten fails and is run again.
Stream build_stream(std::uint64_t partitions) {
  using namespace databuild;  // NOLINT(google-build-using-namespace): a page of its names
  Stream stream;
  for (std::uint64_t i = 0; i < partitions; ++i) {
    stream.add(AddPartition{.ref = ref(i)});
  }
  for (std::uint64_t i = 0; i < partitions; ++i) {
    stream.add(MakeWant{.want = {i + 1}, .partitions = {ref(i), ref((i + 1) % partitions)}});
  }
  for (std::uint64_t i = 0; i < partitions; ++i) {
    const std::uint64_t run = 2 * i + 1;
    stream.add(StartJob{.run = {run}, .job = "daily", .partition = ref(i)});
    stream.add(FinishJob{.run = {run}, .success = i % 10 != 0});
    if (i % 10 == 0) {
      stream.add(StartJob{.run = {run + 1}, .job = "again", .partition = ref(i)});
      stream.add(FinishJob{.run = {run + 1}, .success = true});
    }
  }
  return stream;
}

void add_build(const Options& options, bench::Report& report) {
  const Stream stream = build_stream(options.smoke ? 100 : 100'000);
  const auto execute = [&] {
    Rig rig(domain_entry<databuild::Databuild>);
    const Stopwatch watch;
    Context context = rig.next();
    std::size_t accepted = 0;
    std::size_t bytes = 0;
    for (std::size_t i = 0; i < stream.size(); ++i) {
      const Transaction& done = **rig.executor.execute(stream[i], context);
      accepted += done.outcome == OutcomeKind::Accepted ? 1U : 0U;
      bytes += done.delta.size() + done.events.size();
      context.position = context.position.next();
    }
    const double rate = watch.per_second(stream.size());
    CAIRN_CHECK(accepted == stream.size());
    bench::keep(bytes);
    return rate;
  };
  const auto by_hand = [&] {
    const auto hand = std::make_unique<HandBuild>();
    const Stopwatch watch;
    std::size_t accepted = 0;
    std::size_t bytes = 0;
    for (std::size_t i = 0; i < stream.size(); ++i) {
      accepted += hand->execute(stream[i].kind, stream[i].bytes, i + 1) ? 1U : 0U;
      bytes += hand->delta().size() + hand->events().size();
    }
    const double rate = watch.per_second(stream.size());
    CAIRN_CHECK(accepted == stream.size());
    bench::keep(bytes);
    return rate;
  };
  const bench::Pair pair = measure_against(options, execute, by_hand);
  report.add(against(row(0, "build, 100 k partitions, three edges", "commands/s", pair.value),
                     "by hand", pair.rival, 0.7));
}

}  // namespace
}  // namespace cairn::execution

int main(int argc, char** argv) {
  const cairn::bench::Options options = cairn::bench::parse_options(
      argc, argv, "Executes commands in memory, beside programs that do the same by hand.");
  cairn::bench::Report report("execute", options);
  cairn::execution::add_bank(options, report);
  cairn::execution::add_build(options, report);
  return report.finish();
}
