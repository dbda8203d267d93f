// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstring>

#include "cairn/check_machine.h"
#include "cairn/reflect.h"
#include "cairn/row.h"

namespace cairn {

/// A link to make when a row is created: see `linked`.
template <typename E, typename RowType>
struct LinkRequest {
  using edge = E;
  RowType other;
};

/// `tx.create(Line{...}, linked<part_of>(order))`: the new row and `order` are linked by the edge,
/// whichever end the new row is.
template <typename E, typename RowType>
[[nodiscard]] LinkRequest<E, RowType> linked(const RowType& other) {
  return {other};
}

namespace detail {

/// Copies a value into zeroed memory field by field, so that padding stays zero.
template <typename R>
struct RowImage {
  explicit RowImage(const R& row) { reflect::visit_fields(row, CopyFields{memory, &row}); }

  struct CopyFields {
    std::byte* to;
    const void* from;

    template <typename... F>
    void operator()(const F&... fields) const {
      (copy(fields), ...);
    }

    template <typename F>
    void copy(const F& field) const {
      const auto offset =
          reinterpret_cast<const std::byte*>(&field) - static_cast<const std::byte*>(from);
      std::memcpy(to + offset, static_cast<const void*>(&field), sizeof(F));
    }
  };

  alignas(R) std::byte memory[sizeof(R)] = {};
};

/// The state a new row is in, as the handle `create` gives.
template <typename Context, typename R>
auto as_created(const Row<Context, R>& row) {
  if constexpr (check::detail::machine_count(reflect::FieldTypes<R>{}) == 1) {
    using Field = reflect::FieldType<R, OnlyMachine<R>::field>;
    return In<Context, R, Field::machine::initial>(row);
  } else {
    return row;
  }
}

}  // namespace detail

}  // namespace cairn
