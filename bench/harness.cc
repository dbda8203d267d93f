// SPDX-License-Identifier: Apache-2.0
#include "bench/harness.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>

#include <fmt/core.h>
#include <nlohmann/json.hpp>
#include <sys/utsname.h>
#include <unistd.h>

namespace cairn::bench {

namespace {

constexpr int runs_min = 5;
constexpr std::int64_t run_nanoseconds = 40'000'000;

std::int64_t now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

[[noreturn]] void end_with_usage(std::string_view what, int status) {
  fmt::print(
      status == 0 ? stdout : stderr,
      "Measures {}.\n\n"
      "  --json      one JSON object instead of a table\n"
      "  --runs=N    counted runs of each figure, at least {} (default)\n"
      "  --dir=DIR   folder for benchmarks that write to a disk (default: the current folder)\n"
      "  --smoke     one short pass that shows it works; its figures mean nothing\n\n"
      "A ratio above 1 is ahead of the rival. Exit status 1: a bar failed.\n",
      what, runs_min);
  std::exit(status);
}

std::string cpu_model() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("model name")) {
      return line.substr(line.find(':') + 2);
    }
  }
  return "unknown";
}

nlohmann::ordered_json machine() {
  utsname system{};
  uname(&system);
  const auto pages = static_cast<std::int64_t>(sysconf(_SC_PHYS_PAGES));
  const auto page_bytes = static_cast<std::int64_t>(sysconf(_SC_PAGESIZE));
  return {{"cpu", cpu_model()},
          {"cores", sysconf(_SC_NPROCESSORS_ONLN)},
          {"memory_bytes", pages * page_bytes},
          {"kernel", system.release}};
}

bool passes(const Row& row) {
  const auto ratio = ratio_of(row);
  return !row.bar || (ratio && *ratio >= *row.bar);
}

nlohmann::ordered_json to_json(const Row& row, bool judged) {
  nlohmann::ordered_json json = {{"id", row.id},         {"name", row.name},
                                 {"unit", row.unit},     {"value", row.value.median},
                                 {"min", row.value.min}, {"max", row.value.max}};
  if (!row.rival.empty()) {
    json["rival"] = row.rival;
    json["rival_value"] =
        row.rival_value ? nlohmann::ordered_json(row.rival_value->median) : nullptr;
    const auto ratio = ratio_of(row);
    json["ratio"] = ratio ? nlohmann::ordered_json(*ratio) : nullptr;
  }
  if (row.bar && judged) {
    json["bar"] = *row.bar;
    json["pass"] = passes(row);
  }
  return json;
}

std::string figure(double value) {
  return std::abs(value) >= 1000 ? fmt::format("{:.0f}", value) : fmt::format("{:.3g}", value);
}

void print_row(const Row& row, bool judged) {
  std::string rival = "-";
  std::string ratio = "-";
  if (!row.rival.empty()) {
    rival = row.rival_value ? fmt::format("{} {}", row.rival, figure(row.rival_value->median))
                            : row.rival + " absent";
    if (const auto value = ratio_of(row)) {
      ratio = fmt::format("{:.2f}x", *value);
    }
  }
  const char* verdict = !row.bar || !judged ? "" : passes(row) ? "pass" : "FAIL";
  fmt::print("{:<44} {:>11} {:<6} {:>9}..{:<9} {:<30} {:>8} {}\n", row.name,
             figure(row.value.median), row.unit, figure(row.value.min), figure(row.value.max),
             rival, ratio, verdict);
}

/// Ends the process when it is no number, or too small a one.
int parse_runs(std::string_view text) {
  int runs = 0;
  const auto [end, error] = std::from_chars(text.begin(), text.end(), runs);
  if (error != std::errc() || end != text.end() || runs < runs_min) {
    fmt::print(stderr, "--runs wants a number of at least {}, not \"{}\"\n", runs_min, text);
    std::exit(2);
  }
  return runs;
}

}  // namespace

