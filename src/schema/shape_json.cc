// SPDX-License-Identifier: Apache-2.0
#include <fmt/core.h>

#include "schema/json_tree.h"
#include "schema/shape_names.h"
#include "schema/shapes.h"

namespace cairn::schema {

namespace {

/// Describes types for validators; definitions refer to one another below `prefix`.
class Describer final {
 public:
  explicit Describer(std::string_view prefix) noexcept : prefix_(prefix) {}

  [[nodiscard]] JsonTree definitions(const Schema& schema) const {
    JsonTree all = JsonTree::object();
    for (const EnumInfo* enumeration : schema.enums()) {
      JsonTree names = JsonTree::array();
      for (const EnumValue& value : enumeration->values) {
        names.push(value.name);
      }
      all.set(enumeration->name,
              JsonTree::object({{"type", "string"}, {"enum", std::move(names)}}));
    }
    for (const StructInfo* structure : structs_inner_first(schema)) {
      all.set(structure->name, describe_struct(*structure));
    }
    return all;
  }

 private:
  static JsonTree count(std::uint64_t value) { return JsonTree::number(value); }

  [[nodiscard]] JsonTree reference(std::string_view name) const {
    return JsonTree::object({{"$ref", fmt::format("{}{}", prefix_, name)}});
  }

  [[nodiscard]] JsonTree describe_struct(const StructInfo& structure) const {
    JsonTree properties = JsonTree::object();
    JsonTree required = JsonTree::array();
    for (const FieldInfo& field : structure.fields) {
      properties.set(field.name, describe(*field.type));
      if (field.type->kind != TypeKind::Option) {
        required.push(field.name);
      }
    }
    return JsonTree::object({{"type", "object"},
                             {"properties", std::move(properties)},
                             {"required", std::move(required)},
                             {"additionalProperties", false}});
  }

  static JsonTree text(std::string_view pattern) {
    return JsonTree::object({{"type", "string"}, {"pattern", pattern}});
  }

  static JsonTree integer(unsigned width, bool is_signed) {
    const std::uint64_t all = ~std::uint64_t{0} >> (64 - 8 * width);
    const auto max = static_cast<std::int64_t>(all >> 1U);
    return JsonTree::object(
        {{"type", "integer"},
         {"minimum", JsonTree::number(is_signed ? -max - 1 : std::int64_t{0})},
         {"maximum", is_signed ? JsonTree::number(max) : JsonTree::number(all)}});
  }

  static JsonTree with(JsonTree tree, std::string_view description) {
    tree.set("description", description);
    return tree;
  }

  static JsonTree decimal(std::uint8_t scale) {
    return scale == 0 ? text("^(0|-?[1-9][0-9]{0,37})$")
                      : text(fmt::format("^-?(0|[1-9][0-9]{{0,37}})\\.[0-9]{{{}}}$", scale));
  }

  static JsonTree sized_text(std::uint32_t bytes) {
    return JsonTree::object({{"type", "string"},
                             {"maxLength", count(bytes)},
                             {"description", fmt::format("at most {} bytes of UTF-8", bytes)}});
  }

  static JsonTree hex(std::uint32_t bytes) {
    JsonTree tree = text("^([0-9a-f]{2})*$");
    tree.set("maxLength", count(2 * std::uint64_t{bytes}));
    return tree;
  }

  static JsonTree sealed(std::uint32_t bytes) {
    return JsonTree::object({{"type", "object"},
                             {"properties", JsonTree::object({{"sealed", hex(bytes)}})},
                             {"required", JsonTree::array({"sealed"})},
                             {"additionalProperties", false}});
  }

  [[nodiscard]] JsonTree items(const TypeInfo& type) const {
    JsonTree tree = JsonTree::object({{"type", "array"},
                                      {"items", describe(*type.element)},
                                      {"maxItems", count(type.capacity)}});
    if (type.kind == TypeKind::Array) {
      tree.set("minItems", count(type.capacity));
    }
    return tree;
  }

  [[nodiscard]] JsonTree describe(const TypeInfo& type) const {
    switch (type.kind) {
      case TypeKind::Bool:
        return JsonTree::object({{"type", "boolean"}});
      case TypeKind::Integer:
        return type.width == 16
                   ? text(type.is_signed ? "^(0|-?[1-9][0-9]{0,38})$" : "^(0|[1-9][0-9]{0,38})$")
                   : integer(type.width, type.is_signed);
      case TypeKind::Decimal:
        return decimal(type.scale);
      case TypeKind::Id:
        return with(integer(8, false), fmt::format("id of {}", type.record));
      case TypeKind::Timestamp:
        return JsonTree::object({{"type", "string"}, {"format", "date-time"}});
      case TypeKind::Duration:
        return with(integer(8, true), "nanoseconds");
      case TypeKind::Uuid:
        return JsonTree::object({{"type", "string"}, {"format", "uuid"}});
      case TypeKind::Digest:
        return text("^[0-9a-f]{64}$");
      case TypeKind::Enum:
        return reference(type.enumeration->name);
      case TypeKind::Struct:
        return reference(type.structure->name);
      case TypeKind::Option:
        return JsonTree::object(
            {{"anyOf",
              JsonTree::array({describe(*type.element), JsonTree::object({{"type", "null"}})})}});
      case TypeKind::Str:
      case TypeKind::Text:
        return sized_text(type.capacity);
      case TypeKind::Bytes:
      case TypeKind::Blob:
        return hex(type.capacity);
      case TypeKind::Array:
      case TypeKind::List:
        return items(type);
      case TypeKind::Secret:
        return sealed(type.capacity);
    }
    return {};
  }

  std::string_view prefix_;
};

}  // namespace

std::string to_json_schema(const Schema& schema) {
  const DomainInfo& domain = schema.domain();
  return JsonTree::object({{"$schema", "https://json-schema.org/draft/2020-12/schema"},
                           {"$id", fmt::format("urn:cairn:{}:{}:{}", domain.name, domain.version,
                                               schema.fingerprint().to_string())},
                           {"title", domain.name},
                           {"$defs", Describer("#/$defs/").definitions(schema)}})
      .indented();
}

std::string to_openapi(const Schema& schema) {
  const DomainInfo& domain = schema.domain();
  return JsonTree::object(
             {{"openapi", "3.1.0"},
              {"info", JsonTree::object(
                           {{"title", domain.name}, {"version", std::to_string(domain.version)}})},
              {"components",
               JsonTree::object(
                   {{"schemas", Describer("#/components/schemas/").definitions(schema)}})}})
      .indented();
}

}  // namespace cairn::schema
