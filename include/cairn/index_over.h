// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <type_traits>

#include "cairn/declare.h"
#include "cairn/describe_struct.h"
#include "cairn/reflect.h"
#include "cairn/sizes.h"

namespace cairn::detail {

/// The index that covers exactly these fields in this order; its position in the descriptor.
template <typename D, auto... Fields>
struct IndexOver;

template <typename D, auto First, auto... Rest>
struct IndexOver<D, First, Rest...> {
  using R = reflect::ClassOf<First>;
  static constexpr bool is_of_one_record = (std::is_same_v<reflect::ClassOf<Rest>, R> && ...) &&
                                           reflect::contains<R, typename D::records>;
  static constexpr std::size_t size = 1 + sizeof...(Rest);
  static constexpr std::array<std::size_t, size> positions = {reflect::member_index<First>,
                                                              reflect::member_index<Rest>...};
  static constexpr std::size_t none = std::numeric_limits<std::size_t>::max();

  static consteval bool covers(const IndexInfo& index) {
    if (index.fields.size() != size) {
      return false;
    }
    for (std::size_t i = 0; i < size; ++i) {
      if (index.fields[i] != positions[i]) {
        return false;
      }
    }
    return true;
  }

  static consteval std::size_t find(bool unique_only, std::size_t first) {
    const auto& indexes = describe::StructTable<D, R>::info.indexes;
    for (std::size_t i = first; i < indexes.size(); ++i) {
      if (covers(indexes[i]) && (indexes[i].is_unique || !unique_only)) {
        return i;
      }
    }
    return none;
  }

  /// The primary key has an order only where the record declares one.
  static constexpr std::size_t ordered = find(false, 1);
  static constexpr std::size_t unique = find(true, 0);
  static constexpr bool is_key = covers(describe::StructTable<D, R>::info.indexes[0]);

  static constexpr std::size_t key_bytes = [] {
    std::uint64_t bytes = 0;
    for (const std::size_t field : positions) {
      bytes += describe::key_bytes_max(*describe::StructTable<D, R>::info.fields[field].type);
    }
    return static_cast<std::size_t>(bytes);
  }();

  using Values =
      reflect::List<FieldValue<reflect::MemberOf<First>>, FieldValue<reflect::MemberOf<Rest>>...>;
};

}  // namespace cairn::detail
