// SPDX-License-Identifier: Apache-2.0
#include "schema/key_codec.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <string_view>

#include <fmt/core.h>

#include "base/check.h"
#include "cairn/decimal.h"
#include "cairn/utf8.h"
#include "schema/layout.h"
#include "schema/program.h"

namespace cairn::schema {

namespace {

constexpr std::byte escape{0xff};
constexpr std::byte sign{0x80};

class KeyWriter final {
 public:
  explicit KeyWriter(KeyBuffer& buffer) noexcept : buffer_(buffer) {}

  void write(const TypeInfo& type, const std::byte* value) noexcept {
    if (is_number_key(type)) {
      write_number(type, value);
      return;
    }
    switch (type.kind) {
      case TypeKind::Bool:
      case TypeKind::Uuid:
      case TypeKind::Digest:
        write_bytes(value, type.memory_size);
        return;
      case TypeKind::Str:
      case TypeKind::Bytes:
        write_escaped(type, value);
        return;
      case TypeKind::Option:
        write_option(type, value);
        return;
      case TypeKind::Array:
        for (std::uint32_t i = 0; i < type.capacity; ++i) {
          write(*type.element, value + std::size_t{i} * type.element->memory_size);
        }
        return;
      case TypeKind::Struct:
        for (const FieldInfo& field : type.structure->fields) {
          write(*field.type, value + field.offset);
        }
        return;
      default:
        check_failed("the type has key bytes");
    }
  }

  [[nodiscard]] std::span<const std::byte> written() const noexcept {
    return std::span(buffer_).first(size_);
  }

 private:
  void put(std::byte byte) noexcept {
    CAIRN_CHECK(size_ < buffer_.size());
    buffer_[size_++] = byte;
  }

  void write_bytes(const std::byte* bytes, std::size_t size) noexcept {
    CAIRN_CHECK(buffer_.size() - size_ >= size);
    std::memcpy(buffer_.data() + size_, bytes, size);
    size_ += size;
  }

  void write_number(const TypeInfo& type, const std::byte* value) noexcept {
    CAIRN_CHECK(buffer_.size() - size_ >= type.memory_size);
    std::reverse_copy(value, value + type.memory_size, buffer_.data() + size_);
    if (has_sign(type)) {
      buffer_[size_] ^= sign;
    }
    size_ += type.memory_size;
  }

  void write_option(const TypeInfo& type, const std::byte* value) noexcept {
    const std::byte flag = value[option_flag_offset(type)];
    put(flag);
    if (flag != std::byte{0}) {
      write(*type.element, value);
    }
  }

  void write_escaped(const TypeInfo& type, const std::byte* value) noexcept {
    InPlaceSize size = 0;
    std::memcpy(&size, value, sizeof(size));
    CAIRN_CHECK(size <= type.capacity);
    for (std::size_t i = 0; i < size; ++i) {
      const std::byte byte = value[sizeof(size) + i];
      put(byte);
      if (byte == std::byte{0}) {
        put(escape);
      }
    }
    put(std::byte{0});
    put(std::byte{0});
  }

  KeyBuffer& buffer_;
  std::size_t size_ = 0;
};

/// Reads one key. The first failure ends it.
class KeyReader final {
 public:
  explicit KeyReader(std::span<const std::byte> key) noexcept : key_(key) {}

  [[nodiscard]] std::size_t offset() const noexcept { return at_; }

  [[nodiscard]] std::size_t left() const noexcept { return key_.size() - at_; }

  [[nodiscard]] std::string_view why() const noexcept { return why_; }

  bool read(const TypeInfo& type, std::byte* value) noexcept {
    if (is_number_key(type)) {
      return read_number(type, value);
    }
    switch (type.kind) {
      case TypeKind::Bool:
        return read_bytes(value, 1) &&
               (std::to_integer<unsigned>(*value) <= 1 || refuse("is neither 0 nor 1"));
      case TypeKind::Uuid:
      case TypeKind::Digest:
        return read_bytes(value, type.memory_size);
      case TypeKind::Str:
      case TypeKind::Bytes:
        return read_escaped(type, value);
      case TypeKind::Option:
        return read_option(type, value);
      case TypeKind::Array:
        return read_items(type, value);
      case TypeKind::Struct:
        return std::ranges::all_of(type.structure->fields, [&](const FieldInfo& field) {
          return read(*field.type, value + field.offset);
        });
      default:
        check_failed("the type has key bytes");
    }
  }

 private:
  bool refuse(std::string_view why) noexcept {
    why_ = why;
    return false;
  }

  bool read_items(const TypeInfo& type, std::byte* value) noexcept {
    for (std::uint32_t i = 0; i < type.capacity; ++i) {
      if (!read(*type.element, value + std::size_t{i} * type.element->memory_size)) {
        return false;
      }
    }
    return true;
  }

