// SPDX-License-Identifier: Apache-2.0
#include "schema/type_text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include <fmt/core.h>

#include "cairn/limits.h"
#include "schema/layout.h"
#include "schema/names.h"

namespace cairn::schema {

namespace {

/// The types without parameters.
struct Simple {
  std::string_view text;
  TypeInfo type;
};

constexpr std::array simple_types = {
    Simple{.text = "bool", .type = {.kind = TypeKind::Bool}},
    Simple{.text = "u8", .type = {.kind = TypeKind::Integer, .width = 1}},
    Simple{.text = "u16", .type = {.kind = TypeKind::Integer, .width = 2}},
    Simple{.text = "u32", .type = {.kind = TypeKind::Integer, .width = 4}},
    Simple{.text = "u64", .type = {.kind = TypeKind::Integer, .width = 8}},
    Simple{.text = "u128", .type = {.kind = TypeKind::Integer, .width = 16}},
    Simple{.text = "i8", .type = {.kind = TypeKind::Integer, .is_signed = true, .width = 1}},
    Simple{.text = "i16", .type = {.kind = TypeKind::Integer, .is_signed = true, .width = 2}},
    Simple{.text = "i32", .type = {.kind = TypeKind::Integer, .is_signed = true, .width = 4}},
    Simple{.text = "i64", .type = {.kind = TypeKind::Integer, .is_signed = true, .width = 8}},
    Simple{.text = "i128", .type = {.kind = TypeKind::Integer, .is_signed = true, .width = 16}},
    Simple{.text = "timestamp", .type = {.kind = TypeKind::Timestamp}},
    Simple{.text = "duration", .type = {.kind = TypeKind::Duration}},
    Simple{.text = "uuid", .type = {.kind = TypeKind::Uuid}},
    Simple{.text = "digest", .type = {.kind = TypeKind::Digest}},
};

/// What stands between the angle brackets.
enum class Parameters : std::uint8_t { Number, Name, Type, TypeAndNumber };

struct Generic {
  std::string_view word;
  TypeKind kind;
  Parameters parameters;
};

constexpr std::array generic_types = {
    Generic{.word = "decimal", .kind = TypeKind::Decimal, .parameters = Parameters::Number},
    Generic{.word = "str", .kind = TypeKind::Str, .parameters = Parameters::Number},
    Generic{.word = "bytes", .kind = TypeKind::Bytes, .parameters = Parameters::Number},
    Generic{.word = "text", .kind = TypeKind::Text, .parameters = Parameters::Number},
    Generic{.word = "blob", .kind = TypeKind::Blob, .parameters = Parameters::Number},
    Generic{.word = "id", .kind = TypeKind::Id, .parameters = Parameters::Name},
    Generic{.word = "enum", .kind = TypeKind::Enum, .parameters = Parameters::Name},
    Generic{.word = "struct", .kind = TypeKind::Struct, .parameters = Parameters::Name},
    Generic{.word = "option", .kind = TypeKind::Option, .parameters = Parameters::Type},
    Generic{.word = "secret", .kind = TypeKind::Secret, .parameters = Parameters::Type},
    Generic{.word = "array", .kind = TypeKind::Array, .parameters = Parameters::TypeAndNumber},
    Generic{.word = "list", .kind = TypeKind::List, .parameters = Parameters::TypeAndNumber},
};

std::optional<std::uint32_t> number(std::string_view text) noexcept {
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  const bool one_form = !text.empty() && (text == "0" || text.front() != '0');
  return whole && one_form ? std::optional(value) : std::nullopt;
}

/// Recursive descent, bounded by the depth that types may have.
class Parser final {
 public:
  Parser(Builder& builder, TypeNames& names, const Path& at) noexcept
      : builder_(builder), names_(names), at_(at) {}

  Result<const TypeInfo*> parse(std::string_view text, std::size_t depth) {
    if (depth > limits::type_depth_max) {
      return at_.fail(Errc::TooLarge,
                      fmt::format("the type is nested deeper than {}", limits::type_depth_max));
    }
    const auto* const simple = std::ranges::find(simple_types, text, &Simple::text);
    if (simple != simple_types.end()) {
      return builder_.add_type(simple->type, at_);
    }
    const std::size_t open = text.find('<');
    const auto* const generic =
        std::ranges::find(generic_types, text.substr(0, open), &Generic::word);
    if (open == std::string_view::npos || text.back() != '>' || generic == generic_types.end()) {
      return unknown(text);
    }
    TypeInfo type = {.kind = generic->kind};
    CAIRN_TRY(
        read_parameters(*generic, text.substr(open + 1, text.size() - open - 2), depth, type));
    return builder_.add_type(type, at_);
  }

