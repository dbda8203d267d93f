// SPDX-License-Identifier: Apache-2.0
#include "petri/explore.h"

#include <algorithm>
#include <numeric>
#include <optional>
#include <utility>

#include "base/check.h"
#include "base/checksum.h"
#include "base/limits.h"

namespace cairn::petri {

namespace {

/// Sets of places that transitions join.
class Joined final {
 public:
  explicit Joined(std::size_t places) : parent_(places) {
    std::iota(parent_.begin(), parent_.end(), std::uint32_t{0});
  }

  std::uint32_t root(std::uint32_t place) {
    while (parent_[place] != place) {
      parent_[place] = parent_[parent_[place]];
      place = parent_[place];
    }
    return place;
  }

  /// The least place of a set is its root, so parts come in the order of their first places.
  void join(std::uint32_t a, std::uint32_t b) {
    const auto [low, high] = std::minmax({root(a), root(b)});
    parent_[high] = low;
  }

 private:
  std::vector<std::uint32_t> parent_;
};

std::uint32_t first_place(const Transition& transition) {
  const auto& arcs = transition.takes.empty() ? transition.gives : transition.takes;
  return arcs.empty() ? nowhere : arcs.front().place;
}

/// What is left of the bounds of one exploration.
struct Budget {
  std::size_t markings = 0;
  std::size_t bytes = petri_marking_bytes_max;
  std::size_t checks = petri_checks_max;

  [[nodiscard]] Budget share(std::size_t parts) const {
    return {.markings = std::max<std::size_t>(1, markings / parts),
            .bytes = bytes / parts,
            .checks = checks / parts};
  }

  void spend(const Budget& given, const Budget& left) {
    markings -= std::min(markings, given.markings - left.markings);
    bytes -= std::min(bytes, given.bytes - left.bytes);
    checks -= std::min(checks, given.checks - left.checks);
  }
};

/// Explores one part. Its arcs name places by their position in the part.
class PartExplorer final {
 public:
  PartExplorer(const Net& net, Part& part, Budget& budget, std::vector<bool>& enabled)
      : part_(part), budget_(budget), enabled_(enabled) {
    for (const std::uint32_t place : part.places) {
      start_too_full_ |= net.places[place].initial > petri_tokens_max;
      scratch_.push_back(static_cast<std::uint8_t>(net.places[place].initial));
    }
    for (const std::uint32_t position : part.transitions) {
      const Transition& transition = net.transitions[position];
      moves_.push_back({.position = position,
                        .changes = transition.takes != transition.gives,
                        .takes = local(transition.takes),
                        .gives = local(transition.gives)});
    }
  }

  void run() {
    part_.is_complete = !start_too_full_;
    if (start_too_full_) {
      return;
    }
    slots_.assign(64, nowhere);
    if (!add({})) {
      part_.is_complete = false;
      return;
    }
    for (std::size_t i = 0; i < part_.size(); ++i) {
      if (!expand(static_cast<std::uint32_t>(i))) {
        part_.is_complete = false;
        break;
      }
    }
    find_dead();
  }

 private:
  struct Move {
    std::uint32_t position = 0;
    bool changes = false;
    std::vector<Arc> takes;
    std::vector<Arc> gives;
  };

  [[nodiscard]] std::vector<Arc> local(std::vector<Arc> arcs) const {
    for (Arc& arc : arcs) {
      const auto found = std::ranges::lower_bound(part_.places, arc.place);
      arc.place = static_cast<std::uint32_t>(found - part_.places.begin());
    }
    return arcs;
  }

  [[nodiscard]] static bool can_fire(const Move& move, std::span<const std::uint8_t> marking) {
    return std::ranges::all_of(move.takes,
                               [&](const Arc& arc) { return marking[arc.place] >= arc.weight; });
  }

  /// Leaves the next marking in scratch_; false when a place would hold too many tokens.
  bool fire(const Move& move, std::span<const std::uint8_t> marking) {
    scratch_.assign(marking.begin(), marking.end());
    for (const Arc& arc : move.takes) {
      scratch_[arc.place] = static_cast<std::uint8_t>(scratch_[arc.place] - arc.weight);
    }
    for (const Arc& arc : move.gives) {
      const std::size_t tokens = std::size_t{scratch_[arc.place]} + arc.weight;
      if (tokens > petri_tokens_max) {
        return false;
      }
      scratch_[arc.place] = static_cast<std::uint8_t>(tokens);
    }
    return true;
  }

  /// False when a bound was met, so that not all that follows from the marking is known.
  bool expand(std::uint32_t marking) {
    bool is_whole = true;
    if (budget_.checks < moves_.size()) {
      return false;
    }
    budget_.checks -= moves_.size();
    for (const Move& move : moves_) {
      if (!can_fire(move, part_.marking(marking))) {
        continue;
      }
      enabled_[move.position] = true;
      const bool known =
          fire(move, part_.marking(marking)) && add({.from = marking, .transition = move.position});
      is_whole = is_whole && known;
    }
    return is_whole;
  }

  /// The slot where the marking in scratch_ is, or where it belongs.
  [[nodiscard]] std::size_t slot_of(std::span<const std::uint8_t> marking) const {
    std::size_t slot = checksum64(std::as_bytes(marking)) & (slots_.size() - 1);
    while (slots_[slot] != nowhere && !std::ranges::equal(part_.marking(slots_[slot]), marking)) {
      slot = (slot + 1) & (slots_.size() - 1);
    }
    return slot;
  }

