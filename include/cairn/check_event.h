// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "cairn/check_part.h"
#include "cairn/fixed_string.h"
#include "cairn/sizes.h"

/// The rules for the coordinates of an event, on structs whose fields are right.
namespace cairn::check {

template <typename E, FixedString Field>
struct AboutField {
  static constexpr bool is_key = sizeof(E) == 0;
  static_assert(is_key,
                "cairn: an event is About something that can be a key, an Id<Record> for instance; "
                "this field's type has no order");
  static constexpr bool ok = false;
};

template <typename E, std::size_t Parts>
struct OneAbout {
  static constexpr bool ok = Parts < 2;
  static_assert(ok, "cairn: an event has one About<who, where>; put both fields into it");
};

namespace detail {

template <typename D, typename E>
consteval std::size_t about_without_order() {
  for (const std::uint16_t field : describe::StructTable<D, E>::info.about) {
    if (!describe::is_orderable(*describe::StructTable<D, E>::info.fields[field].type)) {
      return field;
    }
  }
  return none;
}

}  // namespace detail

template <typename D, typename E>
consteval bool event_ok() {
  using Parts = typename E::schema::parts;
  if constexpr (!detail::parts_ok<E>(Parts{}) || !OneAbout<E, Parts::size>::ok ||
                !detail::part_fields_ok<E>(Parts{})) {
    return false;
  } else if constexpr (detail::about_without_order<D, E>() != detail::none) {
    return AboutField<E, reflect::field_name<E, detail::about_without_order<D, E>()>>::ok;
  } else {
    return true;
  }
}

}  // namespace cairn::check
