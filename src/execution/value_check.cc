// SPDX-License-Identifier: Apache-2.0
#include "execution/value_check.h"

#include <algorithm>
#include <functional>

#include "cairn/sizes.h"
#include "schema/layout.h"
#include "schema/program.h"

namespace cairn::execution {

namespace {

/// Whether a C++ program can hold in such a type what is no value: an enum that was cast, or bytes
/// that belong to somebody else and were written to after they were looked at.
bool can_be_wrong(const TypeInfo& type) {
  return schema::has_part(
      type, [](TypeKind kind) { return kind == TypeKind::Enum || schema::is_view(kind); });
}

bool is_looked_at(const FieldInfo& field, Trust trust) {
  // Where a machine stands is looked at in every new row, and changes through `become` alone.
  return field.machine == nullptr && (trust == Trust::Checked || can_be_wrong(*field.type));
}

}  // namespace

ValueCheck::ValueCheck(const state::Plan& plan, Trust trust) : plan_(plan) {
  const DomainInfo& domain = plan.domain();
  for (const StructInfo* const record : domain.records) {
    add_record(*record, trust);
  }
  for (const StructInfo* const command : domain.commands) {
    add(*command, trust);
  }
  for (const StructInfo* const event : domain.events) {
    add(*event, trust);
  }
  for (const RejectInfo& reject : domain.rejects) {
    if (reject.detail != nullptr) {
      add(*reject.detail, trust);
      detail_bytes_max_ = std::max<std::size_t>(detail_bytes_max_, reject.detail->encoded_size_max);
    }
  }
  std::ranges::sort(looks_, std::less<>(), &Look::structure);
}

void ValueCheck::add_record(const StructInfo& record, Trust trust) {
  std::uint64_t& looked_at = fields_.emplace_back();
  std::vector<Start>& starts = starts_.emplace_back();
  for (std::size_t i = 0; i < record.fields.size(); ++i) {
    const FieldInfo& field = record.fields[i];
    looked_at |= std::uint64_t{is_looked_at(field, trust)} << i;
    if (field.machine != nullptr) {
      starts.push_back({.offset = field.offset,
                        .width = field.type->width,
                        .is_signed = field.type->is_signed,
                        .state = field.machine->initial});
    }
  }
}

void ValueCheck::add(const StructInfo& structure, Trust trust) {
  std::uint64_t scratch_per_byte = 0;
  bool is_believed = trust == Trust::Compiled;
  for (const FieldInfo& field : structure.fields) {
    scratch_per_byte = std::max(scratch_per_byte, describe::scratch_per_byte(*field.type));
    is_believed = is_believed && !can_be_wrong(*field.type);
  }
  if (!is_believed) {
    looks_.push_back({.structure = &structure,
                      .codec = schema::Codec(structure),
                      .scratch_per_byte = scratch_per_byte});
  }
}

bool ValueCheck::is_new_row(std::uint16_t record, const std::byte* memory) const {
  const auto starts = [memory](const Start& start) {
    return schema::load_integer(memory + start.offset, start.width, start.is_signed) == start.state;
  };
  return std::ranges::all_of(starts_[record], starts) &&
         (fields_[record] == 0 || plan_.record(record).codec().encoded_size(memory).has_value());
}

bool ValueCheck::is_field(std::uint16_t record, std::uint16_t field, const std::byte* row) const {
  return (fields_[record] >> field & 1U) == 0 ||
         plan_.record(record).field_codec(field).encoded_size(row).has_value();
}

const ValueCheck::Look* ValueCheck::look_at(const StructInfo& structure) const noexcept {
  const auto found = std::ranges::lower_bound(looks_, &structure, std::less<>(), &Look::structure);
  return found != looks_.end() && found->structure == &structure ? &*found : nullptr;
}

}  // namespace cairn::execution
