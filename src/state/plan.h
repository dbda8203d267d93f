// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
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
inline constexpr std::uint16_t no_field = 0xffff;

/// How many there are of what a schema numbers with sixteen bits.
[[nodiscard]] constexpr std::uint16_t count_of(const auto& list) noexcept {
  return static_cast<std::uint16_t>(list.size());
}

/// What the state needs to know of a field, worked out once.
struct FieldPlan {
  const FieldInfo* info = nullptr;
  std::uint32_t offset = 0;
  std::uint32_t size = 0;
  std::uint64_t units = 0;    ///< those of the row that it reaches into: see RecordPlan::differing
  std::uint16_t indexes = 0;  ///< a bit for each index that covers it
  bool owns_units = false;    ///< nothing else is in them: neither a field nor padding
  bool copies = false;        ///< its canonical bytes are its memory, and any memory is a value
  bool has_references = false;
  bool is_fixed = false;    ///< never changes once the row is there
  bool is_managed = false;  ///< changes through the Writer only, if at all
  bool has_slack = false;   ///< its memory may hold bytes that belong to no value
  bool has_unique = false;  ///< a unique index covers it
};

/// Whether bytes are the same; most fields are no longer than a word.
[[nodiscard]] inline bool same_bytes(const std::byte* a, const std::byte* b,
                                     std::size_t size) noexcept {
  switch (size) {
    case 1:
      return *a == *b;
    case sizeof(std::uint32_t):
      return std::memcmp(a, b, sizeof(std::uint32_t)) == 0;
    case sizeof(std::uint64_t):
      return std::memcmp(a, b, sizeof(std::uint64_t)) == 0;
    default:
      return std::memcmp(a, b, size) == 0;
  }
}

/// Copies bytes that do not overlap; most fields are no longer than a word.
inline void copy_bytes(std::byte* to, const std::byte* from, std::size_t size) noexcept {
  switch (size) {
    case 1:
      *to = *from;
      return;
    case sizeof(std::uint32_t):
      std::memcpy(to, from, sizeof(std::uint32_t));
      return;
    case sizeof(std::uint64_t):
      std::memcpy(to, from, sizeof(std::uint64_t));
      return;
    default:
      std::memcpy(to, from, size);
  }
}

/// A row is the value of its record's fields, so equal bytes are equal values.
[[nodiscard]] inline bool same_field(const FieldPlan& field, ConstRow a, ConstRow b) noexcept {
  return same_bytes(a + field.offset, b + field.offset, field.size);
}

/// Where a row refers to another.
struct ReferencePlan {
  static constexpr std::uint32_t always = 0xffff'ffff;

  std::uint16_t field = 0;
  std::uint16_t record = 0;     ///< whose rows it refers to
  std::uint32_t offset = 0;     ///< of the Id in the row
  std::uint32_t flag = always;  ///< of the byte that says whether it is there
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

  /// Whether a row is the end of an edge that it must not be without.
  [[nodiscard]] bool has_required_ends() const noexcept { return has_required_ends_; }

  /// Whether the primary key is the record's own Id, so that numbers for it can be made.
  [[nodiscard]] bool is_numbered() const noexcept { return is_numbered_; }

  /// The Id that is the primary key. Requires: is_numbered.
  [[nodiscard]] std::uint64_t number_of(ConstRow row) const noexcept;

  /// In which of its units, at most 64 and a word or more each, a row differs from another: a bit
  /// for each. Cheaper than comparing fields, and mostly it leaves one of them to be compared.
  [[nodiscard]] std::uint64_t differing(ConstRow a, ConstRow b) const noexcept;

  /// The fields that reach into some of the units: a bit for each field.
  [[nodiscard]] std::uint64_t fields_in(std::uint64_t units) const noexcept {
    std::uint64_t fields = 0;
    for (; units != 0; units &= units - 1) {
      fields |= fields_of_unit_[static_cast<std::size_t>(std::countr_zero(units))];
    }
    return fields;
  }

  /// A bit for each managed field.
  [[nodiscard]] std::uint64_t managed_mask() const noexcept { return managed_mask_; }

  /// Whether a plain field may hold bytes that belong to no value.
  [[nodiscard]] bool has_plain_slack() const noexcept { return has_plain_slack_; }

  /// Positions of the managed fields.
  [[nodiscard]] std::span<const std::uint16_t> managed() const noexcept { return managed_; }

  /// What rows refer to others with: Ids that are not the primary key.
  [[nodiscard]] std::span<const ReferencePlan> references() const noexcept { return references_; }

  /// Calls `visit(reference, id)` for each reference of a row to another.
  template <typename Visit>
  void visit_references(ConstRow row, const Visit& visit) const {
    for (const ReferencePlan& reference : references_) {
      if (reference.flag == ReferencePlan::always || row[reference.flag] != std::byte{0}) {
        std::uint64_t id = 0;
        std::memcpy(&id, row + reference.offset, sizeof(id));
        visit(reference, id);
      }
    }
  }

  /// Whether some record holds references to rows of this one.
  [[nodiscard]] bool is_referred_to() const noexcept { return is_referred_to_; }

 private:
  friend class Plan;

  [[nodiscard]] FieldPlan plan_field(std::uint16_t position) const;
  [[nodiscard]] bool owns_units(const FieldPlan& field) const noexcept;

  const StructInfo* info_;
  std::uint16_t position_;
  std::vector<FieldPlan> fields_;
  std::vector<KeyPlan> keys_;
  schema::Codec codec_;
  std::vector<StructInfo> single_;  ///< the record, as if it had only one field
  std::vector<schema::Codec> field_codecs_;
  std::vector<std::uint16_t> managed_;
  std::uint64_t managed_mask_ = 0;
  std::vector<std::uint64_t> fields_of_unit_;
  unsigned unit_shift_ = 0;
  bool has_plain_slack_ = false;
  std::vector<ReferencePlan> references_;
  std::vector<std::uint16_t> edges_out_;
  std::vector<std::uint16_t> edges_in_;
  bool has_required_ends_ = false;
  bool is_numbered_ = false;
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

  [[nodiscard]] std::uint16_t records() const noexcept { return count_of(records_); }

  [[nodiscard]] const RecordPlan& record(std::uint16_t position) const noexcept {
    return *records_[position];
  }

  /// Whether rows refer to others, or are ends of edges that they must not be without: only then
  /// can a command leave a reference or a required end open.
  [[nodiscard]] bool has_ties() const noexcept { return has_ties_; }

  /// The position of a record by name; `no_record` when there is none.
  [[nodiscard]] std::uint16_t record_named(std::string_view name) const noexcept;

 private:
  void plan_references(RecordPlan& record);

  const schema::Schema* schema_;
  std::vector<std::unique_ptr<RecordPlan>> records_;
  bool has_ties_ = false;
};

}  // namespace cairn::state
