// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <compare>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "cairn/error.h"
#include "cairn/limits.h"
#include "cairn/utf8.h"

namespace cairn {

namespace detail {

struct ValueAccess;

template <typename...>
inline constexpr bool never = false;

/// Not constexpr on purpose: a compile-time literal that gets here does not compile. Aborts,
/// because a literal is part of the program.
[[noreturn]] void literal_is_no_text() noexcept;

/// What a literal holds without its end mark, checked to be text.
template <std::size_t M>
[[nodiscard]] constexpr std::string_view text_of_literal(const char (&literal)[M]) noexcept {
  const std::string_view text(literal, M - 1);
  if (literal[M - 1] != '\0' || !is_utf8(text)) {
    literal_is_no_text();
  }
  return text;
}

/// TooLarge or Corrupt unless `text` is valid UTF-8 of at most `size_max` bytes.
Result<> check_text(std::string_view text, std::size_t size_max);

}  // namespace detail

/// UTF-8 text of at most N bytes, stored in place: a plain value, and as a key ordered by its
/// bytes. Always valid UTF-8; the unused tail is always zero, so values that are equal have equal
/// memory.
template <std::size_t N>
class Str final {
  static_assert(
      1 <= N && N <= limits::str_bytes_max,
      "cairn: Str<N> holds 1 to 4096 bytes; longer text in a command or event is Text<N>");

 public:
  static constexpr std::size_t capacity = N;

  constexpr Str() noexcept = default;

  template <std::size_t M>
  constexpr Str(const char (&literal)[M]) noexcept {  // NOLINT(google-explicit-constructor)
    static_assert(M - 1 <= N, "cairn: this literal is longer than its Str<N> holds");
    if constexpr (M - 1 <= N) {
      assign(detail::text_of_literal(literal));
    }
  }

  template <std::size_t M>
  constexpr Str(char (&)[M]) noexcept {  // NOLINT(google-explicit-constructor)
    static_assert(detail::never<Str>, "cairn: a buffer is no literal; use Str<N>::from(text)");
  }

  /// TooLarge over N bytes, Corrupt when not UTF-8.
  [[nodiscard]] static Result<Str> from(std::string_view text) {
    CAIRN_TRY(detail::check_text(text, N));
    Str str;
    str.assign(text);
    return str;
  }

  [[nodiscard]] constexpr std::string_view view() const noexcept { return {bytes_.data(), size_}; }

  constexpr operator std::string_view() const noexcept {  // NOLINT(google-explicit-constructor)
    return view();
  }

  [[nodiscard]] constexpr std::size_t size() const noexcept { return size_; }

  [[nodiscard]] constexpr bool empty() const noexcept { return size_ == 0; }

  friend constexpr bool operator==(const Str& a, const Str& b) noexcept {
    return a.view() == b.view();
  }

  friend constexpr std::strong_ordering operator<=>(const Str& a, const Str& b) noexcept {
    return a.view() <=> b.view();
  }

  template <std::same_as<std::string_view> View>
  friend constexpr bool operator==(const Str& a, View b) noexcept {
    return a.view() == b;
  }

 private:
  friend detail::ValueAccess;

  constexpr void assign(std::string_view text) noexcept {
    size_ = static_cast<std::uint16_t>(text.size());
    std::ranges::copy(text, bytes_.begin());
  }

  std::uint16_t size_ = 0;
  std::array<char, N + N % 2> bytes_ = {};  // even, so that no padding follows
};

}  // namespace cairn