  /// Keeps the marking in scratch_ unless it is known; false when there is no room for it.
  bool add(Part::Origin origin) {
    const std::size_t slot = slot_of(scratch_);
    if (slots_[slot] != nowhere) {
      return true;
    }
    if (budget_.markings == 0 || budget_.bytes < scratch_.size()) {
      return false;
    }
    --budget_.markings;
    budget_.bytes -= scratch_.size();
    slots_[slot] = static_cast<std::uint32_t>(part_.size());
    part_.tokens.insert(part_.tokens.end(), scratch_.begin(), scratch_.end());
    part_.origins.push_back(origin);
    if (part_.size() * 2 > slots_.size()) {
      grow();
    }
    return true;
  }

  void grow() {
    slots_.assign(slots_.size() * 2, nowhere);
    for (std::size_t i = 0; i < part_.size(); ++i) {
      slots_[slot_of(part_.marking(i))] = static_cast<std::uint32_t>(i);
    }
  }

  void find_dead() {
    for (std::size_t i = 0; i < part_.size(); ++i) {
      part_.dead.push_back(std::ranges::none_of(moves_, [&](const Move& move) {
        return move.changes && can_fire(move, part_.marking(i));
      }));
    }
  }

  Part& part_;
  Budget& budget_;
  std::vector<bool>& enabled_;
  std::vector<Move> moves_;
  std::vector<std::uint32_t> slots_;  // markings by checksum, linear probing; a power of two
  std::vector<std::uint8_t> scratch_;
  bool start_too_full_ = false;
};

void join_arcs(Joined& joined, std::uint32_t with, const std::vector<Arc>& arcs) {
  for (const Arc& arc : arcs) {
    joined.join(with, arc.place);
  }
}

std::vector<Part> split(const Net& net, std::vector<std::uint32_t>& part_of) {
  Joined joined(net.places.size());
  for (const Transition& transition : net.transitions) {
    join_arcs(joined, first_place(transition), transition.takes);
    join_arcs(joined, first_place(transition), transition.gives);
  }
  std::vector<Part> parts;
  part_of.assign(net.places.size(), nowhere);
  for (std::uint32_t place = 0; place < net.places.size(); ++place) {
    const std::uint32_t root = joined.root(place);
    if (root == place) {
      part_of[place] = static_cast<std::uint32_t>(parts.size());
      parts.emplace_back();
    }
    part_of[place] = part_of[root];
    parts[part_of[place]].places.push_back(place);
  }
  for (std::uint32_t i = 0; i < net.transitions.size(); ++i) {
    if (const std::uint32_t place = first_place(net.transitions[i]); place != nowhere) {
      parts[part_of[place]].transitions.push_back(i);
    }
  }
  return parts;
}

/// Notes the marking at each place that it is the first to have tokens on.
void note_reached(const Part& part, std::uint32_t marking, std::vector<std::uint32_t>& reached) {
  const auto tokens = part.marking(marking);
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    std::uint32_t& first = reached[part.places[i]];
    first = tokens[i] > 0 && first == nowhere ? marking : first;
  }
}

/// Whether anything can ever happen there.
bool moves(const Part& part) {
  return !part.transitions.empty();
}

}  // namespace

Exploration::Exploration(const Net& net, const ExploreOptions& options)
    : reached_(net.places.size(), nowhere), enabled_(net.transitions.size(), false) {
  parts_ = split(net, part_of_);
  Budget budget = {.markings = std::min(options.markings_max, petri_markings_max)};
  auto to_go = static_cast<std::size_t>(std::ranges::count_if(parts_, moves));
  for (Part& part : parts_) {
    const Budget given = moves(part) ? budget.share(to_go--) : Budget{.markings = 1};
    Budget left = given;
    PartExplorer(net, part, left, enabled_).run();
    if (moves(part)) {
      budget.spend(given, left);
    }
  }
  for (std::uint32_t i = 0; i < net.transitions.size(); ++i) {
    // A transition without places can always fire and changes nothing.
    enabled_[i] = enabled_[i] || first_place(net.transitions[i]) == nowhere;
  }
  for (const Part& part : parts_) {
    for (std::uint32_t marking = 0; marking < part.size(); ++marking) {
      note_reached(part, marking, reached_);
    }
  }
}

bool Exploration::is_complete() const noexcept {
  return std::ranges::all_of(parts_, &Part::is_complete);
}

std::size_t Exploration::markings() const noexcept {
  return std::accumulate(
      parts_.begin(), parts_.end(), std::size_t{0},
      [](std::size_t sum, const Part& part) { return moves(part) ? sum + part.size() : sum; });
}

std::vector<std::uint32_t> Exploration::path(const Part& part, std::uint32_t marking) {
  CAIRN_CHECK(marking < part.size());
  std::vector<std::uint32_t> transitions;
  while (part.origins[marking].from != nowhere) {
    transitions.push_back(part.origins[marking].transition);
    marking = part.origins[marking].from;
  }
  std::ranges::reverse(transitions);
  return transitions;
}

}  // namespace cairn::petri
