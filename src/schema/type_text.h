// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "cairn/descriptor.h"
#include "cairn/error.h"
#include "schema/builder.h"
#include "schema/path.h"

namespace cairn::schema {

/// A type as the IDL writes it: "u64", "decimal<2>", "list<struct<Line>,100>". One text per type,
/// without spaces.
[[nodiscard]] std::string to_text(const TypeInfo& type);

/// Finds what a type refers to by name; null when there is none, an error when it cannot be had.
class TypeNames {
 public:
  TypeNames() = default;
  TypeNames(const TypeNames&) = delete;
  TypeNames& operator=(const TypeNames&) = delete;
  virtual ~TypeNames() = default;

  virtual Result<const StructInfo*> find_struct(std::string_view name) = 0;
  virtual Result<const EnumInfo*> find_enum(std::string_view name) = 0;
  [[nodiscard]] virtual bool has_record(std::string_view name) const = 0;
};

/// Reads exactly what `to_text` writes. `at` is the place that errors name.
Result<const TypeInfo*> parse_type(std::string_view text, Builder& builder, TypeNames& names,
                                   const Path& at);

}  // namespace cairn::schema
