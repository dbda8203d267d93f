// SPDX-License-Identifier: Apache-2.0
#include "schema/drift.h"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include <fmt/core.h>

#include "schema/drift_parts.h"
#include "schema/json_tree.h"

namespace cairn::schema {

namespace {

using enum Verdict;

template <typename List, typename Value, typename Member>
auto find_by(const List& list, Member member, const Value& value) -> decltype(&*list.begin()) {
  const auto found = std::ranges::find(list, value, member);
  return found == list.end() ? nullptr : &*found;
}

const StructInfo* find_struct(std::span<const StructInfo* const> list, std::uint16_t kind) {
  const auto* const found =
      find_by(list, [](const StructInfo* structure) { return structure->kind; }, kind);
  return found == nullptr ? nullptr : *found;
}

const StructInfo* find_struct(std::span<const StructInfo* const> list, std::string_view name) {
  const auto* const found =
      find_by(list, [](const StructInfo* structure) { return structure->name; }, name);
  return found == nullptr ? nullptr : *found;
}

bool same_fields(const Drift& drift, const StructInfo& older, const StructInfo& newer) {
  return std::ranges::equal(
      older.fields, newer.fields, [&](const FieldInfo& a, const FieldInfo& b) {
        return a.name == b.name && relate(drift, *a.type, *b.type) == TypeRelation::Same;
      });
}

void judge_added(Drift& drift, const std::string& subject) {
  drift.add(Compatible, ChangeKind::Added, subject, "nothing of it is stored yet");
}

void judge_removed(Drift& drift, const std::string& subject, StructRole role) {
  switch (role) {
    case StructRole::Record:
      return drift.add(NeedsMigration, ChangeKind::Removed, subject, "its rows must go somewhere");
    case StructRole::Event:
      return drift.add(NeedsMigration, ChangeKind::Removed, subject,
                       "recorded ones need a type that they are read as");
    case StructRole::Command:
      return drift.add(Compatible, ChangeKind::Removed, subject,
                       "recorded ones are read by the schema in the journal; new ones are refused");
    case StructRole::Nested:
      return drift.add(Compatible, ChangeKind::Removed, subject,
                       "judged at each record, command and event that held it");
  }
}

/// A record, command or event is its kind: that is what stored bytes say.
void compare_kinds(Drift& drift, std::string_view word, std::span<const StructInfo* const> older,
                   std::span<const StructInfo* const> newer) {
  for (const StructInfo* structure : newer) {
    const std::string subject = fmt::format("{} {}", word, structure->name);
    const StructInfo* const same_kind = find_struct(older, structure->kind);
    const StructInfo* const same_name = find_struct(older, structure->name);
    if (same_name != nullptr && same_name->kind != structure->kind) {
      drift.changed(Forbidden, subject,
                    fmt::format("its kind was {} and is {}; stored bytes name it by kind",
                                same_name->kind, structure->kind));
    } else if (same_kind == nullptr) {
      judge_added(drift, subject);
    } else if (same_kind->name == structure->name) {
      compare_struct(drift, subject, *same_kind, *structure);
    } else if (find_struct(newer, same_kind->name) == nullptr &&
               same_fields(drift, *same_kind, *structure)) {
      drift.changed(
          Compatible, subject,
          fmt::format(
              "it was named {}; stored bytes name it by kind, clients must use the new name",
              same_kind->name));
      compare_struct(drift, subject, *same_kind, *structure);
    } else {
      drift.changed(Forbidden, subject,
                    fmt::format("its kind {} belongs to {}, which may be stored; choose another",
                                structure->kind, same_kind->name));
    }
  }
  for (const StructInfo* structure : older) {
    const bool kept = find_struct(newer, structure->kind) != nullptr ||
                      find_struct(newer, structure->name) != nullptr;
    if (!kept) {
      judge_removed(drift, fmt::format("{} {}", word, structure->name), structure->role);
    }
  }
}

void compare_nested(Drift& drift) {
  for (const StructInfo* structure : drift.newer().structs()) {
    const std::string subject = fmt::format("struct {}", structure->name);
    const StructInfo* const before = drift.older().structure(structure->name);
    if (before == nullptr) {
      judge_added(drift, subject);
    } else {
      compare_struct(drift, subject, *before, *structure);
    }
  }
  for (const StructInfo* structure : drift.older().structs()) {
    if (drift.newer().structure(structure->name) == nullptr) {
      judge_removed(drift, fmt::format("struct {}", structure->name), StructRole::Nested);
    }
  }
}

void compare_enum(Drift& drift, const std::string& subject, const EnumInfo& older,
                  const EnumInfo& newer) {
  if (older.width != newer.width || older.is_signed != newer.is_signed) {
    drift.changed(Compatible, subject,
                  "it is stored in another width; judged at each field that holds it");
  }
  for (const EnumValue& value : newer.values) {
    const std::string name = fmt::format("{}, value {}", subject, value.name);
    const EnumValue* const same_name = find_by(older.values, &EnumValue::name, value.name);
    const EnumValue* const same_value = find_by(older.values, &EnumValue::value, value.value);
    if (same_name != nullptr && same_name->value != value.value) {
      drift.changed(
          Forbidden, name,
          fmt::format("its number was {} and is {}; stored bytes would change their meaning",
                      same_name->value, value.value));
    } else if (same_name == nullptr && same_value != nullptr) {
      drift.changed(NeedsMigration, name,
                    fmt::format("its number {} was that of {}, which may be stored", value.value,
                                same_value->name));
    } else if (same_name == nullptr) {
      drift.add(Compatible, ChangeKind::Added, name, "nothing stored has it yet");
    }
  }
  for (const EnumValue& value : older.values) {
    const bool kept = find_by(newer.values, &EnumValue::name, value.name) != nullptr ||
                      find_by(newer.values, &EnumValue::value, value.value) != nullptr;
    if (!kept) {
      drift.add(NeedsMigration, ChangeKind::Removed,
                fmt::format("{}, value {}", subject, value.name), "stored values may have it");
    }
  }
}

void compare_enums(Drift& drift) {
  for (const EnumInfo* enumeration : drift.newer().enums()) {
    const std::string subject = fmt::format("enum {}", enumeration->name);
    const EnumInfo* const before = drift.older().enumeration(enumeration->name);
    if (before == nullptr) {
      judge_added(drift, subject);
    } else {
      compare_enum(drift, subject, *before, *enumeration);
    }
  }
  for (const EnumInfo* enumeration : drift.older().enums()) {
    if (drift.newer().enumeration(enumeration->name) == nullptr) {
      drift.add(Compatible, ChangeKind::Removed, fmt::format("enum {}", enumeration->name),
                "judged at each field that held it");
    }
  }
}

void compare_cardinality(Drift& drift, const std::string& subject, std::string_view end,
                         Cardinality older, Cardinality newer) {
  if (older != newer) {
    drift.changed(newer == Cardinality::One ? NeedsMigration : Compatible, subject,
                  newer == Cardinality::One
                      ? fmt::format("its {} is one now, and several may be linked", end)
                      : fmt::format("its {} may be many now", end));
  }
}

void compare_required(Drift& drift, const std::string& subject, std::string_view end, bool older,
                      bool newer) {
  if (older != newer) {
    drift.changed(
        newer ? NeedsMigration : Compatible, subject,
        newer ? fmt::format("its {} is required now, and rows without one may be stored", end)
              : fmt::format("its {} is required no longer", end));
  }
}

void compare_edge(Drift& drift, const std::string& subject, const EdgeInfo& older,
                  const EdgeInfo& newer) {
  const auto kind = [](const Schema& schema, std::uint16_t record) {
    return schema.domain().records[record]->kind;
  };
  if (kind(drift.older(), older.source) != kind(drift.newer(), newer.source) ||
      kind(drift.older(), older.target) != kind(drift.newer(), newer.target)) {
    drift.changed(
        Forbidden, subject,
        "it joins other records, and stored links would join the wrong rows; choose another name");
  }
  compare_cardinality(drift, subject, "source", older.source_cardinality, newer.source_cardinality);
  compare_cardinality(drift, subject, "target", older.target_cardinality, newer.target_cardinality);
  compare_required(drift, subject, "source", older.source_required, newer.source_required);
  compare_required(drift, subject, "target", older.target_required, newer.target_required);
  if (older.inverse != newer.inverse) {
    drift.changed(Compatible, subject,
                  fmt::format("its inverse was named {} and is {}", older.inverse, newer.inverse));
  }
  if (older.on_erase != newer.on_erase) {
    drift.changed(Compatible, subject, "erasing does something else from now on");
  }
}

void compare_edges(Drift& drift) {
  const auto older = drift.older().domain().edges;
  const auto newer = drift.newer().domain().edges;
  for (const EdgeInfo& edge : newer) {
    const std::string subject = fmt::format("edge {}", edge.name);
    const EdgeInfo* const before = drift.older().edge(edge.name);
    if (before != nullptr) {
      compare_edge(drift, subject, *before, edge);
    } else if (edge.source_required || edge.target_required) {
      drift.add(NeedsMigration, ChangeKind::Added, subject,
                "an end is required, and stored rows have none");
    } else {
      judge_added(drift, subject);
    }
  }
  for (const EdgeInfo& edge : older) {
    if (drift.newer().edge(edge.name) == nullptr) {
      drift.add(NeedsMigration, ChangeKind::Removed, fmt::format("edge {}", edge.name),
                "its links must go");
    }
  }
}

bool same_detail(const Drift& drift, const RejectInfo& older, const RejectInfo& newer) {
  if (older.detail == nullptr || newer.detail == nullptr) {
    return older.detail == newer.detail;
  }
  return same_fields(drift, *older.detail, *newer.detail);
}

void compare_rejects(Drift& drift) {
  for (const RejectInfo& reject : drift.newer().domain().rejects) {
    const std::string subject = fmt::format("reject {}", reject.name);
    const RejectInfo* const same_name = drift.older().reject(reject.name);
    const RejectInfo* const same_code = drift.older().reject(reject.code);
    if (same_name != nullptr && same_name->code != reject.code) {
      drift.changed(Forbidden, subject,
                    fmt::format("its code was {} and is {}; recorded outcomes have the old one",
                                same_name->code, reject.code));
    } else if (same_name == nullptr && same_code != nullptr) {
      drift.changed(Forbidden, subject,
                    fmt::format("its code {} means {} in recorded outcomes; choose another",
                                reject.code, same_code->name));
    } else if (same_name == nullptr) {
      judge_added(drift, subject);
    } else if (!same_detail(drift, *same_name, reject)) {
      drift.changed(Forbidden, subject,
                    "recorded outcomes have another detail; give the new one a code of its own");
    }
  }
  for (const RejectInfo& reject : drift.older().domain().rejects) {
    if (drift.newer().reject(reject.name) == nullptr &&
        drift.newer().reject(reject.code) == nullptr) {
      drift.add(Compatible, ChangeKind::Removed, fmt::format("reject {}", reject.name),
                "recorded outcomes are read by the schema in the journal");
    }
  }
}

void compare_gates(Drift& drift) {
  for (const RuleInfo& gate : drift.newer().domain().gates) {
    const RuleInfo* const before =
        find_by(drift.older().domain().gates, &RuleInfo::name, gate.name);
    if (before != nullptr && before->subject != gate.subject) {
      drift.changed(Compatible, fmt::format("gate {}", gate.name),
                    "it judges other commands from now on");
    }
    if (before == nullptr) {
      drift.add(Compatible, ChangeKind::Added, fmt::format("gate {}", gate.name),
                "it judges from now on");
    }
  }
  for (const RuleInfo& gate : drift.older().domain().gates) {
    if (find_by(drift.newer().domain().gates, &RuleInfo::name, gate.name) == nullptr) {
      drift.add(Compatible, ChangeKind::Removed, fmt::format("gate {}", gate.name),
                "its recorded verdicts stay");
    }
  }
}

void compare_invariants(Drift& drift) {
  for (const RuleInfo& invariant : drift.newer().domain().invariants) {
    const std::string subject = fmt::format("invariant {}", invariant.name);
    const RuleInfo* const before =
        find_by(drift.older().domain().invariants, &RuleInfo::name, invariant.name);
    if (before == nullptr) {
      drift.add(NeedsMigration, ChangeKind::Added, subject, "the stored state may break it");
    } else if (before->subject != invariant.subject) {
      drift.changed(NeedsMigration, subject,
                    "it is about something else, and the stored state may break it");
    }
  }
  for (const RuleInfo& invariant : drift.older().domain().invariants) {
    if (find_by(drift.newer().domain().invariants, &RuleInfo::name, invariant.name) == nullptr) {
      drift.add(Compatible, ChangeKind::Removed, fmt::format("invariant {}", invariant.name),
                "less is demanded than before");
    }
  }
}

void compare_domains(Drift& drift) {
  const DomainInfo& older = drift.older().domain();
  const DomainInfo& newer = drift.newer().domain();
  if (older.name != newer.name) {
    drift.changed(Forbidden, "domain",
                  fmt::format("the journal is of domain {}, not {}", older.name, newer.name));
  }
  if (newer.version < older.version) {
    drift.changed(Forbidden, "domain",
                  fmt::format("the version goes back from {} to {}", older.version, newer.version));
  } else if (newer.version > older.version) {
    drift.changed(Compatible, "domain",
                  fmt::format("the version rises from {} to {}", older.version, newer.version));
  }
}

std::string name_of(const Schema& schema) {
  return fmt::format("{} {}", schema.domain().name, schema.domain().version);
}

constexpr std::array<std::string_view, 3> signs = {"+", "-", "~"};

}  // namespace

std::string_view to_string(Verdict verdict) noexcept {
  constexpr std::array<std::string_view, 3> words = {"compatible", "needs migration", "forbidden"};
  return words[std::to_underlying(verdict)];
}

std::string_view to_string(ChangeKind kind) noexcept {
  constexpr std::array<std::string_view, 3> words = {"added", "removed", "changed"};
  return words[std::to_underlying(kind)];
}

DriftReport compare(const Schema& older, const Schema& newer) {
  Drift drift(older, newer);
  compare_domains(drift);
  compare_enums(drift);
  compare_nested(drift);
  compare_kinds(drift, "record", older.domain().records, newer.domain().records);
  compare_edges(drift);
  compare_kinds(drift, "command", older.domain().commands, newer.domain().commands);
  compare_kinds(drift, "event", older.domain().events, newer.domain().events);
  compare_rejects(drift);
  compare_gates(drift);
  compare_invariants(drift);
  DriftReport report = {.old_name = name_of(older),
                        .new_name = name_of(newer),
                        .old_fingerprint = older.fingerprint(),
                        .new_fingerprint = newer.fingerprint(),
                        .changes = drift.take()};
  if (report.changes.empty() && !report.is_same()) {
    report.changes.push_back(
        {.subject = "domain",
         .reason =
             "declarations stand in another order; stored bytes name them by kind, code or name"});
  }
  return report;
}

Verdict DriftReport::verdict() const noexcept {
  Verdict worst = Compatible;
  for (const Change& change : changes) {
    worst = std::max(worst, change.verdict);
  }
  return worst;
}

Verdict DriftReport::verdict_when_upcast() const noexcept {
  Verdict worst = Compatible;
  for (const Change& change : changes) {
    worst = std::max(worst, change.is_upcast ? Compatible : change.verdict);
  }
  return worst;
}

std::string DriftReport::to_text() const {
  if (is_same()) {
    return fmt::format("{} and {} are the same\n", old_name, new_name);
  }
  std::string text = fmt::format("{} to {}: {}\n", old_name, new_name, to_string(verdict()));
  for (const Change& change : changes) {
    text += fmt::format("{} {}: {}: {}\n", signs[std::to_underlying(change.kind)], change.subject,
                        to_string(change.verdict), change.reason);
  }
  return text;
}

std::string DriftReport::to_json() const {
  JsonTree list = JsonTree::array();
  for (const Change& change : changes) {
    list.push(JsonTree::object({{"verdict", to_string(change.verdict)},
                                {"change", to_string(change.kind)},
                                {"subject", change.subject},
                                {"reason", change.reason}}));
  }
  const auto side = [](const std::string& name, const Digest& fingerprint) {
    return JsonTree::object({{"domain", name}, {"fingerprint", fingerprint.to_string()}});
  };
  return JsonTree::object({{"same", is_same()},
                           {"verdict", to_string(verdict())},
                           {"old", side(old_name, old_fingerprint)},
                           {"new", side(new_name, new_fingerprint)},
                           {"changes", std::move(list)}})
      .canonical();
}

}  // namespace cairn::schema
