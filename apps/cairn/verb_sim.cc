// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <cstdio>
#include <limits>
#include <string>

#include <fmt/core.h>

#include "apps/cairn/arguments.h"
#include "apps/cairn/verb.h"
#include "sim/workload/log_run.h"
#include "sim/workload/store_run.h"

namespace cairn::cli {

namespace {

constexpr std::uint64_t seeds_max = 1'000'000'000;
constexpr std::uint64_t steps_max = 10'000'000;

struct SimArguments {
  std::uint64_t seed = 1;
  std::uint64_t from = 1;
  std::uint64_t seeds = 0;
  std::uint64_t steps = 400;
  std::string canary = "none";
  bool everything = false;
  bool trace = false;
  bool store = false;
};

std::string repeat_line(const sim::LogRunOptions& options) {
  std::string line = fmt::format("cairn sim --seed {} --steps {}", options.seed, options.steps);
  if (options.atlas == sim::Atlas::Everything) {
    line += " --everything";
  }
  if (options.canary != sim::Canary::None) {
    line += fmt::format(" --canary={}", to_string(options.canary));
  }
  return line;
}

void print_fired(const sim::Marks& marks) {
  std::string fired;
  for (const auto& [name, count] : marks) {
    fired += fmt::format(" {} {}", name, count);
  }
  fmt::print("  fired:{}\n", fired);
}

void print(const sim::LogRunOptions& options, const sim::LogRunReport& report) {
  fmt::print("seed {} steps {} crashes {} kills {} acknowledged {}{} digest {}\n", options.seed,
             report.steps, report.crashes, report.kills, report.acknowledged,
             report.is_halted ? " halted" : "", report.digest);
  print_fired(report.marks);
}

Exit run_store_seed(std::uint64_t seed, const SimArguments& arguments) {
  const sim::StoreRunReport report =
      sim::StoreRun(
          {.seed = seed, .steps = arguments.steps, .trace = arguments.trace ? stdout : nullptr})
          .run();
  fmt::print("seed {} steps {} crashes {} kills {} acknowledged {} asked again {} digest {}\n",
             seed, report.steps, report.crashes, report.kills, report.acknowledged, report.repeated,
             report.digest);
  print_fired(report.marks);
  if (!report.failure.empty()) {
    fmt::print("FAILED: {}; repeat with: cairn sim --store --seed {} --steps {}\n", report.failure,
               seed, arguments.steps);
    return Exit::Failed;
  }
  return Exit::Ok;
}

Exit run_seed(std::uint64_t seed, const SimArguments& arguments) {
  if (arguments.store) {
    return run_store_seed(seed, arguments);
  }
  const sim::LogRunOptions options{
      .seed = seed,
      .steps = arguments.steps,
      .atlas = arguments.everything ? sim::Atlas::Everything : sim::Atlas::OneCopy,
      .canary = *sim::find_canary(arguments.canary),
      .trace = arguments.trace ? stdout : nullptr};
  const sim::LogRunReport report = sim::LogRun(options).run();
  print(options, report);
  if (!report.failure.empty()) {
    fmt::print("FAILED: {}; repeat with: {}\n", report.failure, repeat_line(options));
    return Exit::Failed;
  }
  return Exit::Ok;
}

Exit run_seeds(const SimArguments& arguments) {
  for (std::uint64_t i = 0; i < arguments.seeds; ++i) {
    if (const Exit status = run_seed(arguments.from + i, arguments); status != Exit::Ok) {
      return status;
    }
  }
  fmt::print("{} seeds from {}: nothing found\n", arguments.seeds, arguments.from);
  return Exit::Ok;
}

std::string check_canary(const std::string& name) {
  return sim::find_canary(name) == nullptr ? "no canary is called " + name : "";
}

}  // namespace

Exit run_sim(Arguments arguments) {
  SimArguments wanted;
  CLI::App app(
      "Runs a durable log, or an event store, in simulated worlds where power fails and disks lie, "
      "and checks that "
      "nothing acknowledged is lost. The same seed gives the same run, to the byte.\n\n"
      "example: cairn sim --seeds 100");
  constexpr std::uint64_t any = std::numeric_limits<std::uint64_t>::max();
  auto* const seed =
      add_number(app, "--seed", wanted.seed, {.max = any}, "the one seed to run (1)");
  auto* const seeds = add_number(app, "--seeds", wanted.seeds, {.min = 1, .max = seeds_max},
                                 "run this many seeds, stop at the first failure");
  seeds->excludes(seed);
  add_number(app, "--from", wanted.from, {.max = any - seeds_max}, "the first of them (1)")
      ->needs(seeds);
  add_number(app, "--steps", wanted.steps, {.min = 1, .max = steps_max},
             "steps of the workload in each run (400)");
  auto* const everything =
      app.add_flag("--everything", wanted.everything,
                   "silent damage too, which a log with one copy can only notice");
  auto* const store = app.add_flag("--store", wanted.store, "an event store instead of a bare log")
                          ->excludes(everything);
  app.add_flag("--trace", wanted.trace, "print every decision");
  app.add_option("--canary", wanted.canary,
                 "plant a bug that must be found: skips-sync, ignores-errors, "
                 "forgets-folder-sync, retries-sync, trusts-page-cache")
      ->excludes(store)
      ->check(&check_canary);
  if (const auto ended = parse(app, "sim", arguments)) {
    return *ended;
  }
  return wanted.seeds == 0 ? run_seed(wanted.seed, wanted) : run_seeds(wanted);
}

}  // namespace cairn::cli
