// SPDX-License-Identifier: Apache-2.0
#include "engine/run_log.h"

#include <algorithm>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/check.h"
#include "cairn/transaction.h"
#include "schema/program.h"
#include "state/change.h"

namespace cairn::engine {

namespace {

using execution::Notes;
using petri::RowRun;
using state::Change;

std::int64_t state_in(const FieldInfo& field, state::ConstRow memory) {
  return schema::load_integer(memory + field.offset, field.type->width, field.type->is_signed);
}

/// Puts together what one command did.
class RunMaker final {
 public:
  RunMaker(const state::Plan& plan, const execution::Transaction& transaction, const Notes& notes)
      : plan_(plan), transaction_(transaction), notes_(notes) {}

  petri::CommandRun make(std::uint16_t command) {
    run_.command = command;
    run_.accepted = transaction_.outcome == OutcomeKind::Accepted;
    run_.followed = notes_.followed();
    run_.scanned = notes_.scanned();
    missed_ = notes_.missed();
    note_changes();
    for (const Notes::Met& met : notes_.met()) {
      add_met(met);
    }
    for (const auto& [record, change] : changed_) {
      add_changed(record, *change);
    }
    add_missed();
    return std::move(run_);
  }

 private:
  /// The first entry of each row that changed, and the edges of links that did.
  void note_changes() {
    for (const Change& change : transaction_.changes) {
      if (change.kind == Change::Kind::Linked || change.kind == Change::Kind::Unlinked) {
        run_.linked.push_back(change.position);
      } else if (state::is_about_row(change) && change.is_first) {
        changed_.emplace_back(change.position, &change);
        first_.emplace(change.row, &change);
      }
    }
  }

  /// A row that was looked at and is as it was, or is not there: a refused command created it, or
  /// one that went back to a savepoint. Rows that changed come from the changes.
  void add_met(const Notes::Met& met) {
    if (first_.contains(met.row)) {
      return;
    }
    if (met.is_new) {
      missed_.push_back(met.record);
      return;
    }
    RowRun row = {.record = met.record, .existed = true, .exists = true};
    add_states(row, met.row, met.row);
    run_.rows.push_back(std::move(row));
  }

  void add_changed(std::uint16_t record, const Change& first) {
    CAIRN_CHECK(first.row != nullptr);
    const state::ConstRow before = state::before_of(first);
    RowRun row = {.record = record,
                  .existed = before != nullptr,
                  .exists = state::after_of(first) != nullptr};
    add_states(row, first.row, before);
    const bool moved = std::ranges::any_of(
        row.states, [](const std::vector<std::int64_t>& states) { return states.size() > 1; });
    // Of a row that was there and is there, `number` has a bit for each field that differs.
    row.changed = !row.existed || !row.exists || moved || first.number != 0;
    run_.rows.push_back(std::move(row));
  }

  /// For each machine where the row was first, and each state it was taken to.
  void add_states(RowRun& row, state::ConstRow address, state::ConstRow before) const {
    const auto fields = plan_.record(row.record).info().fields;
    for (std::size_t i = 0; i < fields.size(); ++i) {
      const FieldInfo& field = fields[i];
      if (field.role != FieldRole::State) {
        continue;
      }
      std::vector<std::int64_t>& states = row.states.emplace_back();
      states.push_back(before == nullptr ? field.machine->initial : state_in(field, before));
      add_steps(address, i, states);
    }
  }

  /// The steps of a refused command were taken back.
  void add_steps(state::ConstRow address, std::size_t field,
                 std::vector<std::int64_t>& states) const {
    for (const Notes::Step& step : notes_.steps()) {
      if (run_.accepted && step.row == address && step.field == field) {
        states.push_back(step.to);
      }
    }
  }

  /// Once for each record; a row that was looked for and then made is that row.
  void add_missed() {
    std::ranges::sort(missed_);
    const auto twice = std::ranges::unique(missed_);
    missed_.erase(twice.begin(), twice.end());
    for (const std::uint16_t record : missed_) {
      const bool is_made = std::ranges::any_of(
          run_.rows, [&](const RowRun& row) { return row.record == record && !row.existed; });
      if (!is_made) {
        run_.rows.push_back({.record = record});
      }
    }
  }

  const state::Plan& plan_;
  const execution::Transaction& transaction_;
  const Notes& notes_;
  petri::CommandRun run_;
  std::vector<std::uint16_t> missed_;
  std::vector<std::pair<std::uint16_t, const Change*>> changed_;
  std::unordered_map<state::ConstRow, const Change*> first_;  // for looking up only
};

}  // namespace

petri::CommandRun run_of(const state::Plan& plan, std::uint16_t command,
                         const execution::Transaction& transaction, const Notes& notes) {
  return RunMaker(plan, transaction, notes).make(command);
}

void RunLog::add(petri::CommandRun run) {
  if (Result<> added = runs_.add(std::move(run)); !added && !failure_) {
    failure_ = std::move(added).error();
  }
}

}  // namespace cairn::engine
