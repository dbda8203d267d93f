// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "cairn/descriptor.h"
#include "schema/codec.h"
#include "schema/schema.h"
#include "state/key_plan.h"
#include "state/row.h"

namespace cairn::state {

inline constexpr std::uint16_t no_record = 0xffff;

/// What the state needs to know of a field, worked out once.
struct FieldPlan {
  const FieldInfo* info = nullptr;
  std::uint32_t offset = 0;
  std::uint32_t size = 0;
  std::uint16_t indexes = 0;  ///< a bit for each index that covers it
  bool copies = false;        ///< its canonical bytes are its memory, and any memory is a value
  bool has_references = false;
  bool is_fixed = false;  ///< never changes once the row is there
};

/// What the state needs to know of a record, worked out once.
class RecordPlan final {
 public:
  RecordPlan(const schema::Schema& schema, std::uint16_t position);

  [[nodiscard]] const StructInfo& info() const noexcept { return *info_; }

  [[nodiscard]] std::uint16_t position() const noexcept { return position_; }

  [[nodiscard]] std::span<const FieldPlan> fields() const noexcept { return fields_; }

  /// The plan of each index; the primary key's first.
  [[nodiscard]] std::span<const KeyPlan> keys() const noexcept { return keys_; }

  /// Codes whole rows.
  [[nodiscard]] const schema::Codec& codec() const noexcept { return codec_; }

  /// Codes one field of a row; its memory is the row's.
  [[nodiscard]] const schema::Codec& field_codec(std::size_t field) const noexcept {
    return field_codecs_[field];
  }

  /// Positions of edges that start here, and that end here.
  [[nodiscard]] std::span<const std::uint16_t> edges_out() const noexcept { return edges_out_; }

  [[nodiscard]] std::span<const std::uint16_t> edges_in() const noexcept { return edges_in_; }

  /// Whether the primary key is the record's own Id, so that numbers for it can be made.
  [[nodiscard]] bool is_numbered() const noexcept { return is_numbered_; }

  /// The Id that is the primary key. Requires: is_numbered.
  [[nodiscard]] std::uint64_t number_of(ConstRow row) const noexcept;

  /// Whether rows hold references to others: Ids that are not the primary key.
  [[nodiscard]] bool has_references() const noexcept { return has_references_; }

  /// Whether some record holds references to rows of this one.
  [[nodiscard]] bool is_referred_to() const noexcept { return is_referred_to_; }

 private:
  friend class Plan;

  const StructInfo* info_;
  std::uint16_t position_;
  std::vector<FieldPlan> fields_;
  std::vector<KeyPlan> keys_;
  schema::Codec codec_;
  std::vector<StructInfo> single_;  ///< the record, as if it had only one field
  std::vector<schema::Codec> field_codecs_;
  std::vector<std::uint16_t> edges_out_;
  std::vector<std::uint16_t> edges_in_;
  bool is_numbered_ = false;
  bool has_references_ = false;
  bool is_referred_to_ = false;
};

/// All of a schema that the state needs, worked out once and shared by every State of the schema.
/// Immutable; the schema must outlive it.
class Plan final {
 public:
  explicit Plan(const schema::Schema& schema);
  Plan(const Plan&) = delete;
  Plan& operator=(const Plan&) = delete;
  ~Plan() = default;

  [[nodiscard]] const schema::Schema& schema() const noexcept { return *schema_; }

  [[nodiscard]] const DomainInfo& domain() const noexcept { return schema_->domain(); }

  [[nodiscard]] std::size_t records() const noexcept { return records_.size(); }

  [[nodiscard]] const RecordPlan& record(std::uint16_t position) const noexcept {
    return *records_[position];
  }

  /// The position of a record by name; `no_record` when there is none.
  [[nodiscard]] std::uint16_t record_named(std::string_view name) const noexcept;

 private:
  const schema::Schema* schema_;
  std::vector<std::unique_ptr<RecordPlan>> records_;
};

/// Calls `visit(record name, id)` for each Id in a value; goes on while it says true. Says whether
/// all did.
template <typename Visit>
bool visit_ids(const TypeInfo& type, const std::byte* memory, const Visit& visit) {
  switch (type.kind) {
    case TypeKind::Id: {
      std::uint64_t id = 0;
      std::memcpy(&id, memory, sizeof(id));
      return visit(type.record, id);
    }
    case TypeKind::Option:
      return memory[type.element->memory_size] == std::byte{0} ||
             visit_ids(*type.element, memory, visit);
    case TypeKind::Array:
      for (std::size_t i = 0; i < type.capacity; ++i) {
        if (!visit_ids(*type.element, memory + i * type.element->memory_size, visit)) {
          return false;
        }
      }
      return true;
    case TypeKind::Struct:
      return std::ranges::all_of(type.structure->fields, [&](const FieldInfo& field) {
        return visit_ids(*field.type, memory + field.offset, visit);
      });
    default:
      return true;
  }
}

}  // namespace cairn::state
