// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string_view>

#include "cairn/descriptor.h"

namespace cairn::cli {

/// The example domains that are compiled into this binary, by name. The one place that lists them.
[[nodiscard]] std::span<const DomainInfo* const> built_in_domains() noexcept;

/// Null when there is none of that name.
[[nodiscard]] const DomainInfo* find_domain(std::string_view name) noexcept;

}  // namespace cairn::cli
