// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <bitset>
#include <cstring>
#include <optional>

#include <fmt/core.h>

#include "base/text.h"
#include "cairn/decimal.h"
#include "cairn/digest.h"
#include "cairn/integers.h"
#include "cairn/limits.h"
#include "cairn/time.h"
#include "cairn/utf8.h"
#include "cairn/uuid.h"
#include "schema/json.h"
#include "schema/json_reader.h"
#include "schema/layout.h"
#include "schema/names.h"

namespace cairn::schema {

namespace {

template <typename T>
void store(std::byte* memory, const T& value) noexcept {
  std::memcpy(memory, &value, sizeof(value));
}

/// Fills zeroed memory from parsed JSON. Depth is bounded by that of the type.
class Filler final {
 public:
  explicit Filler(Scratch& scratch) noexcept : scratch_(scratch) {}

  Result<> fill_struct(const StructInfo& structure, JsonElement element, std::byte* memory,
                       const Path& at) {
    CAIRN_TRY(const simdjson::dom::object object, json_object(element, at));
    std::bitset<limits::struct_fields_max> seen;
    std::size_t guess = 0;  // most writers keep an order
    for (const auto& [name, value] : object) {
      const auto position = find_field(structure, name, guess);
      if (!position) {
        return at.fail(Errc::InvalidArgument,
                       fmt::format("{} has no field {}", structure.name, quoted(name)));
      }
      if (seen.test(*position)) {
        return at.fail(Errc::AlreadyExists,
                       fmt::format("the field {} is given twice", quoted(name)));
      }
      seen.set(*position);
      guess = *position + 1;
      const FieldInfo& field = structure.fields[*position];
      CAIRN_TRY(fill(*field.type, value, memory + field.offset, at.member(field.name)));
    }
    for (std::size_t i = 0; i < structure.fields.size(); ++i) {
      if (!seen.test(i) && structure.fields[i].type->kind != TypeKind::Option) {
        return at.fail(Errc::NotFound,
                       fmt::format("the field {} is missing", quoted(structure.fields[i].name)));
      }
    }
    return {};
  }

 private:
  static std::optional<std::size_t> find_field(const StructInfo& structure, std::string_view name,
                                               std::size_t guess) noexcept {
    if (guess < structure.fields.size() && structure.fields[guess].name == name) {
      return guess;
    }
    const auto found = std::ranges::find(structure.fields, name, &FieldInfo::name);
    return found == structure.fields.end()
               ? std::nullopt
               : std::optional(static_cast<std::size_t>(found - structure.fields.begin()));
  }

  static Result<> fill_bool(JsonElement element, std::byte* memory, const Path& at) {
    CAIRN_TRY(const bool value, json_bool(element, at));
    store(memory, static_cast<std::uint8_t>(value ? 1 : 0));
    return {};
  }

  Result<> fill(const TypeInfo& type, JsonElement element, std::byte* memory, const Path& at) {
    switch (type.kind) {
      case TypeKind::Bool:
        return fill_bool(element, memory, at);
      case TypeKind::Integer:
      case TypeKind::Id:
      case TypeKind::Duration:
        return fill_integer(type, element, memory, at);
      case TypeKind::Decimal:
      case TypeKind::Timestamp:
      case TypeKind::Uuid:
      case TypeKind::Digest:
      case TypeKind::Enum:
        return fill_word(type, element, memory, at);
      case TypeKind::Struct:
        return fill_struct(*type.structure, element, memory, at);
      default:
        return fill_sized(type, element, memory, at);
    }
  }