  bool read_bytes(std::byte* value, std::size_t size) noexcept {
    if (left() < size) {
      return refuse("the key ends inside it");
    }
    std::memcpy(value, key_.data() + at_, size);
    at_ += size;
    return true;
  }

  bool read_number(const TypeInfo& type, std::byte* value) noexcept {
    if (!read_bytes(value, type.memory_size)) {
      return false;
    }
    std::reverse(value, value + type.memory_size);
    if (has_sign(type)) {
      value[type.memory_size - 1] ^= sign;
    }
    if (type.kind == TypeKind::Enum &&
        !is_declared(*type.enumeration, load_integer(value, type.width, type.is_signed))) {
      return refuse("is not a declared value");
    }
    Int128 mantissa = 0;
    if (type.kind == TypeKind::Decimal) {
      std::memcpy(&mantissa, value, sizeof(mantissa));
    }
    return detail::is_mantissa(mantissa) || refuse("has more than 38 digits");
  }

  bool read_option(const TypeInfo& type, std::byte* value) noexcept {
    std::byte& flag = value[option_flag_offset(type)];
    if (!read_bytes(&flag, 1)) {
      return false;
    }
    if (std::to_integer<unsigned>(flag) > 1) {
      return refuse("is neither 0 nor 1");
    }
    return flag == std::byte{0} || read(*type.element, value);
  }

  bool read_escaped(const TypeInfo& type, std::byte* value) noexcept {
    InPlaceSize size = 0;
    std::byte* const text = value + sizeof(size);
    while (true) {
      std::byte byte{};
      std::byte next{};
      if (!read_bytes(&byte, 1) || (byte == std::byte{0} && !read_bytes(&next, 1))) {
        return false;
      }
      if (byte == std::byte{0} && next == std::byte{0}) {
        break;
      }
      if (byte == std::byte{0} && next != escape) {
        return refuse("has a zero byte that is neither its end nor escaped");
      }
      if (size == type.capacity) {
        return refuse("is longer than its type allows");
      }
      text[size++] = byte;
    }
    std::memcpy(value, &size, sizeof(size));
    const bool is_text = type.kind == TypeKind::Str;
    return !is_text || is_utf8({reinterpret_cast<const char*>(text), size}) ||
           refuse("is not UTF-8");
  }

  std::span<const std::byte> key_;
  std::size_t at_ = 0;
  std::string_view why_;
};

}  // namespace

bool is_number_key(const TypeInfo& type) noexcept {
  switch (type.kind) {
    case TypeKind::Integer:
    case TypeKind::Enum:
    case TypeKind::Id:
    case TypeKind::Decimal:
    case TypeKind::Timestamp:
    case TypeKind::Duration:
      return true;
    default:
      return false;
  }
}

bool has_sign(const TypeInfo& number) noexcept {
  switch (number.kind) {
    case TypeKind::Integer:
    case TypeKind::Enum:
      return number.is_signed;
    default:
      return number.kind != TypeKind::Id;
  }
}

std::span<const std::byte> encode_key(const StructInfo& record, const IndexInfo& index,
                                      const std::byte* row, KeyBuffer& buffer) noexcept {
  KeyWriter writer(buffer);
  for (const std::uint16_t position : index.fields) {
    const FieldInfo& field = record.fields[position];
    writer.write(*field.type, row + field.offset);
  }
  return writer.written();
}

std::span<const std::byte> encode_key(const TypeInfo& type, const std::byte* value,
                                      KeyBuffer& buffer) noexcept {
  KeyWriter writer(buffer);
  writer.write(type, value);
  return writer.written();
}

Result<> decode_key(const StructInfo& record, const IndexInfo& index,
                    std::span<const std::byte> key, std::byte* row) {
  alignas(std::max_align_t) std::byte image[limits::struct_bytes_max];
  KeyReader reader(key);
  for (const std::uint16_t position : index.fields) {
    const FieldInfo& field = record.fields[position];
    std::memset(image + field.offset, 0, field.type->memory_size);
    if (!reader.read(*field.type, image + field.offset)) {
      return fail(Errc::Corrupt, fmt::format("{}.{} at offset {} of the key: {}", record.name,
                                             field.name, reader.offset(), reader.why()));
    }
  }
  if (reader.left() != 0) {
    return fail(Errc::Corrupt, fmt::format("the key of {} ends at offset {}, and {} bytes follow",
                                           record.name, reader.offset(), reader.left()));
  }
  for (const std::uint16_t position : index.fields) {
    const FieldInfo& field = record.fields[position];
    std::memcpy(row + field.offset, image + field.offset, field.type->memory_size);
  }
  return {};
}

}  // namespace cairn::schema
