// SPDX-License-Identifier: Apache-2.0
#include "state/tidy.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "schema/layout.h"

namespace cairn::state {

namespace {

void tidy_text(const TypeInfo& type, std::byte* memory) noexcept {
  schema::InPlaceSize size = 0;
  std::memcpy(&size, memory, sizeof(size));
  if (size <= type.capacity) {
    std::memset(memory + sizeof(size) + size, 0, type.memory_size - sizeof(size) - size);
  }
}

void tidy_option(const TypeInfo& type, std::byte* memory) noexcept {
  const std::uint32_t flag = schema::option_flag_offset(type);
  if (memory[flag] == std::byte{0}) {
    std::memset(memory, 0, type.memory_size);
    return;
  }
  tidy(*type.element, memory);
  std::memset(memory + flag + 1, 0, type.memory_size - flag - 1);
}

/// Calls `visit(from, to)` for each stretch of a struct that lies in none of its fields.
template <typename Visit>
void visit_gaps(const TypeInfo& type, const Visit& visit) {
  std::uint32_t end = 0;
  for (const FieldInfo& field : type.structure->fields) {
    if (field.offset != end) {
      visit(end, field.offset);
    }
    end = field.offset + field.type->memory_size;
  }
  if (end != type.memory_size) {
    visit(end, type.memory_size);
  }
}

bool has_gaps(const TypeInfo& type) {
  bool found = false;
  visit_gaps(type, [&](std::uint32_t, std::uint32_t) { found = true; });
  return found;
}

bool slack_of_field(const FieldInfo& field) {
  return has_slack(*field.type);
}

}  // namespace

bool has_slack(const TypeInfo& type) {
  switch (type.kind) {
    case TypeKind::Str:
    case TypeKind::Bytes:
    case TypeKind::Secret:
    case TypeKind::Option:
      return true;
    case TypeKind::Array:
      return has_slack(*type.element);
    case TypeKind::Struct:
      return has_gaps(type) || std::ranges::any_of(type.structure->fields, slack_of_field);
    default:
      return false;
  }
}

void tidy(const TypeInfo& type, std::byte* memory) noexcept {
  switch (type.kind) {
    case TypeKind::Str:
    case TypeKind::Bytes:
    case TypeKind::Secret:
      return tidy_text(type, memory);
    case TypeKind::Option:
      return tidy_option(type, memory);
    case TypeKind::Array:
      for (std::size_t i = 0; i < type.capacity; ++i) {
        tidy(*type.element, memory + i * type.element->memory_size);
      }
      return;
    case TypeKind::Struct:
      for (const FieldInfo& field : type.structure->fields) {
        tidy(*field.type, memory + field.offset);
      }
      return visit_gaps(type, [&](std::uint32_t from, std::uint32_t to) {
        std::memset(memory + from, 0, to - from);
      });
    default:
      return;
  }
}

}  // namespace cairn::state
