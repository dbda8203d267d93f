// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "cairn/descriptor.h"

/// How large the encodings of a type's values get, read from descriptors. The rules are those of
/// `docs/formats/values.md`. Sums saturate far above every limit.
namespace cairn::describe {

namespace detail {

inline constexpr std::uint64_t size_ceiling = std::uint64_t{1} << 31U;

constexpr std::uint64_t capped(std::uint64_t size) {
  return size < size_ceiling ? size : size_ceiling;
}

constexpr std::uint64_t varint_bytes(std::uint64_t value) {
  std::uint64_t bytes = 1;
  while (value >= 0x80) {
    value >>= 7U;
    ++bytes;
  }
  return bytes;
}

constexpr std::uint64_t fixed_width(const TypeInfo& type) {
  switch (type.kind) {
    case TypeKind::Bool:
      return 1;
    case TypeKind::Integer:
    case TypeKind::Enum:
      return type.width;
    case TypeKind::Id:
    case TypeKind::Timestamp:
    case TypeKind::Duration:
      return 8;
    case TypeKind::Digest:
      return 32;
    default:
      return 16;  // Decimal, Uuid
  }
}

}  // namespace detail

constexpr std::uint32_t encoded_bytes_max(const StructInfo& structure);

/// Canonical bytes of the largest value.
constexpr std::uint64_t encoded_bytes_max(const TypeInfo& type) {
  switch (type.kind) {
    case TypeKind::Str:
    case TypeKind::Bytes:
    case TypeKind::Text:
    case TypeKind::Blob:
    case TypeKind::Secret:
      return detail::varint_bytes(type.capacity) + type.capacity;
    case TypeKind::Option:
      return detail::capped(1 + encoded_bytes_max(*type.element));
    case TypeKind::Array:
      return detail::capped(type.capacity * encoded_bytes_max(*type.element));
    case TypeKind::List:
      return detail::capped(detail::varint_bytes(type.capacity) +
                            type.capacity * encoded_bytes_max(*type.element));
    case TypeKind::Struct:
      return encoded_bytes_max(*type.structure);
    default:
      return detail::fixed_width(type);
  }
}

constexpr std::uint32_t encoded_bytes_max(const StructInfo& structure) {
  std::uint64_t size = 0;
  for (const FieldInfo& field : structure.fields) {
    size = detail::capped(size + encoded_bytes_max(*field.type));
  }
  return static_cast<std::uint32_t>(size);
}

/// Whether values of the type have an order of key bytes.
constexpr bool is_orderable(const TypeInfo& type) {
  switch (type.kind) {
    case TypeKind::Text:
    case TypeKind::Blob:
    case TypeKind::List:
    case TypeKind::Secret:
      return false;
    case TypeKind::Option:
    case TypeKind::Array:
      return is_orderable(*type.element);
    case TypeKind::Struct:
      return !type.structure->fields.empty() &&
             std::ranges::all_of(type.structure->fields,
                                 [](const FieldInfo& field) { return is_orderable(*field.type); });
    default:
      return true;
  }
}

/// Whether a secret is in a value of the type, or is it.
constexpr bool has_secret(const TypeInfo& type) {
  switch (type.kind) {
    case TypeKind::Secret:
      return true;
    case TypeKind::Option:
    case TypeKind::Array:
    case TypeKind::List:
      return has_secret(*type.element);
    case TypeKind::Struct:
      return std::ranges::any_of(type.structure->fields,
                                 [](const FieldInfo& field) { return has_secret(*field.type); });
    default:
      return false;
  }
}

/// Key bytes of the largest value. Requires: is_orderable(type).
constexpr std::uint64_t key_bytes_max(const TypeInfo& type) {
  std::uint64_t size = 0;
  switch (type.kind) {
    case TypeKind::Str:
    case TypeKind::Bytes:
      return std::uint64_t{2} * type.capacity + 2;
    case TypeKind::Option:
      return detail::capped(1 + key_bytes_max(*type.element));
    case TypeKind::Array:
      return detail::capped(type.capacity * key_bytes_max(*type.element));
    case TypeKind::Struct:
      for (const FieldInfo& field : type.structure->fields) {
        size = detail::capped(size + key_bytes_max(*field.type));
      }
      return size;
    default:
      return detail::fixed_width(type);
  }
}

/// Canonical bytes of the smallest value.
constexpr std::uint64_t encoded_bytes_min(const TypeInfo& type) {
  std::uint64_t size = 0;
  switch (type.kind) {
    case TypeKind::Str:
    case TypeKind::Bytes:
    case TypeKind::Text:
    case TypeKind::Blob:
    case TypeKind::Option:
    case TypeKind::List:
    case TypeKind::Secret:
      return 1;
    case TypeKind::Array:
      return detail::capped(type.capacity * encoded_bytes_min(*type.element));
    case TypeKind::Struct:
      for (const FieldInfo& field : type.structure->fields) {
        size += encoded_bytes_min(*field.type);
      }
      return size;
    default:
      return detail::fixed_width(type);
  }
}

/// How many bytes of scratch space one byte of canonical bytes can ask for at most when a value of
/// the type is decoded: what Text, Blob and List values point at.
constexpr std::uint64_t scratch_per_byte(const TypeInfo& type) {
  std::uint64_t most = 0;
  switch (type.kind) {
    case TypeKind::Text:
    case TypeKind::Blob:
      return 1;
    case TypeKind::Option:
    case TypeKind::Array:
      return scratch_per_byte(*type.element);
    case TypeKind::List: {
      const std::uint64_t least = encoded_bytes_min(*type.element);
      const std::uint64_t item = type.element->memory_size / (least == 0 ? 1 : least) + 1;
      return detail::capped(item + type.element->memory_align + scratch_per_byte(*type.element));
    }
    case TypeKind::Struct:
      for (const FieldInfo& field : type.structure->fields) {
        const std::uint64_t each = scratch_per_byte(*field.type);
        most = each > most ? each : most;
      }
      return most;
    default:
      return 0;
  }
}

}  // namespace cairn::describe
