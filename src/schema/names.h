// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "cairn/limits.h"

namespace cairn::schema {

/// Whether `name` can name a field, a record and so on: a C++ identifier in ASCII that is no
/// keyword, of at most `bytes_max` bytes.
[[nodiscard]] bool is_identifier(std::string_view name,
                                 std::size_t bytes_max = limits::name_bytes_max) noexcept;

/// Identifiers joined by dots, as enums and nested structs are named: "Account.Status".
[[nodiscard]] bool is_dotted_name(std::string_view name) noexcept;

/// The name with dots as underscores, for languages without dots in names.
[[nodiscard]] std::string flat_name(std::string_view name);

/// Hostile text as it may stand in an error message: quoted, shortened, control characters
/// replaced.
[[nodiscard]] std::string quoted(std::string_view text);

}  // namespace cairn::schema
