// SPDX-License-Identifier: Apache-2.0
#include "state/writer.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <utility>

#include "base/check.h"
#include "base/limits.h"
#include "schema/program.h"
#include "state/tidy.h"

namespace cairn::state {

void Writer::begin(const Limits& limits) {
  limits_ = limits;
  if (!is_grouped_) {
    group_position_ = state_->position();
    group_time_ = state_->time();
    is_grouped_ = true;
  }
  command_start_ = log_.size();
  captured_from_ = log_.size();
  command_images_ = images_.mark();
  last_timer_ = state_->timers().last_number();
}

bool Writer::is_row(std::uint16_t record, ConstRow row) const noexcept {
  if (row == nullptr) {
    return false;
  }
  const Table& table = state_->rows(record).table;
  const std::uint32_t slot = slot_of(row);
  return slot < table.slots() && table.row(slot) == row && is_alive(row);
}

/// Keeps what the row is, header and all.
void Writer::capture_anew(std::uint16_t record, Row row) {
  RowHeader& header = header_of(row);
  const std::size_t size = sizeof(RowHeader) + state_->rows(record).plan->info().memory_size;
  std::byte* const image = images_.take(size);
  std::memcpy(image, row - sizeof(RowHeader), size);
  header.revision = static_cast<std::uint32_t>(log_.size());
  Change& change = log(Change::Kind::Changed, record);
  change.is_first = (header.place & row_touched) == 0;
  change.row = row;
  change.before = image + sizeof(RowHeader);
  header.place |= row_touched | row_captured;
}

std::uint32_t Writer::revision_of(ConstRow row) const noexcept {
  const RowHeader& header = header_of(row);
  return (header.place & row_captured) != 0 ? header_of(log_[header.revision].before).revision
                                            : header.revision;
}

std::byte* Writer::spare_row(std::size_t size) {
  spare_.assign((size + sizeof(Int128) - 1) / sizeof(Int128), 0);
  return reinterpret_cast<std::byte*>(spare_.data());
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

bool Writer::is_well_formed(const Rows& rows, const std::byte* memory) noexcept {
  return std::ranges::all_of(rows.plan->keys(),
                             [&](const KeyPlan& key) { return key.is_well_formed(memory); });
}

std::int32_t Writer::create(std::uint16_t record, const std::byte* memory, Row& row) {
  if (!may_change()) {
    return CAIRN_LIMIT;
  }
  const Rows& rows = state_->rows(record);
  if (!is_well_formed(rows, memory)) {
    return CAIRN_MALFORMED;
  }
  constexpr std::uint16_t all_but_primary = 0xfffe;
  if (rows.indexes_are_unique && is_taken(rows, memory, nullptr, all_but_primary)) {
    return CAIRN_TAKEN;
  }
  if (const std::int32_t status = place(record, memory, row); status != CAIRN_OK) {
    return status;
  }
  for (const FieldPlan& field : rows.plan->fields()) {
    if (field.has_slack) {
      tidy(*field.info->type, row + field.offset);
    }
  }
  return CAIRN_OK;
}

std::int32_t Writer::place(std::uint16_t record, const std::byte* memory, Row& row) {
  Rows& rows = state_->rows(record);
  schema::KeyBuffer buffer;
  const std::span<const std::byte> key = rows.plan->keys().front().encode(memory, buffer);
  const std::uint64_t hash = rows.keys.hash(key);
  if (rows.keys.find(key, hash) != nullptr) {
    return CAIRN_TAKEN;
  }
  row = rows.table.add(memory);
  if (row == nullptr) {
    return CAIRN_LIMIT;
  }
  header_of(row).place |= row_touched;
  if (!rows.add_to_indexes(row, hash)) {
    damage(record, row, rows.plan->managed().front());
  }
  Change& change = log(Change::Kind::Created, record);
  change.is_first = true;
  change.row = row;
  change.number = rows.last_id;
  if (rows.plan->is_numbered()) {
    rows.last_id = std::max(rows.last_id, rows.plan->number_of(row));
  }
  return CAIRN_OK;
}

std::int32_t Writer::edit(std::uint16_t record, Row row) {
  if (!may_change()) {
    return CAIRN_LIMIT;
  }
  give_out(record, row);
  return CAIRN_OK;
}

/// Notes that a managed field has to be what it is now.
void Writer::expect(const Rows& rows, Change& entry, const FieldPlan& field) {
  const auto position = static_cast<std::uint16_t>(&field - rows.plan->fields().data());
  SetField* set = entry.set;
  while (set != nullptr && set->field != position) {
    set = set->next;
  }
  if (set == nullptr) {
    set =
        std::construct_at(reinterpret_cast<SetField*>(images_.take(sizeof(SetField) + field.size)),
                          SetField{.next = entry.set, .field = position});
    entry.set = set;
  }
  copy_bytes(value_of(*set), entry.row + field.offset, field.size);
}

/// Gives a field that indexes cover another value; false when an index does not agree.
bool Writer::move_in_indexes(Rows& rows, Row row, const FieldPlan& field, const std::byte* memory) {
  bool agrees = true;
  for (std::size_t i = 0; i < rows.indexes.size(); ++i) {
    if ((field.indexes & (2U << i)) != 0) {
      agrees = rows.indexes[i]->erase(row) && agrees;
    }
  }
  std::memcpy(row + field.offset, memory, field.size);
  for (std::size_t i = 0; i < rows.indexes.size(); ++i) {
    if ((field.indexes & (2U << i)) != 0) {
      agrees = rows.indexes[i]->insert(row) && agrees;
    }
  }
  return agrees;
}

void Writer::replace(Rows& rows, Row row, const FieldPlan& field, const std::byte* memory) {
  const std::uint16_t record = rows.plan->position();
  if (!field.is_managed) {
    give_out(record, row);
    std::memcpy(row + field.offset, memory, field.size);
    return;
  }
  capture(record, row);
  Change& entry = entry_of(row);
  if (entry.node != 0) {
    if (const std::uint16_t written = first_written(entry); written != no_field) [[unlikely]] {
      damage(record, row, written);
    }
  }
  if (field.indexes == 0) [[likely]] {
    copy_bytes(row + field.offset, memory, field.size);
  } else if (!move_in_indexes(rows, row, field, memory)) [[unlikely]] {
    damage(record, row, static_cast<std::uint16_t>(&field - rows.plan->fields().data()));
  }
  expect(rows, entry, field);
}

std::int32_t Writer::set(std::uint16_t record, Row row, std::uint16_t field,
                         const std::byte* memory) {
  Rows& rows = state_->rows(record);
  const std::span<const FieldPlan> fields = rows.plan->fields();
  if (field >= fields.size() || fields[field].is_fixed || fields[field].info->machine != nullptr) {
    return CAIRN_UNDECLARED;
  }
  return may_change() ? assign(rows, row, fields[field], memory) : std::int32_t{CAIRN_LIMIT};
}

std::int32_t Writer::assign(Rows& rows, Row row, const FieldPlan& field, const std::byte* memory) {
  if (same_bytes(row + field.offset, memory, field.size)) {
    return CAIRN_OK;
  }
  if (!field.has_unique && !field.has_slack) [[likely]] {
    replace(rows, row, field, memory);
    return CAIRN_OK;
  }
  const std::size_t size = rows.plan->info().memory_size;
  std::byte* const candidate = spare_row(size);
  std::memcpy(candidate, row, size);
  std::memcpy(candidate + field.offset, memory, field.size);
  tidy(*field.info->type, candidate + field.offset);
  if (!is_well_formed(rows, candidate)) {
    return CAIRN_MALFORMED;
  }
  if (is_taken(rows, candidate, row, field.indexes)) {
    return CAIRN_TAKEN;
  }
  if (!same_field(field, row, candidate)) {
    replace(rows, row, field, candidate + field.offset);
  }
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
  Rows& rows = state_->rows(record);
  const std::span<const FieldPlan> fields = rows.plan->fields();
  if (field >= fields.size() || fields[field].info->machine == nullptr) {
    return CAIRN_UNDECLARED;
  }
  if (!may_change()) {
    return CAIRN_LIMIT;
  }
  const FieldInfo& info = *fields[field].info;
  const std::uint8_t width = info.type->width;
  const std::int64_t from = schema::load_integer(row + info.offset, width, info.type->is_signed);
  const bool declared =
      std::ranges::any_of(info.machine->transitions, [&](const Transition& transition) {
        return transition.from == from && transition.to == state;
      });
  if (!declared) {
    return CAIRN_UNDECLARED;
  }
  if (from == state) {
    return CAIRN_OK;
  }
  std::array<std::byte, sizeof(state)> memory = {};
  std::memcpy(memory.data(), &state, sizeof(state));
  if (fields[field].has_unique) {
    return assign(rows, row, fields[field], memory.data());
  }
  replace(rows, row, fields[field], memory.data());  // a state has no slack
  return CAIRN_OK;
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
  log(Change::Kind::Linked, edge).node = links.make(from, to);
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
  has_dead_ = true;
  log(Change::Kind::Unlinked, edge).node = node;
}

std::int32_t Writer::new_id(std::uint16_t record, std::uint64_t& id) {
  Rows& rows = state_->rows(record);
  if (!rows.plan->is_numbered()) {
    return CAIRN_UNDECLARED;
  }
  if (!may_change() || rows.last_id == ~std::uint64_t{0}) {
    return CAIRN_LIMIT;
  }
  log(Change::Kind::Numbered, record).number = rows.last_id;
  id = ++rows.last_id;
  return CAIRN_OK;
}

void Writer::number(std::uint16_t record, std::uint64_t id) {
  Rows& rows = state_->rows(record);
  CAIRN_CHECK(id > rows.last_id);
  log(Change::Kind::Numbered, record).number = rows.last_id;
  rows.last_id = id;
}

std::int32_t Writer::schedule(Timer timer) {
  const StructInfo* const command = state_->plan().schema().command(timer.kind);
  if (command == nullptr) {
    return CAIRN_UNDECLARED;
  }
  if (timer.command.size() > command->encoded_size_max) {
    return CAIRN_MALFORMED;
  }
  if (!may_change() || state_->timers().size() >= state_timers_max) {
    return CAIRN_LIMIT;
  }
  log(Change::Kind::Scheduled, 0).number = state_->timers().add(std::move(timer));
  return CAIRN_OK;
}

bool Writer::waits(std::uint64_t number) const {
  return number <= last_timer_ && state_->timers().find(number) != nullptr;
}

void Writer::fire(std::uint64_t number) {
  CAIRN_CHECK(waits(number));
  fired_.push_back(state_->timers().remove(number));
  log(Change::Kind::Fired, 0).number = number;
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

/// Cuts the links of a row at one of its ends; false when the limit is reached.
bool Writer::cut_all(std::uint16_t edge, Way way, std::uint32_t slot) {
  const LinkTable& links = state_->links(edge);
  while (links.has_links(way, slot) && may_change()) {
    cut(edge, links.first(way, slot));
  }
  return !links.has_links(way, slot);
}

/// Cuts the row's links and retires it; sources that go with it join the doomed.
std::int32_t Writer::erase_one(std::uint16_t record, Row row) {
  Rows& rows = state_->rows(record);
  if (refuses_erase(*rows.plan, row)) {
    return CAIRN_LINKED;
  }
  const std::uint32_t slot = slot_of(row);
  for (const std::uint16_t edge : rows.plan->edges_in()) {
    doom_sources(edge, row);
    if (!cut_all(edge, Way::In, slot)) {
      return CAIRN_LIMIT;
    }
  }
  for (const std::uint16_t edge : rows.plan->edges_out()) {
    if (!cut_all(edge, Way::Out, slot)) {
      return CAIRN_LIMIT;
    }
  }
  const bool is_first = (header_of(row).place & row_touched) == 0;
  if (!rows.remove_from_indexes(row)) {
    damage(record, row, rows.plan->managed().front());
  }
  rows.table.retire(row);
  has_dead_ = true;
  header_of(row).place |= row_touched;
  Change& change = log(Change::Kind::Erased, record);
  change.is_first = is_first;
  change.row = row;
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
    undo_down_to(start);
  }
  return status;
}

}  // namespace cairn::state
