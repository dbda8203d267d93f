// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <type_traits>

#include "cairn/check_struct.h"

/// The rules for the parts of a declaration: IndexOn, UniqueOn and About, each by itself.
namespace cairn::check {

template <typename Struct, typename Part, StructRole Role>
struct PartAllowed {
  static constexpr describe::PartKind kind = describe::PartReader<Part>::kind;
  static constexpr bool is_index =
      kind == describe::PartKind::Index || kind == describe::PartKind::UniqueIndex;
  static constexpr bool fits_record = Role != StructRole::Record || is_index;
  static constexpr bool fits_event = Role != StructRole::Event ||
                                     kind == describe::PartKind::About ||
                                     kind == describe::PartKind::Was;
  static constexpr bool fits_command = Role != StructRole::Command;
  static constexpr bool ok = fits_record && fits_event && fits_command;
  static_assert(fits_record,
                "cairn: Record<kind, version, ...> takes IndexOn<...> and UniqueOn<...>");
  static_assert(fits_event,
                "cairn: Event<kind, version, ...> takes one About<...> and one Was<...>");
  static_assert(fits_command,
                "cairn: Command<kind, version> takes nothing more; About<...> and Was<...> are for "
                "events and IndexOn<...> for records");
};

/// One IndexOn, UniqueOn or About, before its fields are resolved.
template <typename R, typename Part>
struct FieldsOfPart;

template <typename R, auto Pointer>
consteval bool names_field_of() {
  if constexpr (std::is_member_object_pointer_v<decltype(Pointer)>) {
    return std::is_same_v<reflect::ClassOf<Pointer>, R>;
  } else {
    return false;
  }
}

template <typename R, typename Part, std::size_t Size, std::size_t Max, bool AllOwn>
struct PartFields {
  static constexpr bool has_fields = Size != 0;
  static constexpr bool has_few_fields = Size <= Max;
  static constexpr bool names_own_fields = AllOwn;
  static constexpr bool ok = has_fields && has_few_fields && names_own_fields;
  static_assert(
      has_fields,
      "cairn: IndexOn, UniqueOn and About name at least one field: IndexOn<&Order::price>");
  static_assert(
      has_few_fields,
      "cairn: too many fields; an index covers at most 8, About names who and then where");
  static_assert(names_own_fields,
                "cairn: IndexOn, UniqueOn and About name fields of the struct they stand in: "
                "&ThisStruct::field");
};

template <typename R, auto... Fields>
struct FieldsOfPart<R, IndexOn<Fields...>>
    : PartFields<R, IndexOn<Fields...>, sizeof...(Fields), limits::index_fields_max,
                 (names_field_of<R, Fields>() && ...)> {};

template <typename R, auto... Fields>
struct FieldsOfPart<R, UniqueOn<Fields...>>
    : PartFields<R, UniqueOn<Fields...>, sizeof...(Fields), limits::index_fields_max,
                 (names_field_of<R, Fields>() && ...)> {};

template <typename E, auto... Fields>
struct FieldsOfPart<E, About<Fields...>>
    : PartFields<E, About<Fields...>, sizeof...(Fields), limits::about_fields_max,
                 (names_field_of<E, Fields>() && ...)> {};

template <typename R, typename Part>
struct FieldsOfPart {
  static constexpr bool ok = true;  // PartAllowed speaks about it
};

namespace detail {

template <typename T, typename... Parts>
consteval bool parts_ok(reflect::List<Parts...> /*parts*/) {
  constexpr std::array<bool, sizeof...(Parts) + 1> ok = {
      PartAllowed<T, Parts, T::schema::role>::ok..., true};
  return std::ranges::find(ok, false) == ok.end();
}

template <typename T, typename... Parts>
consteval bool part_fields_ok(reflect::List<Parts...> /*parts*/) {
  constexpr std::array<bool, sizeof...(Parts) + 1> ok = {FieldsOfPart<T, Parts>::ok..., true};
  return std::ranges::find(ok, false) == ok.end();
}

}  // namespace detail

}  // namespace cairn::check
