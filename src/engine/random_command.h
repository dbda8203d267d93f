// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "cairn/descriptor.h"
#include "cairn/scratch.h"

namespace cairn::engine {

/// Draws values that a domain's commands are likely to do something with: few numbers and texts, so
/// that commands meet, and now and then the extremes of a type. The same seed draws the same, on
/// every machine. One thread.
class RandomCommand final {
 public:
  RandomCommand(std::uint64_t seed, std::uint64_t ids) noexcept : state_(seed), ids_(ids) {}

  /// 0 to `bound` - 1. Requires: bound > 0.
  std::uint64_t below(std::uint64_t bound) noexcept { return next() % bound; }

  /// Canonical bytes of a value of the struct.
  [[nodiscard]] std::vector<std::byte> draw(const StructInfo& structure);

 private:
  std::uint64_t next() noexcept;

  bool one_in(std::uint64_t count) noexcept { return below(count) == 0; }

  void fill(const StructInfo& structure, std::byte* memory, Scratch& scratch);
  void fill(const TypeInfo& type, std::byte* memory, Scratch& scratch);
  void fill_integer(const TypeInfo& type, std::byte* memory) noexcept;
  void fill_in_place(const TypeInfo& type, std::byte* memory) noexcept;
  void fill_elsewhere(const TypeInfo& type, std::byte* memory, Scratch& scratch) noexcept;
  void fill_list(const TypeInfo& type, std::byte* memory, Scratch& scratch);
  void put_small(std::byte* memory, std::size_t size) noexcept;

  std::uint64_t state_;
  std::uint64_t ids_;
};

}  // namespace cairn::engine
