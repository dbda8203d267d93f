// SPDX-License-Identifier: Apache-2.0
#include "schema/layout.h"

#include <algorithm>
#include <limits>

#include "cairn/bytes.h"
#include "cairn/limits.h"

namespace cairn::schema {

namespace {

constexpr std::uint64_t no_bound = std::numeric_limits<std::uint64_t>::max();

std::uint64_t add(std::uint64_t a, std::uint64_t b) noexcept {
  std::uint64_t sum = 0;
  return __builtin_add_overflow(a, b, &sum) ? no_bound : sum;
}

std::uint64_t multiply(std::uint64_t a, std::uint64_t b) noexcept {
  std::uint64_t product = 0;
  return __builtin_mul_overflow(a, b, &product) ? no_bound : product;
}

/// Bytes of the types whose canonical, key and memory forms have one size; 0 for the others.
std::uint32_t fixed_size(const TypeInfo& type) noexcept {
  switch (type.kind) {
    case TypeKind::Bool:
      return 1;
    case TypeKind::Integer:
    case TypeKind::Enum:
      return type.width;
    case TypeKind::Decimal:
    case TypeKind::Uuid:
      return 16;
    case TypeKind::Id:
    case TypeKind::Timestamp:
    case TypeKind::Duration:
      return 8;
    case TypeKind::Digest:
      return 32;
    case TypeKind::Str:
    case TypeKind::Bytes:
    case TypeKind::Option:
    case TypeKind::Array:
    case TypeKind::Struct:
    case TypeKind::Text:
    case TypeKind::Blob:
    case TypeKind::List:
    case TypeKind::Secret:
      return 0;
  }
  return 0;
}

}  // namespace

Extent extent_of(const TypeInfo& type) noexcept {
  switch (type.kind) {
    case TypeKind::Uuid:
    case TypeKind::Digest:
      return {.size = fixed_size(type), .align = 1};
    case TypeKind::Str:
    case TypeKind::Bytes:
    case TypeKind::Secret:
      return {.size = round_up(sizeof(InPlaceSize) + std::uint64_t{type.capacity},
                               alignof(InPlaceSize)),
              .align = alignof(InPlaceSize)};
    case TypeKind::Option:
      return {.size = round_up(std::uint64_t{type.element->memory_size} + 1,
                               type.element->memory_align),
              .align = type.element->memory_align};
    case TypeKind::Array:
      return {.size = multiply(type.capacity, type.element->memory_size),
              .align = type.element->memory_align};
    case TypeKind::Struct:
      return {.size = type.structure->memory_size, .align = type.structure->memory_align};
    case TypeKind::Text:
    case TypeKind::Blob:
    case TypeKind::List:
      return {.size = sizeof(View), .align = alignof(View)};
    default:
      return {.size = fixed_size(type), .align = fixed_size(type)};
  }
}

std::uint64_t encoded_size_max(const TypeInfo& type) noexcept {
  switch (type.kind) {
    case TypeKind::Str:
    case TypeKind::Bytes:
    case TypeKind::Text:
    case TypeKind::Blob:
    case TypeKind::Secret:
      return add(varint_size(type.capacity), type.capacity);
    case TypeKind::Option:
      return add(1, encoded_size_max(*type.element));
    case TypeKind::Array:
      return multiply(type.capacity, encoded_size_max(*type.element));
    case TypeKind::List:
      return add(varint_size(type.capacity),
                 multiply(type.capacity, encoded_size_max(*type.element)));
    case TypeKind::Struct:
      return type.structure->encoded_size_max;
    default:
      return fixed_size(type);
  }
}

std::uint64_t key_size_max(const TypeInfo& type) noexcept {
  switch (type.kind) {
    case TypeKind::Str:
    case TypeKind::Bytes:
      return 2 * std::uint64_t{type.capacity} + 2;
    case TypeKind::Option:
      return add(1, key_size_max(*type.element));
    case TypeKind::Array:
      return multiply(type.capacity, key_size_max(*type.element));
    case TypeKind::Struct: {
      std::uint64_t size = 0;
      for (const FieldInfo& field : type.structure->fields)
        size = add(size, key_size_max(*field.type));
      return size;
    }
    case TypeKind::Text:
    case TypeKind::Blob:
    case TypeKind::List:
    case TypeKind::Secret:
      return no_bound;
    default:
      return fixed_size(type);
  }
}

bool has_part(const TypeInfo& type, bool (*is_it)(TypeKind)) noexcept {
  switch (type.kind) {
    case TypeKind::Option:
    case TypeKind::Array:
      return has_part(*type.element, is_it);
    case TypeKind::List:
      return is_it(type.kind) || has_part(*type.element, is_it);
    case TypeKind::Struct:
      return std::ranges::any_of(type.structure->fields, [&](const FieldInfo& field) {
        return has_part(*field.type, is_it);
      });
    default:
      return is_it(type.kind);
  }
}

bool is_view(TypeKind kind) noexcept {
  return kind == TypeKind::Text || kind == TypeKind::Blob || kind == TypeKind::List;
}

bool has_view(const TypeInfo& type) noexcept {
  return has_part(type, [](TypeKind kind) { return is_view(kind); });
}

bool has_secret(const TypeInfo& type) noexcept {
  return has_part(type, [](TypeKind kind) { return kind == TypeKind::Secret; });
}

std::uint64_t secret_capacity(const TypeInfo& element) noexcept {
  return add(encoded_size_max(element), limits::secret_overhead_bytes);
}

bool is_orderable(const TypeInfo& type) noexcept {
  return !has_view(type) && !has_secret(type);
}

}  // namespace cairn::schema
