// SPDX-License-Identifier: Apache-2.0
#include "petri/runs.h"

#include <algorithm>
#include <limits>
#include <set>
#include <span>
#include <tuple>
#include <utility>

#include <fmt/core.h>

#include "base/check.h"
#include "base/limits.h"

namespace cairn::petri {

namespace {

void sort_unique(std::vector<std::uint16_t>& positions) {
  std::ranges::sort(positions);
  const auto twice = std::ranges::unique(positions);
  positions.erase(twice.begin(), twice.end());
}

Result<> check_states(const StructInfo& record, const FieldInfo& field,
                      std::span<const std::int64_t> states) {
  if (states.empty() || states.size() > petri_run_states_max) {
    return fail(Errc::InvalidArgument,
                fmt::format("{}.{} went through {} states, not 1 to {}", record.name, field.name,
                            states.size(), petri_run_states_max));
  }
  const auto values = field.type->enumeration->values;
  for (std::size_t i = 0; i < states.size(); ++i) {
    if (!std::ranges::binary_search(values, states[i], {}, &EnumValue::value)) {
      return fail(Errc::NotFound,
                  fmt::format("{}.{} has no state {}", record.name, field.name, states[i]));
    }
    const auto is_step = [&](const cairn::Transition& step) {
      return step.from == states[i - 1] && step.to == states[i];
    };
    if (i > 0 && std::ranges::none_of(field.machine->transitions, is_step)) {
      return fail(
          Errc::InvalidArgument,
          fmt::format("{}.{} went from {} to {}, which is not declared", record.name, field.name,
                      state_name(field, states[i - 1]), state_name(field, states[i])));
    }
  }
  return {};
}

/// One effect as arcs.
class Effect final {
 public:
  explicit Effect(const Net& declared) noexcept : declared_(declared) {}

  void add(const RowRun& row) {
    if (row.existed) {
      add_row(row, takes, true);
    } else if (row.exists) {
      takes.push_back({.place = declared_.records[row.record].absent});
    }
    if (row.exists) {
      add_row(row, gives, false);
    } else if (row.existed) {
      gives.push_back({.place = declared_.records[row.record].absent});
    }
  }

  std::vector<Arc> takes;
  std::vector<Arc> gives;

 private:
  void add_row(const RowRun& row, std::vector<Arc>& arcs, bool first) const {
    const RecordPlaces& places = declared_.records[row.record];
    if (places.row != nowhere) {
      arcs.push_back({.place = places.row});
    }
    for (std::size_t i = 0; i < places.machines.size(); ++i) {
      const auto& states = row.states[i];
      arcs.push_back({.place = places.machines[i].place(first ? states.front() : states.back())});
    }
  }

  const Net& declared_;
};

}  // namespace

Runs::Runs(const schema::Schema& schema) : domain_(&schema.domain()) {}

Result<> Runs::check_record(std::uint16_t record) const {
  if (record >= domain_->records.size()) {
    return fail(Errc::NotFound, fmt::format("there is no record number {}", record));
  }
  return {};
}

Result<> Runs::check_row(const RowRun& row) const {
  CAIRN_TRY(check_record(row.record));
  const StructInfo& record = *domain_->records[row.record];
  const bool was_there = row.existed || row.exists || row.changed;
  std::size_t machine = 0;
  for (const FieldInfo& field : record.fields) {
    if (field.role != FieldRole::State || !was_there) {
      continue;
    }
    if (machine >= row.states.size()) {
      return fail(Errc::InvalidArgument,
                  fmt::format("the states of {}.{} are missing", record.name, field.name));
    }
    const auto& states = row.states[machine++];
    CAIRN_TRY(check_states(record, field, states));
    if (!row.existed && states.front() != field.machine->initial) {
      return fail(Errc::InvalidArgument, fmt::format("a new {} began in {}, not in {}", record.name,
                                                     state_name(field, states.front()),
                                                     state_name(field, field.machine->initial)));
    }
  }
  if (machine != row.states.size()) {
    return fail(Errc::InvalidArgument,
                fmt::format("{} has {} machines, not {}", record.name, machine, row.states.size()));
  }
  return {};
}

Result<> Runs::check_edges(std::span<const std::uint16_t> edges) const {
  for (const std::uint16_t edge : edges) {
    if (edge >= domain_->edges.size()) {
      return fail(Errc::NotFound, fmt::format("there is no edge number {}", edge));
    }
  }
  return {};
}

Result<> Runs::check(const CommandRun& run) const {
  if (run.command >= domain_->commands.size()) {
    return fail(Errc::NotFound, fmt::format("there is no command number {}", run.command));
  }
  if (run.rows.size() > petri_run_rows_max) {
    return fail(Errc::TooLarge, fmt::format("a run touches {} rows; the limit is {}",
                                            run.rows.size(), petri_run_rows_max));
  }
  CAIRN_TRY(check_edges(run.linked));
  CAIRN_TRY(check_edges(run.followed));
  for (const std::uint16_t record : run.scanned) {
    CAIRN_TRY(check_record(record));
  }
  for (const RowRun& row : run.rows) {
    CAIRN_TRY(check_row(row));
  }
  return {};
}

Result<> Runs::add(CommandRun run, std::uint64_t times) {
  if (auto checked = check(run); !checked) {
    return fail(std::move(checked).error().at("recorded run"));
  }
  std::ranges::sort(run.rows);
  sort_unique(run.linked);
  sort_unique(run.followed);
  sort_unique(run.scanned);
  const auto found = seen_.find(run);
  if (found != seen_.end()) {
    const std::uint64_t room = std::numeric_limits<std::uint64_t>::max() - found->second;
    found->second += std::min(times, room);
    return {};
  }
  if (seen_.size() >= petri_runs_max) {
    return fail(Errc::TooLarge,
                fmt::format("more than {} different runs were recorded", petri_runs_max));
  }
  seen_.emplace(std::move(run), times);
  return {};
}

Result<Net> command_net(const schema::Schema& schema, const Net& declared, const Runs& runs) {
  CAIRN_CHECK(declared.records.size() == schema.domain().records.size());
  Net net = {.places = declared.places, .transitions = {}, .records = declared.records};
  std::set<std::tuple<std::uint16_t, std::vector<Arc>, std::vector<Arc>>> effects;
  std::size_t arcs = 0;
  for (const auto& [run, count] : runs.seen()) {
    if (!run.accepted) {
      continue;
    }
    Effect effect(declared);
    for (const RowRun& row : run.rows) {
      effect.add(row);
    }
    normalise(effect.takes);
    normalise(effect.gives);
    arcs += effect.takes.size() + effect.gives.size();
    if (arcs > petri_arcs_max) {
      return fail(Errc::TooLarge,
                  fmt::format("recorded commands have more than {} arcs", petri_arcs_max));
    }
    effects.emplace(run.command, std::move(effect.takes), std::move(effect.gives));
  }
  for (const auto& [command, takes, gives] : effects) {
    net.transitions.push_back({.kind = TransitionKind::Command,
                               .command = command,
                               .name = std::string(schema.domain().commands[command]->name),
                               .takes = takes,
                               .gives = gives});
  }
  return net;
}

}  // namespace cairn::petri
