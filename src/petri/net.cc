// SPDX-License-Identifier: Apache-2.0
#include "petri/net.h"

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/core.h>

#include "base/check.h"
#include "base/limits.h"
#include "petri/positions.h"

namespace cairn::petri {

namespace {

Error too_large(std::string_view what, std::size_t limit) {
  return Error(Errc::TooLarge, fmt::format("the net has more than {} {}", limit, what))
      .at("petri")
      .advise("declare fewer records or states");
}

class NetBuilder final {
 public:
  NetBuilder(const DomainInfo& domain, std::uint32_t rows) noexcept
      : domain_(domain), rows_(rows), needs_(needs_of(domain)) {}

  Result<Net> build() {
    for (const std::uint16_t record : positions(domain_.records.size())) {
      CAIRN_TRY(add_places(record));
    }
    for (const Need& need : needs_) {
      CAIRN_TRY(add_free_place(need));
    }
    for (const std::uint16_t record : positions(domain_.records.size())) {
      CAIRN_TRY(add_create(record));
      CAIRN_TRY(add_steps(record));
      CAIRN_TRY(add_erases(record));
    }
    return std::move(net_);
  }

 private:
  [[nodiscard]] const StructInfo& record_at(std::uint16_t record) const {
    return *domain_.records[record];
  }

  Result<std::uint32_t> add_place(Place place) {
    if (net_.places.size() >= petri_places_max) {
      return fail(too_large("places", petri_places_max));
    }
    net_.places.push_back(std::move(place));
    return static_cast<std::uint32_t>(net_.places.size() - 1);
  }

  Result<> add_transition(Transition transition) {
    normalise(transition.takes);
    normalise(transition.gives);
    arcs_ += transition.takes.size() + transition.gives.size();
    if (net_.transitions.size() >= petri_transitions_max) {
      return fail(too_large("transitions", petri_transitions_max));
    }
    if (arcs_ > petri_arcs_max) {
      return fail(too_large("arcs", petri_arcs_max));
    }
    net_.transitions.push_back(std::move(transition));
    return {};
  }

  Result<> add_places(std::uint16_t record) {
    const StructInfo& info = record_at(record);
    RecordPlaces places;
    CAIRN_TRY(places.absent, add_place({.kind = PlaceKind::Absent,
                                        .record = record,
                                        .initial = rows_,
                                        .name = fmt::format("no {}", info.name)}));
    const bool is_looked_at = std::ranges::any_of(
        needs_, [&](const Need& need) { return need.far == record && !need.exclusive; });
    const bool has_machine =
        std::ranges::find(info.fields, FieldRole::State, &FieldInfo::role) != info.fields.end();
    if (is_looked_at || !has_machine) {
      CAIRN_TRY(
          places.row,
          add_place({.kind = PlaceKind::Row, .record = record, .name = std::string(info.name)}));
    }
    for (const std::uint16_t field : positions(info.fields.size())) {
      if (info.fields[field].role != FieldRole::State) {
        continue;
      }
      CAIRN_TRY(const MachinePlaces machine, add_machine(record, field));
      places.machines.push_back(machine);
    }
    net_.records.push_back(std::move(places));
    return {};
  }

  Result<MachinePlaces> add_machine(std::uint16_t record, std::uint16_t field) {
    const FieldInfo& info = record_at(record).fields[field];
    const auto values = info.type->enumeration->values;
    MachinePlaces machine = {.field = field,
                             .first_state = values.front().value,
                             .first_place = static_cast<std::uint32_t>(net_.places.size()),
                             .count = static_cast<std::uint32_t>(values.size())};
    for (const EnumValue& value : values) {
      CAIRN_TRY(add_place(
          {.kind = PlaceKind::State,
           .record = record,
           .field = field,
           .state = value.value,
           .name = fmt::format("{}.{}.{}", record_at(record).name, info.name, value.name)}));
    }
    return machine;
  }

  Result<> add_free_place(const Need& need) {
    free_.push_back(0);
    if (!need.exclusive) {
      return {};
    }
    const EdgeInfo& edge = domain_.edges[need.edge];
    const bool far_is_target = edge.target_required && need.far == edge.target;
    CAIRN_TRY(free_.back(),
              add_place({.kind = PlaceKind::Free,
                         .record = need.far,
                         .edge = need.edge,
                         .name = fmt::format("{} without {}", record_at(need.far).name,
                                             far_is_target ? edge.inverse : edge.name)}));
    return {};
  }

  /// The tokens of a row with these states.
  [[nodiscard]] std::vector<Arc> row_tokens(std::uint16_t record,
                                            const std::vector<std::int64_t>& states) const {
    const RecordPlaces& places = net_.records[record];
    std::vector<Arc> arcs;
    if (places.row != nowhere) {
      arcs.push_back({.place = places.row});
    }
    for (std::size_t i = 0; i < states.size(); ++i) {
      arcs.push_back({.place = places.machines[i].place(states[i])});
    }
    return arcs;
  }

