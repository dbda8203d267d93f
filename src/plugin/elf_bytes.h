// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string_view>
#include <type_traits>

#include "base/check.h"

/// Reading structs out of bytes that nobody vouches for. Part of the ELF reader.
namespace cairn::plugin {

using ByteSpan = std::span<const std::byte>;

/// Whether `size` bytes from `offset` lie inside `limit`.
[[nodiscard]] constexpr bool fits(std::uint64_t offset, std::uint64_t size,
                                  std::uint64_t limit) noexcept {
  return offset <= limit && size <= limit - offset;
}

[[nodiscard]] inline std::optional<ByteSpan> slice(ByteSpan bytes, std::uint64_t offset,
                                                   std::uint64_t size) noexcept {
  return fits(offset, size, bytes.size())
             ? std::optional(
                   bytes.subspan(static_cast<std::size_t>(offset), static_cast<std::size_t>(size)))
             : std::nullopt;
}

/// The struct at `offset`, which need not be aligned; none when it does not lie inside.
template <typename T>
[[nodiscard]] std::optional<T> load(ByteSpan bytes, std::uint64_t offset) noexcept {
  static_assert(std::is_trivially_copyable_v<T>);
  const auto found = slice(bytes, offset, sizeof(T));
  if (!found) {
    return std::nullopt;
  }
  T value = {};
  std::memcpy(&value, found->data(), sizeof(T));
  return value;
}

/// Structs one after the other. What is left over at the end does not count.
template <typename T>
class Table final {
 public:
  Table() = default;

  explicit Table(ByteSpan bytes) noexcept : bytes_(bytes) {}

  [[nodiscard]] std::size_t size() const noexcept { return bytes_.size() / sizeof(T); }

  /// Requires: index < size().
  [[nodiscard]] T operator[](std::size_t index) const {
    const auto value = load<T>(bytes_, std::uint64_t{index} * sizeof(T));
    CAIRN_CHECK(value.has_value());
    return *value;
  }

 private:
  ByteSpan bytes_;
};

/// The text that starts at `offset` of a string table and ends in it; none when it does not.
[[nodiscard]] inline std::optional<std::string_view> text_at(ByteSpan strings,
                                                             std::uint64_t offset) noexcept {
  if (offset >= strings.size()) {
    return std::nullopt;
  }
  const ByteSpan rest = strings.subspan(static_cast<std::size_t>(offset));
  const void* const end = std::memchr(rest.data(), 0, rest.size());
  if (end == nullptr) {
    return std::nullopt;
  }
  const auto* const first = reinterpret_cast<const char*>(rest.data());
  return std::string_view(first, static_cast<std::size_t>(static_cast<const char*>(end) - first));
}

}  // namespace cairn::plugin
