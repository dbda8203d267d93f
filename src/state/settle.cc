// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstring>

#include "state/writer.h"

namespace cairn::state {

void Writer::refer(std::uint16_t record, std::uint64_t id, bool came) {
  ReferenceCounts& references = state_->rows(record).references;
  came ? references.add(id) : references.remove(id);
  log({.kind = Change::Kind::Referred, .position = record, .node = came ? 1U : 0U, .number = id});
}

/// Counts the references that the row lost and got, and remembers the first that leads nowhere.
void Writer::count_references(const Change& change, std::optional<Broken>& broken) {
  const RecordPlan& plan = *state_->rows(change.position).plan;
  const ConstRow before = before_of(change);
  const ConstRow after = after_of(change);
  for (std::uint16_t i = 0; i < plan.fields().size(); ++i) {
    const FieldPlan& field = plan.fields()[i];
    if (!field.has_references ||
        (before != nullptr && after != nullptr &&
         std::memcmp(before + field.offset, after + field.offset, field.size) == 0)) {
      continue;
    }
    const auto count = [&](ConstRow row, bool came) {
      visit_ids(*field.info->type, row + field.offset,
                [&](std::string_view name, std::uint64_t id) {
                  const std::uint16_t record = state_->plan().record_named(name);
                  refer(record, id, came);
                  if (came && !broken && state_->find_number(record, id) == nullptr) {
                    broken = Broken{.rule = Broken::Rule::Reference,
                                    .position = change.position,
                                    .field = i,
                                    .row = row};
                  }
                  return true;
                });
    };
    if (before != nullptr) {
      count(before, false);
    }
    if (after != nullptr) {
      count(after, true);
    }
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

/// A created row's required ends, or those that a cut link was at.
std::optional<Broken> Writer::open_end(const Change& change) const {
  if (change.kind == Change::Kind::Created) {
    const RecordPlan& plan = *state_->rows(change.position).plan;
    for (const std::uint16_t edge : plan.edges_out()) {
      if (auto broken = open_end_of(edge, Way::Out, change.row)) {
        return broken;
      }
    }
    for (const std::uint16_t edge : plan.edges_in()) {
      if (auto broken = open_end_of(edge, Way::In, change.row)) {
        return broken;
      }
    }
  } else if (change.kind == Change::Kind::Unlinked) {
    const LinkTable& links = state_->links(change.position);
    const auto& end = links.link(change.node).end;
    const Row source = state_->rows(links.edge().source).table.row(end[0]);
    const Row target = state_->rows(links.edge().target).table.row(end[1]);
    if (auto broken = open_end_of(change.position, Way::Out, source)) {
      return broken;
    }
    return open_end_of(change.position, Way::In, target);
  }
  return std::nullopt;
}

/// Notes which fields of a changed row differ. The façade does not let a domain write to a key; a
/// domain in C might.
std::optional<Broken> Writer::compare(Change& change) const {
  if (change.kind != Change::Kind::Changed || !change.is_first || !is_alive(change.row)) {
    return std::nullopt;
  }
  std::optional<Broken> broken;
  const std::span<const FieldPlan> fields = state_->rows(change.position).plan->fields();
  std::uint64_t mask = 0;
  for (std::uint16_t i = 0; i < fields.size(); ++i) {
    const FieldPlan& field = fields[i];
    if (std::memcmp(change.before + field.offset, change.row + field.offset, field.size) == 0) {
      continue;
    }
    mask |= std::uint64_t{1} << i;
    if (field.is_fixed && !broken) {
      broken = Broken{.rule = Broken::Rule::ManagedField,
                      .position = change.position,
                      .field = i,
                      .row = change.row};
    }
  }
  change.number = mask;
  return broken;
}

std::optional<Broken> Writer::settle() {
  // Counting appends to the log, so the command's own entries are walked by number.
  const std::size_t count = changes().size();
  std::optional<Broken> broken;
  for (std::size_t i = 0; i < count; ++i) {
    const Change change = changes()[i];
    if (is_about_row(change) && change.is_first &&
        state_->rows(change.position).plan->has_references()) {
      count_references(change, broken);
    }
  }
  for (std::size_t i = 0; i < count && !broken; ++i) {
    Change& change = log_[command_start_ + i];
    broken = compare(change);
    if (!broken) {
      broken = open_end(change);
    }
    if (!broken && change.kind == Change::Kind::Erased && !is_alive(change.row)) {
      const Rows& rows = state_->rows(change.position);
      if (rows.plan->is_referred_to() &&
          rows.references.of(rows.plan->number_of(change.row)) != 0 &&
          state_->find_number(change.position, rows.plan->number_of(change.row)) == nullptr) {
        broken = Broken{.rule = Broken::Rule::Reference,
                        .position = change.position,
                        .field = rows.plan->info().indexes.front().fields.front(),
                        .row = change.row};
      }
    }
  }
  return broken;
}

}  // namespace cairn::state
