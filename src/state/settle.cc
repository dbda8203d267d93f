// SPDX-License-Identifier: Apache-2.0
#include <bit>
#include <cstring>

#include "state/tidy.h"
#include "state/writer.h"

namespace cairn::state {

void Writer::refer(std::uint16_t record, std::uint64_t id, bool came) {
  ReferenceCounts& references = state_->rows(record).references;
  came ? references.add(id) : references.remove(id);
  Change& change = log(Change::Kind::Referred, record);
  change.node = came ? 1U : 0U;
  change.number = id;
}

/// Counts the references that the row lost and got, and remembers the first that leads nowhere.
void Writer::count_references(const Change& change, std::optional<Broken>& broken) {
  const RecordPlan& plan = *state_->rows(change.position).plan;
  const ConstRow before = before_of(change);
  const ConstRow after = after_of(change);
  const bool is_changed = before != nullptr && after != nullptr;
  const auto is_same = [&](const ReferencePlan& reference) {
    return is_changed && (change.number >> reference.field & 1U) == 0;
  };
  const auto count_old = [&](const ReferencePlan& reference, std::uint64_t id) {
    if (!is_same(reference)) {
      refer(reference.record, id, false);
    }
  };
  const auto count_new = [&](const ReferencePlan& reference, std::uint64_t id) {
    if (is_same(reference)) {
      return;
    }
    refer(reference.record, id, true);
    if (!broken && state_->find_number(reference.record, id) == nullptr) {
      broken = Broken{.rule = Broken::Rule::Reference,
                      .position = change.position,
                      .field = reference.field,
                      .row = after};
    }
  };
  if (before != nullptr) {
    plan.visit_references(before, count_old);
  }
  if (after != nullptr) {
    plan.visit_references(after, count_new);
  }
}

std::optional<Broken> Writer::open_end_of(std::uint16_t edge, Way way, ConstRow row) const {
  const LinkTable& links = state_->links(edge);
  const bool required =
      way == Way::Out ? links.edge().target_required : links.edge().source_required;
  if (!required || !is_alive(row) || links.has_links(way, slot_of(row))) {
    return std::nullopt;
  }
  return Broken{.rule = way == Way::Out ? Broken::Rule::TargetEnd : Broken::Rule::SourceEnd,
                .position = edge,
                .row = row};
}

/// Of a row that is new.
std::optional<Broken> Writer::open_end_of_new(std::uint16_t record, ConstRow row) const {
  const RecordPlan& plan = *state_->rows(record).plan;
  std::optional<Broken> broken;
  for (std::size_t i = 0; i < plan.edges_out().size() && !broken; ++i) {
    broken = open_end_of(plan.edges_out()[i], Way::Out, row);
  }
  for (std::size_t i = 0; i < plan.edges_in().size() && !broken; ++i) {
    broken = open_end_of(plan.edges_in()[i], Way::In, row);
  }
  return broken;
}

/// A created row's required ends, or those that a cut link was at.
std::optional<Broken> Writer::open_end(const Change& change) const {
  if (change.kind == Change::Kind::Created) {
    return open_end_of_new(change.position, change.row);
  }
  if (change.kind != Change::Kind::Unlinked) {
    return std::nullopt;
  }
  const LinkTable& links = state_->links(change.position);
  const auto& end = links.link(change.node).end;
  const Row source = state_->rows(links.edge().source).table.row(end[0]);
  const Row target = state_->rows(links.edge().target).table.row(end[1]);
  const auto broken = open_end_of(change.position, Way::Out, source);
  return broken ? broken : open_end_of(change.position, Way::In, target);
}

/// Clears what belongs to no value in plain fields that were written to; the others are clear since
/// they were set.
void Writer::tidy_plain(const RecordPlan& plan, const Change& change, std::uint64_t units) {
  for (const FieldPlan& field : plan.fields()) {
    if (field.has_slack && !field.is_managed && (field.units & units) != 0 &&
        !same_field(field, change.before, change.row)) {
      tidy(*field.info->type, change.row + field.offset);
    }
  }
}

/// A bit for each field of a row that is not what it was when the command began.
std::uint64_t Writer::fields_that_differ(const RecordPlan& plan, const Change& change,
                                         std::uint64_t units) {
  std::uint64_t mask = plan.fields_in(units);
  for (std::uint64_t left = mask; left != 0; left &= left - 1) {
    const FieldPlan& field = plan.fields()[static_cast<std::size_t>(std::countr_zero(left))];
    if (!field.owns_units && same_field(field, change.before, change.row)) {
      mask ^= left & -left;
    }
  }
  return mask;
}

/// Notes which fields of a row differ.
void Writer::settle_row(Change& change, bool is_captured) {
  if (change.node != 0 || !is_captured) {
    return settle_given_out(change, is_captured);
  }
  if (!change.is_first || !is_alive(change.row)) {
    return;
  }
  const RecordPlan& plan = *state_->rows(change.position).plan;
  std::uint64_t differing = 0;
  for (const SetField* set = change.set; set != nullptr; set = set->next) {
    const bool is_same = same_field(plan.fields()[set->field], change.before, change.row);
    differing |= std::uint64_t{!is_same} << set->field;
  }
  change.number = differing;
}

/// The same of a row that may have been written to; looks whether its managed fields were.
void Writer::settle_given_out(Change& change, bool is_captured) {
  const RecordPlan& plan = *state_->rows(change.position).plan;
  std::uint64_t units = plan.differing(change.row, change.before);
  if (is_captured && change.node != 0) {
    if (const std::uint16_t written = first_written(change, units); written != no_field)
        [[unlikely]] {
      return put_right(change, written);
    }
  }
  if (!is_alive(change.row)) {
    return;
  }
  if (plan.has_plain_slack()) {
    tidy_plain(plan, change, units);
    units = plan.differing(change.row, change.before);
  }
  if (change.is_first) {
    change.number = fields_that_differ(plan, change, units);
  }
}

/// Of a row that was erased and is still referred to.
std::optional<Broken> Writer::lost_reference(const Change& change) const {
  if (change.kind != Change::Kind::Erased) {
    return std::nullopt;  // a position may be that of an edge
  }
  const Rows& rows = state_->rows(change.position);
  if (!rows.plan->is_referred_to()) {
    return std::nullopt;
  }
  const std::uint64_t number = rows.plan->number_of(change.row);
  if (rows.references.of(number) == 0 || state_->find_number(change.position, number) != nullptr) {
    return std::nullopt;
  }
  return Broken{.rule = Broken::Rule::Reference,
                .position = change.position,
                .field = rows.plan->info().indexes.front().fields.front(),
                .row = change.row};
}

/// Whether what an entry says can change who is referred to, or leave a required end open.
bool Writer::may_break(const Change& change) const noexcept {
  if (change.kind == Change::Kind::Unlinked) {
    const EdgeInfo& edge = state_->links(change.position).edge();
    return edge.source_required || edge.target_required;
  }
  if (!is_about_row(change)) {
    return false;
  }
  const RecordPlan& plan = *state_->rows(change.position).plan;
  return !plan.references().empty() ||
         (change.kind == Change::Kind::Created && plan.has_required_ends()) ||
         (change.kind == Change::Kind::Erased && plan.is_referred_to());
}

std::optional<Broken> Writer::settle() {
  const std::size_t end = log_.size();
  for (std::size_t i = command_start_; i < end; ++i) {
    if (log_[i].kind == Change::Kind::Changed) {
      settle_row(log_[i], i >= captured_from_);
    }
  }
  if (written_) [[unlikely]] {
    return written_;
  }
  const auto may_be_broken = [this](const Change& change) { return may_break(change); };
  if (!state_->plan().has_ties() || std::ranges::none_of(changes(), may_be_broken)) [[likely]] {
    return std::nullopt;
  }
  return first_broken(end);
}

/// Counts the references of what the entries before `end` are about, and looks for rules that they
/// leave broken. Counting appends to the log, so its entries are walked by number.
std::optional<Broken> Writer::first_broken(std::size_t end) {
  std::optional<Broken> broken;
  for (std::size_t i = command_start_; i < end; ++i) {
    if (is_about_row(log_[i]) && log_[i].is_first &&
        !state_->rows(log_[i].position).plan->references().empty()) {
      count_references(Change(log_[i]), broken);
    }
  }
  for (std::size_t i = command_start_; i < end && !broken; ++i) {
    if (log_[i].kind == Change::Kind::Changed || !may_break(log_[i])) {
      continue;  // that opens no end and loses no row
    }
    broken = open_end(log_[i]);
    if (!broken) {
      broken = lost_reference(log_[i]);
    }
  }
  return broken;
}

}  // namespace cairn::state
