// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>
#include <string_view>

namespace cairn {

/// The known name that somebody who typed `wrong` most likely meant, for "did you mean"; empty when
/// none is near. Near: at most a third of the letters (and at least one) added, dropped, replaced
/// or swapped with a neighbour. Of equals, the first known wins.
[[nodiscard]] std::optional<std::string_view> nearest_name(
    std::string_view wrong, std::span<const std::string_view> known) noexcept;

}  // namespace cairn
