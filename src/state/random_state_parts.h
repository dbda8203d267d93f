// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>

#include "cairn/descriptor.h"
#include "schema/layout.h"
#include "schema/random_schema.h"

/// What random commands and the comparison with the model share.
namespace cairn::state {

inline constexpr std::uint64_t small_ids = 12;

/// A row of small values, its states initial.
std::string small_row(const StructInfo& record, schema::Choices& choices);

/// Whether the memory holds no value of a type that may hold none.
inline bool is_nothing(const TypeInfo& option, const std::byte* memory) {
  return memory[schema::option_flag_offset(option)] == std::byte{0};
}

template <typename Visit>
void visit_ids(const TypeInfo& type, const std::byte* memory, const Visit& visit) {
  if (type.kind == TypeKind::Id) {
    std::uint64_t id = 0;
    std::memcpy(&id, memory, sizeof(id));
    visit(type.record, id);
  } else if (type.kind == TypeKind::Option) {
    if (!is_nothing(type, memory)) {
      visit_ids(*type.element, memory, visit);
    }
  } else if (type.kind == TypeKind::Array) {
    for (std::size_t i = 0; i < type.capacity; ++i) {
      visit_ids(*type.element, memory + i * type.element->memory_size, visit);
    }
  } else if (type.kind == TypeKind::Struct) {
    for (const FieldInfo& field : type.structure->fields) {
      visit_ids(*field.type, memory + field.offset, visit);
    }
  }
}

inline const std::byte* bytes_of(const std::string& text) {
  return reinterpret_cast<const std::byte*>(text.data());
}

inline std::span<const std::byte> span_of(const std::string& text) {
  return std::as_bytes(std::span(text));
}

inline std::string text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace cairn::state