  Result<> add_create(std::uint16_t record) {
    const StructInfo& info = record_at(record);
    std::vector<std::int64_t> states;
    for (const MachinePlaces& machine : net_.records[record].machines) {
      states.push_back(info.fields[machine.field].machine->initial);
    }
    Transition create = {.kind = TransitionKind::Create,
                         .record = record,
                         .name = fmt::format("create {}", info.name),
                         .takes = {{.place = net_.records[record].absent}},
                         .gives = row_tokens(record, states)};
    std::set<std::uint32_t> looked_at;
    for (std::size_t i = 0; i < needs_.size(); ++i) {
      const Need& need = needs_[i];
      if (need.needer == record && need.exclusive) {
        create.takes.push_back({.place = free_[i]});
      } else if (need.needer == record) {
        looked_at.insert(net_.records[need.far].row);
      }
      if (need.far == record && need.exclusive) {
        create.gives.push_back({.place = free_[i]});
      }
    }
    for (const std::uint32_t place : looked_at) {
      create.takes.push_back({.place = place});
      create.gives.push_back({.place = place});
    }
    return add_transition(std::move(create));
  }

  Result<> add_steps(std::uint16_t record) {
    for (const MachinePlaces& machine : net_.records[record].machines) {
      CAIRN_TRY(add_steps(record, machine));
    }
    return {};
  }

  Result<> add_steps(std::uint16_t record, const MachinePlaces& machine) {
    const FieldInfo& field = record_at(record).fields[machine.field];
    for (const cairn::Transition& step : field.machine->transitions) {
      CAIRN_TRY(add_transition(
          {.kind = TransitionKind::Step,
           .record = record,
           .field = machine.field,
           .from = step.from,
           .to = step.to,
           .guarded = step.guarded,
           .name = fmt::format("{}.{}: {} to {}", record_at(record).name, field.name,
                               state_name(field, step.from), state_name(field, step.to)),
           .takes = {{.place = machine.place(step.from)}},
           .gives = {{.place = machine.place(step.to)}}}));
    }
    return {};
  }

  /// One transition for each combination of states, the last machine counting fastest.
  Result<> add_erases(std::uint16_t record) {
    RecordPlaces& places = net_.records[record];
    std::size_t combinations = 1;
    for (const MachinePlaces& machine : places.machines) {
      combinations = std::min(combinations * machine.count, petri_erase_combinations_max + 1);
    }
    places.erases = combinations <= petri_erase_combinations_max;
    for (std::size_t i = 0; places.erases && i < combinations; ++i) {
      std::vector<std::int64_t> states(places.machines.size());
      std::size_t rest = i;
      for (std::size_t m = states.size(); m-- > 0;) {
        const MachinePlaces& machine = places.machines[m];
        states[m] = machine.first_state + static_cast<std::int64_t>(rest % machine.count);
        rest /= machine.count;
      }
      CAIRN_TRY(add_erase(record, states));
    }
    return {};
  }

  Result<> add_erase(std::uint16_t record, const std::vector<std::int64_t>& states) {
    const RecordPlaces& places = net_.records[record];
    Transition erase = {.kind = TransitionKind::Erase,
                        .record = record,
                        .name = fmt::format("erase {}", record_at(record).name),
                        .takes = row_tokens(record, states),
                        .gives = {{.place = places.absent}}};
    for (std::size_t i = 0; i < states.size(); ++i) {
      const FieldInfo& field = record_at(record).fields[places.machines[i].field];
      erase.name += fmt::format("{} {}", i == 0 ? " in" : ",", state_name(field, states[i]));
    }
    for (std::size_t i = 0; i < needs_.size(); ++i) {
      if (needs_[i].exclusive && needs_[i].far == record) {
        erase.takes.push_back({.place = free_[i]});
      }
      if (needs_[i].exclusive && needs_[i].needer == record) {
        erase.gives.push_back({.place = free_[i]});
      }
    }
    return add_transition(std::move(erase));
  }

  const DomainInfo& domain_;
  std::uint32_t rows_;
  std::vector<Need> needs_;
  std::vector<std::uint32_t> free_;  // the Free place of each exclusive need
  Net net_;
  std::size_t arcs_ = 0;
};

}  // namespace

std::vector<Need> needs_of(const DomainInfo& domain) {
  std::vector<Need> needs;
  for (const std::uint16_t i : positions(domain.edges.size())) {
    const EdgeInfo& edge = domain.edges[i];
    if (edge.target_required) {
      needs.push_back({.edge = i,
                       .needer = edge.source,
                       .far = edge.target,
                       .exclusive = edge.source_cardinality == Cardinality::One});
    }
    if (edge.source_required) {
      needs.push_back({.edge = i,
                       .needer = edge.target,
                       .far = edge.source,
                       .exclusive = edge.target_cardinality == Cardinality::One});
    }
  }
  return needs;
}

Result<Net> declared_net(const schema::Schema& schema, std::uint32_t rows) {
  if (rows == 0 || rows > petri_rows_max) {
    return fail(Errc::InvalidArgument,
                fmt::format("a net has 1 to {} rows of each record, not {}", petri_rows_max, rows));
  }
  return NetBuilder(schema.domain(), rows).build();
}

std::string_view state_name(const FieldInfo& field, std::int64_t state) {
  const auto values = field.type->enumeration->values;
  const auto found = std::ranges::lower_bound(values, state, {}, &EnumValue::value);
  CAIRN_CHECK(found != values.end() && found->value == state);
  return found->name;
}

void normalise(std::vector<Arc>& arcs) {
  std::ranges::sort(arcs);
  std::vector<Arc> merged;
  for (const Arc& arc : arcs) {
    if (!merged.empty() && merged.back().place == arc.place) {
      merged.back().weight += arc.weight;
    } else {
      merged.push_back(arc);
    }
  }
  arcs = std::move(merged);
}

}  // namespace cairn::petri
