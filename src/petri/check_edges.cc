// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/core.h>

#include "petri/findings.h"
#include "petri/positions.h"

namespace cairn::petri {

namespace {

/// Records that need, or erase, one another. An arrow is led by an edge of the schema.
struct Arrow {
  std::uint16_t from = 0;
  std::uint16_t to = 0;
  std::uint16_t edge = 0;
};

class Arrows final {
 public:
  Arrows(std::size_t records, const std::vector<Arrow>& arrows) : from_(records) {
    for (const Arrow& arrow : arrows) {
      from_[arrow.from].push_back(arrow);
    }
  }

  /// A shortest way back to where it starts, first found in the order of the edges; empty when
  /// there is none.
  [[nodiscard]] std::vector<Arrow> cycle(std::uint16_t start) const {
    std::vector<std::optional<Arrow>> into(from_.size());
    std::vector<std::uint16_t> ends = {start};
    for (std::size_t i = 0; i < ends.size() && !into[start]; ++i) {
      for (const Arrow& arrow : from_[ends[i]]) {
        follow(arrow, into, ends);
      }
    }
    std::vector<Arrow> way;
    for (std::optional<Arrow> last = into[start]; last;) {
      way.push_back(*last);
      last = last->from == start ? std::nullopt : into[last->from];
    }
    std::ranges::reverse(way);
    return way;
  }

 private:
  static void follow(const Arrow& arrow, std::vector<std::optional<Arrow>>& into,
                     std::vector<std::uint16_t>& ends) {
    if (!into[arrow.to]) {
      into[arrow.to] = arrow;
      ends.push_back(arrow.to);
    }
  }

  std::vector<std::vector<Arrow>> from_;
};

/// One finding for each cycle: told at its first record, and not again at the others.
template <typename Tell>
void for_each_cycle(const Arrows& arrows, std::size_t records, Tell tell) {
  std::vector<bool> told(records, false);
  for (const std::uint16_t record : positions(records)) {
    const std::vector<Arrow> cycle = told[record] ? std::vector<Arrow>{} : arrows.cycle(record);
    if (cycle.empty()) {
      continue;
    }
    for (const Arrow& arrow : cycle) {
      told[arrow.from] = true;
    }
    tell(cycle);
  }
}

class EdgeCheck final {
 public:
  EdgeCheck(const DomainInfo& domain, std::vector<Finding>& findings)
      : domain_(domain), findings_(findings), needs_(needs_of(domain)) {}

  /// From nothing, whatever needs only what is there already, until nothing is added.
  [[nodiscard]] std::vector<bool> creatable() const {
    std::vector<bool> there(domain_.records.size(), false);
    const auto can_come = [&](std::uint16_t record) {
      return !there[record] && std::ranges::none_of(needs_, [&](const Need& need) {
        return need.needer == record && !there[need.far];
      });
    };
    for (std::size_t before = 1, now = 0; before != now;) {
      before = now;
      for (const std::uint16_t record : positions(there.size())) {
        const bool comes = can_come(record);
        there[record] = there[record] || comes;
        now += comes ? 1 : 0;
      }
    }
    return there;
  }

  void check_creation(const std::vector<bool>& creatable) {
    std::vector<Arrow> arrows;
    arrows.reserve(needs_.size());
    for (const Need& need : needs_) {
      arrows.push_back({.from = need.needer, .to = need.far, .edge = need.edge});
    }
    std::vector<bool> in_cycle(creatable.size(), false);
    const Arrows graph(creatable.size(), arrows);
    for_each_cycle(graph, creatable.size(), [&](const std::vector<Arrow>& cycle) {
      add_required_cycle(cycle);
      for (const Arrow& arrow : cycle) {
        in_cycle[arrow.from] = true;
      }
    });
    for (const Need& need : needs_) {
      if (!creatable[need.far] && !in_cycle[need.needer]) {
        add(Severity::Error, FindingKind::NeedsUncreated,
            fmt::format("record {}", name(need.needer)),
            fmt::format("each row needs a row of {} (edge {}), and none can ever be created",
                        name(need.far), edge(need.edge).name),
            fmt::format("make it possible to create {} first", name(need.far)));
      } else if (need.exclusive) {
        add(Severity::Note, FindingKind::TakesOne, fmt::format("record {}", name(need.needer)),
            fmt::format("each row takes a row of {} for itself (edge {}), so there are never "
                        "more rows of {} than of {}",
                        name(need.far), edge(need.edge).name, name(need.needer), name(need.far)),
            "lawful; declare Many at that end if rows should share");
      }
    }
  }

