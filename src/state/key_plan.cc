// SPDX-License-Identifier: Apache-2.0
#include "state/key_plan.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "base/check.h"
#include "cairn/int128.h"
#include "schema/key_codec.h"
#include "schema/layout.h"

namespace cairn::state {

namespace {

static_assert(std::endian::native == std::endian::little);

constexpr unsigned byte_bits = 8;
constexpr unsigned word_bits = 64;
constexpr std::byte escape{0xff};

/// The number of `width` bytes, in the highest bytes of a word.
std::uint64_t load_high(const std::byte* bytes, std::uint8_t width) noexcept {
  const auto load = [&]<typename T>(T value) {
    std::memcpy(&value, bytes, sizeof(value));
    return std::uint64_t{value} << (word_bits - byte_bits * sizeof(value));
  };
  switch (width) {
    case sizeof(std::uint64_t):
      return load(std::uint64_t{});
    case sizeof(std::uint32_t):
      return load(std::uint32_t{});
    case sizeof(std::uint16_t):
      return load(std::uint16_t{});
    default:
      return load(std::uint8_t{});
  }
}

/// Bytes that end a text in a key.
constexpr std::size_t end_of_text = 2;

bool has_zero_byte(std::uint64_t word) noexcept {
  constexpr std::uint64_t low_bits = 0x0101'0101'0101'0101;
  constexpr std::uint64_t high_bits = low_bits << (byte_bits - 1);
  return ((word - low_bits) & ~word & high_bits) != 0;
}

struct TextView {
  const std::byte* bytes;
  std::size_t size;
};

std::uint64_t load_word(const std::byte* bytes) noexcept {
  std::uint64_t word = 0;
  std::memcpy(&word, bytes, sizeof(word));
  return word;
}

/// Whether something holds of the words at all offsets that it takes to see all bytes, the last of
/// which overlaps the one before. Requires: there are eight bytes or more.
template <typename F>
bool holds_of_words(std::size_t size, const F& holds) {
  const std::size_t last = size - sizeof(std::uint64_t);
  for (std::size_t at = 0; at < last; at += sizeof(std::uint64_t)) {
    if (!holds(at)) {
      return false;
    }
  }
  return holds(last);
}

/// Whether bytes are those of a text, and none of them is zero.
bool is_text_of(const TextView& text, const std::byte* bytes) noexcept {
  if (text.size < sizeof(std::uint64_t)) {
    return std::memcmp(text.bytes, bytes, text.size) == 0 &&
           std::memchr(text.bytes, 0, text.size) == nullptr;
  }
  return holds_of_words(text.size, [&](std::size_t at) {
    const std::uint64_t word = load_word(text.bytes + at);
    return word == load_word(bytes + at) && !has_zero_byte(word);
  });
}

/// Copies bytes; false, and what was copied means nothing, when one of them is zero.
bool copy_without_zero(std::byte* out, const std::byte* bytes, std::size_t size) noexcept {
  if (size < sizeof(std::uint64_t)) {
    for (std::size_t i = 0; i < size; ++i) {
      out[i] = bytes[i];
    }
    return std::find(bytes, bytes + size, std::byte{0}) == bytes + size;
  }
  return holds_of_words(size, [&](std::size_t at) {
    const std::uint64_t word = load_word(bytes + at);
    std::memcpy(out + at, &word, sizeof(word));
    return !has_zero_byte(word);
  });
}

/// What a text says of its size.
std::size_t size_at(ConstRow row, std::uint32_t offset) noexcept {
  schema::InPlaceSize size = 0;
  std::memcpy(&size, row + offset, sizeof(size));
  return size;
}

TextView text_at(ConstRow row, std::uint32_t offset, std::uint32_t capacity) noexcept {
  return {.bytes = row + offset + sizeof(schema::InPlaceSize),
          .size = std::min<std::size_t>(size_at(row, offset), capacity)};
}

/// The number's value with its first bit turned over where it has a sign, so that it sorts
/// unsigned.
UInt128 number_at(ConstRow row, std::uint32_t offset, std::uint32_t size, bool flips) noexcept {
  UInt128 value = 0;
  std::memcpy(&value, row + offset, size);
  return flips ? value ^ (UInt128{1} << (byte_bits * size - 1)) : value;
}

std::size_t write_number(std::byte* out, UInt128 value, std::uint32_t size) noexcept {
  for (std::uint32_t i = 0; i < size; ++i) {
    out[size - 1 - i] = static_cast<std::byte>(static_cast<std::uint8_t>(value));
    value >>= byte_bits;
  }
  return size;
}

std::byte* write_escaped(std::byte* out, const std::byte* bytes, std::size_t size) noexcept {
  for (std::size_t i = 0; i < size; ++i) {
    *out++ = bytes[i];
    if (bytes[i] == std::byte{0}) {
      *out++ = escape;
    }
  }
  return out;
}

/// Zero bytes escaped, and a double zero behind it when all of it was wanted.
std::size_t write_text(std::byte* out, const TextView& text, std::size_t enough) noexcept {
  const std::size_t size = std::min(text.size, enough);
  std::byte* at =
      copy_without_zero(out, text.bytes, size) ? out + size : write_escaped(out, text.bytes, size);
  if (size == text.size) {
    *at++ = std::byte{0};
    *at++ = std::byte{0};
  }
  return static_cast<std::size_t>(at - out);
}

}  // namespace

KeyPlan::KeyPlan(const StructInfo& record, const IndexInfo& index) : index_(&index) {
  for (const std::uint16_t position : index.fields) {
    size_min_ += add(*record.fields[position].type, record.fields[position].offset);
  }
  if (parts_.size() == 1 && parts_[0].code == Part::Code::Number &&
      parts_[0].size <= sizeof(std::uint64_t)) {
    offset_ = parts_[0].offset;
    number_width_ = static_cast<std::uint8_t>(parts_[0].size);
    flip_ = parts_[0].flips ? std::uint64_t{1} << (word_bits - 1) : 0;
  }
  if (parts_.size() == 1 && parts_[0].code == Part::Code::Text) {
    offset_ = parts_[0].offset;
    text_size_max_ = parts_[0].size;
  }
}

/// Adds the parts of a value; returns the bytes of its shortest key.
std::size_t KeyPlan::add(const TypeInfo& type, std::uint32_t offset) {
  if (schema::is_number_key(type)) {
    parts_.push_back({.code = Part::Code::Number,
                      .flips = schema::has_sign(type),
                      .offset = offset,
                      .size = type.memory_size});
    return type.memory_size;
  }
  std::size_t least = 0;
  switch (type.kind) {
    case TypeKind::Bool:
    case TypeKind::Uuid:
    case TypeKind::Digest:
      parts_.push_back({.code = Part::Code::Bytes, .offset = offset, .size = type.memory_size});
      return type.memory_size;
    case TypeKind::Str:
    case TypeKind::Bytes:
      parts_.push_back({.code = Part::Code::Text, .offset = offset, .size = type.capacity});
      return 2;
    case TypeKind::Option: {
      const std::size_t here = parts_.size();
      parts_.push_back(
          {.code = Part::Code::Option, .offset = offset + schema::option_flag_offset(type)});
      static_cast<void>(add(*type.element, offset));
      parts_[here].size = static_cast<std::uint32_t>(parts_.size() - here - 1);
      return 1;
    }
    case TypeKind::Array:
      for (std::uint32_t i = 0; i < type.capacity; ++i) {
        least += add(*type.element, offset + i * type.element->memory_size);
      }
      return least;
    case TypeKind::Struct:
      for (const FieldInfo& field : type.structure->fields) {
        least += add(*field.type, offset + field.offset);
      }
      return least;
    default:
      check_failed("the type has key bytes");
  }
}

std::size_t KeyPlan::write_number_part(std::byte* out, const Part& part, ConstRow row) noexcept {
  if (part.size != sizeof(std::uint64_t)) {
    return write_number(out, number_at(row, part.offset, part.size, part.flips), part.size);
  }
  const std::uint64_t flip = part.flips ? std::uint64_t{1} << (word_bits - 1) : 0;
  const std::uint64_t bytes = std::byteswap(load_high(row + part.offset, sizeof(bytes)) ^ flip);
  std::memcpy(out, &bytes, sizeof(bytes));
  return sizeof(bytes);
}

/// Writes the key, or the first parts of it once they are `enough` bytes; returns how many.
std::size_t KeyPlan::write(ConstRow row, std::byte* out, std::size_t enough) const noexcept {
  std::size_t size = 0;
  for (std::size_t i = 0; i < parts_.size() && size < enough; ++i) {
    const Part& part = parts_[i];
    switch (part.code) {
      case Part::Code::Number:
        size += write_number_part(out + size, part, row);
        break;
      case Part::Code::Bytes:
        std::memcpy(out + size, row + part.offset, part.size);
        size += part.size;
        break;
      case Part::Code::Text:
        size += write_text(out + size, text_at(row, part.offset, part.size), enough - size);
        break;
      case Part::Code::Option:
        out[size++] = has_value(part, row) ? std::byte{1} : std::byte{0};
        i += has_value(part, row) ? 0 : part.size;
        break;
    }
  }
  return size;
}

std::span<const std::byte> KeyPlan::encode(ConstRow row, schema::KeyBuffer& buffer) const noexcept {
  if (number_width_ != 0) [[likely]] {
    const std::uint64_t bytes = std::byteswap(prefix(row));
    std::memcpy(buffer.data(), &bytes, sizeof(bytes));
    return std::span(buffer).first(number_width_);
  }
  if (is_text()) {
    const TextView text = text_at(row, offset_, text_size_max_);
    return std::span(buffer).first(write_text(buffer.data(), text, buffer.size()));
  }
  return std::span(buffer).first(write(row, buffer.data(), buffer.size()));
}

void KeyPlan::put_any(ConstRow row, GrowingByteWriter& out) const noexcept {
  constexpr std::size_t one_byte_max = 0x7f;
  if (is_text()) {
    const TextView text = text_at(row, offset_, text_size_max_);
    const std::size_t size_max = 2 * text.size + end_of_text;
    if (size_max <= one_byte_max) [[likely]] {
      std::byte* const at = out.raw_up_to(1 + size_max);
      const std::size_t size = write_text(at + 1, text, size_max);
      *at = static_cast<std::byte>(size);
      return out.keep_up_to(at + 1 + size);
    }
  }
  schema::KeyBuffer buffer;
  const std::span<const std::byte> key = encode(row, buffer);
  is_number() ? out.bytes(key) : out.sized_bytes(key);
}

/// Of a text of eight bytes and more without a zero among the first: its first eight bytes. Of any
/// other, what its key begins with.
std::uint64_t KeyPlan::text_prefix(ConstRow row) const noexcept {
  const TextView text = text_at(row, offset_, text_size_max_);
  std::byte key[2 * sizeof(std::uint64_t) + end_of_text];
  std::uint64_t first = 0;
  if (text.size >= sizeof(first)) [[likely]] {
    std::memcpy(&first, text.bytes, sizeof(first));
    if (!has_zero_byte(first)) [[likely]] {
      return std::byteswap(first);
    }
  }
  const std::size_t size = write_text(key, text, sizeof(first));
  return prefix(std::span(key).first(size));
}

std::uint64_t KeyPlan::prefix(ConstRow row) const noexcept {
  if (number_width_ != 0) [[likely]] {
    return load_high(row + offset_, number_width_) ^ flip_;
  }
  if (is_text()) {
    return text_prefix(row);
  }
  schema::KeyBuffer buffer;
  const std::size_t size = write(row, buffer.data(), sizeof(std::uint64_t));
  return prefix(std::span(buffer).first(size));
}

std::strong_ordering KeyPlan::compare_part(const Part& part, ConstRow a, ConstRow b) noexcept {
  switch (part.code) {
    case Part::Code::Number:
      if (part.size <= sizeof(std::uint64_t)) [[likely]] {
        const std::uint64_t flip = part.flips ? std::uint64_t{1} << (word_bits - 1) : 0;
        const auto width = static_cast<std::uint8_t>(part.size);
        return (load_high(a + part.offset, width) ^ flip) <=>
               (load_high(b + part.offset, width) ^ flip);
      }
      return number_at(a, part.offset, part.size, part.flips) <=>
             number_at(b, part.offset, part.size, part.flips);
    case Part::Code::Bytes:
      return std::memcmp(a + part.offset, b + part.offset, part.size) <=> 0;
    case Part::Code::Text: {
      const TextView left = text_at(a, part.offset, part.size);
      const TextView right = text_at(b, part.offset, part.size);
      const int order = std::memcmp(left.bytes, right.bytes, std::min(left.size, right.size));
      return order != 0 ? order <=> 0 : left.size <=> right.size;
    }
    case Part::Code::Option:
      break;
  }
  return has_value(part, a) <=> has_value(part, b);
}

std::strong_ordering KeyPlan::compare(ConstRow a, ConstRow b) const noexcept {
  if (number_width_ != 0) [[likely]] {
    return prefix(a) <=> prefix(b);
  }
  if (parts_.size() == 1) {
    return compare_part(parts_.front(), a, b);
  }
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    const Part& part = parts_[i];
    const std::strong_ordering order = compare_part(part, a, b);
    if (order != 0) {
      return order;
    }
    if (part.code == Part::Code::Option && !has_value(part, a)) {
      i += part.size;
    }
  }
  return std::strong_ordering::equal;
}

bool KeyPlan::matches_any(ConstRow row, std::span<const std::byte> key) const noexcept {
  if (is_number()) {
    return key.size() == number_width_ && prefix(key) == prefix(row);
  }
  if (is_text()) {
    // With a zero byte in it, which is escaped, a key of this text is longer than this.
    const TextView text = text_at(row, offset_, text_size_max_);
    const std::size_t size = text.size + end_of_text;
    if (key.size() <= size) [[likely]] {
      return key.size() == size && is_text_of(text, key.data()) && key[size - 1] == std::byte{0} &&
             key[size - 2] == std::byte{0};
    }
  }
  schema::KeyBuffer buffer;
  const std::span<const std::byte> own = encode(row, buffer);
  return own.size() == key.size() && std::memcmp(own.data(), key.data(), key.size()) == 0;
}

bool KeyPlan::texts_are_well_formed(ConstRow row) const noexcept {
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    const Part& part = parts_[i];
    if (part.code == Part::Code::Option && !has_value(part, row)) {
      i += part.size;
    } else if (part.code == Part::Code::Text && size_at(row, part.offset) > part.size) {
      return false;
    }
  }
  return true;
}

}  // namespace cairn::state
