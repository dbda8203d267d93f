// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <ranges>

namespace cairn::petri {

/// 0 to `count` - 1 in the type that descriptors write positions in. Requires: a count of
/// declarations, which include/cairn/limits.h keeps well below 2^16.
[[nodiscard]] inline auto positions(std::size_t count) noexcept {
  return std::views::iota(std::uint16_t{0}, static_cast<std::uint16_t>(count));
}

}  // namespace cairn::petri
