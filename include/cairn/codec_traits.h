// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>

#include "cairn/bytes_value.h"
#include "cairn/decimal.h"
#include "cairn/digest.h"
#include "cairn/id.h"
#include "cairn/integers.h"
#include "cairn/option.h"
#include "cairn/reflect.h"
#include "cairn/reflect_enum.h"
#include "cairn/str.h"
#include "cairn/time.h"
#include "cairn/uuid.h"
#include "cairn/views.h"

/// What the codecs need to know about a type beyond its memory.
namespace cairn {

/// Specialised for the façade's wrappers (`Key<T>`, `Indexed<T>`, `State<M>` …): `using type = T`,
/// what the wrapper holds. A wrapper is written as what it holds. It is standard-layout with one
/// member, so that both have one address.
template <typename T>
struct WrappedValue {};

template <typename T>
concept Wrapper = requires { typename WrappedValue<T>::type; };

namespace detail {

/// Private parts of value types, for decoders: they fill memory that is zero, and have checked what
/// they fill in.
struct ValueAccess {
  /// False when the bytes are not UTF-8; then `value` is unspecified. Requires: at most N bytes.
  template <std::size_t N>
  static bool fill(Str<N>& value, std::span<const std::byte> text) noexcept {
    value.size_ = static_cast<std::uint16_t>(text.size());
    return (copy_text<N>(value.bytes_.data(), text.data(), text.size()) & not_ascii) == 0 ||
           is_utf8(value.view());
  }

  template <std::size_t N>
  static void fill(Bytes<N>& value, std::span<const std::byte> bytes) noexcept {
    value.size_ = static_cast<std::uint16_t>(bytes.size());
    copy_text<N>(value.bytes_.data(), bytes.data(), bytes.size());
  }

  template <typename View, typename T>
  static void point(View& value, const T* data, std::size_t size) noexcept {
    value.place_ = borrow(data, size);
  }

  template <typename T>
  static T& value_in(Option<T>& option) noexcept {
    option.has_[0] = 1;
    return option.value_;
  }
};

template <typename T>
inline constexpr bool is_array = false;
template <typename T, std::size_t N>
inline constexpr bool is_array<std::array<T, N>> = true;

template <reflect::FixedEnum E>
[[nodiscard]] constexpr bool holds_declared(E value) noexcept {
  constexpr auto& values = reflect::enum_values<E>;
  constexpr std::int64_t first = values.empty() ? 0 : values.front().value;
  constexpr std::int64_t last = values.empty() ? -1 : values.back().value;
  if constexpr (last - first + 1 == static_cast<std::int64_t>(values.size())) {
    const auto number = static_cast<std::int64_t>(value);
    return first <= number && number <= last;
  } else {
    return reflect::is_declared(value);
  }
}

/// Types whose memory is their canonical bytes, and of which every memory is a value.
template <typename T>
inline constexpr bool is_plain_bytes =
    Integer<T> || std::is_same_v<T, Timestamp> || std::is_same_v<T, Duration> ||
    std::is_same_v<T, Uuid> || std::is_same_v<T, Digest>;
template <typename R>
inline constexpr bool is_plain_bytes<Id<R>> = true;

/// An aggregate that is none of the value types: its fields are its value.
template <typename T>
concept Struct = std::is_class_v<T> && std::is_aggregate_v<T> && !is_plain_bytes<T> &&
                 !is_array<T> && !Wrapper<T>;

}  // namespace detail

}  // namespace cairn
