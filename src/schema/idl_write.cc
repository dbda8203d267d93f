// SPDX-License-Identifier: Apache-2.0
#include <span>
#include <string>

#include "base/check.h"
#include "base/hash.h"
#include "schema/idl.h"
#include "schema/idl_words.h"
#include "schema/type_text.h"

namespace cairn::schema {

namespace {

JsonTree integer(std::uint64_t value) {
  return JsonTree::number(value);
}

std::string_view name_of_value(const EnumInfo& enumeration, std::int64_t value) {
  for (const EnumValue& candidate : enumeration.values) {
    if (candidate.value == value) {
      return candidate.name;
    }
  }
  check_failed("a machine's states are values of its enum");
}

JsonTree write_enum(const EnumInfo& enumeration) {
  JsonTree values = JsonTree::array();
  for (const EnumValue& value : enumeration.values) {
    values.push(JsonTree::object({{"name", value.name}, {"value", JsonTree::number(value.value)}}));
  }
  const TypeInfo stored = {
      .kind = TypeKind::Integer, .is_signed = enumeration.is_signed, .width = enumeration.width};
  return JsonTree::object(
      {{"name", enumeration.name}, {"type", to_text(stored)}, {"values", std::move(values)}});
}

JsonTree write_machine(const FieldInfo& field) {
  const EnumInfo& states = *field.type->enumeration;
  JsonTree transitions = JsonTree::array();
  for (const Transition& step : field.machine->transitions) {
    transitions.push(JsonTree::object({{"from", name_of_value(states, step.from)},
                                       {"guarded", step.guarded},
                                       {"to", name_of_value(states, step.to)}}));
  }
  return JsonTree::object({{"initial", name_of_value(states, field.machine->initial)},
                           {"transitions", std::move(transitions)}});
}

JsonTree write_field(const FieldInfo& field) {
  JsonTree tree = JsonTree::object({{"name", field.name}, {"type", to_text(*field.type)}});
  if (field.role != FieldRole::Plain) {
    tree.set("role", role_words.word(field.role));
  }
  if (field.machine != nullptr) {
    tree.set("machine", write_machine(field));
  }
  return tree;
}

JsonTree write_positions(const StructInfo& structure, std::span<const std::uint16_t> positions) {
  JsonTree names = JsonTree::array();
  for (const std::uint16_t position : positions) {
    names.push(structure.fields[position].name);
  }
  return names;
}

JsonTree write_struct(const StructInfo& structure) {
  JsonTree fields = JsonTree::array();
  for (const FieldInfo& field : structure.fields) {
    fields.push(write_field(field));
  }
  JsonTree tree = JsonTree::object({{"name", structure.name}, {"fields", std::move(fields)}});
  if (structure.role != StructRole::Nested) {
    tree.set("kind", integer(structure.kind));
    tree.set("version", integer(structure.version));
  }
  if (structure.role == StructRole::Event) {
    tree.set("about", write_positions(structure, structure.about));
  }
  if (structure.role == StructRole::Record) {
    JsonTree indexes = JsonTree::array();
    for (const IndexInfo& index : structure.indexes) {
      indexes.push(JsonTree::object({{"name", index.name},
                                     {"unique", index.is_unique},
                                     {"fields", write_positions(structure, index.fields)}}));
    }
    tree.set("indexes", std::move(indexes));
  }
  return tree;
}

JsonTree write_edge(const DomainInfo& domain, const EdgeInfo& edge) {
  const auto end = [&](std::uint16_t record, Cardinality cardinality, bool required) {
    return JsonTree::object({{"record", domain.records[record]->name},
                             {"cardinality", cardinality_words.word(cardinality)},
                             {"required", required}});
  };
  return JsonTree::object(
      {{"name", edge.name},
       {"inverse", edge.inverse},
       {"source", end(edge.source, edge.source_cardinality, edge.source_required)},
       {"target", end(edge.target, edge.target_cardinality, edge.target_required)},
       {"on_erase", on_erase_words.word(edge.on_erase)}});
}

JsonTree write_reject(const RejectInfo& reject) {
  JsonTree tree = JsonTree::object({{"name", reject.name}, {"code", integer(reject.code)}});
  if (reject.detail != nullptr) {
    tree.set("detail", reject.detail->name);
  }
  return tree;
}

JsonTree write_rule(const RuleInfo& rule) {
  JsonTree tree = JsonTree::object({{"name", rule.name}});
  if (!rule.subject.empty()) {
    tree.set("subject", rule.subject);
  }
  return tree;
}

/// Calls `visit(kind, name, tree)` for every declaration, in the order of the IDL.
template <typename Visit>
void for_each_declaration(const Description& description, Visit visit) {
  const DomainInfo& domain = description.domain;
  for (const EnumInfo* enumeration : description.enums) {
    visit(DeclarationKind::Enum, enumeration->name, write_enum(*enumeration));
  }
  const auto structs = [&](DeclarationKind kind, std::span<const StructInfo* const> list) {
    for (const StructInfo* structure : list) {
      visit(kind, structure->name, write_struct(*structure));
    }
  };
  structs(DeclarationKind::Struct, description.structs);
  structs(DeclarationKind::Record, domain.records);
  for (const EdgeInfo& edge : domain.edges) {
    visit(DeclarationKind::Edge, edge.name, write_edge(domain, edge));
  }
  structs(DeclarationKind::Command, domain.commands);
  structs(DeclarationKind::Event, domain.events);
  for (const RejectInfo& reject : domain.rejects) {
    visit(DeclarationKind::Reject, reject.name, write_reject(reject));
  }
  for (const RuleInfo& gate : domain.gates) {
    visit(DeclarationKind::Gate, gate.name, write_rule(gate));
  }
  for (const RuleInfo& invariant : domain.invariants) {
    visit(DeclarationKind::Invariant, invariant.name, write_rule(invariant));
  }
}

}  // namespace

JsonTree write_idl(const Description& description) {
  std::array<JsonTree, declaration_lists.size()> lists;
  lists.fill(JsonTree::array());
  for_each_declaration(description, [&](DeclarationKind kind, std::string_view, JsonTree tree) {
    lists[std::to_underlying(kind)].push(std::move(tree));
  });
  JsonTree idl = JsonTree::object({{"idl", integer(idl_version)},
                                   {"name", description.domain.name},
                                   {"version", integer(description.domain.version)}});
  for (std::size_t i = 0; i < lists.size(); ++i) {
    idl.set(declaration_lists[i], std::move(lists[i]));
  }
  return idl;
}

std::vector<DeclarationDigest> digest_declarations(const Description& description) {
  std::vector<DeclarationDigest> digests;
  for_each_declaration(
      description, [&](DeclarationKind kind, std::string_view name, const JsonTree& tree) {
        const std::string text = tree.canonical();
        digests.push_back(
            {.kind = kind, .name = name, .digest = blake3(std::as_bytes(std::span(text)))});
      });
  return digests;
}

}  // namespace cairn::schema