  static Result<> fill_integer(const TypeInfo& type, JsonElement element, std::byte* memory,
                               const Path& at) {
    const unsigned width = type.kind == TypeKind::Integer ? type.width : 8;
    if (width == 16) {
      return fill_wide(type, element, memory, at);
    }
    const bool is_signed =
        type.kind == TypeKind::Integer ? type.is_signed : type.kind == TypeKind::Duration;
    const std::uint64_t all = ~std::uint64_t{0} >> (64 - 8 * width);
    if (!is_signed) {
      CAIRN_TRY(const std::uint64_t value, json_unsigned(element, all, at));
      std::memcpy(memory, &value, width);
      return {};
    }
    CAIRN_TRY(const std::int64_t value, json_signed(element, at));
    const auto max = static_cast<std::int64_t>(all >> 1U);
    if (value > max || value < -max - 1) {
      return at.fail(Errc::TooLarge,
                     fmt::format("the number is not between {} and {}", -max - 1, max));
    }
    std::memcpy(memory, &value, width);
    return {};
  }

  static Result<> fill_wide(const TypeInfo& type, JsonElement element, std::byte* memory,
                            const Path& at) {
    CAIRN_TRY(const std::string_view text, json_string(element, at));
    if (type.is_signed) {
      return keep(parse_integer<Int128>(text), memory, at);
    }
    return keep(parse_integer<UInt128>(text), memory, at);
  }

  template <typename T>
  static Result<> keep(Result<T> value, std::byte* memory, const Path& at) {
    if (!value) {
      return cairn::fail(std::move(value).error().at(at.to_string()));
    }
    store(memory, *value);
    return {};
  }

  static Result<> fill_word(const TypeInfo& type, JsonElement element, std::byte* memory,
                            const Path& at) {
    CAIRN_TRY(const std::string_view text, json_string(element, at));
    switch (type.kind) {
      case TypeKind::Decimal:
        return keep(detail::parse_decimal(text, type.scale), memory, at);
      case TypeKind::Timestamp:
        return keep(Timestamp::parse(text), memory, at);
      case TypeKind::Uuid:
        return keep(Uuid::parse(text), memory, at);
      case TypeKind::Digest:
        return keep(Digest::parse(text), memory, at);
      default:
        break;
    }
    const auto found = std::ranges::find(type.enumeration->values, text, &EnumValue::name);
    if (found == type.enumeration->values.end()) {
      return at.fail(Errc::InvalidArgument,
                     fmt::format("{} has no value {}", type.enumeration->name, quoted(text)));
    }
    std::memcpy(memory, &found->value, type.width);
    return {};
  }

  Result<> fill_sized(const TypeInfo& type, JsonElement element, std::byte* memory,
                      const Path& at) {
    switch (type.kind) {
      case TypeKind::Str:
      case TypeKind::Text:
        return fill_text(type, element, memory, at);
      case TypeKind::Bytes:
      case TypeKind::Blob:
        return fill_hex(type, element, memory, at);
      case TypeKind::Secret:
        return fill_sealed(type, element, memory, at);
      case TypeKind::Option:
        if (element.is_null()) {
          return {};
        }
        memory[option_flag_offset(type)] = std::byte{1};
        return fill(*type.element, element, memory, at);
      default:
        return fill_items(type, element, memory, at);
    }
  }

  static Result<> check_size(std::size_t size, const TypeInfo& type, const Path& at) {
    if (size > type.capacity) {
      return at.fail(Errc::TooLarge,
                     fmt::format("here are {}, and its type allows {}", size, type.capacity));
    }
    return {};
  }

  /// Where the bytes of a sized value go, in place or elsewhere; null when there is no space, or
  /// none is needed.
  std::byte* place(const TypeInfo& type, std::size_t size, std::byte* memory) noexcept {
    if (!is_view(type.kind)) {
      store(memory, static_cast<InPlaceSize>(size));
      return memory + sizeof(InPlaceSize);
    }
    std::byte* const space = size == 0 ? nullptr : scratch_.take(size, 1);
    store(memory, View{.data = space, .size = static_cast<std::uint32_t>(size), .zero = 0});
    return space;
  }

  static std::unexpected<Error> no_space(const Path& at) {
    return at.fail(Errc::TooLarge, "does not fit into the space given");
  }

