// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

#include "cairn/bytes_value.h"
#include "cairn/error.h"
#include "cairn/limits.h"
#include "cairn/str.h"

/// Values of commands and events that are too large to lie in place: views of memory that somebody
/// else owns. Whoever builds a command owns it until the command is encoded; a decoder's Scratch
/// owns it after decoding. Each is a pointer, a 32-bit size and 32 bits of zero. Made from
/// literals, spans and lasting objects; temporaries that own their memory are refused by the
/// compiler.
namespace cairn {

namespace detail {

/// A temporary that frees its memory at the end of the statement, so that a view of it would
/// dangle. Spans and string views are temporaries that own nothing.
template <typename Owner>
concept OwningTemporary =
    !std::is_lvalue_reference_v<Owner> && !std::is_trivially_destructible_v<Owner>;

/// What the three views are made of.
template <typename T>
struct Borrowed {
  const T* data = nullptr;
  std::uint32_t size = 0;
  std::uint32_t zero = 0;
};

template <typename T>
[[nodiscard]] constexpr Borrowed<T> borrow(const T* data, std::size_t size) noexcept {
  return {.data = size == 0 ? nullptr : data, .size = static_cast<std::uint32_t>(size), .zero = 0};
}

}  // namespace detail

/// UTF-8 text of at most N bytes, stored elsewhere. Always valid UTF-8.
template <std::size_t N>
class Text final {
  static_assert(1 <= N && N <= limits::text_bytes_max, "cairn: Text<N> holds 1 to 1048576 bytes");

 public:
  static constexpr std::size_t capacity = N;

  constexpr Text() noexcept = default;

  template <std::size_t M>
  constexpr Text(const char (&literal)[M]) noexcept {  // NOLINT(google-explicit-constructor)
    static_assert(M - 1 <= N, "cairn: this literal is longer than its Text<N> holds");
    if constexpr (M - 1 <= N) {
      const std::string_view text = detail::text_of_literal(literal);
      place_ = detail::borrow(text.data(), text.size());
    }
  }

  template <std::size_t M>
  constexpr Text(char (&)[M]) noexcept {  // NOLINT(google-explicit-constructor)
    static_assert(detail::never<Text>, "cairn: a buffer is no literal; use Text<N>::from(text)");
  }

  template <std::size_t M>
  constexpr Text(const Str<M>& str) noexcept {  // NOLINT(google-explicit-constructor)
    static_assert(M <= N, "cairn: this Str may be longer than its Text<N> holds");
    place_ = detail::borrow(str.view().data(), str.view().size());
  }

  template <std::size_t M>
  Text(const Str<M>&& temporary) = delete;

  /// TooLarge over N bytes, Corrupt when not UTF-8. The bytes must outlive the value.
  [[nodiscard]] static Result<Text> from(std::string_view text) {
    CAIRN_TRY(detail::check_text(text, N));
    Text value;
    value.place_ = detail::borrow(text.data(), text.size());
    return value;
  }

  template <detail::OwningTemporary Owner>
  static Result<Text> from(Owner&& temporary) = delete;

  [[nodiscard]] constexpr std::string_view view() const noexcept {
    return {place_.data, place_.size};
  }

  constexpr operator std::string_view() const noexcept {  // NOLINT(google-explicit-constructor)
    return view();
  }

  [[nodiscard]] constexpr std::size_t size() const noexcept { return place_.size; }

  [[nodiscard]] constexpr bool empty() const noexcept { return place_.size == 0; }

  friend constexpr bool operator==(const Text& a, const Text& b) noexcept {
    return a.view() == b.view();
  }

  friend constexpr std::strong_ordering operator<=>(const Text& a, const Text& b) noexcept {
    return a.view() <=> b.view();
  }

 private:
  friend detail::ValueAccess;

  detail::Borrowed<char> place_ = {};
};

/// At most N bytes, stored elsewhere.
template <std::size_t N>
class Blob final {
  static_assert(1 <= N && N <= limits::text_bytes_max, "cairn: Blob<N> holds 1 to 1048576 bytes");

 public:
  static constexpr std::size_t capacity = N;

  constexpr Blob() noexcept = default;

  /// TooLarge over N bytes. The bytes must outlive the value.
  [[nodiscard]] static Result<Blob> from(std::span<const std::byte> bytes) {
    CAIRN_TRY(detail::check_size(bytes.size(), N));
    Blob value;
    value.place_ = detail::borrow(bytes.data(), bytes.size());
    return value;
  }

  template <detail::OwningTemporary Owner>
  static Result<Blob> from(Owner&& temporary) = delete;

  [[nodiscard]] constexpr std::span<const std::byte> view() const noexcept {
    return {place_.data, place_.size};
  }

  [[nodiscard]] constexpr std::size_t size() const noexcept { return place_.size; }

  [[nodiscard]] constexpr bool empty() const noexcept { return place_.size == 0; }

  /// Two lower-case hexadecimal digits per byte.
  [[nodiscard]] std::string to_string() const { return detail::print_bytes(view()); }

  friend constexpr bool operator==(const Blob& a, const Blob& b) noexcept {
    return std::ranges::equal(a.view(), b.view());
  }

  friend constexpr std::strong_ordering operator<=>(const Blob& a, const Blob& b) noexcept {
    return detail::compare_bytes(a.view(), b.view());
  }

 private:
  friend detail::ValueAccess;

  detail::Borrowed<std::byte> place_ = {};
};

/// At most N values, stored elsewhere; ordered value by value.
template <typename T, std::size_t N>
class List final {
  static_assert(1 <= N && N <= limits::list_items_max, "cairn: List<T, N> holds 1 to 65536 values");

 public:
  using value_type = T;
  static constexpr std::size_t capacity = N;

  constexpr List() noexcept = default;

  template <std::size_t M>
  constexpr List(const std::array<T, M>& values) noexcept {  // NOLINT(google-explicit-constructor)
    static_assert(M <= N, "cairn: this array is longer than its List<T, N> holds");
    place_ = detail::borrow(values.data(), M);
  }

  template <std::size_t M>
  List(const std::array<T, M>&& temporary) = delete;

  /// TooLarge over N values. The values must outlive the list.
  [[nodiscard]] static Result<List> from(std::span<const T> values) {
    CAIRN_TRY(detail::check_size(values.size(), N));
    List list;
    list.place_ = detail::borrow(values.data(), values.size());
    return list;
  }

  template <detail::OwningTemporary Owner>
  static Result<List> from(Owner&& temporary) = delete;

  [[nodiscard]] constexpr std::span<const T> view() const noexcept {
    return {place_.data, place_.size};
  }

  [[nodiscard]] constexpr std::size_t size() const noexcept { return place_.size; }

  [[nodiscard]] constexpr bool empty() const noexcept { return place_.size == 0; }

  constexpr const T* begin() const noexcept { return place_.data; }

  constexpr const T* end() const noexcept { return place_.data + place_.size; }

  /// Requires: index < size().
  constexpr const T& operator[](std::size_t index) const noexcept { return place_.data[index]; }

  friend constexpr bool operator==(const List& a, const List& b) noexcept
    requires requires(const T& v) { v == v; }
  {
    return std::ranges::equal(a, b);
  }

  friend constexpr std::strong_ordering operator<=>(const List& a, const List& b) noexcept
    requires requires(const T& v) { v <=> v; }
  {
    return std::lexicographical_compare_three_way(a.begin(), a.end(), b.begin(), b.end());
  }

 private:
  friend detail::ValueAccess;

  detail::Borrowed<T> place_ = {};
};

}  // namespace cairn
