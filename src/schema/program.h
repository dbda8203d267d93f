// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "cairn/descriptor.h"

namespace cairn::schema {

/// One step of coding a value. What is copied as it lies is copied in runs as long as neighbours in
/// memory are neighbours in the bytes; the steps that check some of what was copied follow it.
struct Op {
  enum class Code : std::uint8_t {
    Copy,          ///< `size` bytes as they lie
    CheckBool,     ///< a copied byte is 0 or 1
    CheckCount,    ///< a copied integer of `width` bytes is one of the `size` that count up from 0
    CheckEnum,     ///< a copied integer of `width` bytes is a value of `enumeration`
    CheckDecimal,  ///< a copied mantissa is within its digits
    Str,           ///< in place, at most `size` bytes
    Bytes,
    Text,  ///< stored elsewhere, at most `size` bytes
    Blob,
    Option,  ///< the `body` next steps when the byte at `offset` + `stride` says so
    Array,   ///< the `body` next steps `size` times, `stride` bytes apart
    List,    ///< the same as often as it says, at most `size` times; stored elsewhere
  };

  Code code = Code::Copy;
  std::uint8_t width = 0;
  std::uint16_t align = 1;   ///< of a List's elements
  std::uint32_t offset = 0;  ///< in memory, from the start of the struct or of the element around
  std::uint32_t size = 0;
  std::uint32_t stride = 0;
  std::uint32_t body = 0;
  std::uint32_t least = 0;  ///< canonical bytes of a List's smallest element
  std::uint32_t back = 0;   ///< how far before the end of the copied bytes a checked value starts
  std::uint32_t place = 0;  ///< in Program::places
  const EnumInfo* enumeration = nullptr;
};

/// How values of one struct are coded, worked out once. Refers to the struct's descriptors.
struct Program {
  std::vector<Op> ops;
  /// Names of fields for errors, from the struct or from the element around: "address.street".
  std::vector<std::string> places;
};

[[nodiscard]] Program compile(const StructInfo& structure);

/// Whether `value`, the copied bytes of an enum, is declared.
[[nodiscard]] bool is_declared(const EnumInfo& enumeration, std::int64_t value) noexcept;

/// The integer of `width` bytes, at most 8, at `bytes`, which need not be aligned.
[[nodiscard]] inline std::int64_t load_integer(const std::byte* bytes, std::uint8_t width,
                                               bool is_signed) noexcept {
  const auto load = [&]<typename T>(T value) {
    std::memcpy(&value, bytes, sizeof(value));
    return static_cast<std::int64_t>(value);
  };
  switch (width) {
    case 1:
      return is_signed ? load(std::int8_t{}) : load(std::uint8_t{});
    case 2:
      return is_signed ? load(std::int16_t{}) : load(std::uint16_t{});
    case 4:
      return is_signed ? load(std::int32_t{}) : load(std::uint32_t{});
    default:
      return load(std::int64_t{});
  }
}

}  // namespace cairn::schema
