// SPDX-License-Identifier: Apache-2.0
#include "state/plan.h"

#include "base/check.h"

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

void note_records(const TypeInfo& type, std::vector<std::string_view>& records) {
  if (type.kind == TypeKind::Id) {
    records.push_back(type.record);
  } else if (type.kind == TypeKind::Option || type.kind == TypeKind::Array) {
    note_records(*type.element, records);
  } else if (type.kind == TypeKind::Struct) {
    for (const FieldInfo& field : type.structure->fields) {
      note_records(*field.type, records);
    }
  }
}

}  // namespace

RecordPlan::RecordPlan(const schema::Schema& schema, std::uint16_t position)
    : info_(schema.domain().records[position]), position_(position), codec_(*info_) {
  for (const IndexInfo& index : info_->indexes) {
    keys_.emplace_back(*info_, index);
  }
  const IndexInfo& primary = info_->indexes.front();
  const TypeInfo& key = *info_->fields[primary.fields.front()].type;
  is_numbered_ =
      primary.fields.size() == 1 && key.kind == TypeKind::Id && key.record == info_->name;
  single_.reserve(info_->fields.size());
  for (std::size_t i = 0; i < info_->fields.size(); ++i) {
    const FieldInfo& field = info_->fields[i];
    FieldPlan plan = {
        .info = &field,
        .offset = field.offset,
        .size = field.type->memory_size,
        .copies = copies(field.type->kind),
        .is_fixed = field.role == FieldRole::Key || field.role == FieldRole::Immutable};
    for (std::size_t index = 0; index < info_->indexes.size(); ++index) {
      if (std::ranges::find(info_->indexes[index].fields, i) !=
          info_->indexes[index].fields.end()) {
        plan.indexes = static_cast<std::uint16_t>(plan.indexes | (1U << index));
      }
    }
    const bool is_own_key = is_numbered_ && primary.fields.front() == i;
    plan.has_references = !is_own_key && holds_ids(*field.type);
    has_references_ = has_references_ || plan.has_references;
    fields_.push_back(plan);
    single_.push_back(*info_);
    single_.back().fields = info_->fields.subspan(i, 1);
    field_codecs_.emplace_back(single_.back());
  }
}

std::uint64_t RecordPlan::number_of(ConstRow row) const noexcept {
  std::uint64_t id = 0;
  std::memcpy(&id, row + fields_[info_->indexes.front().fields.front()].offset, sizeof(id));
  return id;
}

Plan::Plan(const schema::Schema& schema) : schema_(&schema) {
  const DomainInfo& domain = schema.domain();
  for (std::uint16_t i = 0; i < domain.records.size(); ++i) {
    records_.push_back(std::make_unique<RecordPlan>(schema, i));
  }
  for (std::uint16_t i = 0; i < domain.edges.size(); ++i) {
    records_[domain.edges[i].source]->edges_out_.push_back(i);
    records_[domain.edges[i].target]->edges_in_.push_back(i);
  }
  std::vector<std::string_view> referred_to;
  for (const auto& record : records_) {
    for (const FieldPlan& field : record->fields_) {
      if (field.has_references) {
        note_records(*field.info->type, referred_to);
      }
    }
  }
  for (const std::string_view name : referred_to) {
    const std::uint16_t position = record_named(name);
    CAIRN_CHECK(position != no_record);
    records_[position]->is_referred_to_ = true;
  }
}

std::uint16_t Plan::record_named(std::string_view name) const noexcept {
  const auto found =
      std::ranges::find(records_, name, [](const auto& record) { return record->info().name; });
  return found == records_.end() ? no_record : static_cast<std::uint16_t>(found - records_.begin());
}

}  // namespace cairn::state
