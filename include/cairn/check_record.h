// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

#include "cairn/check_index.h"
#include "cairn/check_part.h"
#include "cairn/fixed_string.h"

/// The rules for the keys and indexes of a record, on structs whose fields are right.
namespace cairn::check {

template <typename R, std::size_t Keys>
struct OneKey {
  static constexpr bool has_key = Keys != 0;
  static constexpr bool has_one_key = Keys < 2;
  static constexpr bool ok = has_key && has_one_key;
  static_assert(has_key,
                "cairn: a record has a primary key; give it a field `Key<Id<ThisRecord>> id;` or a "
                "natural key");
  static_assert(has_one_key,
                "cairn: a record has one primary key; make the others Unique<T>, or put them into "
                "one struct: Key<LineKey>");
};

template <typename D, typename R, FixedString Field, typename FieldType>
struct KeyType {
  using Value = FieldValue<FieldType>;
  static constexpr bool is_public = !FieldTraits<FieldType>::is_secret;
  static constexpr bool is_orderable =
      !is_public || describe::is_orderable(describe::type_info<D, describe::ValueOf<FieldType>>);
  static constexpr bool is_present =
      FieldTraits<FieldType>::kind != FieldKind::Key || Shape<Value>::kind != TypeKind::Option;
  static constexpr bool ok = is_public && is_orderable && is_present;
  static_assert(is_public,
                "cairn: an index would tell a Secret; take Secret<T> out of the key or index");
  static_assert(is_orderable, "cairn: values of this type have no order; choose another key");
  static_assert(is_present,
                "cairn: every row has its key; Option<T> is no primary key, use Unique<Option<T>>");
};

namespace detail {

constexpr bool is_keyed(FieldKind kind) {
  return kind == FieldKind::Key || kind == FieldKind::Unique || kind == FieldKind::Indexed ||
         kind == FieldKind::Ordered;
}

template <typename D, typename T>
consteval std::size_t count_kind(FieldKind kind) {
  std::size_t count = 0;
  for (const FieldKind each : kinds_of<D, T>) {
    count += each == kind ? 1 : 0;
  }
  return count;
}

template <typename D, typename R, std::size_t I>
consteval bool key_field_ok() {
  if constexpr (is_keyed(kinds_of<D, R>[I])) {
    return KeyType<D, R, reflect::field_name<R, I>, reflect::FieldType<R, I>>::ok;
  } else {
    return true;
  }
}

template <typename D, typename R, std::size_t... I>
consteval bool key_fields_ok(std::index_sequence<I...> /*fields*/) {
  constexpr std::array<bool, sizeof...(I)> ok = {key_field_ok<D, R, I>()...};
  return std::ranges::find(ok, false) == ok.end();
}

}  // namespace detail

template <typename D, typename R>
consteval bool record_ok() {
  constexpr std::size_t keys = detail::count_kind<D, R>(FieldKind::Key);
  using Parts = typename R::schema::parts;
  // NOLINTNEXTLINE(bugprone-branch-clone): a branch keeps the next from being instantiated.
  if constexpr (!OneKey<R, keys>::ok) {
    return false;
  } else if constexpr (!detail::key_fields_ok<D, R>(
                           std::make_index_sequence<reflect::field_count<R>>{})) {
    return false;
  } else if constexpr (!detail::parts_ok<R>(Parts{}) || !detail::part_fields_ok<R>(Parts{})) {
    return false;
  } else {
    return detail::indexes_ok<D, R>();
  }
}

}  // namespace cairn::check
