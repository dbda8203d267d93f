// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "cairn/check_struct.h"

/// The rules for keys, indexes, machines and coordinates, on structs whose fields are right.
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

template <typename R, FixedString Index, std::uint64_t Bytes>
struct KeySize {
  static constexpr bool ok = Bytes <= limits::key_bytes_max;
  static_assert(ok,
                "cairn: the key bytes of this index can exceed 1024 bytes (text counts twice its "
                "capacity); index shorter fields, or a Digest of them");
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

template <typename R, FixedString Field>
struct FieldOfIndex {
  static constexpr bool is_managed = sizeof(R) == 0;
  static_assert(is_managed,
                "cairn: a plain field changes behind an index's back; wrap it: Ordered<T>");
  static constexpr bool ok = false;
};

template <typename R, FixedString Field>
struct OrderedField {
  static constexpr bool is_covered = sizeof(R) == 0;
  static_assert(is_covered,
                "cairn: an Ordered<T> field is part of an index; name it in IndexOn<...> or "
                "UniqueOn<...> of its Record, or use the plain type");
  static constexpr bool ok = false;
};

template <typename R, FixedString Index>
struct DistinctIndex {
  static constexpr bool is_new = sizeof(R) == 0;
  static_assert(is_new, "cairn: two indexes cover the same fields; remove one of them");
  static constexpr bool ok = false;
};

template <typename R, FixedString Index>
struct DistinctIndexName {
  static constexpr bool is_new = sizeof(R) == 0;
  static_assert(is_new, "cairn: two indexes get the same name from their fields; rename a field");
  static constexpr bool ok = false;
};

template <typename R, FixedString Index>
struct DistinctIndexFields {
  static constexpr bool is_new = sizeof(R) == 0;
  static_assert(is_new, "cairn: an index names a field twice; name each field once");
  static constexpr bool ok = false;
};

template <typename R, std::size_t Count>
struct IndexCount {
  static constexpr bool ok = Count <= limits::record_indexes_max;
  static_assert(ok, "cairn: a record has at most 16 indexes, its key among them");
};

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

using describe::FieldTable;
using describe::IndexTable;
using describe::StructTable;

template <typename D, typename T>
inline constexpr const auto& kinds_of = StructTable<D, T>::Fields::kinds;

constexpr std::size_t none = static_cast<std::size_t>(-1);

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

template <typename T, typename... Parts>
consteval bool part_fields_ok(reflect::List<Parts...> /*parts*/) {
  constexpr std::array<bool, sizeof...(Parts) + 1> ok = {FieldsOfPart<T, Parts>::ok..., true};
  return std::ranges::find(ok, false) == ok.end();
}

template <typename D, typename R>
struct IndexFaults {
  using Table = IndexTable<R, typename StructTable<D, R>::Fields>;
  static constexpr const auto& list = Table::list;

  /// The first field of a declared index that may change behind its back.
  static consteval std::size_t loose_field() {
    for (std::size_t i = 0; i < list.count; ++i) {
      for (std::size_t f = 0; f < list.items[i].size; ++f) {
        if (kinds_of<D, R>[list.items[i].fields[f]] == FieldKind::Plain) {
          return list.items[i].fields[f];
        }
      }
    }
    return none;
  }

  static consteval bool covers(std::size_t field) {
    for (std::size_t i = 0; i < list.count; ++i) {
      for (std::size_t f = 0; f < list.items[i].size; ++f) {
        if (list.items[i].fields[f] == field) {
          return true;
        }
      }
    }
    return false;
  }

  static consteval std::size_t uncovered_field() {
    for (std::size_t i = 0; i < kinds_of<D, R>.size(); ++i) {
      if (kinds_of<D, R>[i] == FieldKind::Ordered && !covers(i)) {
        return i;
      }
    }
    return none;
  }

  static consteval std::size_t repeating() {
    for (std::size_t i = 0; i < list.count; ++i) {
      for (std::size_t f = 1; f < list.items[i].size; ++f) {
        for (std::size_t g = 0; g < f; ++g) {
          if (list.items[i].fields[f] == list.items[i].fields[g]) {
            return i;
          }
        }
      }
    }
    return none;
  }

  /// An index over the key alone is no repetition of the key: it makes the key scannable.
  static consteval std::size_t repeated() {
    for (std::size_t i = 1; i < list.count; ++i) {
      for (std::size_t k = 1; k < i; ++k) {
        if (list.items[i].size == list.items[k].size &&
            list.items[i].fields == list.items[k].fields) {
          return i;
        }
      }
    }
    return none;
  }

  static consteval std::size_t misnamed() {
    for (std::size_t i = 1; i < list.count; ++i) {
      for (std::size_t k = 0; k < i; ++k) {
        if (Table::infos[i].name == Table::infos[k].name) {
          return i;
        }
      }
    }
    return none;
  }

  static consteval std::uint64_t bytes(std::size_t index) {
    std::uint64_t size = 0;
    for (std::size_t f = 0; f < list.items[index].size; ++f) {
      size += describe::key_bytes_max(
          *StructTable<D, R>::info.fields[list.items[index].fields[f]].type);
    }
    return size;
  }

  static consteval std::size_t oversized() {
    for (std::size_t i = 0; i < list.count; ++i) {
      if (bytes(i) > limits::key_bytes_max) {
        return i;
      }
    }
    return none;
  }

  /// All at once, for the many records that are right.
  static consteval bool none_found() {
    return loose_field() == none && uncovered_field() == none && repeating() == none &&
           repeated() == none && misnamed() == none && oversized() == none;
  }
};

template <typename D, typename R, std::size_t I>
inline constexpr auto index_name = FixedString<IndexFaults<D, R>::Table::infos[I].name.size() + 1>(
    IndexFaults<D, R>::Table::infos[I].name);

template <typename D, typename R>
consteval bool indexes_ok() {
  using Faults = IndexFaults<D, R>;
  if constexpr (!IndexCount<R, Faults::list.count>::ok) {
    return false;
  } else if constexpr (Faults::none_found()) {
    return true;
  } else if constexpr (Faults::loose_field() != none) {
    return FieldOfIndex<R, reflect::field_name<R, Faults::loose_field()>>::ok;
  } else if constexpr (Faults::uncovered_field() != none) {
    return OrderedField<R, reflect::field_name<R, Faults::uncovered_field()>>::ok;
  } else if constexpr (Faults::repeating() != none) {
    return DistinctIndexFields<R, index_name<D, R, Faults::repeating()>>::ok;
  } else if constexpr (Faults::repeated() != none) {
    return DistinctIndex<R, index_name<D, R, Faults::repeated()>>::ok;
  } else if constexpr (Faults::misnamed() != none) {
    return DistinctIndexName<R, index_name<D, R, Faults::misnamed()>>::ok;
  } else {
    constexpr std::size_t index = Faults::oversized();
    return KeySize<R, index_name<D, R, index>, Faults::bytes(index)>::ok;
  }
}

template <typename D, typename E>
consteval std::size_t about_without_order() {
  for (const std::uint16_t field : StructTable<D, E>::info.about) {
    if (!describe::is_orderable(*StructTable<D, E>::info.fields[field].type)) {
      return field;
    }
  }
  return none;
}

}  // namespace detail

template <typename D, typename R>
consteval bool record_ok() {
  constexpr std::size_t keys = detail::count_kind<D, R>(FieldKind::Key);
  using Parts = typename R::schema::parts;
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
