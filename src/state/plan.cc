// SPDX-License-Identifier: Apache-2.0
#include "state/plan.h"

#include <algorithm>

#include "base/check.h"
#include "schema/layout.h"
#include "state/tidy.h"

namespace cairn::state {

namespace {

bool copies(TypeKind kind) noexcept {
  switch (kind) {
    case TypeKind::Integer:
    case TypeKind::Id:
    case TypeKind::Timestamp:
    case TypeKind::Duration:
    case TypeKind::Uuid:
    case TypeKind::Digest:
      return true;
    default:
      return false;
  }
}

bool holds_ids(const TypeInfo& type) {
  switch (type.kind) {
    case TypeKind::Id:
      return true;
    case TypeKind::Option:
    case TypeKind::Array:
      return holds_ids(*type.element);
    case TypeKind::Struct:
      return std::ranges::any_of(type.structure->fields,
                                 [](const FieldInfo& field) { return holds_ids(*field.type); });
    default:
      return false;
  }
}

/// Adds the Ids in a value of a field to `references`. `reference` says where the value is; options
/// inside options need only the innermost flag, since nothing is all zero.
void add_references(const Plan& plan, const TypeInfo& type, const ReferencePlan& reference,
                    std::vector<ReferencePlan>& references) {
  const auto add_at = [&](const TypeInfo& part, std::uint32_t offset) {
    ReferencePlan inside = reference;
    inside.offset += offset;
    add_references(plan, part, inside, references);
  };
  switch (type.kind) {
    case TypeKind::Id:
      references.push_back(reference);
      references.back().record = plan.record_named(type.record);
      CAIRN_CHECK(references.back().record != no_record);
      return;
    case TypeKind::Option: {
      ReferencePlan inside = reference;
      inside.flag = reference.offset + schema::option_flag_offset(type);
      return add_references(plan, *type.element, inside, references);
    }
    case TypeKind::Array:
      for (std::uint32_t i = 0; i < type.capacity && holds_ids(*type.element); ++i) {
        add_at(*type.element, i * type.element->memory_size);
      }
      return;
    case TypeKind::Struct:
      for (const FieldInfo& field : type.structure->fields) {
        add_at(*field.type, field.offset);
      }
      return;
    default:
      return;
  }
}

constexpr unsigned units_max = 64;

/// Units of 2^shift bytes, so large that a row has no more than a mask has bits.
unsigned shift_of_units(std::size_t row_bytes) noexcept {
  unsigned shift = 3;
  while (row_bytes > std::size_t{units_max} << shift) {
    ++shift;
  }
  return shift;
}

std::uint64_t units_of(std::size_t offset, std::size_t size, unsigned shift) noexcept {
  const std::size_t first = offset >> shift;
  const std::size_t last = (offset + size - 1) >> shift;
  return (~std::uint64_t{0} >> (units_max - 1 - (last - first))) << first;
}

}  // namespace

RecordPlan::RecordPlan(const schema::Schema& schema, std::uint16_t position)
    : info_(schema.domain().records[position]),
      position_(position),
      codec_(*info_),
      fields_of_unit_(units_max),
      unit_shift_(shift_of_units(info_->memory_size)) {
  for (const IndexInfo& index : info_->indexes) {
    keys_.emplace_back(*info_, index);
  }
  const IndexInfo& primary = info_->indexes.front();
  const TypeInfo& key = *info_->fields[primary.fields.front()].type;
  is_numbered_ =
      primary.fields.size() == 1 && key.kind == TypeKind::Id && key.record == info_->name;
  single_.reserve(info_->fields.size());
  for (std::uint16_t i = 0; i < count_of(info_->fields); ++i) {
    const FieldPlan& plan = fields_.emplace_back(plan_field(i));
    has_plain_slack_ = has_plain_slack_ || (plan.has_slack && !plan.is_managed);
    if (plan.is_managed) {
      managed_mask_ |= std::uint64_t{1} << i;
      managed_.push_back(i);
    }
    for (std::uint64_t left = plan.units; left != 0; left &= left - 1) {
      fields_of_unit_[static_cast<std::size_t>(std::countr_zero(left))] |= std::uint64_t{1} << i;
    }
    single_.push_back(*info_);
    single_.back().fields = info_->fields.subspan(i, 1);
    field_codecs_.emplace_back(single_.back());
  }
  for (FieldPlan& field : fields_) {
    field.owns_units = owns_units(field);
  }
}

FieldPlan RecordPlan::plan_field(std::uint16_t position) const {
  const FieldInfo& field = info_->fields[position];
  FieldPlan plan = {.info = &field,
                    .offset = field.offset,
                    .size = field.type->memory_size,
                    .copies = copies(field.type->kind),
                    .is_fixed = field.role == FieldRole::Key || field.role == FieldRole::Immutable};
  for (std::size_t index = 0; index < info_->indexes.size(); ++index) {
    const IndexInfo& over = info_->indexes[index];
    if (std::ranges::find(over.fields, position) != over.fields.end()) {
      plan.indexes = static_cast<std::uint16_t>(plan.indexes | (1U << index));
      plan.has_unique = plan.has_unique || over.is_unique;
    }
  }
  const bool is_own_key = is_numbered_ && info_->indexes.front().fields.front() == position;
  plan.has_references = !is_own_key && holds_ids(*field.type);
  plan.has_slack = has_slack(*field.type);
  plan.is_managed = field.role != FieldRole::Plain || plan.indexes != 0;
  plan.units = units_of(plan.offset, plan.size, unit_shift_);
  return plan;
}

/// Whether the field's units are all its own: neither another field nor what lies between fields is
/// in them.
bool RecordPlan::owns_units(const FieldPlan& field) const noexcept {
  const std::uint32_t unit_mask = (1U << unit_shift_) - 1;
  return ((field.offset | field.size) & unit_mask) == 0;
}

std::uint64_t RecordPlan::differing(ConstRow a, ConstRow b) const noexcept {
  constexpr std::size_t word_bytes = sizeof(std::uint64_t);
  const auto difference = [a, b](std::size_t at) {
    std::uint64_t left = 0;
    std::uint64_t right = 0;
    std::memcpy(&left, a + at, word_bytes);
    std::memcpy(&right, b + at, word_bytes);
    return left ^ right;
  };
  const std::size_t size = info_->memory_size;
  const std::size_t words_end = size / word_bytes * word_bytes;
  std::uint64_t units = 0;
  for (std::size_t at = 0; at < words_end; at += word_bytes) {
    units |= std::uint64_t{difference(at) != 0} << (at >> unit_shift_);
  }
  if (size == words_end) {
    return units;
  }
  if (size >= word_bytes) [[likely]] {
    // The last word, without what it has of the one before.
    const std::uint64_t rest = difference(size - word_bytes) >> (8 * (words_end + 8 - size));
    return units | std::uint64_t{rest != 0} << (words_end >> unit_shift_);
  }
  return units | std::uint64_t{std::memcmp(a, b, size) != 0};
}

std::uint64_t RecordPlan::number_of(ConstRow row) const noexcept {
  std::uint64_t id = 0;
  std::memcpy(&id, row + fields_[info_->indexes.front().fields.front()].offset, sizeof(id));
  return id;
}

Plan::Plan(const schema::Schema& schema) : schema_(&schema) {
  const DomainInfo& domain = schema.domain();
  for (std::uint16_t i = 0; i < count_of(domain.records); ++i) {
    records_.push_back(std::make_unique<RecordPlan>(schema, i));
  }
  for (std::uint16_t i = 0; i < count_of(domain.edges); ++i) {
    const EdgeInfo& edge = domain.edges[i];
    RecordPlan& source = *records_[edge.source];
    RecordPlan& target = *records_[edge.target];
    source.edges_out_.push_back(i);
    target.edges_in_.push_back(i);
    source.has_required_ends_ = source.has_required_ends_ || edge.target_required;
    target.has_required_ends_ = target.has_required_ends_ || edge.source_required;
  }
  for (const auto& record : records_) {
    plan_references(*record);
    has_ties_ = has_ties_ || record->has_required_ends_ || !record->references_.empty();
  }
}

void Plan::plan_references(RecordPlan& record) {
  for (std::uint16_t i = 0; i < count_of(record.fields_); ++i) {
    const FieldPlan& field = record.fields_[i];
    if (field.has_references) {
      add_references(*this, *field.info->type, {.field = i, .offset = field.offset},
                     record.references_);
    }
  }
  for (const ReferencePlan& reference : record.references_) {
    records_[reference.record]->is_referred_to_ = true;
  }
}

std::uint16_t Plan::record_named(std::string_view name) const noexcept {
  const auto found =
      std::ranges::find(records_, name, [](const auto& record) { return record->info().name; });
  return found == records_.end() ? no_record : static_cast<std::uint16_t>(found - records_.begin());
}

}  // namespace cairn::state
