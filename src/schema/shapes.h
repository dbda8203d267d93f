// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "cairn/error.h"
#include "schema/schema.h"

/// A domain in the languages of others. Each is text with a line feed at the end, and equal for
/// equal schemas. Where a language cannot say something (names that differ by case only, two names
/// that read the same without dots), the answer is an error that names it.
namespace cairn::schema {

enum class SqlDialect : std::uint8_t { Sqlite, Postgresql };

/// JSON Schema 2020-12: a definition of every enum and struct, as docs/formats/values.md writes
/// their values.
[[nodiscard]] std::string to_json_schema(const Schema& schema);

/// The same as the components of an OpenAPI 3.1 document.
[[nodiscard]] std::string to_openapi(const Schema& schema);

/// A table for each record and each edge.
Result<std::string> to_sql(const Schema& schema, SqlDialect dialect);

/// C11: every struct as it lies in memory, with assertions on each offset.
Result<std::string> to_c_header(const Schema& schema);

/// A type for every enum and struct, as JSON carries them.
Result<std::string> to_typescript(const Schema& schema);

}  // namespace cairn::schema
