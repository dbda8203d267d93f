// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <string>
#include <vector>

#include <fmt/core.h>

#include "cairn/limits.h"
#include "schema/layout.h"
#include "schema/names.h"
#include "schema/rules.h"

namespace cairn::schema {

namespace {

Result<> check_index_field(const StructInfo& record, std::uint16_t position, const Path& at) {
  const FieldInfo& field = record.fields[position];
  if (has_secret(*field.type)) {
    return at.fail(Errc::InvalidArgument, fmt::format("{}.{} is secret and cannot be part of a key",
                                                      record.name, field.name));
  }
  if (!is_orderable(*field.type)) {
    return at.fail(Errc::InvalidArgument,
                   fmt::format("{}.{} cannot be part of a key: it is stored elsewhere", record.name,
                               field.name));
  }
  return {};
}

Result<> check_index(const StructInfo& record, const IndexInfo& index, const Path& at) {
  if (!is_identifier(index.name, limits::index_name_bytes_max)) {
    return at.member("name").fail(Errc::InvalidArgument,
                                  fmt::format("{} is not an identifier", quoted(index.name)));
  }
  if (index.fields.empty() || index.fields.size() > limits::index_fields_max) {
    return at.member("fields").fail(
        Errc::TooLarge, fmt::format("index {} of {} has {} fields, not 1 to {}", index.name,
                                    record.name, index.fields.size(), limits::index_fields_max));
  }
  std::uint64_t size = 0;
  for (std::size_t i = 0; i < index.fields.size(); ++i) {
    const std::uint16_t position = index.fields[i];
    const Path place = at.member("fields");
    if (position >= record.fields.size()) {
      return place.item(i).fail(Errc::NotFound,
                                fmt::format("{} has no field number {}", record.name, position));
    }
    if (std::ranges::count(index.fields, position) > 1) {
      return place.item(i).fail(
          Errc::AlreadyExists, fmt::format("index {} of {} names {} twice", index.name, record.name,
                                           record.fields[position].name));
    }
    CAIRN_TRY(check_index_field(record, position, place.item(i)));
    size = std::min<std::uint64_t>(
        size + std::min<std::uint64_t>(key_size_max(*record.fields[position].type), 1U << 30U),
        1U << 30U);
  }
  if (size > limits::key_bytes_max) {
    return at.fail(Errc::TooLarge,
                   fmt::format("the largest key of index {} of {} has {} bytes; the limit is {}",
                               index.name, record.name, size, limits::key_bytes_max));
  }
  return {};
}

/// An index with the same fields as another would only cost; over the primary key it makes the key
/// scannable.
Result<> check_index_differs(const StructInfo& record, std::size_t position, const Path& at) {
  const IndexInfo& index = record.indexes[position];
  for (std::size_t i = 0; i < position; ++i) {
    const IndexInfo& other = record.indexes[i];
    if (index.name == other.name) {
      return at.member("name").fail(
          Errc::AlreadyExists,
          fmt::format("{} has two indexes named {}", record.name, quoted(index.name)));
    }
    if (i > 0 && std::ranges::equal(index.fields, other.fields)) {
      return at.member("fields").fail(Errc::AlreadyExists,
                                      fmt::format("indexes {} and {} of {} have the same fields",
                                                  other.name, index.name, record.name));
    }
  }
  return {};
}

Result<> check_indexes_differ(const StructInfo& record, const Path& at) {
  for (std::size_t i = 0; i < record.indexes.size(); ++i) {
    CAIRN_TRY(check_index_differs(record, i, at.item(i)));
  }
  return {};
}

Result<> check_primary_key(const StructInfo& record, const Path& at) {
  if (record.indexes.empty()) {
    return at.fail(Errc::InvalidArgument, fmt::format("{} has no primary key", record.name));
  }
  const IndexInfo& primary = record.indexes.front();
  if (!primary.is_unique) {
    return at.item(0).fail(
        Errc::InvalidArgument,
        fmt::format("the first index of {} is its primary key and must be unique", record.name));
  }
  for (const std::uint16_t position : primary.fields) {
    const FieldInfo& field = record.fields[position];
    const bool constant = field.role == FieldRole::Key || field.role == FieldRole::Immutable;
    if (!constant || field.type->kind == TypeKind::Option) {
      return at.item(0).fail(
          Errc::InvalidArgument,
          fmt::format("{}.{} is part of the primary key, so it must be a key and not an option",
                      record.name, field.name));
    }
  }
  return {};
}

/// Every role that promises an index has one.
Result<> check_role_has_index(const StructInfo& record, std::size_t position, const Path& at) {
  const FieldInfo& field = record.fields[position];
  const auto alone = [&](const IndexInfo& index) {
    return index.fields.size() == 1 && index.fields.front() == position &&
           index.is_unique == (field.role == FieldRole::Unique);
  };
  const bool served = field.role == FieldRole::Key
                          ? std::ranges::count(record.indexes.front().fields, position) == 1
                          : std::ranges::any_of(record.indexes.subspan(1), alone);
  if (!served) {
    return at.fail(Errc::InvalidArgument,
                   fmt::format("{}.{} has the role of a key but no index of its own", record.name,
                               field.name));
  }
  return {};
}

bool has_value(const EnumInfo& enumeration, std::int64_t value) {
  return std::ranges::binary_search(enumeration.values, value, {}, &EnumValue::value);
}

Result<> check_transitions(const EnumInfo& states, const MachineInfo& machine, const Path& at) {
  if (machine.transitions.size() > limits::machine_transitions_max) {
    return at.fail(Errc::TooLarge, fmt::format("the machine has more than {} transitions",
                                               limits::machine_transitions_max));
  }
  for (std::size_t i = 0; i < machine.transitions.size(); ++i) {
    const Transition& step = machine.transitions[i];
    if (!has_value(states, step.from) || !has_value(states, step.to)) {
      return at.item(i).fail(
          Errc::NotFound, fmt::format("the transition {} to {} leaves the states of {}", step.from,
                                      step.to, states.name));
    }
    const auto same = [&](const Transition& other) {
      return other.from == step.from && other.to == step.to;
    };
    if (std::ranges::count_if(machine.transitions, same) > 1) {
      return at.item(i).fail(Errc::AlreadyExists, "the transition is declared twice");
    }
  }
  return {};
}

std::vector<std::int64_t> reachable_states(const MachineInfo& machine) {
  std::vector<std::int64_t> reached = {machine.initial};
  const auto follow = [&reached](std::int64_t from, const Transition& step) {
    if (step.from == from && std::ranges::find(reached, step.to) == reached.end()) {
      reached.push_back(step.to);
    }
  };
  for (std::size_t i = 0; i < reached.size(); ++i) {
    for (const Transition& step : machine.transitions) {
      follow(reached[i], step);
    }
  }
  return reached;
}

Result<> check_machine(const StructInfo& record, const FieldInfo& field, const Path& at) {
  if (field.type->kind != TypeKind::Enum || field.machine == nullptr) {
    return at.fail(Errc::InvalidArgument,
                   fmt::format("{}.{} is a state, so it needs an enum and a machine", record.name,
                               field.name));
  }
  const EnumInfo& states = *field.type->enumeration;
  if (states.values.size() > limits::machine_states_max) {
    return at.member("machine").fail(Errc::TooLarge,
                                     fmt::format("{} has {} states; the limit is {}", states.name,
                                                 states.values.size(), limits::machine_states_max));
  }
  const auto width = static_cast<std::uint64_t>(states.values.back().value) -
                     static_cast<std::uint64_t>(states.values.front().value);
  if (width != states.values.size() - 1) {
    return at.fail(Errc::InvalidArgument,
                   fmt::format("the values of {} leave a gap, and states may not", states.name));
  }
  if (!has_value(states, field.machine->initial)) {
    return at.member("machine").member("initial").fail(
        Errc::NotFound,
        fmt::format("{} is not a state of {}", field.machine->initial, states.name));
  }
  CAIRN_TRY(check_transitions(states, *field.machine, at.member("machine").member("transitions")));
  const std::vector<std::int64_t> reached = reachable_states(*field.machine);
  for (const EnumValue& state : states.values) {
    if (std::ranges::find(reached, state.value) == reached.end()) {
      return at.member("machine").fail(
          Errc::InvalidArgument,
          fmt::format("{}.{}: no transition leads to {}", record.name, field.name, state.name));
    }
  }
  return {};
}

Result<> check_role(const StructInfo& record, std::size_t position, const Path& at) {
  const FieldInfo& field = record.fields[position];
  switch (field.role) {
    case FieldRole::Key:
    case FieldRole::Unique:
    case FieldRole::Indexed:
      return check_role_has_index(record, position, at);
    case FieldRole::State:
      return check_machine(record, field, at);
    case FieldRole::Plain:
    case FieldRole::Immutable:
      return {};
  }
  return {};
}

}  // namespace

Result<> check_record(const StructInfo& record, const Path& at) {
  const Path indexes = at.member("indexes");
  if (record.indexes.size() > limits::record_indexes_max) {
    return indexes.fail(Errc::TooLarge,
                        fmt::format("{} has {} indexes; the limit is {}", record.name,
                                    record.indexes.size(), limits::record_indexes_max));
  }
  for (std::size_t i = 0; i < record.indexes.size(); ++i) {
    CAIRN_TRY(check_index(record, record.indexes[i], indexes.item(i)));
  }
  CAIRN_TRY(check_indexes_differ(record, indexes));
  CAIRN_TRY(check_primary_key(record, indexes));
  for (std::size_t i = 0; i < record.fields.size(); ++i) {
    CAIRN_TRY(check_role(record, i, at.member("fields").item(i)));
    if (has_view(*record.fields[i].type)) {
      return at.member("fields").item(i).member("type").fail(
          Errc::InvalidArgument,
          fmt::format("{}.{}: text, blob and list are for commands and events only", record.name,
                      record.fields[i].name));
    }
  }
  if (std::ranges::count(record.fields, FieldRole::State, &FieldInfo::role) >
      static_cast<std::ptrdiff_t>(limits::record_machines_max)) {
    return at.member("fields").fail(
        Errc::TooLarge,
        fmt::format("{} has more than {} machines", record.name, limits::record_machines_max));
  }
  return {};
}

}  // namespace cairn::schema
