// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>

#include "cairn/descriptor.h"
#include "cairn/error.h"
#include "cairn/scratch.h"
#include "schema/program.h"

namespace cairn::schema {

/// Reads and writes the canonical bytes of one struct's values (docs/formats/values.md), driven by
/// its descriptor: the same bytes as the typed codecs give. Works on memory laid out as the
/// descriptor says. Kept by whoever needs it often, since making one walks the whole struct; the
/// schema must outlive it. Immutable, so any thread may use it.
class Codec final {
 public:
  explicit Codec(const StructInfo& structure)
      : structure_(&structure), program_(compile(structure)) {}

  [[nodiscard]] const StructInfo& structure() const noexcept { return *structure_; }

  /// Checks the value at `memory` and writes it to the front of `out`; returns how many bytes that
  /// took. What is written, `decode` takes. On failure what is in `out` is unspecified. Requires:
  /// memory_size bytes at `memory`, whose views point at what they say.
  Result<std::size_t> encode(const std::byte* memory, std::span<std::byte> out) const;

  /// The same without writing: validates.
  Result<std::size_t> encoded_size(const std::byte* memory) const;

  /// Reads the value that `bytes` are, all of them, into `memory`; its views point into `scratch`.
  /// Padding becomes zero. Counts are judged by their limits and by the bytes that are left before
  /// space is taken. On failure `memory` and `scratch` are as before, and the error names field and
  /// offset. Requires: memory_size bytes at `memory`, aligned.
  Result<> decode(std::span<const std::byte> bytes, std::byte* memory, Scratch& scratch) const;

 private:
  const StructInfo* structure_;
  Program program_;
};

}  // namespace cairn::schema
