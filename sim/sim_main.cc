// SPDX-License-Identifier: Apache-2.0
// cairn-sim: runs the simulated workloads from seeds, and says how to repeat what fails.
#include <cstdint>
#include <cstdio>
#include <string>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "sim/workload/log_run.h"

namespace cairn::sim {
namespace {

struct Arguments {
  std::uint64_t seed = 1;
  std::uint64_t from = 1;
  std::uint64_t seeds = 0;
  std::uint64_t steps = 400;
  std::string canary = "none";
  bool everything = false;
  bool trace = false;
};

std::string repeat_line(const LogRunOptions& options) {
  std::string line = fmt::format("cairn-sim --seed {} --steps {}", options.seed, options.steps);
  if (options.atlas == Atlas::Everything) {
    line += " --everything";
  }
  if (options.canary != Canary::None) {
    line += fmt::format(" --canary={}", to_string(options.canary));
  }
  return line;
}

void print(const LogRunOptions& options, const LogRunReport& report) {
  fmt::print("seed {} steps {} crashes {} kills {} acknowledged {}{} digest {}\n", options.seed,
             report.steps, report.crashes, report.kills, report.acknowledged,
             report.is_halted ? " halted" : "", report.digest);
  std::string fired;
  for (const auto& [name, count] : report.marks) {
    fired += fmt::format(" {} {}", name, count);
  }
  fmt::print("  fired:{}\n", fired);
}

// True if nothing was found.
bool run_seed(std::uint64_t seed, const Arguments& arguments) {
  const LogRunOptions options{.seed = seed,
                              .steps = arguments.steps,
                              .atlas = arguments.everything ? Atlas::Everything : Atlas::OneCopy,
                              .canary = *find_canary(arguments.canary),
                              .trace = arguments.trace ? stdout : nullptr};
  const LogRunReport report = LogRun(options).run();
  print(options, report);
  if (!report.failure.empty()) {
    fmt::print("FAILED: {}; repeat with: {}\n", report.failure, repeat_line(options));
  }
  return report.failure.empty();
}

int run(const Arguments& arguments) {
  if (arguments.seeds == 0) {
    return run_seed(arguments.seed, arguments) ? 0 : 1;
  }
  for (std::uint64_t i = 0; i < arguments.seeds; ++i) {
    if (!run_seed(arguments.from + i, arguments)) {
      return 1;
    }
  }
  fmt::print("{} seeds from {}: nothing found\n", arguments.seeds, arguments.from);
  return 0;
}

std::string check_canary(const std::string& name) {
  return find_canary(name) == nullptr ? "no canary is called " + name : "";
}

}  // namespace
}  // namespace cairn::sim

int main(int argc, char** argv) {
  cairn::sim::Arguments arguments;
  CLI::App app("Runs Cairn's simulated workloads. The same seed gives the same run, to the byte.",
               "cairn-sim");
  app.add_option("--seed", arguments.seed, "the one seed to run (1)");
  app.add_option("--seeds", arguments.seeds, "run this many seeds, stop at the first failure");
  app.add_option("--from", arguments.from, "the first of them (1)");
  app.add_option("--steps", arguments.steps, "steps of the workload in each run (400)");
  app.add_flag("--everything", arguments.everything,
               "silent damage too, which a log with one copy may only notice");
  app.add_flag("--trace", arguments.trace, "print every decision");
  app.add_option("--canary", arguments.canary,
                 "plant a bug: skips-sync, ignores-torn-tail, forgets-folder-sync, retries-sync, "
                 "trusts-page-cache")
      ->check(&cairn::sim::check_canary);
  CLI11_PARSE(app, argc, argv);
  return cairn::sim::run(arguments);
}
