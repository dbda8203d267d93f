// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "cairn/descriptor.h"
#include "cairn/error.h"
#include "journal/schemas.h"
#include "schema/schema.h"

namespace cairn::store {

/// Which version of its type an event was stored in, by the schema of its transaction. Immutable,
/// any thread.
class TypeVersions final {
 public:
  TypeVersions() = default;
  explicit TypeVersions(const journal::Schemas& schemas);

  /// 0 when the schema has no such event: the store's own, for instance.
  [[nodiscard]] std::uint16_t of(std::uint32_t schema, std::uint16_t kind) const noexcept {
    if (schema == 0 || schema > by_schema_.size()) {
      return 0;
    }
    const std::vector<std::uint16_t>& versions = by_schema_[schema - 1];
    return kind < versions.size() ? versions[kind] : std::uint16_t{0};
  }

 private:
  std::vector<std::vector<std::uint16_t>> by_schema_;  ///< from schema 1 on; then by kind
};

/// Whether a store that has had these schemas can be used with a domain: what changed since only
/// adds, or raises versions of events; and each version that an event was ever stored in is one
/// that the domain says it was, so that it is upcast when it is read. Conflict, with what to write.
Result<> check_evolution(const journal::Schemas& had, const schema::Schema& schema,
                         const DomainInfo& domain);

}  // namespace cairn::store
