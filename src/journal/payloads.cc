// SPDX-License-Identifier: Apache-2.0
#include "journal/payloads.h"

#include <algorithm>

#include "cairn/int128.h"
#include "cairn/scratch.h"
#include "cairn/sizes.h"

namespace cairn::journal {

const StructInfo* Payloads::event(std::uint32_t schema, std::uint16_t kind) const noexcept {
  const schema::Schema* const found = schemas_->find(schema);
  return found == nullptr ? nullptr : found->event(kind);
}

const StructInfo* Payloads::command(std::uint32_t schema, std::uint16_t kind) const noexcept {
  const schema::Schema* const found = schemas_->find(schema);
  return found == nullptr ? nullptr : found->command(kind);
}

const Payloads::Reader& Payloads::reader_of(const StructInfo& structure) {
  const auto known = readers_.find(&structure);
  if (known != readers_.end()) {
    return known->second;
  }
  std::uint64_t scratch_per_byte = 0;
  for (const FieldInfo& field : structure.fields) {
    scratch_per_byte = std::max(scratch_per_byte, describe::scratch_per_byte(*field.type));
  }
  return readers_
      .emplace(&structure,
               Reader{.codec = schema::Codec(structure), .scratch_per_byte = scratch_per_byte})
      .first->second;
}

Result<Payloads::Value> Payloads::read(const StructInfo& structure,
                                       std::span<const std::byte> bytes) {
  if (bytes.size() > structure.encoded_size_max) {
    return fail(Errc::TooLarge, "more bytes than any value of its kind has");
  }
  const Reader& reader = reader_of(structure);
  const std::size_t room =
      structure.memory_size + 2 * sizeof(Int128) + reader.scratch_per_byte * bytes.size();
  if (memory_.size() < room) {
    memory_.resize(room);
  }
  Scratch scratch(memory_);
  std::byte* const place = scratch.take(structure.memory_size, alignof(Int128));
  CAIRN_TRY(reader.codec.decode(bytes, place, scratch));
  return Value{.structure = &structure, .memory = place};
}

}  // namespace cairn::journal
