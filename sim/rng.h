// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace cairn::sim {

/// A portable generator (xoshiro256**): the same seed and name give the same numbers with every
/// compiler, library and optimisation level, which the distributions of the standard library do
/// not. Cheap to copy; a copy goes on from the same place. Belongs to one thread, and never draws
/// twice in one expression's arguments, because their order is the compiler's choice.
class Rng final {
 public:
  /// The sub-stream `name` of the root `seed`. Streams do not influence each other.
  Rng(std::uint64_t seed, std::string_view name);

  [[nodiscard]] std::uint64_t u64() noexcept;
  /// From 0 to n - 1, each equally likely. Requires: n > 0.
  [[nodiscard]] std::uint64_t below(std::uint64_t n) noexcept;
  /// From `low` to `high`, both included. Requires: low <= high.
  [[nodiscard]] std::uint64_t between(std::uint64_t low, std::uint64_t high) noexcept;
  /// Half the time nothing, else from `low` to `high`. Coin and value are both drawn always, so
  /// that no coin shifts the draws after it. Requires: low <= high.
  [[nodiscard]] std::optional<std::uint64_t> maybe_between(std::uint64_t low,
                                                           std::uint64_t high) noexcept;
  /// True `numerator` times in `denominator`. Requires: denominator > 0.
  [[nodiscard]] bool chance(std::uint64_t numerator, std::uint64_t denominator) noexcept;

  /// True once in `n`; never when n is 0, and then nothing is drawn.
  [[nodiscard]] bool one_in(std::uint64_t n) noexcept { return n != 0 && chance(1, n); }

 private:
  std::array<std::uint64_t, 4> state_{};
};

}  // namespace cairn::sim