  Result<> fill_text(const TypeInfo& type, JsonElement element, std::byte* memory, const Path& at) {
    CAIRN_TRY(const std::string_view text, json_string(element, at));
    CAIRN_TRY(check_size(text.size(), type, at));
    if (!is_utf8(text)) {
      return at.fail(Errc::Corrupt, "is not UTF-8");
    }
    if (text.empty()) {
      return {};
    }
    std::byte* const space = place(type, text.size(), memory);
    if (space == nullptr) {
      return no_space(at);
    }
    std::memcpy(space, text.data(), text.size());
    return {};
  }

  Result<> fill_hex(const TypeInfo& type, JsonElement element, std::byte* memory, const Path& at) {
    CAIRN_TRY(const std::string_view text, json_string(element, at));
    if (text.size() % 2 != 0) {
      return at.fail(Errc::InvalidArgument, "is not two hexadecimal digits for each byte");
    }
    const std::size_t size = text.size() / 2;
    CAIRN_TRY(check_size(size, type, at));
    if (size == 0) {
      return {};
    }
    std::byte* const space = place(type, size, memory);
    if (space == nullptr) {
      return no_space(at);
    }
    if (!from_hex(text, {space, size})) {
      return at.fail(Errc::InvalidArgument, "is not lower-case hexadecimal");
    }
    return {};
  }

  /// {"sealed":"…"}, and never the value.
  Result<> fill_sealed(const TypeInfo& type, JsonElement element, std::byte* memory,
                       const Path& at) {
    constexpr std::array rules = {MemberRule("sealed")};
    CAIRN_TRY(const Members members, Members::read(element, rules, at));
    return fill_hex(type, members["sealed"], memory, at.member("sealed"));
  }

  Result<> fill_items(const TypeInfo& type, JsonElement element, std::byte* memory,
                      const Path& at) {
    CAIRN_TRY(const simdjson::dom::array array, json_array(element, at));
    const std::uint32_t stride = type.element->memory_size;
    std::byte* items = memory;
    // The parser keeps sizes up to 2^24 exactly, which is above every limit.
    const std::size_t count = array.size();
    if (type.kind == TypeKind::Array) {
      if (count != type.capacity) {
        return at.fail(Errc::InvalidArgument,
                       fmt::format("here are {} items, not {}", count, type.capacity));
      }
    } else {
      CAIRN_TRY(check_size(count, type, at));
      if (count == 0) {
        return {};
      }
      items = scratch_.take(count * stride, type.element->memory_align);
      if (items == nullptr) {
        return no_space(at);
      }
      std::memset(items, 0, count * stride);
      store(memory, View{.data = items, .size = static_cast<std::uint32_t>(count), .zero = 0});
    }
    std::size_t i = 0;
    for (const JsonElement item : array) {
      CAIRN_TRY(fill(*type.element, item, items + i * stride, at.item(i)));
      ++i;
    }
    return {};
  }

  Scratch& scratch_;
};

}  // namespace

struct JsonParser::State {
  simdjson::dom::parser parser;
};

JsonParser::JsonParser() : state_(std::make_unique<State>()) {}

JsonParser::JsonParser(JsonParser&& other) noexcept = default;
JsonParser& JsonParser::operator=(JsonParser&& other) noexcept = default;
JsonParser::~JsonParser() = default;

Result<> JsonParser::parse(const StructInfo& structure, std::string_view text, std::byte* memory,
                           Scratch& scratch) {
  CAIRN_TRY(const JsonElement root, parse_json(state_->parser, text, json_bytes_max));
  // Filled beside the caller's memory, so that a failure leaves no trace there.
  alignas(std::max_align_t) std::byte image[limits::struct_bytes_max];
  std::memset(image, 0, structure.memory_size);
  std::byte* const mark = scratch.mark();
  if (auto filled = Filler(scratch).fill_struct(structure, root, image, Path()); !filled) {
    scratch.rewind(mark);
    return filled;
  }
  std::memcpy(memory, image, structure.memory_size);
  return {};
}

}  // namespace cairn::schema
