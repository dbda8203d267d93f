// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <string>
#include <string_view>

#include "cairn/error.h"

namespace cairn {

/// A 128-bit identifier in the byte order of RFC 9562, which is also its sort order.
struct Uuid {
  std::array<std::byte, 16> bytes = {};

  /// The canonical form, lower case: "0190c0de-0000-7000-8000-000000000000".
  [[nodiscard]] std::string to_string() const;

  /// Reads exactly what `to_string` writes: a Uuid has one text.
  static Result<Uuid> parse(std::string_view text);

  friend auto operator<=>(const Uuid&, const Uuid&) noexcept = default;
};

}  // namespace cairn
