// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <fmt/core.h>

#include "petri/findings.h"
#include "petri/positions.h"

namespace cairn::petri {

namespace {

/// What accepted runs did. Records, commands and edges by position; machines by their position
/// among those of the record.
struct Seen {
  std::vector<bool> accepted;
  std::vector<bool> created;
  std::vector<bool> linked;
  std::set<std::tuple<std::uint16_t, std::size_t, std::int64_t>> entered;
  std::set<std::tuple<std::uint16_t, std::size_t, std::int64_t, std::int64_t>> fired;
};

void note_machine(const RowRun& row, std::size_t machine, Seen& seen) {
  const auto& states = row.states[machine];
  for (std::size_t i = 0; i < states.size(); ++i) {
    seen.entered.emplace(row.record, machine, states[i]);
    if (i > 0) {
      seen.fired.emplace(row.record, machine, states[i - 1], states[i]);
    }
  }
}

void note_row(const RowRun& row, Seen& seen) {
  if (!row.existed && (row.exists || row.changed)) {
    seen.created[row.record] = true;
  }
  for (std::size_t machine = 0; machine < row.states.size(); ++machine) {
    note_machine(row, machine, seen);
  }
}

Seen look(const DomainInfo& domain, const Runs& runs) {
  Seen seen = {.accepted = std::vector<bool>(domain.commands.size(), false),
               .created = std::vector<bool>(domain.records.size(), false),
               .linked = std::vector<bool>(domain.edges.size(), false),
               .entered = {},
               .fired = {}};
  for (const auto& [run, count] : runs.seen()) {
    if (!run.accepted) {
      continue;
    }
    seen.accepted[run.command] = true;
    for (const RowRun& row : run.rows) {
      note_row(row, seen);
    }
    for (const std::uint16_t edge : run.linked) {
      seen.linked[edge] = true;
    }
  }
  return seen;
}

class RunCheck final {
 public:
  RunCheck(const DomainInfo& domain, const Runs& runs, std::vector<Finding>& findings)
      : domain_(domain), findings_(findings), seen_(look(domain, runs)) {}

  Recorded check() {
    for (std::size_t i = 0; i < domain_.commands.size(); ++i) {
      if (!count(seen_.accepted[i], recorded_.commands)) {
        add(FindingKind::NeverAccepted, fmt::format("command {}", domain_.commands[i]->name),
            "no recorded run accepted it",
            "record runs that should be accepted; if there are some, see why they are refused");
      }
    }
    for (const std::uint16_t record : positions(domain_.records.size())) {
      check_record(record);
    }
    for (std::size_t i = 0; i < domain_.edges.size(); ++i) {
      if (!count(seen_.linked[i], recorded_.edges)) {
        add(FindingKind::NeverLinked, fmt::format("edge {}", domain_.edges[i].name),
            "no recorded run made or cut a link of it", "record runs that do, or drop the edge");
      }
    }
    return recorded_;
  }

 private:
  /// Counts one more of a part that is declared, done or not, and gives back which.
  static bool count(bool is_done, Recorded::Part& part) {
    ++part.declared;
    part.done += is_done ? 1 : 0;
    return is_done;
  }

  void add(FindingKind kind, std::string place, std::string why, std::string advice) {
    findings_.push_back({.severity = Severity::Warning,
                         .kind = kind,
                         .place = std::move(place),
                         .why = std::move(why),
                         .advice = std::move(advice),
                         .witness = {}});
  }

  void check_record(std::uint16_t position) {
    const StructInfo& record = *domain_.records[position];
    if (!count(seen_.created[position], recorded_.records)) {
      add(FindingKind::NeverCreated, fmt::format("record {}", record.name),
          "no recorded run created a row of it", "record runs that do, or drop the record");
    }
    std::size_t machine = 0;
    for (const FieldInfo& field : record.fields) {
      if (field.role == FieldRole::State) {
        check_machine(position, machine++, field);
      }
    }
  }

  /// Tells of the first of what was missed: the states of a record that was never seen, and the
  /// transitions out of a state that was never entered, go without saying.
  void check_machine(std::uint16_t record, std::size_t machine, const FieldInfo& field) {
    const auto values = field.type->enumeration->values;
    const std::string name = fmt::format("{}.{}", domain_.records[record]->name, field.name);
    const auto was_entered = [&](std::int64_t state) {
      return seen_.entered.contains({record, machine, state});
    };
    const auto was_fired = [&](const cairn::Transition& step) {
      return seen_.fired.contains({record, machine, step.from, step.to});
    };
    for (const EnumValue& value : values) {
      count(was_entered(value.value), recorded_.states);
    }
    for (const cairn::Transition& step : field.machine->transitions) {
      count(was_fired(step), recorded_.transitions);
    }
    if (!seen_.created[record] && std::ranges::none_of(values, was_entered, &EnumValue::value)) {
      return;
    }
    for (const EnumValue& value : values) {
      if (!was_entered(value.value)) {
        add(FindingKind::NeverEntered, fmt::format("{}.{}", name, value.name),
            "no recorded run had a row in this state", "record runs that do, or drop the state");
      }
    }
    for (const cairn::Transition& step : field.machine->transitions) {
      if (was_entered(step.from) && !was_fired(step)) {
        add(FindingKind::NeverFired,
            fmt::format("{}: {} to {}", name, state_name(field, step.from),
                        state_name(field, step.to)),
            step.guarded ? "no recorded run took this transition; it is guarded"
                         : "no recorded run took this transition",
            "record runs that do, or drop the transition");
      }
    }
  }

  const DomainInfo& domain_;
  std::vector<Finding>& findings_;
  Seen seen_;
  Recorded recorded_;
};

}  // namespace

Recorded check_runs(const schema::Schema& schema, const Runs& runs,
                    std::vector<Finding>& findings) {
  Recorded recorded = RunCheck(schema.domain(), runs, findings).check();
  recorded.runs = runs.seen().size();
  return recorded;
}

}  // namespace cairn::petri