  void check_erasing() {
    for (const EdgeInfo& edge : domain_.edges) {
      check_erase_rule(edge);
    }
    std::vector<Arrow> arrows;
    for (const std::uint16_t i : positions(domain_.edges.size())) {
      if (edge(i).on_erase == OnErase::Cascade) {
        arrows.push_back({.from = edge(i).target, .to = edge(i).source, .edge = i});
      }
    }
    const Arrows graph(domain_.records.size(), arrows);
    for_each_cycle(graph, domain_.records.size(), [&](const std::vector<Arrow>& cycle) {
      std::string way(name(cycle.front().from));
      for (const Arrow& arrow : cycle) {
        way += fmt::format(" takes {} with it (edge {})", name(arrow.to), edge(arrow.edge).name);
      }
      add(Severity::Note, FindingKind::CascadeCycle, fmt::format("record {}", name(cycle[0].from)),
          fmt::format("erasing goes in a circle: {}", way),
          "lawful; mind that erasing one row may erase any number, within the command's budget");
    });
  }

 private:
  [[nodiscard]] std::string_view name(std::uint16_t record) const {
    return domain_.records[record]->name;
  }

  [[nodiscard]] const EdgeInfo& edge(std::uint16_t position) const {
    return domain_.edges[position];
  }

  void add(Severity severity, FindingKind kind, std::string place, std::string why,
           std::string advice) {
    findings_.push_back({.severity = severity,
                         .kind = kind,
                         .place = std::move(place),
                         .why = std::move(why),
                         .advice = std::move(advice),
                         .witness = {}});
  }

  void add_required_cycle(const std::vector<Arrow>& cycle) {
    std::string way(name(cycle.front().from));
    for (const Arrow& arrow : cycle) {
      way += fmt::format(" needs {} (edge {})", name(arrow.to), edge(arrow.edge).name);
      way += &arrow == &cycle.back() ? "" : ", which";
    }
    add(Severity::Error, FindingKind::RequiredCycle,
        fmt::format("record {}", name(cycle.front().from)),
        fmt::format("{}; a new row is linked to rows that are there already, so none of these can "
                    "be the first",
                    way),
        "drop Required at one of these ends, and keep it as an invariant if it must hold");
  }

  void check_erase_rule(const EdgeInfo& edge) {
    const std::string place = fmt::format("edge {}", edge.name);
    const bool is_required = edge.source_required || edge.target_required;
    if (edge.on_erase == OnErase::Unlink && is_required) {
      add(Severity::Error, FindingKind::UnlinkRequired, place,
          fmt::format(
              "erasing a row unlinks it and leaves a row of {} without its required link, so "
              "the command faults",
              name(edge.target_required ? edge.source : edge.target)),
          "use OnErase::Refuse or OnErase::Cascade");
    }
    if (edge.on_erase != OnErase::Cascade) {
      return;
    }
    if (edge.source_required) {
      add(Severity::Warning, FindingKind::CascadeStrands, place,
          fmt::format(
              "erasing a row of {} unlinks it, and a row of {} whose last link that was lacks "
              "a required one, so the command faults",
              name(edge.source), name(edge.target)),
          "drop Required at the source, or let the command link another row first");
    }
    for (const Need& need : needs_) {
      const EdgeInfo& other = domain_.edges[need.edge];
      if (need.needer == edge.source && &other != &edge && other.on_erase == OnErase::Refuse) {
        add(Severity::Warning, FindingKind::CascadeRefused, place,
            fmt::format("erasing a row of {} erases its rows of {}, and each of them has a link of "
                        "edge {}, which refuses",
                        name(edge.target), name(edge.source), other.name),
            fmt::format("let the command unlink {} first, or choose another rule for it",
                        other.name));
      }
    }
  }

  const DomainInfo& domain_;
  std::vector<Finding>& findings_;
  std::vector<Need> needs_;
};

}  // namespace

std::vector<bool> check_edges(const schema::Schema& schema, std::vector<Finding>& findings) {
  EdgeCheck check(schema.domain(), findings);
  std::vector<bool> creatable = check.creatable();
  check.check_creation(creatable);
  check.check_erasing();
  return creatable;
}

}  // namespace cairn::petri
