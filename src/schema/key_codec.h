// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <span>

#include "cairn/descriptor.h"
#include "cairn/error.h"
#include "cairn/limits.h"

namespace cairn::schema {

/// Where a key is written; every key of a checked schema fits.
using KeyBuffer = std::array<std::byte, limits::key_bytes_max>;

/// Writes the key bytes (docs/formats/values.md) of a row's fields that `index` names, the same as
/// the typed encoders give: compared as unsigned bytes they sort as the values do. Returns what was
/// written, in `buffer`. Requires: `row` holds a valid value of `record`.
std::span<const std::byte> encode_key(const StructInfo& record, const IndexInfo& index,
                                      const std::byte* row, KeyBuffer& buffer) noexcept;

/// The same for one value, of a type that is_orderable and whose keys fit: the bound of a range, a
/// key that somebody asks for.
std::span<const std::byte> encode_key(const TypeInfo& type, const std::byte* value,
                                      KeyBuffer& buffer) noexcept;

/// Whether a value's key bytes are its memory from the most significant byte down.
[[nodiscard]] bool is_number_key(const TypeInfo& type) noexcept;

/// Whether such key bytes start with the sign, turned over.
[[nodiscard]] bool has_sign(const TypeInfo& number) noexcept;

/// Reads key bytes back into the fields of `row` that `index` names, and nothing else. An error
/// names the field and the offset, and leaves `row` as it was. Requires: memory_size bytes at
/// `row`, aligned.
Result<> decode_key(const StructInfo& record, const IndexInfo& index,
                    std::span<const std::byte> key, std::byte* row);

}  // namespace cairn::schema
