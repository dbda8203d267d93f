// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>

#include "cairn/describe_names.h"
#include "cairn/descriptor.h"
#include "cairn/text_sink.h"

/// A domain's descriptor as IDL JSON (docs/formats/idl.md), written inside the plugin: its host
/// reads text of a documented format and never the memory of another build. The text lacks the
/// fingerprint, and its members are in no particular order; the host makes the canonical form of
/// it. Allocates nothing.
namespace cairn::describe {

/// The word of the IDL for a type; those with a name or a number behind it end in "<".
inline std::string_view type_word(const TypeInfo& type) {
  constexpr std::array<std::string_view, 18> words = {
      "bool",      "",         "decimal<", "str<",   "bytes<", "id<",
      "timestamp", "duration", "uuid",     "digest", "enum<",  "option<",
      "array<",    "struct<",  "text<",    "blob<",  "list<",  "secret<"};
  return words.at(std::to_underlying(type.kind));
}

inline void put_type(const TextSink& sink, const TypeInfo& type) {
  sink.put(type_word(type));
  switch (type.kind) {
    case TypeKind::Integer:
      sink.put(type.is_signed ? "i" : "u");
      sink.put_number(type.width * 8U);
      return;
    case TypeKind::Decimal:
      sink.put_number(static_cast<unsigned>(type.scale));
      break;
    case TypeKind::Id:
      sink.put(type.record);
      break;
    case TypeKind::Enum:
      sink.put(type.enumeration->name);
      break;
    case TypeKind::Struct:
      sink.put(type.structure->name);
      break;
    case TypeKind::Option:
    case TypeKind::Secret:
      put_type(sink, *type.element);
      break;
    case TypeKind::Array:
    case TypeKind::List:
      put_type(sink, *type.element);
      sink.put(",");
      sink.put_number(type.capacity);
      break;
    case TypeKind::Str:
    case TypeKind::Bytes:
    case TypeKind::Text:
    case TypeKind::Blob:
      sink.put_number(type.capacity);
      break;
    default:
      return;
  }
  sink.put(">");
}

inline std::string_view name_of_value(const EnumInfo& enumeration, std::int64_t value) {
  for (const EnumValue& each : enumeration.values) {
    if (each.value == value) {
      return each.name;
    }
  }
  return {};
}

inline void put_machine(const TextSink& sink, const FieldInfo& field) {
  const EnumInfo& states = *field.type->enumeration;
  sink.put_member("machine");
  sink.put("{");
  sink.put_text("initial", name_of_value(states, field.machine->initial), true);
  sink.put_list("transitions", field.machine->transitions, [&](const Transition& step) {
    sink.put("{");
    sink.put_text("from", name_of_value(states, step.from), true);
    sink.put_text("to", name_of_value(states, step.to));
    sink.put_bool("guarded", step.guarded);
    sink.put("}");
  });
  sink.put("}");
}

inline void put_field(const TextSink& sink, const FieldInfo& field) {
  constexpr std::array<std::string_view, 6> roles = {"plain",   "key",       "unique",
                                                     "indexed", "immutable", "state"};
  sink.put("{");
  sink.put_text("name", field.name, true);
  sink.put_member("type");
  sink.put("\"");
  put_type(sink, *field.type);
  sink.put("\"");
  sink.put_text("role", roles.at(std::to_underlying(field.role)));
  if (field.machine != nullptr) {
    put_machine(sink, field);
  }
  sink.put("}");
}

inline void put_positions(const TextSink& sink, std::string_view name, const StructInfo& structure,
                          std::span<const std::uint16_t> positions) {
  sink.put_list(name, positions,
                [&](std::uint16_t position) { sink.put_quoted(structure.fields[position].name); });
}

inline void put_struct(const TextSink& sink, const StructInfo& structure) {
  sink.put("{");
  sink.put_text("name", structure.name, true);
  sink.put_list("fields", structure.fields,
                [&](const FieldInfo& field) { put_field(sink, field); });
  if (structure.role != StructRole::Nested) {
    sink.put_integer("kind", structure.kind);
    sink.put_integer("version", structure.version);
  }
  if (structure.role == StructRole::Event) {
    put_positions(sink, "about", structure, structure.about);
  }
  if (structure.role == StructRole::Record) {
    sink.put_list("indexes", structure.indexes, [&](const IndexInfo& index) {
      sink.put("{");
      sink.put_text("name", index.name, true);
      sink.put_bool("unique", index.is_unique);
      put_positions(sink, "fields", structure, index.fields);
      sink.put("}");
    });
  }
  sink.put("}");
}

inline void put_enum(const TextSink& sink, const EnumInfo& enumeration) {
  sink.put("{");
  sink.put_text("name", enumeration.name, true);
  sink.put_member("type");
  sink.put("\"");
  put_type(
      sink,
      {.kind = TypeKind::Integer, .is_signed = enumeration.is_signed, .width = enumeration.width});
  sink.put("\"");
  sink.put_list("values", enumeration.values, [&](const EnumValue& value) {
    sink.put("{");
    sink.put_text("name", value.name, true);
    sink.put_integer("value", value.value);
    sink.put("}");
  });
  sink.put("}");
}

inline void put_end(const TextSink& sink, std::string_view name, std::string_view record,
                    std::pair<Cardinality, bool> cardinality_and_required) {
  const auto [cardinality, required] = cardinality_and_required;
  sink.put_member(name);
  sink.put("{");
  sink.put_text("record", record, true);
  sink.put_text("cardinality", cardinality == Cardinality::One ? "one" : "many");
  sink.put_bool("required", required);
  sink.put("}");
}

inline void put_edge(const TextSink& sink, const DomainInfo& domain, const EdgeInfo& edge) {
  constexpr std::array<std::string_view, 3> on_erase = {"refuse", "unlink", "cascade"};
  sink.put("{");
  sink.put_text("name", edge.name, true);
  sink.put_text("inverse", edge.inverse);
  put_end(sink, "source", domain.records[edge.source]->name,
          {edge.source_cardinality, edge.source_required});
  put_end(sink, "target", domain.records[edge.target]->name,
          {edge.target_cardinality, edge.target_required});
  sink.put_text("on_erase", on_erase.at(std::to_underlying(edge.on_erase)));
  sink.put("}");
}

inline void put_reject(const TextSink& sink, const RejectInfo& reject) {
  sink.put("{");
  sink.put_text("name", reject.name, true);
  sink.put_integer("code", reject.code);
  if (reject.detail != nullptr) {
    sink.put_text("detail", reject.detail->name);
  }
  sink.put("}");
}

inline void put_rule(const TextSink& sink, const RuleInfo& rule) {
  sink.put("{");
  sink.put_text("name", rule.name, true);
  if (!rule.subject.empty()) {
    sink.put_text("subject", rule.subject);
  }
  sink.put("}");
}

/// All enums or all nested structs, by ascending name.
template <typename Info, typename PutItem>
void put_named(const TextSink& sink, std::string_view name, const DomainInfo& domain,
               PutItem put_item) {
  sink.put_member(name);
  sink.put("[");
  const Info* info = next_by_name<Info>(domain, {});
  for (bool is_first = true; info != nullptr; is_first = false) {
    sink.put(is_first ? "" : ",");
    put_item(*info);
    info = next_by_name<Info>(domain, info->name);
  }
  sink.put("]");
}

inline void write_idl(const DomainInfo& domain, const TextSink& sink) {
  const auto structure = [&](const auto& each) {
    if constexpr (std::is_pointer_v<std::remove_cvref_t<decltype(each)>>) {
      put_struct(sink, *each);
    } else {
      put_struct(sink, each);
    }
  };
  const auto rule = [&](const RuleInfo& each) { put_rule(sink, each); };
  sink.put("{\"idl\":1");
  sink.put_text("name", domain.name);
  sink.put_integer("version", domain.version);
  put_named<EnumInfo>(sink, "enums", domain, [&](const EnumInfo& each) { put_enum(sink, each); });
  put_named<StructInfo>(sink, "structs", domain, structure);
  sink.put_list("records", domain.records, structure);
  sink.put_list("edges", domain.edges, [&](const EdgeInfo& each) { put_edge(sink, domain, each); });
  sink.put_list("commands", domain.commands, structure);
  sink.put_list("events", domain.events, structure);
  sink.put_list("rejects", domain.rejects, [&](const RejectInfo& each) { put_reject(sink, each); });
  sink.put_list("gates", domain.gates, rule);
  sink.put_list("invariants", domain.invariants, rule);
  sink.put("}");
}

}  // namespace cairn::describe
