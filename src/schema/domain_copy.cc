// SPDX-License-Identifier: Apache-2.0
#include "schema/domain_copy.h"

#include <algorithm>
#include <string>
#include <unordered_map>
#include <vector>

#include <fmt/core.h>

#include "base/check.h"
#include "cairn/limits.h"
#include "schema/builder.h"
#include "schema/names.h"
#include "schema/path.h"

namespace cairn::schema {

namespace {

bool same_enum(const EnumInfo& a, const EnumInfo& b) {
  return a.width == b.width && a.is_signed == b.is_signed &&
         std::ranges::equal(a.values, b.values, [](const EnumValue& x, const EnumValue& y) {
           return x.name == y.name && x.value == y.value;
         });
}

/// One copy of one domain. A compiled description cannot be cyclic by honest means; depth is
/// bounded all the same, since a plugin hands in pointers.
class Copier final {
 public:
  explicit Copier(Store& store) noexcept : builder_(store) {}

  Result<Description> copy(const DomainInfo& domain) {
    const Path root;
    Store& store = builder_.store();
    Description result;
    result.domain.name = store.text(domain.name);
    result.domain.version = domain.version;
    CAIRN_TRY(result.domain.records, copy_structs(domain.records, root.member("records")));
    CAIRN_TRY(result.domain.commands, copy_structs(domain.commands, root.member("commands")));
    CAIRN_TRY(result.domain.events, copy_structs(domain.events, root.member("events")));
    CAIRN_TRY(result.domain.rejects, copy_rejects(domain.rejects, root.member("rejects")));
    result.domain.edges = copy_edges(domain.edges);
    result.domain.gates = copy_rules(domain.gates);
    result.domain.invariants = copy_rules(domain.invariants);
    result.enums = enums_;
    result.structs = nested_;
    std::ranges::sort(result.enums, {}, &EnumInfo::name);
    std::ranges::sort(result.structs, {}, &StructInfo::name);
    return result;
  }

 private:
  Result<std::span<const StructInfo* const>> copy_structs(
      std::span<const StructInfo* const> structs, const Path& at) {
    std::vector<const StructInfo*> copies;
    for (std::size_t i = 0; i < structs.size(); ++i) {
      CAIRN_CHECK(structs[i] != nullptr);
      CAIRN_TRY(const StructInfo* const copy, copy_struct(*structs[i], 0, at.item(i)));
      copies.push_back(copy);
    }
    return builder_.store().list(copies);
  }

  Result<const StructInfo*> copy_struct(const StructInfo& original, std::size_t depth,
                                        const Path& at) {
    std::vector<FieldInfo> fields;
    for (std::size_t i = 0; i < original.fields.size(); ++i) {
      FieldInfo field = original.fields[i];
      CAIRN_CHECK(field.type != nullptr);
      CAIRN_TRY(field.type, copy_type(*field.type, depth, at.member("fields").item(i)));
      if (field.machine != nullptr) {
        field.machine = builder_.store().make(MachineInfo{
            .initial = field.machine->initial,
            .transitions = builder_.store().list(std::vector(field.machine->transitions.begin(),
                                                             field.machine->transitions.end()))});
      }
      fields.push_back(field);
    }
    StructInfo raw = original;
    raw.indexes = copy_indexes(original.indexes);
    raw.about = copy_positions(original.about);
    raw.older = nullptr;
    CAIRN_TRY(const StructInfo* const copy, builder_.add_struct(raw, fields, at));
    CAIRN_TRY(compare_layout(*copy, original, at));
    return copy;
  }

  static Result<> compare_layout(const StructInfo& computed, const StructInfo& compiled,
                                 const Path& at) {
    for (std::size_t i = 0; i < computed.fields.size(); ++i) {
      if (computed.fields[i].offset != compiled.fields[i].offset) {
        return at.fail(Errc::Corrupt,
                       fmt::format("{}.{} lies at offset {} as compiled and at {} as computed",
                                   quoted(computed.name), computed.fields[i].name,
                                   compiled.fields[i].offset, computed.fields[i].offset));
      }
    }
    if (computed.memory_size != compiled.memory_size ||
        computed.memory_align != compiled.memory_align) {
      return at.fail(
          Errc::Corrupt,
          fmt::format("{} takes {} bytes aligned to {} as compiled, {} aligned to {} as computed",
                      quoted(computed.name), compiled.memory_size, compiled.memory_align,
                      computed.memory_size, computed.memory_align));
    }
    return {};
  }

