// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "cairn/descriptor.h"

namespace cairn::schema {

// How values lie in memory, as the platform's C would lay them out. These are the layouts of the
// value types of include/cairn; tests compare both.

/// In front of the bytes of a Str or Bytes: how many of them are used.
using InPlaceSize = std::uint16_t;

/// What Text, Blob and List look like: they refer to memory that someone else owns.
struct View {
  const std::byte* data;
  std::uint32_t size;
  std::uint32_t zero;
};

static_assert(sizeof(View) == 16 && alignof(View) == 8);

/// Size and alignment of a type whose parts are laid out already.
struct Extent {
  std::uint64_t size = 0;
  std::uint32_t align = 1;
};

[[nodiscard]] Extent extent_of(const TypeInfo& type) noexcept;

/// The offset in an Option's memory of the byte that says whether there is a value.
[[nodiscard]] inline std::uint32_t option_flag_offset(const TypeInfo& type) noexcept {
  return type.element->memory_size;
}

/// The canonical bytes of the largest value, of a type whose structs know theirs. Saturates instead
/// of overflowing.
[[nodiscard]] std::uint64_t encoded_size_max(const TypeInfo& type) noexcept;

/// The key bytes of the largest value; saturates.
[[nodiscard]] std::uint64_t key_size_max(const TypeInfo& type) noexcept;

/// Whether values of the type have an order and key bytes: all but those stored elsewhere.
[[nodiscard]] bool is_orderable(const TypeInfo& type) noexcept;

/// Whether the type, or one that lies inside its values, is of such a kind. What is in a list does
/// not lie inside.
[[nodiscard]] bool has_part(const TypeInfo& type, bool (*is_it)(TypeKind)) noexcept;

/// Whether values of the kind are stored elsewhere: Text, Blob, List.
[[nodiscard]] bool is_view(TypeKind kind) noexcept;

/// Whether a value of the type, or a part of it, is stored elsewhere.
[[nodiscard]] bool has_view(const TypeInfo& type) noexcept;

/// Whether a secret is in it: then it is no key.
[[nodiscard]] bool has_secret(const TypeInfo& type) noexcept;

/// Bytes that a sealed value of the type takes at most.
[[nodiscard]] std::uint64_t secret_capacity(const TypeInfo& element) noexcept;

[[nodiscard]] constexpr std::uint64_t round_up(std::uint64_t size, std::uint32_t align) noexcept {
  return (size + align - 1) / align * align;
}

}  // namespace cairn::schema
