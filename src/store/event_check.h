// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "cairn/error.h"
#include "cairn/store_core.h"
#include "schema/codec.h"
#include "schema/schema.h"
#include "store/store_secrets.h"

namespace cairn::store {

/// Judges whether events are what the schema says, and secrets in their fields sealed for where
/// they are, so that nothing else is ever stored. Immutable, any thread; schema and secrets outlive
/// it.
class EventCheck final {
 public:
  EventCheck(const schema::Schema& schema, StoreSecrets& secrets);

  /// InvalidArgument, or what is wrong with the bytes; names the event.
  Result<> check(std::span<const NewEvent> events) const;

 private:
  struct Look {
    const StructInfo* structure = nullptr;
    schema::Codec codec;
    std::size_t scratch_per_byte = 0;
    std::vector<const FieldInfo*> secrets = {};
  };

  static Look look_at(const StructInfo& event);
  Result<> check(const NewEvent& event) const;
  Result<> check_secrets(const Look& look, const NewEvent& event, const std::byte* value) const;

  const schema::Schema* schema_;
  StoreSecrets* secrets_;
  std::vector<Look> looks_;  ///< by ascending kind
};

}  // namespace cairn::store
