// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "petri/net.h"

namespace cairn::petri {

/// Places that transitions join, and what can happen there. Parts of a net have nothing to do with
/// one another, so each is explored by itself: the markings of the net are all combinations of the
/// markings of its parts.
struct Part {
  /// How a marking was reached first; nowhere for the start.
  struct Origin {
    std::uint32_t from = nowhere;
    std::uint32_t transition = nowhere;  ///< a position in Net::transitions
  };

  std::vector<std::uint32_t> places;       ///< positions in Net::places, ascending
  std::vector<std::uint32_t> transitions;  ///< positions in Net::transitions, ascending
  std::vector<std::uint8_t> tokens;        ///< of all markings, one after the other
  std::vector<Origin> origins;             ///< of each marking, in the order of discovery
  std::vector<bool> dead;                  ///< of each marking: nothing that changes it can fire
  bool is_complete = true;                 ///< all markings that can be reached are here

  [[nodiscard]] std::size_t size() const noexcept { return origins.size(); }

  /// Tokens of each of `places`. Marking 0 is the start.
  [[nodiscard]] std::span<const std::uint8_t> marking(std::size_t i) const {
    return std::span(tokens).subspan(i * places.size(), places.size());
  }
};

struct ExploreOptions {
  std::size_t markings_max = 100'000;  ///< of all parts together, at most petri_markings_max
};

/// All markings that a net can reach, breadth first, so that the way to each is a shortest one.
/// Deterministic, and bounded: by markings, their bytes, transitions tried and tokens on a place
/// (base/limits.h). What is missing then shows in `is_complete`.
class Exploration final {
 public:
  Exploration(const Net& net, const ExploreOptions& options);

  [[nodiscard]] std::span<const Part> parts() const noexcept { return parts_; }

  [[nodiscard]] bool is_complete() const noexcept;

  /// Of all parts with transitions together.
  [[nodiscard]] std::size_t markings() const noexcept;

  /// The first marking with a token on the place, in its part; nowhere when none was found.
  [[nodiscard]] std::uint32_t first_marking(std::uint32_t place) const { return reached_[place]; }

  [[nodiscard]] std::size_t part_of(std::uint32_t place) const { return part_of_[place]; }

  /// Whether some marking that was found enables it.
  [[nodiscard]] bool is_enabled(std::uint32_t transition) const { return enabled_[transition]; }

  /// The transitions that lead from the start to a marking.
  [[nodiscard]] static std::vector<std::uint32_t> path(const Part& part, std::uint32_t marking);

 private:
  std::vector<Part> parts_;
  std::vector<std::uint32_t> reached_;
  std::vector<std::uint32_t> part_of_;
  std::vector<bool> enabled_;
};

}  // namespace cairn::petri
