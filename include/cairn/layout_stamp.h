// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "cairn/descriptor.h"

/// One number for how the rows of a domain lie in memory. Rows cross the border of a plugin as they
/// lie, so a host compares the number of the plugin's compiler with that of its own schema: flags
/// that pack or realign structs show before they damage anything.
namespace cairn {

namespace detail {

/// FNV-1a, 64 bits, over numbers.
class LayoutStamp final {
 public:
  constexpr void add(std::uint64_t number) {
    for (unsigned shift = 0; shift < 64; shift += 8) {
      value_ = (value_ ^ ((number >> shift) & 0xffU)) * 0x100000001b3U;
    }
  }

  constexpr void add(const TypeInfo& type) {
    add(type.memory_size);
    add(type.memory_align);
    if (type.element != nullptr) {
      add(*type.element);
    }
    if (type.structure != nullptr) {
      add(*type.structure);
    }
  }

  constexpr void add(const StructInfo& structure) {
    add(structure.memory_size);
    add(structure.memory_align);
    for (const FieldInfo& field : structure.fields) {
      add(field.offset);
      add(*field.type);
    }
  }

  /// Never 0, which means that nobody knows.
  [[nodiscard]] constexpr std::uint64_t value() const { return value_ == 0 ? 1 : value_; }

 private:
  std::uint64_t value_ = 0xcbf29ce484222325U;
};

}  // namespace detail

[[nodiscard]] constexpr std::uint64_t layout_stamp(const DomainInfo& domain) {
  detail::LayoutStamp stamp;
  for (const StructInfo* const record : domain.records) {
    stamp.add(*record);
  }
  return stamp.value();
}

}  // namespace cairn
