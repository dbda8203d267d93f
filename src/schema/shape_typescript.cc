// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>

#include <fmt/core.h>

#include "schema/names.h"
#include "schema/shape_names.h"
#include "schema/shapes.h"

namespace cairn::schema {

namespace {

/// Names that no TypeScript type can have.
constexpr std::array<std::string_view, 26> taken = {
    "any",        "arguments", "await",  "bigint",     "boolean",   "eval",  "function",
    "implements", "import",    "in",     "instanceof", "interface", "let",   "never",
    "null",       "number",    "object", "package",    "string",    "super", "symbol",
    "undefined",  "unknown",   "var",    "with",       "yield"};

constexpr std::string_view language = "TypeScript";

class TypeWriter final {
 public:
  explicit TypeWriter(const Schema& schema) noexcept : schema_(schema) {}

  Result<std::string> write() {
    const DomainInfo& domain = schema_.domain();
    for (const std::string_view name : taken) {
      CAIRN_TRY(scope_.add(std::string(name), language));
    }
    out_ = fmt::format("// Domain {}, version {}.\n// Fingerprint {}.\n\n", domain.name,
                       domain.version, schema_.fingerprint().to_string());
    out_ +=
        "/** A JSON number of up to 64 bits; above 2^53 it takes a parser that keeps it exact. "
        "*/\nexport type Integer64 = number | bigint;\n";
    CAIRN_TRY(scope_.add("Integer64", language));
    for (const EnumInfo* enumeration : schema_.enums()) {
      CAIRN_TRY(write_enum(*enumeration));
    }
    for (const StructInfo* structure : structs_inner_first(schema_)) {
      CAIRN_TRY(write_struct(*structure));
    }
    CAIRN_TRY(write_list("records", domain.records));
    CAIRN_TRY(write_list("commands", domain.commands));
    CAIRN_TRY(write_list("events", domain.events));
    CAIRN_TRY(write_rejects());
    return std::move(out_);
  }

 private:
  Result<> write_enum(const EnumInfo& enumeration) {
    const std::string name = flat_name(enumeration.name);
    CAIRN_TRY(scope_.add(name, language));
    out_ += fmt::format("\nexport type {} =", name);
    for (const EnumValue& value : enumeration.values) {
      out_ +=
          fmt::format("{} \"{}\"", &value == &enumeration.values.front() ? "" : " |", value.name);
    }
    out_ += ";\n";
    return {};
  }

  Result<> write_struct(const StructInfo& structure) {
    const std::string name = flat_name(structure.name);
    CAIRN_TRY(scope_.add(name, language));
    out_ += fmt::format("\nexport interface {} {{\n", name);
    for (const FieldInfo& field : structure.fields) {
      out_ += fmt::format("  {}{}: {};\n", field.name,
                          field.type->kind == TypeKind::Option ? "?" : "", type_of(*field.type));
    }
    out_ += "}\n";
    return {};
  }

  Result<> write_list(std::string_view word, std::span<const StructInfo* const> structs) {
    const std::string name = fmt::format("{}_{}", schema_.domain().name, word);
    CAIRN_TRY(scope_.add(name, language));
    out_ += fmt::format("\nexport interface {} {{\n", name);
    for (const StructInfo* structure : structs) {
      out_ += fmt::format("  {}: {};\n", structure->name, flat_name(structure->name));
    }
    out_ += "}\n";
    return {};
  }

  Result<> write_rejects() {
    const std::string name = fmt::format("{}_reject", schema_.domain().name);
    CAIRN_TRY(scope_.add(name, language));
    out_ += fmt::format("\nexport type {} =", name);
    const auto rejects = schema_.domain().rejects;
    for (const RejectInfo& reject : rejects) {
      out_ += fmt::format("{} \"{}\"", &reject == &rejects.front() ? "" : " |", reject.name);
    }
    out_ += rejects.empty() ? " never;\n" : ";\n";
    return {};
  }

  static std::string type_of(const TypeInfo& type) {
    switch (type.kind) {
      case TypeKind::Bool:
        return "boolean";
      case TypeKind::Integer:
        return type.width == 16 ? "string" : type.width == 8 ? "Integer64" : "number";
      case TypeKind::Id:
      case TypeKind::Duration:
        return "Integer64";
      case TypeKind::Enum:
        return flat_name(type.enumeration->name);
      case TypeKind::Struct:
        return flat_name(type.structure->name);
      case TypeKind::Secret:
        return "{ sealed: string }";
      case TypeKind::Option:
        return fmt::format("{} | null", type_of(*type.element));
      case TypeKind::Array:
      case TypeKind::List: {
        const bool is_union = type.element->kind == TypeKind::Option;
        return fmt::format("{}{}{}[]", is_union ? "(" : "", type_of(*type.element),
                           is_union ? ")" : "");
      }
      default:
        return "string";
    }
  }

  const Schema& schema_;
  Scope scope_;
  std::string out_;
};

}  // namespace

Result<std::string> to_typescript(const Schema& schema) {
  return TypeWriter(schema).write();
}

}  // namespace cairn::schema
