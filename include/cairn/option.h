// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <bit>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <type_traits>

namespace cairn {

namespace detail {

struct ValueAccess;

template <typename T>
concept ZeroIsConstant = requires {
  typename std::bool_constant<(std::bit_cast<T>(std::array<std::byte, sizeof(T)>{}), true)>;
};

/// A T whose bytes are all zero, whatever its fields default to. A T that borrows memory cannot be
/// made from bytes at compile time; its default stands in, and its fields default to nothing.
template <typename T>
[[nodiscard]] constexpr T zero_value() noexcept {
  if constexpr (ZeroIsConstant<T>) {
    return std::bit_cast<T>(std::array<std::byte, sizeof(T)>{});
  } else {
    return T{};
  }
}

}  // namespace detail

/// A T, or nothing, which sorts before every T. Plain memory: the T, one byte that says whether it
/// is there, zeros. Without a T all bytes are zero, so values that are equal have equal memory as
/// far as T's have. Reading the T of an empty Option gives the zero value; there is no undefined
/// answer. The T changes by assignment only.
template <typename T>
class Option final {
  static_assert(std::is_trivially_copyable_v<T> && std::is_standard_layout_v<T>,
                "cairn: Option<T> takes a value type");

 public:
  using value_type = T;

  constexpr Option() noexcept = default;

  constexpr Option(std::nullopt_t) noexcept {}  // NOLINT(google-explicit-constructor)

  constexpr Option(const T& value) noexcept  // NOLINT(google-explicit-constructor)
      : value_(value), has_{1} {}

  /// From what a T is made of without a cast: `Option<Str<8>> name = "x"`.
  template <typename U>
    requires(!std::is_same_v<std::remove_cvref_t<U>, T> &&
             !std::is_same_v<std::remove_cvref_t<U>, Option> &&
             !std::is_same_v<std::remove_cvref_t<U>, std::nullopt_t> &&
             std::is_convertible_v<const U&, T>)
  constexpr Option(const U& value) noexcept  // NOLINT(google-explicit-constructor)
      : value_(value), has_{1} {}

  constexpr void reset() noexcept { *this = Option(); }

  [[nodiscard]] constexpr bool has_value() const noexcept { return has_[0] != 0; }

  constexpr explicit operator bool() const noexcept { return has_value(); }

  [[nodiscard]] constexpr const T& value() const noexcept { return value_; }

  constexpr const T& operator*() const noexcept { return value_; }

  constexpr const T* operator->() const noexcept { return &value_; }

  [[nodiscard]] constexpr T value_or(const T& otherwise) const noexcept {
    return has_value() ? value_ : otherwise;
  }

  friend constexpr bool operator==(const Option& a, const Option& b) noexcept
    requires requires(const T& v) { v == v; }
  {
    return a.has_value() == b.has_value() && (!a.has_value() || a.value_ == b.value_);
  }

  friend constexpr std::strong_ordering operator<=>(const Option& a, const Option& b) noexcept
    requires requires(const T& v) { v <=> v; }
  {
    if (a.has_value() && b.has_value()) {
      return a.value_ <=> b.value_;
    }
    return a.has_value() <=> b.has_value();
  }

  friend constexpr bool operator==(const Option& a, std::nullopt_t) noexcept {
    return !a.has_value();
  }

 private:
  friend detail::ValueAccess;

  T value_ = detail::zero_value<T>();
  // The flag, and zeros up to T's alignment in place of padding.
  std::array<std::uint8_t, alignof(T)> has_ = {};
};

}  // namespace cairn
