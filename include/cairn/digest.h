// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <string>
#include <string_view>

#include "cairn/error.h"

namespace cairn {

/// A 256-bit cryptographic hash: the name of some bytes. A plain value. Digests are public, so
/// comparing them takes no care about timing; secrets are never compared this way.
struct Digest {
  std::array<std::byte, 32> bytes = {};

  /// 64 lower-case hexadecimal digits.
  [[nodiscard]] std::string to_string() const;

  /// Reads exactly what `to_string` writes: a digest has one text.
  static Result<Digest> parse(std::string_view text);

  friend auto operator<=>(const Digest&, const Digest&) noexcept = default;
};

}  // namespace cairn
