// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "cairn/error.h"
#include "schema/path.h"
#include "schema/store.h"

namespace cairn::schema {

/// Makes the descriptors of one schema, level by level: what a type or struct is made of is made
/// before it. Computes the memory layout and keeps every bound that a later step relies on, so that
/// sizes cannot overflow and depth is bounded whatever the input says. Used by the two places that
/// descriptions come from, a compiled domain and an IDL. One thread at a time.
class Builder final {
 public:
  explicit Builder(Store& store) noexcept : store_(store) {}

  [[nodiscard]] Store& store() noexcept { return store_; }

  /// Ignores the sizes in `raw`. Requires: its element, structure and enumeration are this
  /// builder's.
  Result<const TypeInfo*> add_type(TypeInfo raw, const Path& at);

  /// Ignores the sizes and offsets in `raw` and `fields`.
  Result<const StructInfo*> add_struct(StructInfo raw, std::vector<FieldInfo> fields,
                                       const Path& at);

 private:
  /// How large a type is when the structs inside it are written out.
  struct Weight {
    std::size_t depth = 0;
    std::size_t parts = 1;
  };

  [[nodiscard]] Weight weight_of(const TypeInfo& type) const;
  Result<> check_bounds(const TypeInfo& type, const Path& at) const;

  Store& store_;
  std::unordered_map<const StructInfo*, Weight> weights_;  // looked up, never walked
  std::size_t parts_ = 0;
};

}  // namespace cairn::schema
