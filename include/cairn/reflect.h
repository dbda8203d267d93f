// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <string_view>
#include <type_traits>
#include <utility>

#include "cairn/fixed_string.h"
#include "cairn/reflect_bind.h"
#include "cairn/reflect_list.h"
#include "cairn/reflect_names.h"

/// Static reflection over plain aggregates: how many fields, of which types, under which names, at
/// which offsets. All of it is evaluated at compile time and nothing remains in the program. It
/// reads any aggregate without base classes and bit-fields; whether a field's type is allowed in a
/// domain is judged elsewhere.
namespace cairn::reflect {

namespace detail {

/// Converts to whatever may be a base class of T, and to nothing else.
template <typename T>
struct AnyBaseOf {
  template <typename Base>
    requires(std::is_base_of_v<Base, T> && !std::is_same_v<Base, T>)
  operator Base() const;  // NOLINT(google-explicit-constructor): the conversion is the probe
};

template <typename T, std::size_t Low, std::size_t High>
consteval std::size_t count_between() {
  if constexpr (Low == High) {
    return Low;
  } else {
    constexpr std::size_t middle = (Low + High + 1) / 2;
    if constexpr (Arity<middle>::template fits<T>) {
      return count_between<T, middle, High>();
    } else {
      return count_between<T, Low, middle - 1>();
    }
  }
}

// Most structs are small: ask first whether this one is.
template <typename T>
consteval std::size_t count_fields() {
  if constexpr (Arity<9>::template fits<T>) {
    return count_between<T, 9, arity_max>();
  } else {
    return count_between<T, 0, 8>();
  }
}

struct ToList {
  template <typename... T>
  constexpr List<T...> operator()(const T&...) const {
    return {};
  }
};

}  // namespace detail

template <typename T>
concept HasBase = requires { T{detail::AnyBaseOf<T>{}}; };

/// How many `{}` initialisers the aggregate takes, which is its number of fields. Anything above
/// `limits::struct_fields_max` is reported as one more than that.
template <typename T>
inline constexpr std::size_t field_count = detail::count_fields<std::remove_cv_t<T>>();

/// Calls `f` with a reference to every field, in order.
template <typename T, typename F>
constexpr decltype(auto) visit_fields(T& object, F&& f) {
  return detail::Arity<field_count<T>>::visit(object, std::forward<F>(f));
}

namespace detail {

template <typename T>
struct FieldList {
  using type = decltype(visit_fields(std::declval<T&>(), ToList{}));
};

/// Storage that is never read. Its fields have addresses at compile time, and from an address both
/// compilers tell the field's name. A union, so that T needs no constexpr constructor.
template <typename T>
union Probe {
  char none;
  T value;

  constexpr Probe() : none() {}  // NOLINT(modernize-use-equals-default): T may have no default

  constexpr ~Probe() {}  // NOLINT(modernize-use-equals-default): T may not be trivial
};

template <typename T>
inline constexpr Probe<T> probe;

/// Picks the argument behind as many as there are positions, without a step for each.
template <typename Before>
struct PickBehind;

template <std::size_t... Before>
struct PickBehind<std::index_sequence<Before...>> {
  template <std::size_t>
  using Skipped = const void*;

  template <typename T>
  static constexpr const T* pick(Skipped<Before>... /*before*/, const T* wanted, ...) {
    return wanted;
  }
};

template <std::size_t I>
struct AddressOf {
  template <typename... F>
  constexpr const auto* operator()(const F&... fields) const {
    return PickBehind<std::make_index_sequence<I>>::pick(&fields...);
  }
};

template <typename T, typename Indexes>
struct FieldNames;

template <typename T, std::size_t... I>
struct FieldNames<T, std::index_sequence<I...>> {
  static constexpr auto names =
      split_names<sizeof...(I)>(values_text<visit_fields(probe<T>.value, AddressOf<I>{})...>());
  static constexpr auto table = pack_names<total_size(names)>(names);
  static constexpr std::array<std::string_view, sizeof...(I)> value = {table[I]...};
};

template <typename T>
struct FieldNames<T, std::index_sequence<>> {
  static constexpr std::array<std::string_view, 0> value = {};
};

consteval std::size_t align_up(std::size_t offset, std::size_t alignment) {
  return (offset + alignment - 1) / alignment * alignment;
}

template <typename T, typename... F>
consteval std::array<std::size_t, sizeof...(F) + 1> natural_offsets(List<F...> /*fields*/) {
  constexpr std::array<std::size_t, sizeof...(F) + 1> sizes = {sizeof(F)..., 0};
  constexpr std::array<std::size_t, sizeof...(F) + 1> alignments = {alignof(F)..., alignof(T)};
  std::array<std::size_t, sizeof...(F) + 1> offsets = {};
  std::size_t end = 0;
  for (std::size_t i = 0; i < offsets.size(); ++i) {
    offsets[i] = align_up(end, alignments[i]);
    end = offsets[i] + sizes[i];
  }
  return offsets;
}

}  // namespace detail

template <typename T>
using FieldTypes = typename detail::FieldList<std::remove_cv_t<T>>::type;

template <typename T, std::size_t I>
using FieldType = at<I, FieldTypes<T>>;

template <typename T>
inline constexpr const auto& field_names =
    detail::FieldNames<T, std::make_index_sequence<field_count<T>>>::value;

template <typename T, std::size_t I>
inline constexpr auto field_name = FixedString<field_names<T>[I].size() + 1>(field_names<T>[I]);

/// Where each field lies when every field is aligned naturally, and last where the struct ends.
/// This is where they do lie when `has_natural_layout`.
template <typename T>
inline constexpr auto field_offsets = detail::natural_offsets<T>(FieldTypes<T>{});

template <typename T>
inline constexpr bool has_natural_layout =
    field_offsets<T>.back() == sizeof(T) || field_count<T> == 0;

template <typename T, std::size_t I>
constexpr auto& field(T& object) {
  using Field = std::conditional_t<std::is_const_v<T>, const FieldType<T, I>, FieldType<T, I>>;
  return const_cast<Field&>(*visit_fields(object, detail::AddressOf<I>{}));
}

namespace detail {

template <typename Class, typename Member>
Class class_of(Member Class::*);
template <typename Class, typename Member>
Member member_of(Member Class::*);

struct FindAddress {
  const void* wanted;

  template <typename... F>
  constexpr std::size_t operator()(const F&... fields) const {
    std::size_t i = 0;
    static_cast<void>(((static_cast<const void*>(&fields) == wanted ? false : (++i, true)) && ...));
    return i;
  }
};

}  // namespace detail

template <auto Pointer>
using ClassOf = decltype(detail::class_of(Pointer));
template <auto Pointer>
using MemberOf = decltype(detail::member_of(Pointer));

/// The position of the field a member pointer names.
template <auto Pointer>
inline constexpr std::size_t member_index =
    visit_fields(detail::probe<ClassOf<Pointer>>.value,
                 detail::FindAddress{&(detail::probe<ClassOf<Pointer>>.value.*Pointer)});

}  // namespace cairn::reflect
