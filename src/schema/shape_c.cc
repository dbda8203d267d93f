// SPDX-License-Identifier: Apache-2.0
#include <limits>

#include <fmt/core.h>

#include "schema/names.h"
#include "schema/shape_names.h"
#include "schema/shapes.h"

namespace cairn::schema {

namespace {

constexpr std::string_view value_types = R"(#ifndef CAIRN_VALUE_TYPES
#define CAIRN_VALUE_TYPES
typedef struct { _Alignas(16) uint64_t low; uint64_t high; } cairn_int128;
typedef struct { uint8_t bytes[16]; } cairn_uuid;
typedef struct { uint8_t bytes[32]; } cairn_digest;
typedef struct { const void* data; uint32_t size; uint32_t zero; } cairn_view;
#endif
)";

/// Words that C has and C++ has not, so that a field may be named by one.
std::string field_name(std::string_view name) {
  const bool is_word =
      name == "restrict" || name.starts_with("_Bool") || name.starts_with("_Complex");
  return is_word ? std::string(name) + '_' : std::string(name);
}

std::string literal(std::int64_t value) {
  return value == std::numeric_limits<std::int64_t>::min() ? "(-INT64_MAX - 1)"
                                                           : fmt::format("INT64_C({})", value);
}

class HeaderWriter final {
 public:
  explicit HeaderWriter(const Schema& schema) noexcept : schema_(schema) {}

  Result<std::string> write() {
    const DomainInfo& domain = schema_.domain();
    out_ = fmt::format(
        "/* Memory layouts of domain {}, version {}.\n   Fingerprint {}. */\n#pragma "
        "once\n\n#include <stddef.h>\n#include <stdint.h>\n\n{}",
        domain.name, domain.version, schema_.fingerprint().to_string(), value_types);
    for (const EnumInfo* enumeration : schema_.enums()) {
      CAIRN_TRY(write_enum(*enumeration));
    }
    for (const StructInfo* structure : structs_inner_first(schema_)) {
      CAIRN_TRY(write_struct(*structure));
    }
    return std::move(out_);
  }

 private:
  [[nodiscard]] std::string name_of(std::string_view name) const {
    return fmt::format("{}_{}", schema_.domain().name, flat_name(name));
  }

  Result<> write_enum(const EnumInfo& enumeration) {
    out_ += fmt::format("\n/* enum {}, {} byte(s) */\n", enumeration.name, enumeration.width);
    for (const EnumValue& value : enumeration.values) {
      const std::string name = fmt::format("{}_{}", name_of(enumeration.name), value.name);
      CAIRN_TRY(scope_.add(name, "C"));
      out_ += fmt::format("#define {} {}\n", name, literal(value.value));
    }
    return {};
  }

  Result<> write_struct(const StructInfo& structure) {
    const std::string name = name_of(structure.name);
    CAIRN_TRY(scope_.add(name, "C"));
    out_ += fmt::format("\nstruct {} {{\n", name);
    for (const FieldInfo& field : structure.fields) {
      out_ += fmt::format("  {};\n", declare(*field.type, field_name(field.name)));
    }
    if (structure.fields.empty()) {
      out_ += "  uint8_t nothing;\n";
    }
    out_ += "};\n";
    for (const FieldInfo& field : structure.fields) {
      out_ += fmt::format("_Static_assert(offsetof(struct {}, {}) == {}, \"{}.{}\");\n", name,
                          field_name(field.name), field.offset, name, field.name);
    }
    out_ += fmt::format("_Static_assert(sizeof(struct {}) == {}, \"{}\");\n", name,
                        structure.memory_size, name);
    return {};
  }

  /// C writes what is declared inside out: `uint8_t name[2][3]`.
  [[nodiscard]] std::string declare(const TypeInfo& type, const std::string& name) const {
    switch (type.kind) {
      case TypeKind::Array:
        return declare(*type.element, fmt::format("{}[{}]", name, type.capacity));
      case TypeKind::Option:
        return fmt::format("struct {{ {}; uint8_t has; }} {}", declare(*type.element, "value"),
                           name);
      case TypeKind::Str:
      case TypeKind::Bytes:
      case TypeKind::Secret:
        return fmt::format("struct {{ uint16_t size; {} bytes[{}]; }} {}",
                           type.kind == TypeKind::Str ? "char" : "uint8_t", type.memory_size - 2,
                           name);
      case TypeKind::Struct:
        return fmt::format("struct {} {}", name_of(type.structure->name), name);
      default:
        return fmt::format("{} {}", plain_type(type), name);
    }
  }

  static std::string plain_type(const TypeInfo& type) {
    switch (type.kind) {
      case TypeKind::Integer:
      case TypeKind::Enum:
        return type.width == 16
                   ? "cairn_int128"
                   : fmt::format("{}int{}_t", type.is_signed ? "" : "u", type.width * 8);
      case TypeKind::Decimal:
        return "cairn_int128";
      case TypeKind::Id:
        return "uint64_t";
      case TypeKind::Timestamp:
      case TypeKind::Duration:
        return "int64_t";
      case TypeKind::Uuid:
        return "cairn_uuid";
      case TypeKind::Digest:
        return "cairn_digest";
      case TypeKind::Text:
      case TypeKind::Blob:
      case TypeKind::List:
        return "cairn_view";
      default:
        return "uint8_t";
    }
  }

  const Schema& schema_;
  Scope scope_;
  std::string out_;
};

}  // namespace

Result<std::string> to_c_header(const Schema& schema) {
  return HeaderWriter(schema).write();
}

}  // namespace cairn::schema
