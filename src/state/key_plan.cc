// SPDX-License-Identifier: Apache-2.0
#include "state/key_plan.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace cairn::state {

namespace {

static_assert(std::endian::native == std::endian::little);

/// Bytes of a key that is one number of at most eight; 0 for any other.
std::uint8_t width_of_number(const TypeInfo& type) noexcept {
  switch (type.kind) {
    case TypeKind::Integer:
    case TypeKind::Enum:
    case TypeKind::Id:
    case TypeKind::Timestamp:
    case TypeKind::Duration:
      return type.memory_size <= sizeof(std::uint64_t) ? static_cast<std::uint8_t>(type.memory_size)
                                                       : std::uint8_t{0};
    default:
      return 0;
  }
}

bool has_sign(const TypeInfo& type) noexcept {
  switch (type.kind) {
    case TypeKind::Integer:
    case TypeKind::Enum:
      return type.is_signed;
    default:
      return type.kind != TypeKind::Id;
  }
}

constexpr unsigned number_bits = 64;

}  // namespace

KeyPlan::KeyPlan(const StructInfo& record, const IndexInfo& index)
    : record_(&record), index_(&index) {
  if (index.fields.size() != 1) {
    return;
  }
  const FieldInfo& field = record.fields[index.fields.front()];
  offset_ = field.offset;
  number_width_ = width_of_number(*field.type);
  if (number_width_ != 0 && has_sign(*field.type)) {
    flip_ = std::uint64_t{1} << (number_bits - 1);
  }
}

std::span<const std::byte> KeyPlan::encode(ConstRow row, schema::KeyBuffer& buffer) const noexcept {
  if (number_width_ != 0) {
    const std::uint64_t bytes = std::byteswap(prefix(row));
    std::memcpy(buffer.data(), &bytes, sizeof(bytes));
    return std::span(buffer).first(number_width_);
  }
  return schema::encode_key(*record_, *index_, row, buffer);
}

std::uint64_t KeyPlan::prefix(ConstRow row) const noexcept {
  if (number_width_ != 0) {
    std::uint64_t value = 0;
    std::memcpy(&value, row + offset_, number_width_);
    return (value << (number_bits - 8U * number_width_)) ^ flip_;
  }
  schema::KeyBuffer buffer;
  return prefix(schema::encode_key(*record_, *index_, row, buffer));
}

std::uint64_t KeyPlan::prefix(std::span<const std::byte> key) noexcept {
  std::uint64_t bytes = 0;
  std::memcpy(&bytes, key.data(), std::min(key.size(), sizeof(bytes)));
  return std::byteswap(bytes);
}

bool KeyPlan::matches(ConstRow row, std::span<const std::byte> key) const noexcept {
  if (number_width_ != 0) {
    return key.size() == number_width_ && prefix(key) == prefix(row);
  }
  schema::KeyBuffer buffer;
  return std::ranges::equal(schema::encode_key(*record_, *index_, row, buffer), key);
}

bool KeyPlan::same(ConstRow a, ConstRow b) const noexcept {
  if (number_width_ != 0) {
    return prefix(a) == prefix(b);
  }
  schema::KeyBuffer buffer;
  return matches(a, schema::encode_key(*record_, *index_, b, buffer));
}

}  // namespace cairn::state
