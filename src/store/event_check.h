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

namespace cairn::store {

/// Judges whether events are what the schema says, so that nothing else is ever stored. Immutable,
/// any thread; the schema outlives it.
class EventCheck final {
 public:
  explicit EventCheck(const schema::Schema& schema);

  /// InvalidArgument, or what is wrong with the bytes; names the event.
  Result<> check(std::span<const NewEvent> events) const;

 private:
  struct Look {
    const StructInfo* structure = nullptr;
    schema::Codec codec;
    std::size_t scratch_per_byte = 0;
  };

  Result<> check(const NewEvent& event) const;

  const schema::Schema* schema_;
  std::vector<Look> looks_;  ///< by ascending kind
};

}  // namespace cairn::store
