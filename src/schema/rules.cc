// SPDX-License-Identifier: Apache-2.0
#include "schema/rules.h"

#include <algorithm>
#include <limits>
#include <set>
#include <string>
#include <string_view>

#include <fmt/core.h>

#include "cairn/limits.h"
#include "schema/layout.h"
#include "schema/names.h"

namespace cairn::schema {

namespace {

Result<> check_identifier(std::string_view name, const Path& at) {
  if (!is_identifier(name)) {
    return at.member("name").fail(Errc::InvalidArgument,
                                  fmt::format("{} is not an identifier of at most {} bytes",
                                              quoted(name), limits::name_bytes_max));
  }
  return {};
}

Result<> check_count(std::size_t count, std::size_t max, const Path& at) {
  if (count > max) {
    return at.fail(Errc::TooLarge,
                   fmt::format("there are {} of them; the limit is {}", count, max));
  }
  return {};
}

/// Names that must differ from one another; remembers those it has seen.
class DistinctNames final {
 public:
  Result<> add(std::string_view name, const Path& at) {
    if (!seen_.insert(name).second) {
      return at.fail(Errc::AlreadyExists, fmt::format("the name {} is taken", quoted(name)));
    }
    return {};
  }

 private:
  std::set<std::string_view> seen_;
};

const StructInfo* find_record(const DomainInfo& domain, std::string_view name) {
  const auto found = std::ranges::find(domain.records, name,
                                       [](const StructInfo* record) { return record->name; });
  return found == domain.records.end() ? nullptr : *found;
}

/// An id names a row by the record's primary key, which must therefore be that id.
Result<> check_id(const TypeInfo& type, const DomainInfo& domain, const Path& at) {
  const StructInfo* const record = find_record(domain, type.record);
  if (record == nullptr) {
    return at.fail(Errc::NotFound, fmt::format("there is no record {}", quoted(type.record)));
  }
  if (record->indexes.empty() || record->indexes.front().fields.size() != 1 ||
      record->indexes.front().fields.front() >= record->fields.size()) {
    return at.fail(Errc::InvalidArgument,
                   fmt::format("{} has no key of one field, so id<{}> cannot name a row of it",
                               record->name, record->name));
  }
  const TypeInfo& key = *record->fields[record->indexes.front().fields.front()].type;
  if (key.kind != TypeKind::Id || key.record != type.record) {
    return at.fail(Errc::InvalidArgument,
                   fmt::format("the key of {} is not id<{}>, so an id cannot name a row of it",
                               record->name, record->name));
  }
  return {};
}

Result<> check_type(const TypeInfo& type, const DomainInfo& domain, const Path& at) {
  if (type.kind == TypeKind::Id) {
    return check_id(type, domain, at);
  }
  if (type.kind == TypeKind::Enum &&
      (type.width != type.enumeration->width || type.is_signed != type.enumeration->is_signed)) {
    return at.fail(
        Errc::InvalidArgument,
        fmt::format("the width of enum {} differs from its declaration's", type.enumeration->name));
  }
  return type.element == nullptr ? Result<>() : check_type(*type.element, domain, at);
}

Result<> check_role_of_struct(const StructInfo& structure, const FieldInfo& field, const Path& at) {
  const bool record_only = field.role != FieldRole::Plain || field.machine != nullptr;
  if (structure.role != StructRole::Record && record_only) {
    return at.member("role").fail(Errc::InvalidArgument,
                                  fmt::format("{}.{} has a role, but only fields of records have",
                                              structure.name, field.name));
  }
  if (field.role != FieldRole::State && field.machine != nullptr) {
    return at.member("machine").fail(
        Errc::InvalidArgument,
        fmt::format("{}.{} is not a state but has a machine", structure.name, field.name));
  }
  return {};
}

/// What is sealed for a field is found by whoever looks at the fields, and at nothing inside them.
Result<> check_secret_of_event(const StructInfo& structure, const FieldInfo& field,
                               const Path& at) {
  if (structure.role != StructRole::Event || field.type->kind == TypeKind::Secret ||
      !has_secret(*field.type)) {
    return {};
  }
  return at.fail(Errc::InvalidArgument,
                 fmt::format("{}.{} has a secret inside it: in an event a secret is a field of its "
                             "own, and may hold a whole struct",
                             structure.name, field.name));
}

Result<> check_about(const StructInfo& event, const Path& at) {
  CAIRN_TRY(check_count(event.about.size(), limits::about_fields_max, at));
  for (std::size_t i = 0; i < event.about.size(); ++i) {
    const std::uint16_t position = event.about[i];
    if (position >= event.fields.size()) {
      return at.item(i).fail(Errc::NotFound,
                             fmt::format("{} has no field number {}", event.name, position));
    }
    const FieldInfo& field = event.fields[position];
    if (!is_orderable(*field.type) || key_size_max(*field.type) > limits::key_bytes_max) {
      return at.item(i).fail(
          Errc::InvalidArgument,
          fmt::format("{}.{} cannot name what the event is about: it cannot be a key", event.name,
                      field.name));
    }
    if (std::ranges::count(event.about, position) > 1) {
      return at.item(i).fail(Errc::AlreadyExists,
                             fmt::format("{} names {} twice", event.name, field.name));
    }
  }
  return {};
}

Result<> check_kinds(std::span<const StructInfo* const> structs, StructRole role, const Path& at) {
  std::set<std::uint16_t> kinds;
  for (std::size_t i = 0; i < structs.size(); ++i) {
    const StructInfo& structure = *structs[i];
    const Path place = at.item(i);
    if (structure.role != role) {
      return place.fail(Errc::InvalidArgument, fmt::format("{} has another role", structure.name));
    }
    CAIRN_TRY(check_identifier(structure.name, place));
    if (structure.kind == 0 || structure.kind > limits::kind_max) {
      return place.member("kind").fail(
          Errc::InvalidArgument, fmt::format("the kind {} of {} is not between 1 and {}",
                                             structure.kind, structure.name, limits::kind_max));
    }
    if (!kinds.insert(structure.kind).second) {
      return place.member("kind").fail(
          Errc::AlreadyExists,
          fmt::format("the kind {} of {} is taken", structure.kind, structure.name));
    }
    if (structure.version == 0) {
      return place.member("version").fail(
          Errc::InvalidArgument,
          fmt::format("{} has version 0; versions count from 1", structure.name));
    }
  }
  return {};
}

Result<> check_end(const DomainInfo& domain, std::uint16_t record, std::string_view edge,
                   const Path& at) {
  if (record >= domain.records.size()) {
    return at.fail(Errc::NotFound,
                   fmt::format("edge {} ends at an undeclared record", quoted(edge)));
  }
  return {};
}

Result<> check_edges(const DomainInfo& domain, const Path& at) {
  CAIRN_TRY(check_count(domain.edges.size(), limits::domain_edges_max, at));
  DistinctNames names;
  std::set<std::pair<std::uint16_t, std::string_view>> ways;  // what a row can be asked for
  for (std::size_t i = 0; i < domain.edges.size(); ++i) {
    const EdgeInfo& edge = domain.edges[i];
    const Path place = at.item(i);
    CAIRN_TRY(check_identifier(edge.name, place));
    CAIRN_TRY(names.add(edge.name, place.member("name")));
    if (!is_identifier(edge.inverse)) {
      return place.member("inverse").fail(
          Errc::InvalidArgument, fmt::format("{} is not an identifier", quoted(edge.inverse)));
    }
    CAIRN_TRY(check_end(domain, edge.source, edge.name, place.member("source").member("record")));
    CAIRN_TRY(check_end(domain, edge.target, edge.name, place.member("target").member("record")));
    if (!ways.emplace(edge.source, edge.name).second ||
        !ways.emplace(edge.target, edge.inverse).second) {
      return place.member("inverse").fail(
          Errc::AlreadyExists,
          fmt::format("{} or {} already leads from one of the records", edge.name, edge.inverse));
    }
  }
  return {};
}

Result<> check_rejects(const DomainInfo& domain, const Path& at) {
  CAIRN_TRY(check_count(domain.rejects.size(), limits::domain_rejects_max, at));
  DistinctNames names;
  std::set<std::uint16_t> codes;
  for (std::size_t i = 0; i < domain.rejects.size(); ++i) {
    const RejectInfo& reject = domain.rejects[i];
    const Path place = at.item(i);
    CAIRN_TRY(check_identifier(reject.name, place));
    CAIRN_TRY(names.add(reject.name, place.member("name")));
    if (reject.code == 0) {
      return place.member("code").fail(
          Errc::InvalidArgument, fmt::format("{} has code 0, which means accepted", reject.name));
    }
    if (!codes.insert(reject.code).second) {
      return place.member("code").fail(Errc::AlreadyExists,
                                       fmt::format("the code {} is taken", reject.code));
    }
  }
  return {};
}

bool is_named(std::span<const StructInfo* const> structs, std::string_view name) {
  return std::ranges::any_of(structs,
                             [&](const StructInfo* structure) { return structure->name == name; });
}

/// `knows` says whether there is a subject of that name.
template <typename Knows>
Result<> check_rules(std::span<const RuleInfo> rules, Knows knows, const Path& at) {
  DistinctNames names;
  for (std::size_t i = 0; i < rules.size(); ++i) {
    const RuleInfo& rule = rules[i];
    CAIRN_TRY(check_identifier(rule.name, at.item(i)));
    CAIRN_TRY(names.add(rule.name, at.item(i).member("name")));
    if (!rule.subject.empty() && !knows(rule.subject)) {
      return at.item(i).member("subject").fail(
          Errc::NotFound,
          fmt::format("{} is nothing that {} can be about", quoted(rule.subject), rule.name));
    }
  }
  return {};
}

template <typename Declarations>
Result<> add_names(DistinctNames& names, const Declarations& declarations, const Path& at) {
  for (std::size_t i = 0; i < declarations.size(); ++i) {
    CAIRN_TRY(names.add(declarations[i]->name, at.item(i).member("name")));
  }
  return {};
}

/// Every type of the domain has a name of its own, so that shapes for other languages can use it.
Result<> check_type_names(const Description& description, const Path& root) {
  DistinctNames names;
  CAIRN_TRY(add_names(names, description.domain.records, root.member("records")));
  CAIRN_TRY(add_names(names, description.domain.commands, root.member("commands")));
  CAIRN_TRY(add_names(names, description.domain.events, root.member("events")));
  CAIRN_TRY(add_names(names, description.structs, root.member("structs")));
  return add_names(names, description.enums, root.member("enums"));
}

Result<> check_structs(std::span<const StructInfo* const> structs, const DomainInfo& domain,
                       const Path& at) {
  for (std::size_t i = 0; i < structs.size(); ++i) {
    CAIRN_TRY(check_struct(*structs[i], domain, at.item(i)));
  }
  return {};
}

Result<> check_nested(const Description& description, const Path& root) {
  const Path structs = root.member("structs");
  for (std::size_t i = 0; i < description.structs.size(); ++i) {
    const StructInfo& nested = *description.structs[i];
    if (!is_dotted_name(nested.name)) {
      return structs.item(i).member("name").fail(
          Errc::InvalidArgument, fmt::format("{} is not a name", quoted(nested.name)));
    }
    if (nested.role != StructRole::Nested || nested.fields.empty()) {
      return structs.item(i).fail(
          Errc::InvalidArgument,
          fmt::format("{} is inside another struct, so it needs fields and no kind", nested.name));
    }
  }
  CAIRN_TRY(check_structs(description.structs, description.domain, structs));
  for (std::size_t i = 0; i < description.enums.size(); ++i) {
    CAIRN_TRY(check_enum(*description.enums[i], root.member("enums").item(i)));
  }
  return {};
}

Result<> check_counts(const Description& description, const Path& root) {
  const DomainInfo& domain = description.domain;
  CAIRN_TRY(check_count(domain.records.size(), limits::domain_records_max, root.member("records")));
  CAIRN_TRY(
      check_count(domain.commands.size(), limits::domain_commands_max, root.member("commands")));
  CAIRN_TRY(check_count(domain.events.size(), limits::domain_events_max, root.member("events")));
  CAIRN_TRY(
      check_count(description.structs.size(), limits::domain_structs_max, root.member("structs")));
  return check_count(description.enums.size(), limits::domain_enums_max, root.member("enums"));
}

}  // namespace

Result<> check_enum(const EnumInfo& enumeration, const Path& at) {
  if (!is_dotted_name(enumeration.name)) {
    return at.member("name").fail(Errc::InvalidArgument,
                                  fmt::format("{} is not a name", quoted(enumeration.name)));
  }
  const Path values = at.member("values");
  if (enumeration.values.empty()) {
    return values.fail(Errc::InvalidArgument,
                       fmt::format("enum {} has no values", enumeration.name));
  }
  CAIRN_TRY(check_count(enumeration.values.size(), limits::enum_values_max, values));
  const int bits = enumeration.width * 8;
  const std::int64_t max = enumeration.is_signed || bits == 64
                               ? std::numeric_limits<std::int64_t>::max() >> (64 - bits)
                               : (std::int64_t{1} << bits) - 1;
  const std::int64_t min = enumeration.is_signed ? -max - 1 : 0;
  DistinctNames names;
  for (std::size_t i = 0; i < enumeration.values.size(); ++i) {
    const EnumValue& value = enumeration.values[i];
    CAIRN_TRY(check_identifier(value.name, values.item(i)));
    CAIRN_TRY(names.add(value.name, values.item(i).member("name")));
    if (value.value < min || value.value > max) {
      return values.item(i).member("value").fail(
          Errc::TooLarge,
          fmt::format("{} of {} does not fit into {} bits", value.value, enumeration.name, bits));
    }
    if (i > 0 && value.value <= enumeration.values[i - 1].value) {
      return values.item(i).member("value").fail(
          Errc::InvalidArgument,
          fmt::format("the values of {} are not in ascending order", enumeration.name));
    }
  }
  return {};
}

Result<> check_struct(const StructInfo& structure, const DomainInfo& domain, const Path& at) {
  const Path fields = at.member("fields");
  DistinctNames names;
  for (std::size_t i = 0; i < structure.fields.size(); ++i) {
    const FieldInfo& field = structure.fields[i];
    const Path place = fields.item(i);
    CAIRN_TRY(check_identifier(field.name, place));
    CAIRN_TRY(names.add(field.name, place.member("name")));
    CAIRN_TRY(check_type(*field.type, domain, place.member("type")));
    CAIRN_TRY(check_role_of_struct(structure, field, place));
    CAIRN_TRY(check_secret_of_event(structure, field, place.member("type")));
  }
  if (structure.role != StructRole::Record && !structure.indexes.empty()) {
    return at.member("indexes").fail(
        Errc::InvalidArgument, fmt::format("{} has indexes but is no record", structure.name));
  }
  if (structure.role != StructRole::Event && !structure.about.empty()) {
    return at.member("about").fail(
        Errc::InvalidArgument,
        fmt::format("{} is about something but is no event", structure.name));
  }
  return check_about(structure, at.member("about"));
}

Result<> check_domain(const Description& description) {
  const Path root;
  const DomainInfo& domain = description.domain;
  CAIRN_TRY(check_identifier(domain.name, root));
  if (domain.version == 0) {
    return root.member("version").fail(Errc::InvalidArgument,
                                       "the domain has version 0; versions count from 1");
  }
  CAIRN_TRY(check_counts(description, root));
  CAIRN_TRY(check_kinds(domain.records, StructRole::Record, root.member("records")));
  CAIRN_TRY(check_kinds(domain.commands, StructRole::Command, root.member("commands")));
  CAIRN_TRY(check_kinds(domain.events, StructRole::Event, root.member("events")));
  CAIRN_TRY(check_type_names(description, root));
  CAIRN_TRY(check_nested(description, root));
  for (std::size_t i = 0; i < domain.records.size(); ++i) {
    CAIRN_TRY(check_record(*domain.records[i], root.member("records").item(i)));
  }
  CAIRN_TRY(check_structs(domain.records, domain, root.member("records")));
  CAIRN_TRY(check_structs(domain.commands, domain, root.member("commands")));
  CAIRN_TRY(check_structs(domain.events, domain, root.member("events")));
  CAIRN_TRY(check_edges(domain, root.member("edges")));
  CAIRN_TRY(check_rejects(domain, root.member("rejects")));
  const auto is_command = [&](std::string_view name) { return is_named(domain.commands, name); };
  const auto is_record_or_edge = [&](std::string_view name) {
    return is_named(domain.records, name) ||
           std::ranges::find(domain.edges, name, &EdgeInfo::name) != domain.edges.end();
  };
  CAIRN_TRY(check_count(domain.gates.size(), limits::domain_gates_max, root.member("gates")));
  CAIRN_TRY(check_rules(domain.gates, is_command, root.member("gates")));
  CAIRN_TRY(check_count(domain.invariants.size(), limits::domain_invariants_max,
                        root.member("invariants")));
  return check_rules(domain.invariants, is_record_or_edge, root.member("invariants"));
}

}  // namespace cairn::schema
