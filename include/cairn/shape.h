// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "cairn/descriptor.h"
#include "cairn/fields.h"
#include "cairn/reflect.h"
#include "cairn/reflect_enum.h"
#include "cairn/values.h"

/// Which C++ types are values of a domain, and which kind of value each is.
namespace cairn {

namespace detail {

/// What the type itself says about its values; `Element` is void unless it is made of another type.
template <TypeKind Kind, std::uint32_t Capacity = 0, typename Element = void>
struct ShapeFacts {
  static constexpr bool known = true;
  static constexpr TypeKind kind = Kind;
  static constexpr std::uint32_t capacity = Capacity;
  using element = Element;
};

}  // namespace detail

template <typename T>
struct Shape {
  static constexpr bool known = false;
  static constexpr TypeKind kind = TypeKind::Struct;
  static constexpr std::uint32_t capacity = 0;
  using element = void;
};

template <>
struct Shape<bool> : detail::ShapeFacts<TypeKind::Bool> {};

template <Integer T>
struct Shape<T> : detail::ShapeFacts<TypeKind::Integer> {};

template <reflect::FixedEnum T>
struct Shape<T> : detail::ShapeFacts<TypeKind::Enum> {};

template <unsigned Scale>
struct Shape<Decimal<Scale>> : detail::ShapeFacts<TypeKind::Decimal> {
  static constexpr std::uint8_t scale = Scale;
};

template <std::size_t N>
struct Shape<Str<N>> : detail::ShapeFacts<TypeKind::Str, N> {};

template <std::size_t N>
struct Shape<Bytes<N>> : detail::ShapeFacts<TypeKind::Bytes, N> {};

template <typename R>
struct Shape<Id<R>> : detail::ShapeFacts<TypeKind::Id> {
  using record = R;
};

template <>
struct Shape<Timestamp> : detail::ShapeFacts<TypeKind::Timestamp> {};

template <>
struct Shape<Duration> : detail::ShapeFacts<TypeKind::Duration> {};

template <>
struct Shape<Uuid> : detail::ShapeFacts<TypeKind::Uuid> {};

template <>
struct Shape<Digest> : detail::ShapeFacts<TypeKind::Digest> {};

template <typename T>
struct Shape<Option<T>> : detail::ShapeFacts<TypeKind::Option, 0, T> {};

template <typename T, std::size_t N>
struct Shape<std::array<T, N>> : detail::ShapeFacts<TypeKind::Array, N, T> {};

template <std::size_t N>
struct Shape<Text<N>> : detail::ShapeFacts<TypeKind::Text, N> {};

template <std::size_t N>
struct Shape<Blob<N>> : detail::ShapeFacts<TypeKind::Blob, N> {};

template <typename T, std::size_t N>
struct Shape<List<T, N>> : detail::ShapeFacts<TypeKind::List, N, T> {};

template <typename T>
struct Shape<Secret<T>> : detail::ShapeFacts<TypeKind::Secret, Secret<T>::sealed_bytes_max, T> {};

/// What is wrong with a type as a value of a domain, or with the place it stands in.
enum class TypeProblem : std::uint8_t {
  None,
  Float,
  Pointer,
  CArray,
  Union,
  LooseEnum,
  OtherInteger,
  Polymorphic,
  NotAggregate,
  HasBase,
  NotDefault,
  TooManyFields,
  BitFields,
  Managed,
  Borrowed,
  TooDeep,
  EmptyArray,
  LongArray,
  EmptyStruct,
  LargeEnum,
  Padding,
};

namespace detail {

template <typename T>
consteval TypeProblem struct_problem() {
  if constexpr (std::is_union_v<T>) {
    return TypeProblem::Union;
  } else if constexpr (std::is_polymorphic_v<T>) {
    return TypeProblem::Polymorphic;
  } else if constexpr (!std::is_aggregate_v<T>) {
    return TypeProblem::NotAggregate;
  } else if constexpr (reflect::HasBase<T>) {
    return TypeProblem::HasBase;
  } else if constexpr (!requires { T{}; }) {
    return TypeProblem::NotDefault;
  } else if constexpr (reflect::field_count<T> > limits::struct_fields_max) {
    return TypeProblem::TooManyFields;
  } else if constexpr (!reflect::has_natural_layout<T>) {
    return TypeProblem::BitFields;
  } else {
    return TypeProblem::None;
  }
}

template <typename T, bool InRecord, std::size_t Depth>
consteval TypeProblem value_problem();

template <typename... F>
consteval std::size_t size_sum(reflect::List<F...> /*fields*/) {
  return (sizeof(F) + ... + 0);
}

template <bool InRecord, std::size_t Depth, typename... F>
consteval TypeProblem fields_problem(reflect::List<F...> /*fields*/) {
  TypeProblem problem = TypeProblem::None;
  static_cast<void>(
      ((FieldTraits<F>::kind != FieldKind::Plain ? (problem = TypeProblem::Managed)
                                                 : (problem = value_problem<F, InRecord, Depth>()),
        problem == TypeProblem::None) &&
       ...));
  return problem;
}

template <typename T, bool InRecord, std::size_t Depth>
consteval TypeProblem nested_problem() {
  if constexpr (struct_problem<T>() != TypeProblem::None) {
    return struct_problem<T>();
  } else if constexpr (reflect::field_count<T> == 0) {
    return TypeProblem::EmptyStruct;
  } else if constexpr (size_sum(reflect::FieldTypes<T>{}) != sizeof(T) && InRecord) {
    return TypeProblem::Padding;
  } else {
    return fields_problem<InRecord, Depth + 1>(reflect::FieldTypes<T>{});
  }
}

/// Types that are neither values nor structs.
template <typename T>
consteval TypeProblem foreign_problem() {
  if (std::is_floating_point_v<T>) {
    return TypeProblem::Float;
  }
  if (std::is_pointer_v<T> || std::is_member_pointer_v<T> || std::is_null_pointer_v<T> ||
      std::is_reference_v<T>) {
    return TypeProblem::Pointer;
  }
  if (std::is_array_v<T>) {
    return TypeProblem::CArray;
  }
  if (std::is_enum_v<T>) {
    return TypeProblem::LooseEnum;
  }
  return TypeProblem::OtherInteger;
}

/// An enum of one byte cannot have too many values, so it is not looked through here.
template <typename T>
consteval TypeProblem enum_problem() {
  if constexpr (sizeof(T) == 1) {
    return TypeProblem::None;
  } else {
    return reflect::enum_values<T>.size() > limits::enum_values_max ? TypeProblem::LargeEnum
                                                                    : TypeProblem::None;
  }
}

template <typename T, bool InRecord, std::size_t Depth>
consteval TypeProblem value_problem() {
  using Element = typename Shape<T>::element;
  constexpr TypeKind kind = Shape<T>::kind;
  if constexpr (Depth > limits::type_depth_max) {
    return TypeProblem::TooDeep;
  } else if constexpr (InRecord && (kind == TypeKind::Text || kind == TypeKind::Blob ||
                                    kind == TypeKind::List)) {
    return TypeProblem::Borrowed;
  } else if constexpr (kind == TypeKind::Array && Shape<T>::capacity == 0) {
    return TypeProblem::EmptyArray;
  } else if constexpr (kind == TypeKind::Array && Shape<T>::capacity > limits::array_items_max) {
    return TypeProblem::LongArray;
  } else if constexpr (kind == TypeKind::Enum) {
    return enum_problem<T>();
  } else if constexpr (!std::is_void_v<Element>) {
    return value_problem<Element, InRecord || kind == TypeKind::Secret, Depth + 1>();
  } else if constexpr (Shape<T>::known) {
    return TypeProblem::None;
  } else if constexpr (std::is_class_v<T> || std::is_union_v<T>) {
    return nested_problem<T, InRecord, Depth>();
  } else {
    return foreign_problem<T>();
  }
}

}  // namespace detail

/// What is wrong with T as the type of a field, managed or not.
template <typename Field, bool InRecord>
inline constexpr TypeProblem type_problem =
    FieldTraits<FieldValue<Field>>::kind != FieldKind::Plain
        ? TypeProblem::Managed
        : detail::value_problem<typename FieldTraits<FieldValue<Field>>::Value, InRecord, 0>();

}  // namespace cairn