Options parse_options(int argc, char** argv, std::string_view what_it_measures) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument == "--smoke") {
      options.smoke = true;
    } else if (argument == "--json") {
      options.json = true;
    } else if (argument == "--help") {
      end_with_usage(what_it_measures, 0);
    } else if (argument.starts_with("--dir=")) {
      options.folder = argument.substr(std::string_view("--dir=").size());
    } else if (argument.starts_with("--runs=")) {
      options.runs = parse_runs(argument.substr(std::string_view("--runs=").size()));
    } else {
      fmt::print(stderr, "unknown argument \"{}\"\n\n", argument);
      end_with_usage(what_it_measures, 2);
    }
  }
  if (options.smoke) {
    options.runs = 1;
  }
  return options;
}

Spread spread_of(std::vector<double> values) {
  if (values.empty()) {
    return {};
  }
  std::sort(values.begin(), values.end());
  const std::size_t middle = values.size() / 2;
  const double median =
      values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
  return {.min = values.front(), .median = median, .max = values.back()};
}

Spread measure(const Options& options, const Run& run) {
  std::vector<double> values;
  values.reserve(static_cast<std::size_t>(options.runs));
  run();  // warm-up
  for (int i = 0; i < options.runs; ++i) {
    values.push_back(run());
  }
  return spread_of(std::move(values));
}

Pair measure_against(const Options& options, const Run& run, const Run& rival) {
  std::vector<double> ours;
  std::vector<double> theirs;
  run();
  rival();
  for (int i = 0; i < options.runs; ++i) {
    ours.push_back(run());
    theirs.push_back(rival());
  }
  return {.value = spread_of(std::move(ours)), .rival = spread_of(std::move(theirs))};
}

double nanoseconds_per_call(const Options& options, const std::function<void()>& call) {
  std::int64_t calls = 1;
  while (true) {
    const std::int64_t start = now_ns();
    for (std::int64_t i = 0; i < calls; ++i) {
      call();
    }
    const std::int64_t taken = now_ns() - start;
    if (taken >= run_nanoseconds || options.smoke) {
      return static_cast<double>(taken) / static_cast<double>(calls);
    }
    const std::int64_t wanted = calls * run_nanoseconds / std::max<std::int64_t>(taken, 1) + 1;
    calls = std::min(wanted + wanted / 8, calls * 64);
  }
}

std::optional<double> ratio_of(const Row& row) {
  if (row.rival.empty() || !row.rival_value || row.value.median <= 0 ||
      row.rival_value->median <= 0) {
    return std::nullopt;
  }
  return row.better == Better::Higher ? row.value.median / row.rival_value->median
                                      : row.rival_value->median / row.value.median;
}

Report::Report(std::string line, Options options)
    : line_(std::move(line)), options_(std::move(options)), started_ns_(now_ns()) {}

void Report::add(Row row) {
  rows_.push_back(std::move(row));
}

int Report::finish() const {
  const double seconds = static_cast<double>(now_ns() - started_ns_) / 1e9;
  const bool judged = !options_.smoke;
  if (options_.json) {
    nlohmann::ordered_json json = {
        {"line", line_}, {"machine", machine()}, {"seconds", seconds}, {"runs", options_.runs}};
    json["rows"] = nlohmann::ordered_json::array();
    for (const Row& row : rows_) {
      json["rows"].push_back(to_json(row, judged));
    }
    fmt::print("{}\n", json.dump(2));
  } else {
    fmt::print("{} · {} · {} runs each, median with min..max · {:.1f} s{}\n", line_, cpu_model(),
               options_.runs, seconds, judged ? "" : " · smoke run, figures mean nothing");
    for (const Row& row : rows_) {
      print_row(row, judged);
    }
  }
  return judged && !std::all_of(rows_.begin(), rows_.end(), passes) ? 1 : 0;
}

}  // namespace cairn::bench
