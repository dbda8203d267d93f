// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "cairn/descriptor.h"
#include "cairn/error.h"
#include "schema/schema.h"

namespace cairn::cli {

/// The example domains that are compiled into this binary, by name. The one place that lists them.
[[nodiscard]] std::span<const DomainInfo* const> built_in_domains() noexcept;

/// Null when there is none of that name.
[[nodiscard]] const DomainInfo* find_domain(std::string_view name) noexcept;

/// Whether a DOMAIN argument names a plugin, by its ending: a path that ends in ".so".
[[nodiscard]] bool is_plugin_path(std::string_view domain) noexcept;

/// What a DOMAIN argument declares: a plugin, a built-in example, or an IDL file. Loads the plugin,
/// which runs its initialisers, and unloads it again.
Result<schema::Schema> load_schema(const std::string& domain);

}  // namespace cairn::cli
