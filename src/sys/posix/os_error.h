// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "cairn/error.h"

namespace cairn::sys {

/// What an errno value means to Cairn.
[[nodiscard]] Errc errc_of(int number) noexcept;

/// "cannot write /data/a: No space left on device", with the code of `errc_of` and a hint where one
/// helps.
[[nodiscard]] Error os_error(std::string_view operation, std::string_view path, int number);

}  // namespace cairn::sys
