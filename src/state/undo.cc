// SPDX-License-Identifier: Apache-2.0
// How a Writer takes changes back, and ends commands.
#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include "base/check.h"
#include "state/writer.h"

namespace cairn::state {

void Writer::undo_created(const Change& change) {
  Rows& rows = state_->rows(change.position);
  if (!rows.remove_from_indexes(change.row)) {
    damage(change.position, change.row, rows.plan->managed().front());
  }
  rows.table.retire(change.row);
  rows.last_id = change.number;
  unmade_.emplace_back(change.position, change.row);
}

void Writer::undo_changed(const Change& change) {
  Rows& rows = state_->rows(change.position);
  std::uint32_t moved = 0;
  for (const std::uint16_t position : rows.plan->managed()) {
    const FieldPlan& field = rows.plan->fields()[position];
    if (!same_field(field, change.row, change.before)) {
      moved |= field.indexes;
    }
  }
  moved = is_alive(change.row) ? moved : 0;
  bool agrees = true;
  for (std::size_t i = 0; i < rows.indexes.size(); ++i) {
    if ((moved & (2U << i)) != 0) {
      agrees = rows.indexes[i]->erase(change.row) && agrees;
    }
  }
  std::memcpy(change.row - sizeof(RowHeader), change.before - sizeof(RowHeader),
              sizeof(RowHeader) + rows.plan->info().memory_size);
  for (std::size_t i = 0; i < rows.indexes.size(); ++i) {
    if ((moved & (2U << i)) != 0) {
      agrees = rows.indexes[i]->insert(change.row) && agrees;
    }
  }
  if (!agrees) [[unlikely]] {
    damage(change.position, change.row, rows.plan->managed().front());
  }
}

void Writer::undo_erased(const Change& change) {
  Rows& rows = state_->rows(change.position);
  rows.table.revive(change.row);
  if (change.is_first) {
    header_of(change.row).place &= ~row_touched;
  }
  if (!rows.add_to_indexes(change.row)) {
    damage(change.position, change.row, rows.plan->managed().front());
  }
}

void Writer::undo(const Change& change) {
  switch (change.kind) {
    case Change::Kind::Created:
      return undo_created(change);
    case Change::Kind::Changed:
      return undo_changed(change);
    case Change::Kind::Erased:
      return undo_erased(change);
    case Change::Kind::Linked:
      return state_->links(change.position).unmake(change.node);
    case Change::Kind::Unlinked:
      return state_->links(change.position).mend(change.node);
    case Change::Kind::Numbered:
      state_->rows(change.position).last_id = change.number;
      return;
    case Change::Kind::Scheduled:
      return state_->timers().take_back(change.number);
    case Change::Kind::Fired:
      state_->timers().restore(change.number, std::move(fired_.back()));
      fired_.pop_back();
      return;
    case Change::Kind::Referred: {
      ReferenceCounts& references = state_->rows(change.position).references;
      return change.node != 0 ? references.remove(change.number) : references.add(change.number);
    }
  }
}

void Writer::undo_down_to(std::size_t entries) {
  while (log_.size() > entries) {
    undo(log_.back());
    log_.pop_back();
  }
}

void Writer::damage(std::uint16_t record, ConstRow row, std::uint16_t field) {
  if (!is_damaged(record)) {
    damaged_.push_back(record);
  }
  if (!written_) {
    written_ =
        Broken{.rule = Broken::Rule::ManagedField, .position = record, .field = field, .row = row};
  }
}

bool Writer::is_damaged(std::uint16_t record) const noexcept {
  return std::ranges::find(damaged_, record) != damaged_.end();
}

/// The first managed field of a captured row that is not what it has to be; `no_field` when all
/// are.
std::uint16_t Writer::first_written(const Change& change) const noexcept {
  const RecordPlan& plan = *state_->rows(change.position).plan;
  return first_written(change, plan.differing(change.row, change.before));
}

/// The same, of a row that differs from what it was in these units.
std::uint16_t Writer::first_written(const Change& change, std::uint64_t units) const noexcept {
  const RecordPlan& plan = *state_->rows(change.position).plan;
  std::uint64_t as_before = plan.fields_in(units) & plan.managed_mask();
  std::uint64_t written = 0;
  for (const SetField* set = change.set; set != nullptr; set = set->next) {
    const FieldPlan& field = plan.fields()[set->field];
    const bool is_as_set = same_bytes(change.row + field.offset, value_of(*set), field.size);
    as_before &= ~(std::uint64_t{1} << set->field);
    written |= std::uint64_t{!is_as_set} << set->field;
  }
  for (; as_before != 0; as_before &= as_before - 1) {
    const auto position = static_cast<std::size_t>(std::countr_zero(as_before));
    const bool is_same = same_field(plan.fields()[position], change.row, change.before);
    written |= std::uint64_t{!is_same} << position;
  }
  return written == 0 ? no_field : static_cast<std::uint16_t>(std::countr_zero(written));
}

/// Finds managed fields of captured rows that were written to, and makes them what they have to be.
void Writer::check_managed() {
  for (std::size_t i = captured_from_; i < log_.size(); ++i) {
    const Change& change = log_[i];
    if (change.kind != Change::Kind::Changed || change.node == 0) {
      continue;
    }
    const std::uint16_t written = first_written(change);
    if (written != no_field) [[unlikely]] {
      put_right(change, written);
    }
  }
}

void Writer::put_right(const Change& change, std::uint16_t written) {
  damage(change.position, change.row, written);
  const RecordPlan& plan = *state_->rows(change.position).plan;
  for (const std::uint16_t position : plan.managed()) {
    const FieldPlan& field = plan.fields()[position];
    std::memcpy(change.row + field.offset, change.before + field.offset, field.size);
  }
  for (const SetField* set = change.set; set != nullptr; set = set->next) {
    const FieldPlan& field = plan.fields()[set->field];
    std::memcpy(change.row + field.offset, value_of(*set), field.size);
  }
}

/// Makes the indexes anew that were written around; the rows hold what they have to.
void Writer::mend_damage() {
  for (const std::uint16_t record : damaged_) {
    state_->rows(record).index_again();
  }
  damaged_.clear();
}

/// Captures the rows that entries of the log are about, as they are now.
void Writer::capture_again(std::size_t first, std::size_t last) {
  for (std::size_t i = first; i < last; ++i) {
    const Change change = log_[i];
    if (change.kind == Change::Kind::Changed) {
      header_of(change.row).revision = header_of(change.before).revision;
      header_of(change.row).place &= ~row_captured;
      capture(change.position, change.row);
      entry_of(change.row).node = change.node;
    }
  }
}

Writer::Mark Writer::mark() {
  check_managed();
  const Mark mark = {
      .entries = log_.size(), .images = images_.mark(), .captured_from = captured_from_};
  captured_from_ = mark.entries;
  capture_again(mark.captured_from, mark.entries);
  return mark;
}

void Writer::roll_back(const Mark& mark) {
  CAIRN_CHECK(mark.entries >= command_start_ && mark.entries <= log_.size());
  check_managed();
  undone_.clear();
  for (const Change& change : log_.from(mark.entries)) {
    if (change.kind == Change::Kind::Changed) {
      undone_.emplace_back(change.position, change.row);
    }
  }
  undo_down_to(mark.entries);
  mend_damage();
  images_.rewind(mark.images);
  captured_from_ = mark.entries;
  capture_again(mark.captured_from, mark.entries);
  for (const auto& [record, row] : undone_) {
    if (is_alive(row)) {
      give_out(record, row);
    }
  }
}

/// Gives back the slots of rows whose creation was taken back: nobody names them any more.
void Writer::end_call() {
  for (const auto& [record, row] : unmade_) {
    state_->rows(record).table.release(row);
  }
  unmade_.clear();
  written_.reset();
}

void Writer::roll_back_command() {
  check_managed();
  undo_down_to(command_start_);
  mend_damage();
  end_call();
  images_.rewind(command_images_);
  captured_from_ = log_.size();
}

void Writer::commit(Seq position, std::int64_t time) {
  CAIRN_CHECK(!written_.has_value());
  for (const Change& change : changes()) {
    if (change.kind == Change::Kind::Linked) {
      state_->links(change.position).accept(change.node);
    }
    if (!is_about_row(change) || (header_of(change.row).place & row_touched) == 0) {
      continue;  // entries behind the first about a row
    }
    RowHeader& header = header_of(change.row);
    header.place &= ~(row_touched | row_captured);
    if (change.kind != Change::Kind::Erased) {
      header.revision =
          change.kind == Change::Kind::Changed ? header_of(change.before).revision : 0;
    }
    const bool differs = change.kind != Change::Kind::Changed || change.number != 0;
    if (differs && is_alive(change.row)) {
      header.last_transaction = position.value();
      ++header.revision;
    }
  }
  end_call();
  captured_from_ = log_.size();
  state_->set_position(position, time);
}

void Writer::release_dead() {
  for (const Change& change : log_.from(0)) {
    if (change.kind == Change::Kind::Erased) {
      state_->rows(change.position).table.release(change.row);
    } else if (change.kind == Change::Kind::Unlinked) {
      state_->links(change.position).release(change.node);
    }
  }
  has_dead_ = false;
}

void Writer::finish() {
  if (has_dead_) {
    release_dead();
  }
  log_.clear();
  fired_.clear();
  images_.rewind({});
  command_start_ = 0;
  captured_from_ = 0;
  is_grouped_ = false;
}

void Writer::roll_back_all() {
  check_managed();
  undo_down_to(0);
  mend_damage();
  end_call();
  if (is_grouped_) {
    state_->set_position(group_position_, group_time_);
  }
  finish();
}

}  // namespace cairn::state