 private:
  std::unexpected<Error> unknown(std::string_view text) const {
    return at_.fail(Errc::InvalidArgument, fmt::format("{} is not a type", quoted(text)));
  }

  Result<> read_parameters(const Generic& generic, std::string_view inside, std::size_t depth,
                           TypeInfo& type) {
    switch (generic.parameters) {
      case Parameters::Number:
        return read_number(inside, type);
      case Parameters::Name:
        return read_name(inside, type);
      case Parameters::Type:
        return read_element(inside, depth, type);
      case Parameters::TypeAndNumber:
        return read_element_and_number(generic, inside, depth, type);
    }
    return {};
  }

  Result<> read_element_and_number(const Generic& generic, std::string_view inside,
                                   std::size_t depth, TypeInfo& type) {
    const std::size_t comma = inside.rfind(',');
    if (comma == std::string_view::npos) {
      return at_.fail(Errc::InvalidArgument,
                      fmt::format("{} needs a type and a number", generic.word));
    }
    CAIRN_TRY(type.element, parse(inside.substr(0, comma), depth + 1));
    return read_number(inside.substr(comma + 1), type);
  }

  Result<> read_element(std::string_view text, std::size_t depth, TypeInfo& type) {
    CAIRN_TRY(type.element, parse(text, depth + 1));
    if (type.kind == TypeKind::Secret) {
      type.capacity = static_cast<std::uint32_t>(secret_capacity(*type.element));
    }
    return {};
  }

  Result<> read_number(std::string_view text, TypeInfo& type) const {
    const auto value = number(text);
    if (!value) {
      return at_.fail(Errc::InvalidArgument, fmt::format("{} is not a number", quoted(text)));
    }
    if (type.kind == TypeKind::Decimal) {
      type.scale = static_cast<std::uint8_t>(std::min<std::uint32_t>(*value, 255));
    } else {
      type.capacity = *value;
    }
    return {};
  }

  Result<> read_name(std::string_view name, TypeInfo& type) {
    if (type.kind == TypeKind::Id) {
      type.record = name;
      return names_.has_record(name) ? Result<>() : missing("record", name);
    }
    if (type.kind == TypeKind::Enum) {
      CAIRN_TRY(type.enumeration, names_.find_enum(name));
      if (type.enumeration == nullptr) {
        return missing("enum", name);
      }
      type.width = type.enumeration->width;
      type.is_signed = type.enumeration->is_signed;
      return {};
    }
    CAIRN_TRY(type.structure, names_.find_struct(name));
    return type.structure != nullptr ? Result<>() : missing("struct", name);
  }

  std::unexpected<Error> missing(std::string_view what, std::string_view name) const {
    return at_.fail(Errc::NotFound, fmt::format("there is no {} {}", what, quoted(name)));
  }

  Builder& builder_;
  TypeNames& names_;
  const Path& at_;
};

}  // namespace

std::string to_text(const TypeInfo& type) {
  switch (type.kind) {
    case TypeKind::Integer:
      return fmt::format("{}{}", type.is_signed ? 'i' : 'u', type.width * 8);
    case TypeKind::Decimal:
      return fmt::format("decimal<{}>", type.scale);
    case TypeKind::Id:
      return fmt::format("id<{}>", type.record);
    case TypeKind::Enum:
      return fmt::format("enum<{}>", type.enumeration->name);
    case TypeKind::Struct:
      return fmt::format("struct<{}>", type.structure->name);
    case TypeKind::Option:
      return fmt::format("option<{}>", to_text(*type.element));
    case TypeKind::Secret:
      return fmt::format("secret<{}>", to_text(*type.element));
    default:
      break;
  }
  const auto* const simple = std::ranges::find(simple_types, type.kind,
                                               [](const Simple& entry) { return entry.type.kind; });
  if (simple != simple_types.end()) {
    return std::string(simple->text);
  }
  const auto* const generic = std::ranges::find(generic_types, type.kind, &Generic::kind);
  return generic->parameters == Parameters::Number
             ? fmt::format("{}<{}>", generic->word, type.capacity)
             : fmt::format("{}<{},{}>", generic->word, to_text(*type.element), type.capacity);
}

Result<const TypeInfo*> parse_type(std::string_view text, Builder& builder, TypeNames& names,
                                   const Path& at) {
  return Parser(builder, names, at).parse(text, 0);
}

}  // namespace cairn::schema
