// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cairn::bench {

/// What every benchmark's command line says.
struct Options {
  bool smoke = false;  ///< one short pass to show that it works; the figures mean nothing, and no
                       ///< bar is judged
  bool json = false;
  int runs = 5;  ///< counted runs of each figure, at least 5
  std::string folder =
      {};  ///< where benchmarks that need a disk may write; empty: below the current folder
};

/// Reads --smoke --json --runs=N --dir=DIR --help. Ends the process on --help (0) and on a bad
/// argument (2).
Options parse_options(int argc, char** argv, std::string_view what_it_measures);

/// One figure over several runs: the machine is noisy, so a single value says little.
struct Spread {
  double min = 0;
  double median = 0;
  double max = 0;
};

[[nodiscard]] Spread spread_of(std::vector<double> values);

/// A figure and its rival's, measured in turn (A B A B …) so that the ratio holds when the
/// machine's speed drifts.
struct Pair {
  Spread value;
  Spread rival;
};

/// One run of a figure: does the work and returns the figure in the row's unit.
using Run = std::function<double()>;

[[nodiscard]] Spread measure(const Options& options, const Run& run);
[[nodiscard]] Pair measure_against(const Options& options, const Run& run, const Run& rival);

/// Nanoseconds per call of `call`, which is called often enough that the clock's own cost vanishes
/// (once in a smoke run).
[[nodiscard]] double nanoseconds_per_call(const Options& options,
                                          const std::function<void()>& call);

/// Keeps the compiler from dropping a result nobody reads.
template <typename T>
inline void keep(const T& value) {
  asm volatile("" : : "r,m"(value) : "memory");
}

enum class Better : std::uint8_t { Higher, Lower };

struct Row {
  int id = 0;  ///< line in the performance budget, 0 for none
  std::string name;
  std::string unit = {};
  Better better = Better::Higher;
  Spread value = {};
  std::string rival = {};                  ///< empty: a raw figure that others are measured against
  std::optional<Spread> rival_value = {};  ///< absent: the rival is not installed; never guessed
  std::optional<double> bar = {};          ///< least ratio that passes
};

/// How much better than the rival: above 1 is ahead, whichever way the unit points. Empty without a
/// rival.
[[nodiscard]] std::optional<double> ratio_of(const Row& row);

/// Collects the rows of one benchmark and prints them once: a table, or one JSON object {line,
/// machine, seconds, rows}.
class Report final {
 public:
  Report(std::string line, Options options);
  void add(Row row);
  /// Prints; returns the process's exit status: 1 when a bar failed, else 0.
  [[nodiscard]] int finish() const;

 private:
  std::string line_;
  Options options_;
  std::int64_t started_ns_;
  std::vector<Row> rows_;
};

}  // namespace cairn::bench
