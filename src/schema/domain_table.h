// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cairn/descriptor.h"
#include "cairn/error.h"
#include "cairn/plugin.h"
#include "schema/schema.h"

/// What the table of a domain (cairn/plugin.h) says, to hosts that do not believe it.
namespace cairn::schema {

/// The schema in the table's own words: `idl`, or what `describe` writes. Its descriptor is not
/// looked at. What `describe` throws is an error.
Result<Schema> read_schema(const cairn_domain& domain);

/// Which of the functions that the schema asks for is missing; null when none is.
[[nodiscard]] const char* missing_function(const cairn_domain& domain,
                                           const DomainInfo& schema) noexcept;

/// Whether the table is one of a domain with this schema: its name, its functions, and how its
/// compiler laid out rows.
Result<> check_table(const cairn_domain& domain, const DomainInfo& schema);

}  // namespace cairn::schema
