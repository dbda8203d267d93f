// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "cairn/check_list.h"

/// The rules for the Ids in the fields of a domain: each refers to a numbered record of it.
namespace cairn::check {

template <typename Struct, FixedString Field>
struct IdRefersToRecord {
  static constexpr bool is_listed = sizeof(Struct) == 0;
  static_assert(
      is_listed,
      "cairn: this field holds the Id<R> of a record that the domain does not list; add R "
      "to Records<...>");
  static constexpr bool ok = false;
};

template <typename Struct, FixedString Field>
struct IdRefersToNumberedRecord {
  static constexpr bool has_id_key = sizeof(Struct) == 0;
  static_assert(has_id_key,
                "cairn: this field holds the Id<R> of a record that is not numbered; give R a "
                "Key<Id<R>>, or hold the value of R's natural key");
  static constexpr bool ok = false;
};

namespace detail {

/// The record an Id in the type refers to, when the domain does not number it. Empty when all is
/// well.
struct BadId {
  bool found = false;
  bool is_listed = false;
};

constexpr BadId bad_record(const TypeInfo& id, const StructInfo* const* records,
                           std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    if (records[i]->name == id.record) {
      const TypeInfo& key = *records[i]->fields[records[i]->indexes[0].fields[0]].type;
      return {.found = key.kind != TypeKind::Id || key.record != id.record, .is_listed = true};
    }
  }
  return {.found = true};
}

constexpr BadId bad_id(const TypeInfo& type, const StructInfo* const* records, std::size_t count) {
  if (type.element != nullptr) {
    return bad_id(*type.element, records, count);
  }
  if (type.structure == nullptr) {
    return type.kind == TypeKind::Id ? bad_record(type, records, count) : BadId{};
  }
  for (const FieldInfo& field : type.structure->fields) {
    const BadId bad = bad_id(*field.type, records, count);
    if (bad.found) {
      return bad;
    }
  }
  return {};
}

struct BadIdField {
  BadId bad;
  std::size_t field = none;
};

template <typename D, typename T>
consteval BadIdField find_bad_id() {
  const auto& records = describe::StructList<D, typename D::records>::value;
  const auto& fields = describe::StructTable<D, T>::info.fields;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const BadId bad = bad_id(*fields[i].type, records.data(), records.size());
    if (bad.found) {
      return {.bad = bad, .field = i};
    }
  }
  return {};
}

template <typename D, typename T>
inline constexpr BadIdField bad_id_in = find_bad_id<D, T>();

template <typename D, typename T>
consteval bool ids_resolve_in() {
  if constexpr (!bad_id_in<D, T>.bad.found) {
    return true;
  } else if constexpr (!bad_id_in<D, T>.bad.is_listed) {
    return IdRefersToRecord<T, reflect::field_name<T, bad_id_in<D, T>.field>>::ok;
  } else {
    return IdRefersToNumberedRecord<T, reflect::field_name<T, bad_id_in<D, T>.field>>::ok;
  }
}

template <typename D, typename... T>
consteval bool ids_resolve(reflect::List<T...> /*structs*/) {
  return all(std::array<bool, sizeof...(T)>{ids_resolve_in<D, T>()...});
}

}  // namespace detail

}  // namespace cairn::check
