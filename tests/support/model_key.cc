// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstring>

#include "tests/support/fake_host.h"

namespace cairn::test {

namespace {

void put_value(std::string& out, const TypeInfo& type, const std::byte* memory);

/// The value's bytes, most significant first; for signed values with the sign bit flipped.
void put_number(std::string& out, const std::byte* memory, std::size_t width, bool is_signed) {
  for (std::size_t i = 0; i < width; ++i) {
    auto byte = std::to_integer<unsigned>(memory[width - 1 - i]);
    if (i == 0 && is_signed) {
      byte ^= 0x80U;
    }
    out.push_back(static_cast<char>(byte));
  }
}

void put_text(std::string& out, const std::byte* memory) {
  std::uint16_t size = 0;
  std::memcpy(&size, memory, sizeof(size));
  for (std::size_t i = 0; i < size; ++i) {
    const char byte = static_cast<char>(memory[sizeof(size) + i]);
    out.push_back(byte);
    if (byte == '\0') {
      out.push_back('\xff');
    }
  }
  out.append(2, '\0');
}

void put_struct(std::string& out, const StructInfo& structure, const std::byte* memory) {
  for (const FieldInfo& field : structure.fields) {
    put_value(out, *field.type, memory + field.offset);
  }
}

void put_value(std::string& out, const TypeInfo& type, const std::byte* memory) {
  switch (type.kind) {
    case TypeKind::Bool:
      return put_number(out, memory, 1, false);
    case TypeKind::Integer:
    case TypeKind::Enum:
      return put_number(out, memory, type.width, type.is_signed);
    case TypeKind::Decimal:
      return put_number(out, memory, 16, true);
    case TypeKind::Timestamp:
    case TypeKind::Duration:
      return put_number(out, memory, 8, true);
    case TypeKind::Id:
      return put_number(out, memory, 8, false);
    case TypeKind::Str:
    case TypeKind::Bytes:
      return put_text(out, memory);
    case TypeKind::Uuid:
      out.append(reinterpret_cast<const char*>(memory), 16);
      return;
    case TypeKind::Digest:
      out.append(reinterpret_cast<const char*>(memory), 32);
      return;
    case TypeKind::Option: {
      const bool has = memory[type.element->memory_size] != std::byte{0};
      out.push_back(has ? '\1' : '\0');
      return has ? put_value(out, *type.element, memory) : void();
    }
    case TypeKind::Array:
      for (std::size_t i = 0; i < type.capacity; ++i) {
        put_value(out, *type.element, memory + i * type.element->memory_size);
      }
      return;
    case TypeKind::Struct:
      return put_struct(out, *type.structure, memory);
    case TypeKind::Text:
    case TypeKind::Blob:
    case TypeKind::List:
    case TypeKind::Secret:
      return;  // never part of a key
  }
}

}  // namespace

std::string model_key(const StructInfo& record, std::span<const std::uint16_t> fields,
                      const void* row) {
  std::string key;
  for (const std::uint16_t position : fields) {
    const FieldInfo& field = record.fields[position];
    put_value(key, *field.type, static_cast<const std::byte*>(row) + field.offset);
  }
  return key;
}

}  // namespace cairn::test
