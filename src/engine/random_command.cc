// SPDX-License-Identifier: Apache-2.0
#include "engine/random_command.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>

#include "base/check.h"
#include "cairn/int128.h"
#include "schema/codec.h"
#include "schema/layout.h"

namespace cairn::engine {

namespace {

constexpr std::size_t room_bytes = 4096;
constexpr std::uint64_t items_max = 4;
constexpr std::array<std::string_view, 6> texts = {"", "a", "b", "ab", "c", "z\u00e9"};

}  // namespace

/// splitmix64.
std::uint64_t RandomCommand::next() noexcept {
  std::uint64_t value = state_ += 0x9e3779b97f4a7c15U;
  value = (value ^ (value >> 30U)) * 0xbf58476d1ce4e5b9U;
  value = (value ^ (value >> 27U)) * 0x94d049bb133111ebU;
  return value ^ (value >> 31U);
}

std::vector<std::byte> RandomCommand::draw(const StructInfo& structure) {
  std::vector<Int128> room((structure.memory_size + room_bytes) / sizeof(Int128) + 2);
  Scratch scratch(std::as_writable_bytes(std::span(room)));
  std::byte* const memory = scratch.take(structure.memory_size, alignof(Int128));
  std::memset(memory, 0, structure.memory_size);
  fill(structure, memory, scratch);
  const schema::Codec codec(structure);
  const Result<std::size_t> size = codec.encoded_size(memory);
  CAIRN_CHECK(size.has_value());
  std::vector<std::byte> bytes(*size);
  const Result<std::size_t> written = codec.encode(memory, bytes);
  CAIRN_CHECK(written.has_value());
  return bytes;
}

void RandomCommand::fill(const StructInfo& structure, std::byte* memory, Scratch& scratch) {
  for (const FieldInfo& field : structure.fields) {
    fill(*field.type, memory + field.offset, scratch);
  }
}

void RandomCommand::put_small(std::byte* memory, std::size_t size) noexcept {
  const std::uint64_t value = below(100);
  std::memcpy(memory, &value, std::min(size, sizeof(value)));
}

/// Mostly small numbers, some negative; one in sixteen is the least or the greatest.
void RandomCommand::fill_integer(const TypeInfo& type, std::byte* memory) noexcept {
  if (one_in(16)) {
    const bool is_greatest = one_in(2);
    std::memset(memory, is_greatest ? 0xff : 0, type.width);
    if (type.is_signed) {
      memory[type.width - 1U] ^= std::byte{0x80};
    }
    return;
  }
  const auto value =
      static_cast<Int128>(below(one_in(4) ? 1000 : 10)) * (type.is_signed && one_in(8) ? -1 : 1);
  std::memcpy(memory, &value, type.width);
}

void RandomCommand::fill_in_place(const TypeInfo& type, std::byte* memory) noexcept {
  const std::string_view text = texts[below(texts.size())];
  const auto size =
      static_cast<schema::InPlaceSize>(text.size() <= type.capacity ? text.size() : 0);
  std::memcpy(memory, &size, sizeof(size));
  std::memcpy(memory + sizeof(size), text.data(), size);
}

void RandomCommand::fill_elsewhere(const TypeInfo& type, std::byte* memory,
                                   Scratch& scratch) noexcept {
  const std::string_view text = texts[below(texts.size())];
  std::byte* const place = text.size() <= type.capacity ? scratch.take(text.size(), 1) : nullptr;
  if (place == nullptr) {
    return;
  }
  std::memcpy(place, text.data(), text.size());
  const schema::View view = {
      .data = place, .size = static_cast<std::uint32_t>(text.size()), .zero = 0};
  std::memcpy(memory, &view, sizeof(view));
}

void RandomCommand::fill_list(const TypeInfo& type, std::byte* memory, Scratch& scratch) {
  const TypeInfo& element = *type.element;
  const std::uint64_t count = below(std::min<std::uint64_t>(items_max, type.capacity) + 1);
  std::byte* const place = scratch.take(count * element.memory_size, element.memory_align);
  if (place == nullptr) {
    return;
  }
  std::memset(place, 0, count * element.memory_size);
  for (std::uint64_t i = 0; i < count; ++i) {
    fill(element, place + i * element.memory_size, scratch);
  }
  const schema::View view = {.data = place, .size = static_cast<std::uint32_t>(count), .zero = 0};
  std::memcpy(memory, &view, sizeof(view));
}

void RandomCommand::fill(const TypeInfo& type, std::byte* memory, Scratch& scratch) {
  switch (type.kind) {
    case TypeKind::Bool:
      *memory = std::byte{one_in(2)};
      return;
    case TypeKind::Integer:
      return fill_integer(type, memory);
    case TypeKind::Id: {
      const std::uint64_t id = one_in(32) ? 0 : below(ids_) + 1;
      std::memcpy(memory, &id, sizeof(id));
      return;
    }
    case TypeKind::Decimal:
    case TypeKind::Timestamp:
    case TypeKind::Duration:
    case TypeKind::Uuid:
    case TypeKind::Digest:
      return put_small(memory, type.memory_size);
    case TypeKind::Enum: {
      const std::int64_t value =
          type.enumeration->values[below(type.enumeration->values.size())].value;
      std::memcpy(memory, &value, type.width);
      return;
    }
    case TypeKind::Str:
    case TypeKind::Bytes:
    case TypeKind::Secret:
      return fill_in_place(type, memory);
    case TypeKind::Option:
      if (one_in(2)) {
        fill(*type.element, memory, scratch);
        memory[schema::option_flag_offset(type)] = std::byte{1};
      }
      return;
    case TypeKind::Array:
      for (std::uint32_t i = 0; i < type.capacity; ++i) {
        fill(*type.element, memory + std::size_t{i} * type.element->memory_size, scratch);
      }
      return;
    case TypeKind::Struct:
      return fill(*type.structure, memory, scratch);
    case TypeKind::Text:
    case TypeKind::Blob:
      return fill_elsewhere(type, memory, scratch);
    case TypeKind::List:
      return fill_list(type, memory, scratch);
  }
}

}  // namespace cairn::engine
