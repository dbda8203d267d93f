// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

#include "cairn/declare.h"
#include "cairn/describe_index.h"
#include "cairn/descriptor.h"
#include "cairn/reflect_type.h"
#include "cairn/shape.h"
#include "cairn/sizes.h"

/// The descriptors of structs and of the values they are made of, made from the types at compile
/// time. `Home` is the domain: names are given as they read from its namespace.
namespace cairn::describe {

template <typename Home, typename T>
struct StructTable;

template <typename Home, typename T>
struct EnumTable {
  static constexpr EnumInfo info = {
      .name = reflect::name_from<Home, T>,
      .width = sizeof(T),
      .is_signed = std::is_signed_v<std::underlying_type_t<T>>,
      .values = reflect::enum_values<T>,
  };
};

template <typename Home, typename T>
consteval TypeInfo make_type();

template <typename Home, typename T>
inline constexpr TypeInfo type_info = make_type<Home, T>();

template <typename Home, typename T>
consteval TypeInfo make_type() {
  TypeInfo info = {.kind = Shape<T>::kind,
                   .capacity = Shape<T>::capacity,
                   .memory_size = sizeof(T),
                   .memory_align = alignof(T)};
  if constexpr (Shape<T>::kind == TypeKind::Integer) {
    info.width = sizeof(T);
    info.is_signed = SignedInteger<T>;
  } else if constexpr (Shape<T>::kind == TypeKind::Enum) {
    info.width = sizeof(T);
    info.is_signed = std::is_signed_v<std::underlying_type_t<T>>;
    info.enumeration = &EnumTable<Home, T>::info;
  } else if constexpr (Shape<T>::kind == TypeKind::Decimal) {
    info.scale = Shape<T>::scale;
  } else if constexpr (Shape<T>::kind == TypeKind::Id) {
    info.record = reflect::name_from<Home, typename Shape<T>::record>;
  } else if constexpr (Shape<T>::kind == TypeKind::Struct) {
    info.structure = &StructTable<Home, T>::info;
  } else if constexpr (!std::is_void_v<typename Shape<T>::element>) {
    info.element = &type_info<Home, typename Shape<T>::element>;
  }
  return info;
}

consteval FieldRole role_of(FieldKind kind) {
  switch (kind) {
    case FieldKind::Key:
      return FieldRole::Key;
    case FieldKind::Unique:
      return FieldRole::Unique;
    case FieldKind::Indexed:
      return FieldRole::Indexed;
    case FieldKind::Immutable:
      return FieldRole::Immutable;
    case FieldKind::State:
      return FieldRole::State;
    case FieldKind::Ordered:
    case FieldKind::Plain:
      break;
  }
  return FieldRole::Plain;
}

template <typename Field>
consteval const MachineInfo* machine_of() {
  if constexpr (FieldTraits<Field>::kind == FieldKind::State) {
    return &Field::machine::info;
  } else {
    return nullptr;
  }
}

/// A secret may be wrapped in a managed field only to be refused; look through it all the same.
template <typename Field>
using ValueOf = typename FieldTraits<FieldValue<Field>>::Value;

template <typename Home, typename T, typename Types, typename Positions>
struct FieldTable;

template <typename Home, typename T, typename... F, std::size_t... I>
struct FieldTable<Home, T, reflect::List<F...>, std::index_sequence<I...>> {
  static constexpr std::array<FieldInfo, sizeof...(F)> fields = {
      FieldInfo{.name = reflect::field_names<T>[I],
                .type = &type_info<Home, ValueOf<F>>,
                .role = role_of(FieldTraits<F>::kind),
                .offset = reflect::field_offsets<T>[I],
                .machine = machine_of<F>()}...};
  static constexpr std::array<FieldKind, sizeof...(F)> kinds = {FieldTraits<F>::kind...};
};

template <typename Home, typename T>
struct StructTable {
  using Fields = FieldTable<Home, T, reflect::FieldTypes<T>,
                            std::make_index_sequence<reflect::field_count<T>>>;

  static consteval StructInfo make() {
    StructInfo made = {.name = reflect::name_from<Home, T>,
                       .fields = Fields::fields,
                       .memory_size = sizeof(T),
                       .memory_align = alignof(T)};
    if constexpr (Declared<T>) {
      made.role = T::schema::role;
      made.kind = static_cast<std::uint16_t>(T::schema::kind);
      made.version = static_cast<std::uint16_t>(T::schema::version);
      made.indexes = IndexTable<T, Fields>::infos;
      made.about = IndexTable<T, Fields>::about;
      if constexpr (!std::is_void_v<cairn::detail::OlderOf<T>>) {
        made.older = &StructTable<Home, cairn::detail::OlderOf<T>>::info;
      }
    }
    made.encoded_size_max = encoded_bytes_max(made);
    return made;
  }

  static constexpr StructInfo info = make();
};

template <typename Home, typename L>
struct StructList;

template <typename Home, typename... T>
struct StructList<Home, reflect::List<T...>> {
  static constexpr std::array<const StructInfo*, sizeof...(T)> value = {
      &StructTable<Home, T>::info...};
};

}  // namespace cairn::describe
