// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "cairn/error.h"
#include "cairn/integers.h"

namespace cairn {

/// The number of a row of record R. A plain value; an Id of one record does not convert to an Id of
/// another, nor from a bare number: `Id<Account>{7}`. R may be incomplete.
template <typename R>
struct Id {
  using record = R;

  std::uint64_t value = 0;

  /// Decimal digits.
  [[nodiscard]] std::string to_string() const { return cairn::to_string(value); }

  /// Reads exactly what `to_string` writes.
  [[nodiscard]] static Result<Id> parse(std::string_view text) {
    CAIRN_TRY(const std::uint64_t number, parse_integer<std::uint64_t>(text));
    return Id{number};
  }

  friend constexpr auto operator<=>(Id, Id) noexcept = default;
};

}  // namespace cairn
