// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include <fmt/core.h>

#include "schema/drift_parts.h"
#include "schema/idl_words.h"
#include "schema/type_text.h"

namespace cairn::schema {

namespace {

using enum Verdict;

const FieldInfo* find_field(const StructInfo& structure, std::string_view name) {
  const auto found = std::ranges::find(structure.fields, name, &FieldInfo::name);
  return found == structure.fields.end() ? nullptr : &*found;
}

TypeRelation worse(TypeRelation a, TypeRelation b) noexcept {
  return std::max(a, b);
}

TypeRelation by_capacity(const TypeInfo& older, const TypeInfo& newer) noexcept {
  if (older.capacity == newer.capacity) {
    return TypeRelation::Same;
  }
  return older.capacity < newer.capacity ? TypeRelation::Wider : TypeRelation::Other;
}

TypeRelation relate_structs(const Drift& drift, const StructInfo& older, const StructInfo& newer) {
  if (older.fields.size() != newer.fields.size()) {
    return TypeRelation::Other;
  }
  TypeRelation relation = TypeRelation::Same;
  for (std::size_t i = 0; i < older.fields.size(); ++i) {
    const bool same_name = older.fields[i].name == newer.fields[i].name;
    relation =
        worse(relation, same_name ? relate(drift, *older.fields[i].type, *newer.fields[i].type)
                                  : TypeRelation::Other);
  }
  return relation;
}

bool same_record(const Drift& drift, std::string_view older, std::string_view newer) {
  const StructInfo* const old_record = drift.older().record(older);
  const StructInfo* const new_record = drift.newer().record(newer);
  return old_record != nullptr && new_record != nullptr && old_record->kind == new_record->kind;
}

/// What a change of stored bytes means for a struct that has a version.
class Shape final {
 public:
  Shape(const StructInfo& older, const StructInfo& newer) noexcept : older_(older), newer_(newer) {}

  [[nodiscard]] Verdict verdict() const noexcept {
    if (older_.role == StructRole::Nested) {
      return Compatible;
    }
    return newer_.version > older_.version ? NeedsMigration : Forbidden;
  }

  [[nodiscard]] std::string reason() const {
    if (older_.role == StructRole::Nested) {
      return "judged at each record, command and event that holds it";
    }
    if (newer_.version <= older_.version) {
      return fmt::format("bytes of version {} would be read wrong; raise the version",
                         older_.version);
    }
    return older_.role == StructRole::Record ? "rows are migrated to the new version"
                                             : "what is recorded is upcast to the new version";
  }

