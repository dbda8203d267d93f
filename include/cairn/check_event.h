// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

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

template <typename E, FixedString Field>
struct SecretOfEvent {
  static constexpr bool is_field = sizeof(E) == 0;
  static_assert(is_field,
                "cairn: in an event a Secret is a field of its own, because it is sealed for that "
                "field; take it out of the Option, array, List or struct, or seal the whole: "
                "Secret<ThatStruct>. One that nothing was sealed into is empty");
  static constexpr bool ok = false;
};

template <typename E, std::size_t Parts>
struct OneAbout {
  static constexpr bool ok = Parts < 2;
  static_assert(ok, "cairn: an event has one About<who, where>; put both fields into it");
};

template <typename E, std::size_t Parts>
struct OneWas {
  static constexpr bool ok = Parts < 2;
  static_assert(ok,
                "cairn: an event has one Was<...>, the version before; that one says with its own "
                "Was<...> what it was before");
};

/// What an event says that it was.
template <typename E, typename Older>
struct OlderEvent {
  static constexpr bool is_event = [] {
    if constexpr (describe::Declared<Older>) {
      return Older::schema::role == StructRole::Event;
    } else {
      return false;
    }
  }();
  static constexpr bool is_same_kind = [] {
    if constexpr (is_event) {
      return Older::schema::kind == E::schema::kind;
    } else {
      return true;
    }
  }();
  static constexpr bool is_lower = [] {
    if constexpr (is_event) {
      return Older::schema::version < E::schema::version;
    } else {
      return true;
    }
  }();
  static constexpr bool ok = is_event && is_same_kind && is_lower;
  static_assert(is_event,
                "cairn: Was<...> takes the struct that the event was in its version before, ended "
                "with `using schema = Event<kind, version>;`");
  static_assert(is_same_kind,
                "cairn: Was<...> takes an event of the same kind: stored events are named by it");
  static_assert(is_lower,
                "cairn: Was<...> takes an event of a lower version; raise the version of this one");
};

namespace detail {

template <typename... Parts>
consteval std::size_t count_parts([[maybe_unused]] describe::PartKind kind,
                                  reflect::List<Parts...> /*parts*/) {
  return (std::size_t{describe::PartReader<Parts>::kind == kind} + ... + 0);
}

template <typename D, typename E>
consteval std::size_t about_without_order() {
  for (const std::uint16_t field : describe::StructTable<D, E>::info.about) {
    if (!describe::is_orderable(*describe::StructTable<D, E>::info.fields[field].type)) {
      return field;
    }
  }
  return none;
}

/// The first field with a secret inside it.
template <typename D, typename E>
consteval std::size_t secret_inside() {
  constexpr auto fields = describe::StructTable<D, E>::info.fields;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (fields[i].type->kind != TypeKind::Secret && describe::has_secret(*fields[i].type)) {
      return i;
    }
  }
  return none;
}

}  // namespace detail

template <typename D, typename E>
consteval bool event_ok();

namespace detail {

template <typename D, typename E, typename Older>
consteval bool older_event_ok() {
  // NOLINTNEXTLINE(bugprone-branch-clone): a branch keeps the next from being instantiated.
  if constexpr (!OlderEvent<E, Older>::ok) {
    return false;
  } else if constexpr (!struct_ok<Older, StructRole::Event>()) {
    return false;
  } else {
    return event_ok<D, Older>();
  }
}

/// The whole chain of what the event was.
template <typename D, typename E>
consteval bool older_ok() {
  using Older = cairn::detail::OlderOf<E>;
  if constexpr (std::is_void_v<Older>) {
    return true;
  } else {
    return older_event_ok<D, E, Older>();
  }
}

template <typename E>
consteval bool event_parts_ok() {
  using Parts = typename E::schema::parts;
  constexpr std::size_t abouts = count_parts(describe::PartKind::About, Parts{});
  constexpr std::size_t olders = count_parts(describe::PartKind::Was, Parts{});
  return parts_ok<E>(Parts{}) && OneAbout<E, abouts>::ok && OneWas<E, olders>::ok &&
         part_fields_ok<E>(Parts{});
}

}  // namespace detail

template <typename D, typename E>
consteval bool event_ok() {
  // NOLINTNEXTLINE(bugprone-branch-clone): a branch keeps the next from being instantiated.
  if constexpr (!detail::event_parts_ok<E>()) {
    return false;
  } else if constexpr (!detail::older_ok<D, E>()) {
    return false;
  } else if constexpr (detail::about_without_order<D, E>() != detail::none) {
    return AboutField<E, reflect::field_name<E, detail::about_without_order<D, E>()>>::ok;
  } else if constexpr (detail::secret_inside<D, E>() != detail::none) {
    return SecretOfEvent<E, reflect::field_name<E, detail::secret_inside<D, E>()>>::ok;
  } else {
    return true;
  }
}

}  // namespace cairn::check
