// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "base/check.h"
#include "schema/random_schema.h"
#include "schema/schema.h"

/// What the fuzz targets that need a schema share.
namespace cairn::schema {

/// A random domain, one of few so that it is made once each.
inline const Schema& fuzz_schema(std::uint8_t number) {
  constexpr std::size_t count = 16;
  static const std::vector<Schema> schemas = [] {
    std::vector<Schema> made;
    for (std::size_t i = 0; i < count; ++i) {
      Choices choices(i + 1);
      auto schema = Schema::from_idl(stamped(random_idl(choices)));
      CAIRN_CHECK(schema.has_value());
      made.push_back(std::move(*schema));
    }
    return made;
  }();
  return schemas[number % count];
}

/// One of its records, commands and events.
inline const StructInfo& fuzz_struct(const Schema& schema, std::uint8_t number) {
  const DomainInfo& domain = schema.domain();
  std::vector<const StructInfo*> all;
  for (const auto list : {domain.records, domain.commands, domain.events}) {
    all.insert(all.end(), list.begin(), list.end());
  }
  return *all[number % all.size()];
}

}  // namespace cairn::schema
