// SPDX-License-Identifier: Apache-2.0
#include "state/writer.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "base/check.h"
#include "base/limits.h"
#include "schema/program.h"

namespace cairn::state {

namespace {

/// A row is the value of its record's fields, so equal bytes are equal rows.
bool same_bytes(const FieldPlan& field, ConstRow a, ConstRow b) noexcept {
  return std::memcmp(a + field.offset, b + field.offset, field.size) == 0;
}

}  // namespace

void Writer::begin(const Limits& limits) {
  limits_ = limits;
  if (is_finished_) {
    is_finished_ = false;
    group_position_ = state_->position();
    group_time_ = state_->time();
  }
  command_start_ = log_.size();
  captured_from_ = log_.size();
  command_images_ = images_.mark();
}

bool Writer::is_row(std::uint16_t record, ConstRow row) const noexcept {
  if (row == nullptr) {
    return false;
  }
  const Table& table = state_->rows(record).table;
  const std::uint32_t slot = slot_of(row);
  return slot < table.slots() && table.row(slot) == row && is_alive(row);
}

bool Writer::may_change() const noexcept {
  return log_.size() - command_start_ < limits_.changes_max &&
         images_.taken() - command_images_.taken < limits_.bytes_max;
}

/// Keeps what the row is, header and all, unless the log has that since the last mark.
void Writer::capture(std::uint16_t record, Row row) {
  RowHeader& header = header_of(row);
  if ((header.place & row_captured) != 0) [[likely]] {
    return;
  }
  const std::size_t size = sizeof(RowHeader) + state_->rows(record).plan->info().memory_size;
  std::byte* const image = images_.take(size);
  std::memcpy(image, row - sizeof(RowHeader), size);
  log({.kind = Change::Kind::Changed,
       .is_first = (header.place & row_touched) == 0,
       .position = record,
       .row = row,
       .before = image + sizeof(RowHeader)});
  header.place |= row_touched | row_captured;
}

bool Writer::is_taken(const Rows& rows, const std::byte* memory, ConstRow self,
                      std::uint16_t indexes) const {
  for (std::size_t i = 0; i < rows.plan->keys().size(); ++i) {
    const KeyPlan& key = rows.plan->keys()[i];
    if (!key.index().is_unique || (indexes & (1U << i)) == 0) {
      continue;
    }
    schema::KeyBuffer buffer;
    const ConstRow holder = rows.find(static_cast<std::uint16_t>(i), key.encode(memory, buffer));
    if (holder != nullptr && holder != self) {
      return true;
    }
  }
  return false;
}

std::int32_t Writer::create(std::uint16_t record, const std::byte* memory, Row& row) {
  if (!may_change()) {
    return CAIRN_LIMIT;
  }
  constexpr std::uint16_t all = 0xffff;
  if (is_taken(state_->rows(record), memory, nullptr, all)) {
    return CAIRN_TAKEN;
  }
  row = add(record, memory);
  return row == nullptr ? CAIRN_LIMIT : CAIRN_OK;
}

std::int32_t Writer::place(std::uint16_t record, const std::byte* memory, Row& row) {
  constexpr std::uint16_t primary = 1;
  if (is_taken(state_->rows(record), memory, nullptr, primary)) {
    return CAIRN_TAKEN;
  }
  row = add(record, memory);
  return row == nullptr ? CAIRN_LIMIT : CAIRN_OK;
}

Row Writer::add(std::uint16_t record, const std::byte* memory) {
  Rows& rows = state_->rows(record);
  const Row row = rows.table.add(memory);
  if (row == nullptr) {
    return nullptr;
  }
  header_of(row).place |= row_touched | row_captured;
  rows.add_to_indexes(row);
  log({.kind = Change::Kind::Created,
       .is_first = true,
       .position = record,
       .row = row,
       .number = rows.last_id});
  if (rows.plan->is_numbered()) {
    rows.last_id = std::max(rows.last_id, rows.plan->number_of(row));
  }
  return row;
}

std::int32_t Writer::edit(std::uint16_t record, Row row) {
  if (!may_change()) {
    return CAIRN_LIMIT;
  }
  capture(record, row);
  return CAIRN_OK;
}

void Writer::replace(Rows& rows, Row row, const FieldPlan& field, const std::byte* memory) {
  capture(rows.plan->position(), row);
  for (std::size_t i = 0; i < rows.indexes.size(); ++i) {
    if ((field.indexes & (2U << i)) != 0) {
      rows.indexes[i]->erase(row);
    }
  }
  std::memcpy(row + field.offset, memory, field.size);
  for (std::size_t i = 0; i < rows.indexes.size(); ++i) {
    if ((field.indexes & (2U << i)) != 0) {
      rows.indexes[i]->insert(row);
    }
  }
}

std::int32_t Writer::set(std::uint16_t record, Row row, std::uint16_t field,
                         const std::byte* memory) {
  if (!may_change()) {
    return CAIRN_LIMIT;
  }
  Rows& rows = state_->rows(record);
  const FieldPlan& plan = rows.plan->fields()[field];
  if (std::memcmp(row + plan.offset, memory, plan.size) == 0) {
    return CAIRN_OK;
  }
  if (plan.indexes != 0) {
    candidate_.assign(row, row + rows.plan->info().memory_size);
    std::memcpy(candidate_.data() + plan.offset, memory, plan.size);
    if (is_taken(rows, candidate_.data(), row, plan.indexes)) {
      return CAIRN_TAKEN;
    }
  }
  replace(rows, row, plan, memory);
  return CAIRN_OK;
}

void Writer::overwrite(std::uint16_t record, Row row, std::uint16_t field,
                       const std::byte* memory) {
  Rows& rows = state_->rows(record);
  replace(rows, row, rows.plan->fields()[field], memory);
}

bool Writer::shares_unique_value(std::uint16_t record, ConstRow row) const noexcept {
  const Rows& rows = state_->rows(record);
  return std::ranges::any_of(rows.indexes, [&](const auto& index) {
    const auto agrees = [&](ConstRow other) {
      return other != nullptr && index->plan().same(row, other);
    };
    return index->plan().index().is_unique &&
           (agrees(index->next(row)) || agrees(index->previous(row)));
  });
}

std::int32_t Writer::become(std::uint16_t record, Row row, std::uint16_t field,
                            std::int64_t state) {
  const FieldInfo& info = *state_->rows(record).plan->fields()[field].info;
  if (info.machine == nullptr) {
    return CAIRN_UNDECLARED;
  }
  const std::uint8_t width = info.type->width;
  const std::int64_t from = schema::load_integer(row + info.offset, width, info.type->is_signed);
  const bool declared =
      std::ranges::any_of(info.machine->transitions, [&](const Transition& transition) {
        return transition.from == from && transition.to == state;
      });
  if (!declared) {
    return CAIRN_UNDECLARED;
  }
  std::array<std::byte, sizeof(state)> memory = {};
  std::memcpy(memory.data(), &state, sizeof(state));
  return set(record, row, field, memory.data());
}

std::int32_t Writer::link(std::uint16_t edge, Row source, Row target) {
  LinkTable& links = state_->links(edge);
  const std::uint32_t from = slot_of(source);
  const std::uint32_t to = slot_of(target);
  const EdgeInfo& info = links.edge();
  if (links.find(from, to) != LinkTable::none ||
      (info.target_cardinality == Cardinality::One && links.has_links(Way::Out, from)) ||
      (info.source_cardinality == Cardinality::One && links.has_links(Way::In, to))) {
    return CAIRN_TAKEN;
  }
  if (!may_change() || links.is_full()) {
    return CAIRN_LIMIT;
  }
  log({.kind = Change::Kind::Linked, .position = edge, .node = links.make(from, to)});
  return CAIRN_OK;
}

std::int32_t Writer::unlink(std::uint16_t edge, Row source, Row target) {
  const LinkTable::Node node = state_->links(edge).find(slot_of(source), slot_of(target));
  if (node == LinkTable::none) {
    return CAIRN_ABSENT;
  }
  if (!may_change()) {
    return CAIRN_LIMIT;
  }
  cut(edge, node);
  return CAIRN_OK;
}

void Writer::cut(std::uint16_t edge, LinkTable::Node node) {
  state_->links(edge).cut(node);
  log({.kind = Change::Kind::Unlinked, .position = edge, .node = node});
}

std::int32_t Writer::new_id(std::uint16_t record, std::uint64_t& id) {
  Rows& rows = state_->rows(record);
  if (!rows.plan->is_numbered()) {
    return CAIRN_UNDECLARED;
  }
  if (!may_change() || rows.last_id == ~std::uint64_t{0}) {
    return CAIRN_LIMIT;
  }
  log({.kind = Change::Kind::Numbered, .position = record, .number = rows.last_id});
  id = ++rows.last_id;
  return CAIRN_OK;
}

void Writer::number(std::uint16_t record, std::uint64_t id) {
  Rows& rows = state_->rows(record);
  CAIRN_CHECK(id > rows.last_id);
  log({.kind = Change::Kind::Numbered, .position = record, .number = rows.last_id});
  rows.last_id = id;
}

std::int32_t Writer::schedule(Timer timer) {
  if (!may_change() || state_->timers().size() >= state_timers_max) {
    return CAIRN_LIMIT;
  }
  log({.kind = Change::Kind::Scheduled, .number = state_->timers().add(std::move(timer))});
  return CAIRN_OK;
}

void Writer::fire(std::uint64_t number) {
  fired_.push_back(state_->timers().remove(number));
  log({.kind = Change::Kind::Fired, .number = number});
}

bool Writer::refuses_erase(const RecordPlan& plan, ConstRow row) const {
  const auto refuses = [&](Way way) {
    return [this, way, slot = slot_of(row)](std::uint16_t edge) {
      const LinkTable& links = state_->links(edge);
      return links.edge().on_erase == OnErase::Refuse && links.has_links(way, slot);
    };
  };
  return std::ranges::any_of(plan.edges_out(), refuses(Way::Out)) ||
         std::ranges::any_of(plan.edges_in(), refuses(Way::In));
}

void Writer::doom_sources(std::uint16_t edge, ConstRow target) {
  const LinkTable& links = state_->links(edge);
  if (links.edge().on_erase != OnErase::Cascade) {
    return;
  }
  const Table& sources = state_->rows(links.edge().source).table;
  for (LinkTable::Node node = links.first(Way::In, slot_of(target)); node != LinkTable::none;
       node = links.next(Way::In, node)) {
    doomed_.emplace_back(links.edge().source, sources.row(links.link(node).end[0]));
  }
}

/// Cuts the row's links and retires it; sources that go with it join the doomed.
std::int32_t Writer::erase_one(std::uint16_t record, Row row) {
  Rows& rows = state_->rows(record);
  if (refuses_erase(*rows.plan, row)) {
    return CAIRN_LINKED;
  }
  const std::uint32_t slot = slot_of(row);
  const auto cut_all = [&](std::uint16_t edge, Way way) {
    for (LinkTable::Node node = state_->links(edge).first(way, slot); node != LinkTable::none;
         node = state_->links(edge).first(way, slot)) {
      if (!may_change()) {
        return false;
      }
      cut(edge, node);
    }
    return true;
  };
  for (const std::uint16_t edge : rows.plan->edges_in()) {
    doom_sources(edge, row);
    if (!cut_all(edge, Way::In)) {
      return CAIRN_LIMIT;
    }
  }
  for (const std::uint16_t edge : rows.plan->edges_out()) {
    if (!cut_all(edge, Way::Out)) {
      return CAIRN_LIMIT;
    }
  }
  const bool is_first = (header_of(row).place & row_touched) == 0;
  rows.remove_from_indexes(row);
  rows.table.retire(row);
  header_of(row).place |= row_touched;
  log({.kind = Change::Kind::Erased, .is_first = is_first, .position = record, .row = row});
  return CAIRN_OK;
}

std::int32_t Writer::erase(std::uint16_t record, Row row) {
  const std::size_t start = log_.size();
  doomed_.clear();
  doomed_.emplace_back(record, row);
  std::int32_t status = CAIRN_OK;
  for (std::size_t i = 0; i < doomed_.size() && status == CAIRN_OK; ++i) {
    const auto [position, doomed] = doomed_[i];
    if (is_alive(doomed)) {
      status = may_change() ? erase_one(position, doomed) : std::int32_t{CAIRN_LIMIT};
    }
  }
  if (status == CAIRN_LINKED) {  // somewhere down the cascade: nothing was erased at all
    while (log_.size() > start) {
      undo(log_.back());
      log_.pop_back();
    }
  }
  return status;
}

void Writer::undo_changed(const Change& change) {
  Rows& rows = state_->rows(change.position);
  std::uint32_t moved = 0;
  for (const FieldPlan& field : rows.plan->fields()) {
    if ((field.indexes & ~1U) != 0 && !same_bytes(field, change.row, change.before)) {
      moved |= field.indexes;
    }
  }
  for (std::size_t i = 0; i < rows.indexes.size(); ++i) {
    if ((moved & (2U << i)) != 0) {
      rows.indexes[i]->erase(change.row);
    }
  }
  std::memcpy(change.row - sizeof(RowHeader), change.before - sizeof(RowHeader),
              sizeof(RowHeader) + rows.plan->info().memory_size);
  for (std::size_t i = 0; i < rows.indexes.size(); ++i) {
    if ((moved & (2U << i)) != 0) {
      rows.indexes[i]->insert(change.row);
    }
  }
}

void Writer::undo(const Change& change) {
  switch (change.kind) {
    case Change::Kind::Created: {
      Rows& rows = state_->rows(change.position);
      rows.remove_from_indexes(change.row);
      rows.table.retire(change.row);
      rows.table.release(change.row);
      rows.last_id = change.number;
      return;
    }
    case Change::Kind::Changed:
      return undo_changed(change);
    case Change::Kind::Erased: {
      Rows& rows = state_->rows(change.position);
      rows.table.revive(change.row);
      if (change.is_first) {
        header_of(change.row).place &= ~row_touched;
      }
      return rows.add_to_indexes(change.row);
    }
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

void Writer::clear_flags(std::size_t first, std::uint32_t flags) {
  for (const Change& change : std::span(log_).subspan(first)) {
    if (is_about_row(change)) {
      header_of(change.row).place &= ~flags;
    }
  }
}

Writer::Mark Writer::mark() noexcept {
  clear_flags(captured_from_, row_captured);
  captured_from_ = log_.size();
  return {.entries = log_.size(), .images = images_.mark()};
}

void Writer::roll_back(const Mark& mark) {
  CAIRN_CHECK(mark.entries >= command_start_ && mark.entries <= log_.size());
  while (log_.size() > mark.entries) {
    undo(log_.back());
    log_.pop_back();
  }
  images_.rewind(mark.images);
  captured_from_ = log_.size();
}

void Writer::roll_back_command() {
  while (log_.size() > command_start_) {
    undo(log_.back());
    log_.pop_back();
  }
  images_.rewind(command_images_);
  captured_from_ = log_.size();
}

void Writer::commit(Seq position, std::int64_t time) {
  for (const Change& change : changes()) {
    if (change.kind == Change::Kind::Linked) {
      state_->links(change.position).accept(change.node);
    }
    if (!is_about_row(change)) {
      continue;
    }
    RowHeader& header = header_of(change.row);
    header.place &= ~(row_touched | row_captured);
    const bool differs = change.kind != Change::Kind::Changed || change.number != 0;
    if (change.is_first && differs && is_alive(change.row)) {
      header.last_transaction = position.value();
      ++header.revision;
    }
  }
  state_->set_position(position, time);
}

void Writer::finish() {
  for (const Change& change : log_) {
    if (change.kind == Change::Kind::Erased) {
      state_->rows(change.position).table.release(change.row);
    } else if (change.kind == Change::Kind::Unlinked) {
      state_->links(change.position).release(change.node);
    }
  }
  is_finished_ = true;
  log_.clear();
  fired_.clear();
  images_.rewind({});
  command_start_ = 0;
  captured_from_ = 0;
}

void Writer::roll_back_all() {
  while (!log_.empty()) {
    undo(log_.back());
    log_.pop_back();
  }
  if (!is_finished_) {
    state_->set_position(group_position_, group_time_);
  }
  finish();
}

}  // namespace cairn::state
