// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

#include "cairn/descriptor.h"
#include "cairn/error.h"
#include "journal/schemas.h"
#include "schema/codec.h"

namespace cairn::journal {

/// Reads commands and events of a journal with the schemas that the journal has, so that whoever
/// shows or checks them needs no domain. Keeps its memory from one value to the next. The schemas
/// outlive it. One thread.
class Payloads final {
 public:
  explicit Payloads(const Schemas& schemas) : schemas_(&schemas) {}

  /// A value in memory, valid until the next one is read.
  struct Value {
    const StructInfo* structure = nullptr;
    const std::byte* memory = nullptr;
  };

  /// Null: that schema has none of the kind.
  [[nodiscard]] const StructInfo* event(std::uint32_t schema, std::uint16_t kind) const noexcept;
  [[nodiscard]] const StructInfo* command(std::uint32_t schema, std::uint16_t kind) const noexcept;

  /// The value that the bytes are. Corrupt names field and offset.
  Result<Value> read(const StructInfo& structure, std::span<const std::byte> bytes);

 private:
  struct Reader {
    schema::Codec codec;
    std::uint64_t scratch_per_byte = 0;
  };

  const Reader& reader_of(const StructInfo& structure);

  const Schemas* schemas_;
  std::unordered_map<const StructInfo*, Reader> readers_;
  std::vector<std::byte> memory_;
};

}  // namespace cairn::journal
