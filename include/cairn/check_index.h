// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "cairn/check_struct.h"
#include "cairn/fixed_string.h"
#include "cairn/limits.h"
#include "cairn/sizes.h"

/// The rules for the indexes of a record: what they cover, how they differ, how large keys get.
namespace cairn::check {

template <typename R, FixedString Index, std::uint64_t Bytes>
struct KeySize {
  static constexpr bool ok = Bytes <= limits::key_bytes_max;
  static_assert(ok,
                "cairn: the key bytes of this index can exceed 1024 bytes (text counts twice its "
                "capacity); index shorter fields, or a Digest of them");
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

namespace detail {

using describe::IndexTable;
using describe::StructTable;

template <typename D, typename T>
inline constexpr const auto& kinds_of = StructTable<D, T>::Fields::kinds;

template <typename D, typename R>
struct IndexFaults {
  using Table = IndexTable<R, typename StructTable<D, R>::Fields>;
  static constexpr const auto& list = Table::list;

  static consteval std::size_t loose_field_of(std::size_t index) {
    for (std::size_t f = 0; f < list.items[index].size; ++f) {
      if (kinds_of<D, R>[list.items[index].fields[f]] == FieldKind::Plain) {
        return list.items[index].fields[f];
      }
    }
    return none;
  }

  /// The first field of a declared index that may change behind its back.
  static consteval std::size_t loose_field() {
    for (std::size_t i = 0; i < list.count; ++i) {
      if (loose_field_of(i) != none) {
        return loose_field_of(i);
      }
    }
    return none;
  }

  /// Whether the field is among the first `count` of the index.
  static consteval bool has_field(std::size_t index, std::size_t count, std::size_t field) {
    for (std::size_t f = 0; f < count; ++f) {
      if (list.items[index].fields[f] == field) {
        return true;
      }
    }
    return false;
  }

  static consteval bool covers(std::size_t field) {
    for (std::size_t i = 0; i < list.count; ++i) {
      if (has_field(i, list.items[i].size, field)) {
        return true;
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

  static consteval bool repeats_field(std::size_t index) {
    for (std::size_t f = 1; f < list.items[index].size; ++f) {
      if (has_field(index, f, list.items[index].fields[f])) {
        return true;
      }
    }
    return false;
  }

  static consteval std::size_t repeating() {
    for (std::size_t i = 0; i < list.count; ++i) {
      if (repeats_field(i)) {
        return i;
      }
    }
    return none;
  }

  /// An index over the key alone is no repetition of the key: it makes the key scannable.
  static consteval bool repeats_earlier(std::size_t index) {
    for (std::size_t k = 1; k < index; ++k) {
      if (list.items[index].size == list.items[k].size &&
          list.items[index].fields == list.items[k].fields) {
        return true;
      }
    }
    return false;
  }

  static consteval std::size_t repeated() {
    for (std::size_t i = 1; i < list.count; ++i) {
      if (repeats_earlier(i)) {
        return i;
      }
    }
    return none;
  }

  static consteval bool has_earlier_name(std::size_t index) {
    for (std::size_t k = 0; k < index; ++k) {
      if (Table::infos[index].name == Table::infos[k].name) {
        return true;
      }
    }
    return false;
  }

  static consteval std::size_t misnamed() {
    for (std::size_t i = 1; i < list.count; ++i) {
      if (has_earlier_name(i)) {
        return i;
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

}  // namespace detail

}  // namespace cairn::check