 private:
  const StructInfo& older_;
  const StructInfo& newer_;
};

void compare_version(Drift& drift, const std::string& subject, const StructInfo& older,
                     const StructInfo& newer) {
  if (newer.version < older.version) {
    drift.changed(Forbidden, subject,
                  fmt::format("the version goes back from {} to {}", older.version, newer.version));
  } else if (newer.version > older.version) {
    drift.changed(Compatible, subject,
                  fmt::format("the version rises from {} to {}", older.version, newer.version));
  }
}

std::string_view state_name(const FieldInfo& field, std::int64_t state) {
  const auto found = std::ranges::find(field.type->enumeration->values, state, &EnumValue::value);
  return found == field.type->enumeration->values.end() ? "?" : found->name;
}

const Transition* find_step(const MachineInfo& machine, const Transition& step) {
  const auto found = std::ranges::find_if(machine.transitions, [&](const Transition& other) {
    return other.from == step.from && other.to == step.to;
  });
  return found == machine.transitions.end() ? nullptr : &*found;
}

void compare_machines(Drift& drift, const std::string& subject, const FieldInfo& older,
                      const FieldInfo& newer) {
  if (older.machine->initial != newer.machine->initial) {
    drift.changed(
        Compatible, subject,
        fmt::format("new rows start as {}, not {}", state_name(newer, newer.machine->initial),
                    state_name(older, older.machine->initial)));
  }
  for (const Transition& step : newer.machine->transitions) {
    const Transition* const before = find_step(*older.machine, step);
    const std::string words =
        fmt::format("{} to {}", state_name(newer, step.from), state_name(newer, step.to));
    if (before == nullptr) {
      drift.add(Compatible, ChangeKind::Added, fmt::format("{}, transition {}", subject, words),
                "more is allowed than before");
    } else if (before->guarded != step.guarded) {
      drift.changed(Compatible, fmt::format("{}, transition {}", subject, words),
                    step.guarded ? "it has a guard now" : "it has no guard any more");
    }
  }
  for (const Transition& step : older.machine->transitions) {
    if (find_step(*newer.machine, step) == nullptr) {
      drift.add(NeedsMigration, ChangeKind::Removed,
                fmt::format("{}, transition {} to {}", subject, state_name(older, step.from),
                            state_name(older, step.to)),
                "rows that wait for it need another way out");
    }
  }
}

void compare_roles(Drift& drift, const std::string& subject, const FieldInfo& older,
                   const FieldInfo& newer) {
  if (older.machine != nullptr && newer.machine != nullptr) {
    return compare_machines(drift, subject, older, newer);
  }
  if (older.role == newer.role) {
    return;
  }
  const std::string words = fmt::format("its role was {} and is {}", role_words.word(older.role),
                                        role_words.word(newer.role));
  if (newer.role == FieldRole::State) {
    drift.changed(NeedsMigration, subject, words + "; every row must stand in one of the states");
  } else {
    drift.changed(Compatible, subject, words + "; what is stored stays as it is");
  }
}

void compare_field(Drift& drift, const std::string& subject, const FieldInfo& older,
                   const FieldInfo& newer, const Shape& shape) {
  const std::string types =
      fmt::format("{} becomes {}", to_text(*older.type), to_text(*newer.type));
  switch (relate(drift, *older.type, *newer.type)) {
    case TypeRelation::Same:
      break;
    case TypeRelation::Wider:
      drift.changed(Compatible, subject, types + "; every stored value fits and keeps its bytes");
      break;
    case TypeRelation::Other:
      drift.changed(shape.verdict(), subject, fmt::format("{}; {}", types, shape.reason()));
      break;
  }
  compare_roles(drift, subject, older, newer);
}

/// The fields that both have, in their own order.
std::vector<std::string_view> common_order(const StructInfo& structure, const StructInfo& other) {
  std::vector<std::string_view> names;
  for (const FieldInfo& field : structure.fields) {
    if (find_field(other, field.name) != nullptr) {
      names.push_back(field.name);
    }
  }
  return names;
}

void compare_fields(Drift& drift, const std::string& subject, const StructInfo& older,
                    const StructInfo& newer) {
  const Shape shape(older, newer);
  for (const FieldInfo& field : newer.fields) {
    const std::string name = fmt::format("{}, field {}", subject, field.name);
    const FieldInfo* const before = find_field(older, field.name);
    if (before == nullptr) {
      drift.add(shape.verdict(), ChangeKind::Added, name, shape.reason());
    } else {
      compare_field(drift, name, *before, field, shape);
    }
  }
  for (const FieldInfo& field : older.fields) {
    if (find_field(newer, field.name) == nullptr) {
      drift.add(shape.verdict(), ChangeKind::Removed,
                fmt::format("{}, field {}", subject, field.name), shape.reason());
    }
  }
  if (common_order(older, newer) != common_order(newer, older)) {
    drift.changed(shape.verdict(), subject,
                  fmt::format("the fields stand in another order; {}", shape.reason()));
  }
}

std::vector<std::string_view> fields_of(const StructInfo& record, const IndexInfo& index) {
  std::vector<std::string_view> names;
  for (const std::uint16_t position : index.fields) {
    names.push_back(record.fields[position].name);
  }
  return names;
}

const IndexInfo* find_index(const StructInfo& record, const std::vector<std::string_view>& fields) {
  const auto indexes = record.indexes.subspan(1);
  const auto found = std::ranges::find_if(
      indexes, [&](const IndexInfo& index) { return fields_of(record, index) == fields; });
  return found == indexes.end() ? nullptr : &*found;
}

/// An index is what it is over; its name is only a name.
void compare_indexes(Drift& drift, const std::string& subject, const StructInfo& older,
                     const StructInfo& newer) {
  for (const IndexInfo& index : newer.indexes.subspan(1)) {
    const std::string name = fmt::format("{}, index {}", subject, index.name);
    const IndexInfo* const before = find_index(older, fields_of(newer, index));
    const bool was_unique = before != nullptr && before->is_unique;
    if (index.is_unique && !was_unique) {
      drift.add(NeedsMigration, before == nullptr ? ChangeKind::Added : ChangeKind::Changed, name,
                "it is unique, and rows that share a value may be stored");
    } else if (before == nullptr) {
      drift.add(Compatible, ChangeKind::Added, name, "it is built when the journal is opened");
    } else if (was_unique != index.is_unique) {
      drift.changed(Compatible, name, "it is unique no longer");
    } else if (before->name != index.name) {
      drift.changed(Compatible, name, fmt::format("it was named {}", before->name));
    }
  }
  for (const IndexInfo& index : older.indexes.subspan(1)) {
    if (find_index(newer, fields_of(older, index)) == nullptr) {
      drift.add(Compatible, ChangeKind::Removed, fmt::format("{}, index {}", subject, index.name),
                "no stored bytes depend on it");
    }
  }
}

/// The value of an enum somewhere in the older type that the newer one, related to it, lacks.
const EnumValue* lost_value(const TypeInfo& older, const TypeInfo& newer) {
  if (older.enumeration != nullptr) {
    for (const EnumValue& value : older.enumeration->values) {
      const auto& kept = newer.enumeration->values;
      if (std::ranges::find(kept, value.value, &EnumValue::value) == kept.end()) {
        return &value;
      }
    }
  }
  if (older.element != nullptr) {
    return lost_value(*older.element, *newer.element);
  }
  if (older.structure != nullptr) {
    for (std::size_t i = 0; i < older.structure->fields.size(); ++i) {
      const EnumValue* const lost =
          lost_value(*older.structure->fields[i].type, *newer.structure->fields[i].type);
      if (lost != nullptr) {
        return lost;
      }
    }
  }
  return nullptr;
}

}  // namespace

std::string unreadable_as(const SchemaPair& schemas, const StructInfo& stored,
                          const StructInfo& reads) {
  const Drift drift(schemas.older, schemas.newer);
  for (std::size_t i = 0; i < std::max(stored.fields.size(), reads.fields.size()); ++i) {
    if (i >= reads.fields.size()) {
      return fmt::format("it lacks the field {}", stored.fields[i].name);
    }
    const FieldInfo& field = reads.fields[i];
    if (i >= stored.fields.size() || stored.fields[i].name != field.name) {
      return fmt::format("its field {} is {}", field.name,
                         i < stored.fields.size() ? fmt::format("{} there", stored.fields[i].name)
                                                  : std::string("not there"));
    }
    const TypeInfo& type = *stored.fields[i].type;
    if (relate(drift, type, *field.type) == TypeRelation::Other) {
      return fmt::format("its field {} is {}, and {} there", field.name, to_text(*field.type),
                         to_text(type));
    }
    if (const EnumValue* const lost = lost_value(type, *field.type); lost != nullptr) {
      return fmt::format("its field {} cannot be {}", field.name, lost->name);
    }
  }
  return {};
}

TypeRelation relate(const Drift& drift, const TypeInfo& older, const TypeInfo& newer) {
  if (older.kind != newer.kind) {
    return TypeRelation::Other;
  }
  switch (older.kind) {
    case TypeKind::Integer:
    case TypeKind::Enum:
      // The values of an enum are compared where it is declared.
      return older.width == newer.width && older.is_signed == newer.is_signed ? TypeRelation::Same
                                                                              : TypeRelation::Other;
    case TypeKind::Decimal:
      return older.scale == newer.scale ? TypeRelation::Same : TypeRelation::Other;
    case TypeKind::Id:
      return same_record(drift, older.record, newer.record) ? TypeRelation::Same
                                                            : TypeRelation::Other;
    case TypeKind::Str:
    case TypeKind::Bytes:
    case TypeKind::Text:
    case TypeKind::Blob:
      return by_capacity(older, newer);
    case TypeKind::List:
      return worse(by_capacity(older, newer), relate(drift, *older.element, *newer.element));
    case TypeKind::Array:
      return older.capacity == newer.capacity ? relate(drift, *older.element, *newer.element)
                                              : TypeRelation::Other;
    case TypeKind::Secret:
      // What is sealed keeps its bytes: the older value is read out of them when they are opened.
      return worse(by_capacity(older, newer), relate(drift, *older.element, *newer.element));
    case TypeKind::Option:
      return relate(drift, *older.element, *newer.element);
    case TypeKind::Struct:
      return relate_structs(drift, *older.structure, *newer.structure);
    default:
      return TypeRelation::Same;
  }
}

void compare_struct(Drift& drift, std::string_view subject, const StructInfo& older,
                    const StructInfo& newer) {
  const std::string words(subject);
  const std::size_t first = drift.size();
  compare_version(drift, words, older, newer);
  compare_fields(drift, words, older, newer);
  if (newer.role == StructRole::Event &&
      fields_of(older, {.name = {}, .fields = older.about}) !=
          fields_of(newer, {.name = {}, .fields = newer.about})) {
    const Shape shape(older, newer);
    drift.changed(shape.verdict(), words,
                  fmt::format("it is about something else; {}", shape.reason()));
  }
  if (newer.role == StructRole::Event || newer.role == StructRole::Command) {
    drift.upcast_since(first);
  }
  if (newer.role != StructRole::Record) {
    return;
  }
  if (fields_of(older, older.indexes.front()) != fields_of(newer, newer.indexes.front())) {
    const Shape shape(older, newer);
    drift.changed(shape.verdict(), words,
                  fmt::format("the primary key changes; {}", shape.reason()));
  }
  compare_indexes(drift, words, older, newer);
}

}  // namespace cairn::schema
