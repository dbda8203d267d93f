// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cairn/error.h"
#include "schema/path.h"
#include "schema/store.h"

namespace cairn::schema {

/// Everything a description must keep to be a domain, beyond what making it checked: names, kinds,
/// roles, keys, machines, edges, counts. The same rules that the compiler keeps for a compiled
/// domain. The error names the place as the canonical IDL would.
Result<> check_domain(const Description& description);

// The parts of it; each checks one kind of declaration on its own.

Result<> check_enum(const EnumInfo& enumeration, const Path& at);
/// `domain` is where references are looked up.
Result<> check_struct(const StructInfo& structure, const DomainInfo& domain, const Path& at);
/// Key, indexes, machines: what only a record has.
Result<> check_record(const StructInfo& record, const Path& at);

}  // namespace cairn::schema