  Result<const TypeInfo*> copy_type(const TypeInfo& original, std::size_t depth, const Path& at) {
    if (depth > limits::type_depth_max) {
      return at.fail(Errc::TooLarge,
                     fmt::format("the type is nested deeper than {}", limits::type_depth_max));
    }
    TypeInfo raw = original;
    if (original.element != nullptr) {
      CAIRN_TRY(raw.element, copy_type(*original.element, depth + 1, at));
    }
    if (original.structure != nullptr) {
      CAIRN_TRY(raw.structure, copy_nested(*original.structure, depth + 1, at));
    }
    if (original.enumeration != nullptr) {
      CAIRN_TRY(raw.enumeration, copy_enum(*original.enumeration, at));
    }
    CAIRN_TRY(check_shape(raw, at));
    CAIRN_TRY(const TypeInfo* const copy, builder_.add_type(raw, at));
    if (copy->memory_size != original.memory_size || copy->memory_align != original.memory_align) {
      return at.fail(Errc::Corrupt,
                     fmt::format("a value takes {} bytes as compiled and {} as computed",
                                 original.memory_size, copy->memory_size));
    }
    return copy;
  }

  /// What the kind needs is there.
  static Result<> check_shape(const TypeInfo& type, const Path& at) {
    const bool needs_element = type.kind == TypeKind::Option || type.kind == TypeKind::Secret ||
                               type.kind == TypeKind::Array || type.kind == TypeKind::List;
    const bool whole = (type.element != nullptr) == needs_element &&
                       (type.structure != nullptr) == (type.kind == TypeKind::Struct) &&
                       (type.enumeration != nullptr) == (type.kind == TypeKind::Enum);
    return whole ? Result<>() : at.fail(Errc::Corrupt, "the descriptor of the type is not whole");
  }

  Result<const StructInfo*> copy_nested(const StructInfo& original, std::size_t depth,
                                        const Path& at) {
    if (const auto known = copied_.find(&original); known != copied_.end()) {
      return known->second;
    }
    const auto same_name = std::ranges::find(nested_, original.name, &StructInfo::name);
    if (same_name != nested_.end()) {
      return at.fail(Errc::AlreadyExists,
                     fmt::format("two nested structs are named {}", quoted(original.name)));
    }
    CAIRN_TRY(const StructInfo* const copy, copy_struct(original, depth, at));
    copied_.emplace(&original, copy);
    nested_.push_back(copy);
    return copy;
  }

  Result<const EnumInfo*> copy_enum(const EnumInfo& original, const Path& at) {
    const auto known = std::ranges::find(enums_, original.name, &EnumInfo::name);
    if (known != enums_.end()) {
      return same_enum(**known, original)
                 ? Result<const EnumInfo*>(*known)
                 : at.fail(Errc::AlreadyExists,
                           fmt::format("two enums are named {}", quoted(original.name)));
    }
    Store& store = builder_.store();
    std::vector<EnumValue> values(original.values.begin(), original.values.end());
    for (EnumValue& value : values) {
      value.name = store.text(value.name);
    }
    const EnumInfo copy = {.name = store.text(original.name),
                           .width = original.width,
                           .is_signed = original.is_signed,
                           .values = store.list(values)};
    return enums_.emplace_back(store.make(copy));
  }

  std::span<const std::uint16_t> copy_positions(std::span<const std::uint16_t> positions) {
    return builder_.store().list(std::vector(positions.begin(), positions.end()));
  }

  std::span<const IndexInfo> copy_indexes(std::span<const IndexInfo> indexes) {
    std::vector<IndexInfo> copies(indexes.begin(), indexes.end());
    for (IndexInfo& index : copies) {
      index.name = builder_.store().text(index.name);
      index.fields = copy_positions(index.fields);
    }
    return builder_.store().list(copies);
  }

  std::span<const EdgeInfo> copy_edges(std::span<const EdgeInfo> edges) {
    std::vector<EdgeInfo> copies(edges.begin(), edges.end());
    for (EdgeInfo& edge : copies) {
      edge.name = builder_.store().text(edge.name);
      edge.inverse = builder_.store().text(edge.inverse);
    }
    return builder_.store().list(copies);
  }

  std::span<const RuleInfo> copy_rules(std::span<const RuleInfo> rules) {
    std::vector<RuleInfo> copies(rules.begin(), rules.end());
    for (RuleInfo& rule : copies) {
      rule.name = builder_.store().text(rule.name);
      rule.subject = builder_.store().text(rule.subject);
    }
    return builder_.store().list(copies);
  }

  Result<std::span<const RejectInfo>> copy_rejects(std::span<const RejectInfo> rejects,
                                                   const Path& at) {
    std::vector<RejectInfo> copies(rejects.begin(), rejects.end());
    for (std::size_t i = 0; i < copies.size(); ++i) {
      copies[i].name = builder_.store().text(copies[i].name);
      if (copies[i].detail == nullptr) {
        continue;
      }
      CAIRN_TRY(copies[i].detail, copy_nested(*copies[i].detail, 0, at.item(i).member("detail")));
    }
    return builder_.store().list(copies);
  }

  Builder builder_;
  std::unordered_map<const StructInfo*, const StructInfo*> copied_;  // looked up, never walked
  std::vector<const StructInfo*> nested_;
  std::vector<const EnumInfo*> enums_;
};

}  // namespace

Result<Description> copy_domain(const DomainInfo& domain, Store& store) {
  return Copier(store).copy(domain);
}

}  // namespace cairn::schema
