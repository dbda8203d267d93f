// SPDX-License-Identifier: Apache-2.0
#include "schema/builder.h"

#include <algorithm>
#include <string>

#include <fmt/core.h>

#include "base/check.h"
#include "cairn/limits.h"
#include "schema/layout.h"
#include "schema/names.h"

namespace cairn::schema {

namespace {

Result<> check_capacity(const TypeInfo& type, std::uint32_t max, const Path& at) {
  if (type.capacity == 0 || type.capacity > max) {
    return at.fail(type.capacity == 0 ? Errc::InvalidArgument : Errc::TooLarge,
                   fmt::format("the capacity {} is not between 1 and {}", type.capacity, max));
  }
  return {};
}

Result<> check_width(const TypeInfo& type, unsigned max, const Path& at) {
  const unsigned width = type.width;
  if (width == 0 || width > max || (width & (width - 1)) != 0) {
    return at.fail(Errc::InvalidArgument, fmt::format("an integer cannot be {} bytes wide", width));
  }
  return {};
}

/// The capacity of a secret follows from what it holds, and that is what says what is wrong.
Result<> check_secret(const TypeInfo& type, const Path& at) {
  if (has_view(*type.element)) {
    return at.fail(Errc::InvalidArgument, "a secret cannot hold what is stored elsewhere");
  }
  if (has_secret(*type.element)) {
    return at.fail(Errc::InvalidArgument, "a secret cannot hold another");
  }
  if (type.capacity != secret_capacity(*type.element)) {
    return at.fail(Errc::Corrupt, "a secret has the capacity that follows from what it holds");
  }
  if (type.capacity > limits::str_bytes_max) {
    return at.fail(
        Errc::TooLarge,
        fmt::format("what a secret holds takes up to {} canonical bytes; the limit is {}",
                    encoded_size_max(*type.element),
                    limits::str_bytes_max - limits::secret_overhead_bytes));
  }
  return {};
}

Result<> check_element(const TypeInfo& type, const Path& at) {
  if (type.kind == TypeKind::Option && type.element->kind == TypeKind::Option) {
    return at.fail(Errc::InvalidArgument,
                   "an option of an option cannot be told from nothing in JSON");
  }
  return {};
}

}  // namespace

Builder::Weight Builder::weight_of(const TypeInfo& type) const {
  if (type.kind == TypeKind::Struct) {
    const auto known = weights_.find(type.structure);
    CAIRN_CHECK(known != weights_.end());
    return {.depth = known->second.depth + 1, .parts = known->second.parts + 1};
  }
  if (type.element == nullptr) {
    return {};
  }
  const Weight inner = weight_of(*type.element);
  return {.depth = inner.depth + 1, .parts = inner.parts + 1};
}

Result<> Builder::check_bounds(const TypeInfo& type, const Path& at) const {
  switch (type.kind) {
    case TypeKind::Integer:
      return check_width(type, 16, at);
    case TypeKind::Enum:
      return check_width(type, 8, at);
    case TypeKind::Decimal:
      if (type.scale > limits::decimal_scale_max) {
        return at.fail(Errc::TooLarge, fmt::format("the scale {} is above {}", type.scale,
                                                   limits::decimal_scale_max));
      }
      return {};
    case TypeKind::Str:
    case TypeKind::Bytes:
      return check_capacity(type, limits::str_bytes_max, at);
    case TypeKind::Text:
    case TypeKind::Blob:
      return check_capacity(type, limits::text_bytes_max, at);
    case TypeKind::List:
      return check_capacity(type, limits::list_items_max, at);
    case TypeKind::Array:
      return check_capacity(type, limits::array_items_max, at);
    case TypeKind::Option:
      return check_element(type, at);
    case TypeKind::Secret:
      return check_secret(type, at);
    default:
      return {};
  }
}

Result<const TypeInfo*> Builder::add_type(TypeInfo raw, const Path& at) {
  CAIRN_TRY(check_bounds(raw, at));
  if (weight_of(raw).depth > limits::type_depth_max) {
    return at.fail(Errc::TooLarge,
                   fmt::format("the type is nested deeper than {}", limits::type_depth_max));
  }
  const Extent extent = extent_of(raw);
  if (extent.size > limits::struct_bytes_max) {
    return at.fail(Errc::TooLarge, fmt::format("a value takes {} bytes in memory; the limit is {}",
                                               extent.size, limits::struct_bytes_max));
  }
  raw.memory_size = static_cast<std::uint32_t>(extent.size);
  raw.memory_align = extent.align;
  if (encoded_size_max(raw) > limits::encoded_bytes_max) {
    return at.fail(Errc::TooLarge,
                   fmt::format("the largest value takes more than {} canonical bytes",
                               limits::encoded_bytes_max));
  }
  raw.record = store_.text(raw.record);
  return store_.make(raw);
}

Result<const StructInfo*> Builder::add_struct(StructInfo raw, std::vector<FieldInfo> fields,
                                              const Path& at) {
  if (fields.size() > limits::struct_fields_max) {
    return at.fail(Errc::TooLarge,
                   fmt::format("{} has {} fields; the limit is {}", quoted(raw.name), fields.size(),
                               limits::struct_fields_max));
  }
  std::uint64_t size = 0;
  std::uint64_t encoded = 0;
  std::uint32_t align = 1;
  Weight weight = {.depth = 0, .parts = 0};
  for (FieldInfo& field : fields) {
    const Weight part = weight_of(*field.type);
    weight = {.depth = std::max(weight.depth, part.depth), .parts = weight.parts + part.parts};
    size = round_up(size, field.type->memory_align);
    field.offset = static_cast<std::uint32_t>(size);
    size += field.type->memory_size;
    encoded += encoded_size_max(*field.type);
    align = std::max(align, field.type->memory_align);
    field.name = store_.text(field.name);
  }
  // A struct without fields is one byte in C++.
  size = std::max<std::uint64_t>(round_up(size, align), 1);
  if (size > limits::struct_bytes_max || encoded > limits::encoded_bytes_max) {
    return at.fail(
        Errc::TooLarge,
        fmt::format(
            "{} takes {} bytes in memory and up to {} canonical bytes; the limits are {} and {}",
            quoted(raw.name), size, encoded, limits::struct_bytes_max, limits::encoded_bytes_max));
  }
  parts_ += weight.parts;
  if (weight.parts > limits::struct_parts_max || parts_ > limits::domain_parts_max) {
    return at.fail(
        Errc::TooLarge,
        fmt::format(
            "{} has {} parts with the structs inside it; the limit is {}, and {} for a domain",
            quoted(raw.name), weight.parts, limits::struct_parts_max, limits::domain_parts_max));
  }
  raw.name = store_.text(raw.name);
  raw.fields = store_.list(fields);
  raw.memory_size = static_cast<std::uint32_t>(size);
  raw.memory_align = align;
  raw.encoded_size_max = static_cast<std::uint32_t>(encoded);
  const StructInfo* const made = store_.make(raw);
  weights_.emplace(made, weight);
  return made;
}

}  // namespace cairn::schema
