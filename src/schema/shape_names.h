// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "cairn/error.h"
#include "schema/schema.h"

namespace cairn::schema {

/// All structs of a schema, those that others hold first.
[[nodiscard]] std::vector<const StructInfo*> structs_inner_first(const Schema& schema);

/// Names that one scope of another language holds.
class Scope final {
 public:
  /// AlreadyExists when `name` was added before; `language` is for the error.
  Result<> add(const std::string& name, std::string_view language);

 private:
  std::set<std::string> names_;
};

}  // namespace cairn::schema
