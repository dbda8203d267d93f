// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "cairn/descriptor.h"
#include "cairn/scratch.h"
#include "schema/json_tree.h"

/// Random domains and values, for property tests and fuzz targets; not part of the product.
namespace cairn::schema {

/// Decisions: first those that some bytes spell, so that a fuzzer can steer, then those of a seed.
class Choices final {
 public:
  explicit Choices(std::uint64_t seed, std::span<const std::uint8_t> bytes = {}) noexcept
      : bytes_(bytes), state_(seed) {}

  /// 0 to `bound` - 1. Requires: bound > 0.
  std::uint64_t below(std::uint64_t bound) noexcept;

  bool one_in(std::uint64_t count) noexcept { return below(count) == 0; }

  void fill(std::span<std::byte> out) noexcept;

 private:
  std::uint64_t next() noexcept;

  std::span<const std::uint8_t> bytes_;
  std::uint64_t state_;
};

/// The IDL with its fingerprint set, canonical.
[[nodiscard]] std::string stamped(JsonTree idl);

/// A valid domain with a few declarations of each kind, without its fingerprint.
[[nodiscard]] JsonTree random_idl(Choices& choices);

/// Fills `memory` with a valid value, its padding with zeros. Views point into `space`, and are
/// empty when it is full.
void random_value(const StructInfo& structure, std::byte* memory, Choices& choices, Scratch& space);
void random_value(const TypeInfo& type, std::byte* memory, Choices& choices, Scratch& space);

}  // namespace cairn::schema
