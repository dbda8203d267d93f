// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>
#include <type_traits>

#include "cairn/declare.h"
#include "cairn/describe_struct.h"
#include "cairn/limits.h"
#include "cairn/shape.h"

/// The rules for one struct of a domain. Every rule is a struct of its own whose arguments name the
/// place: compilers print them beside the message. Rules are looked at in an order in which the
/// first one broken is the cause; what follows a broken rule is not looked at.
namespace cairn::check {

template <typename Struct, StructRole ListedAs>
struct Declaration {
  static constexpr bool is_declared = describe::Declared<Struct>;
  static constexpr StructRole role = [] {
    if constexpr (is_declared) {
      return Struct::schema::role;
    } else {
      return StructRole::Nested;
    }
  }();
  static constexpr bool is_listed_right = !is_declared || role == ListedAs;
  static constexpr bool ok = is_declared && is_listed_right;
  static_assert(is_declared,
                "cairn: this struct is listed in a domain but does not say what it is; end it with "
                "`using schema = Record<1>;`, `Command<1>` or `Event<1>`");
  static_assert(is_listed_right,
                "cairn: this struct is listed as one thing and declared as another; Records<...> "
                "takes structs with `using schema = Record<kind>;`, Commands<...> and Events<...> "
                "likewise");
};

template <typename Struct>
struct KindAndVersion {
  static constexpr std::int64_t kind = Struct::schema::kind;
  static constexpr std::int64_t version = Struct::schema::version;
  static constexpr bool kind_is_given = kind != 0;
  static constexpr bool kind_is_free = kind >= 0 && kind <= limits::kind_max;
  static constexpr bool version_fits = version >= 1 && version <= 0xffff;
  static constexpr bool ok = kind_is_given && kind_is_free && version_fits;
  static_assert(kind_is_given,
                "cairn: kind 0 means \"none\"; number the structs of a domain from 1");
  static_assert(kind_is_free,
                "cairn: this kind is reserved; a struct's kind is a number from 1 to 65279");
  static_assert(version_fits, "cairn: the version of a struct is a number from 1 to 65535");
};

template <typename Struct>
struct PlainName {
  static constexpr std::string_view path = reflect::type_path<Struct>();
  static constexpr bool is_plain =
      path.find('<') == std::string_view::npos ||
      path.substr(path.rfind(':') + 1).find('>') == std::string_view::npos;
  static constexpr bool is_short =
      path.substr(path.rfind(':') + 1).size() <= limits::name_bytes_max;
  static constexpr bool ok = is_plain && is_short;
  static_assert(is_plain,
                "cairn: a struct of a domain has a name of its own; write a struct for each "
                "instance of this template");
  static_assert(is_short, "cairn: this struct's name is longer than 64 bytes");
};

/// A struct that cannot be read as a list of fields.
template <typename Struct, TypeProblem Problem>
struct PlainStruct {
  static constexpr bool ok = Problem == TypeProblem::None;
  static constexpr bool is_no_union = Problem != TypeProblem::Union;
  static constexpr bool has_no_virtual = Problem != TypeProblem::Polymorphic;
  static constexpr bool is_aggregate = Problem != TypeProblem::NotAggregate;
  static constexpr bool has_no_base = Problem != TypeProblem::HasBase;
  static constexpr bool has_defaults = Problem != TypeProblem::NotDefault;
  static constexpr bool has_room = Problem != TypeProblem::TooManyFields;
  static constexpr bool has_natural_layout = Problem != TypeProblem::BitFields;
  static_assert(is_no_union,
                "cairn: a union does not say what is in it; use a struct with Option<T> fields");
  static_assert(has_no_virtual,
                "cairn: a struct of a domain is plain data; move its virtual functions elsewhere");
  static_assert(
      is_aggregate,
      "cairn: a struct of a domain is a plain aggregate; remove its constructors and make "
      "its members public");
  static_assert(has_no_base,
                "cairn: a struct of a domain has no base class; make the base its first field");
  static_assert(
      has_defaults,
      "cairn: every field can be value-initialised; a reference cannot: use Id<Record> or "
      "a value");
  static_assert(has_room,
                "cairn: a struct has at most 64 fields; put those that belong together into a "
                "nested struct");
  static_assert(has_natural_layout,
                "cairn: fields lie at their natural alignment; remove alignas, packing and "
                "bit-fields");
};

/// A field whose type is not one of a domain's.
template <typename Struct, FixedString Field, typename FieldType, TypeProblem Problem>
struct FieldTypeAllowed {
  static constexpr bool ok = Problem == TypeProblem::None;
  static constexpr bool is_exact = Problem != TypeProblem::Float;
  static constexpr bool is_no_pointer = Problem != TypeProblem::Pointer;
  static constexpr bool is_no_c_array = Problem != TypeProblem::CArray;
  static constexpr bool is_no_union = Problem != TypeProblem::Union;
  static constexpr bool has_enum_width = Problem != TypeProblem::LooseEnum;
  static constexpr bool has_known_width = Problem != TypeProblem::OtherInteger;
  static constexpr bool has_no_virtual = Problem != TypeProblem::Polymorphic;
  static constexpr bool is_value_type = Problem != TypeProblem::NotAggregate;
  static constexpr bool has_no_base = Problem != TypeProblem::HasBase;
  static constexpr bool has_defaults = Problem != TypeProblem::NotDefault;
  static constexpr bool has_room = Problem != TypeProblem::TooManyFields;
  static constexpr bool has_natural_layout = Problem != TypeProblem::BitFields;
  static constexpr bool is_not_managed = Problem != TypeProblem::Managed;
  static constexpr bool lies_in_row = Problem != TypeProblem::Borrowed;
  static constexpr bool is_shallow = Problem != TypeProblem::TooDeep;
  static constexpr bool is_not_empty = Problem != TypeProblem::EmptyArray;
  static constexpr bool is_no_long_array = Problem != TypeProblem::LongArray;
  static constexpr bool is_no_large_enum = Problem != TypeProblem::LargeEnum;
  static constexpr bool has_fields = Problem != TypeProblem::EmptyStruct;
  static constexpr bool has_no_padding = Problem != TypeProblem::Padding;
  static_assert(
      is_exact,
      "cairn: floating point does not give the same result everywhere; use Decimal<scale> "
      "or an integer");
  static_assert(is_no_pointer,
                "cairn: a pointer means nothing outside this process; use Id<Record> or a value");
  static_assert(is_no_c_array, "cairn: a C array is not a value; use std::array<T, N> or Str<N>");
  static_assert(is_no_union, "cairn: a union does not say what is in it; use Option<T> fields");
  static_assert(
      has_enum_width,
      "cairn: this enum's width is up to the compiler; declare it with one: `enum X : u8`");
  static_assert(has_known_width,
                "cairn: this type has another width or spelling elsewhere; use bool, u8 to u128 or "
                "i8 to i128");
  static_assert(has_no_virtual, "cairn: a nested struct is plain data, without virtual functions");
  static_assert(is_value_type,
                "cairn: this class is not a value of a domain; use Str<N> for std::string, "
                "std::array or List<T, N> for std::vector, Option<T> for std::optional, or a plain "
                "struct");
  static_assert(has_no_base, "cairn: a nested struct has no base class; make it a field");
  static_assert(
      has_defaults,
      "cairn: every field of a nested struct can be value-initialised; a reference cannot");
  static_assert(has_room, "cairn: a nested struct has at most 64 fields");
  static_assert(has_natural_layout,
                "cairn: a nested struct has no alignas, packing and bit-fields");
  static_assert(is_not_managed,
                "cairn: Key, Unique, Indexed, Ordered, Immutable and State are for the fields of a "
                "record itself; use the plain type here");
  static_assert(lies_in_row,
                "cairn: Text, Blob and List live in commands and events; a record holds Str<N>, "
                "Bytes<N> or std::array<T, N>");
  static_assert(is_shallow, "cairn: types nest at most 8 deep");
  static_assert(has_fields,
                "cairn: this struct has no fields; remove what holds it, or give it some");
  static_assert(is_not_empty, "cairn: std::array<T, 0> holds nothing; give it a size");
  static_assert(is_no_long_array, "cairn: an array has at most 4096 items; use List<T, N>");
  static_assert(is_no_large_enum,
                "cairn: an enum has at most 256 values; make them the rows of a record");
  static_assert(
      has_no_padding,
      "cairn: a nested struct in a record has no padding, because its bytes are compared; "
      "order its fields by size, or fill the gap with a field");
};

template <typename Struct, FixedString Field>
struct FieldName {
  static constexpr bool is_free = Field.view().front() != '_';
  static constexpr bool is_short = Field.view().size() <= limits::name_bytes_max;
  static constexpr bool ok = is_free && is_short;
  static_assert(is_free, "cairn: field names that start with _ are reserved; rename this field");
  static_assert(is_short, "cairn: this field's name is longer than 64 bytes");
};

template <typename Struct, std::size_t Bytes>
struct StructSize {
  static constexpr bool ok = Bytes <= limits::struct_bytes_max;
  static_assert(ok,
                "cairn: a record, command or event is at most 32 KiB in memory; split it, or link "
                "records by an edge");
};

namespace detail {

/// No position.
constexpr std::size_t none = static_cast<std::size_t>(-1);

template <typename T, StructRole Role, typename... F>
consteval auto problems_of(reflect::List<F...> /*fields*/) {
  constexpr bool in_record = Role == StructRole::Record;
  return std::array<TypeProblem, sizeof...(F)>{
      (!in_record && FieldTraits<F>::kind != FieldKind::Plain ? TypeProblem::Managed
                                                              : type_problem<F, in_record>)...};
}

template <std::size_t N>
consteval std::size_t first_problem(const std::array<TypeProblem, N>& problems) {
  std::size_t i = 0;
  while (i < N && problems[i] == TypeProblem::None) {
    ++i;
  }
  return i;
}

template <std::size_t N>
consteval std::size_t first_bad_name(const std::array<std::string_view, N>& names) {
  std::size_t i = 0;
  while (i < N && names[i].front() != '_' && names[i].size() <= limits::name_bytes_max) {
    ++i;
  }
  return i;
}

template <typename T, StructRole Role>
struct FieldFaults {
  static constexpr auto problems = problems_of<T, Role>(reflect::FieldTypes<T>{});
  static constexpr std::size_t bad = first_problem(problems);
  static constexpr std::size_t misnamed = first_bad_name(reflect::field_names<T>);
  static constexpr std::size_t none_found = problems.size();
};

template <typename T, StructRole Role>
consteval bool fields_ok() {
  using Faults = FieldFaults<T, Role>;
  if constexpr (Faults::bad != Faults::none_found) {
    return FieldTypeAllowed<T, reflect::field_name<T, Faults::bad>,
                            reflect::FieldType<T, Faults::bad>, Faults::problems[Faults::bad]>::ok;
  } else if constexpr (Faults::misnamed != Faults::none_found) {
    return FieldName<T, reflect::field_name<T, Faults::misnamed>>::ok;
  } else {
    return StructSize<T, sizeof(T)>::ok;
  }
}

}  // namespace detail

/// The rules for a nested struct that stands alone: the detail of a reject code.
template <typename T>
consteval bool nested_struct_ok() {
  if constexpr (!PlainStruct<T, cairn::detail::struct_problem<T>()>::ok) {
    return false;
  } else {
    return detail::fields_ok<T, StructRole::Nested>();
  }
}

template <typename T, StructRole Role>
consteval bool struct_ok() {
  // NOLINTNEXTLINE(bugprone-branch-clone): a branch keeps the next from being instantiated.
  if constexpr (!Declaration<T, Role>::ok) {
    return false;
  } else if constexpr (!KindAndVersion<T>::ok || !PlainName<T>::ok) {
    return false;
  } else if constexpr (!PlainStruct<T, cairn::detail::struct_problem<T>()>::ok) {
    return false;
  } else if constexpr (!detail::fields_ok<T, Role>()) {
    return false;
  } else {
    return true;
  }
}

}  // namespace cairn::check
