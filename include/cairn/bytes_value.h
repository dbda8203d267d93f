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

#include "cairn/error.h"
#include "cairn/limits.h"

namespace cairn {

namespace detail {

struct ValueAccess;

[[nodiscard]] std::string print_bytes(std::span<const std::byte> bytes);

/// Two lower-case hexadecimal digits per byte, into the front of `out`; returns how many bytes.
Result<std::size_t> parse_bytes(std::string_view text, std::span<std::byte> out);

Result<> check_size(std::size_t size, std::size_t size_max);

/// As unsigned bytes, the shorter first when it is the other's beginning.
[[nodiscard]] constexpr std::strong_ordering compare_bytes(std::span<const std::byte> a,
                                                           std::span<const std::byte> b) noexcept {
  return std::lexicographical_compare_three_way(a.begin(), a.end(), b.begin(), b.end());
}

}  // namespace detail

/// At most N bytes, stored in place: a plain value, ordered byte by byte. The unused tail is always
/// zero, so values that are equal have equal memory.
template <std::size_t N>
class Bytes final {
  static_assert(1 <= N && N <= limits::str_bytes_max,
                "cairn: Bytes<N> holds 1 to 4096 bytes; more in a command or event is Blob<N>");

 public:
  static constexpr std::size_t capacity = N;

  constexpr Bytes() noexcept = default;

  template <std::size_t M>
  constexpr explicit Bytes(const std::array<std::byte, M>& bytes) noexcept {
    static_assert(M <= N, "cairn: this array is longer than its Bytes<N> holds");
    if constexpr (M <= N) {
      assign(bytes);
    }
  }

  /// TooLarge over N bytes.
  [[nodiscard]] static Result<Bytes> from(std::span<const std::byte> bytes) {
    CAIRN_TRY(detail::check_size(bytes.size(), N));
    Bytes value;
    value.assign(bytes);
    return value;
  }

  /// Two lower-case hexadecimal digits per byte.
  [[nodiscard]] std::string to_string() const { return detail::print_bytes(view()); }

  /// Reads exactly what `to_string` writes.
  [[nodiscard]] static Result<Bytes> parse(std::string_view text) {
    std::array<std::byte, N> bytes = {};
    CAIRN_TRY(const std::size_t size, detail::parse_bytes(text, bytes));
    return from(std::span(bytes).first(size));
  }

  [[nodiscard]] constexpr std::span<const std::byte> view() const noexcept {
    return {bytes_.data(), size_};
  }

  [[nodiscard]] constexpr std::size_t size() const noexcept { return size_; }

  [[nodiscard]] constexpr bool empty() const noexcept { return size_ == 0; }

  friend constexpr bool operator==(const Bytes& a, const Bytes& b) noexcept {
    return std::ranges::equal(a.view(), b.view());
  }

  friend constexpr std::strong_ordering operator<=>(const Bytes& a, const Bytes& b) noexcept {
    return detail::compare_bytes(a.view(), b.view());
  }

 private:
  friend detail::ValueAccess;

  constexpr void assign(std::span<const std::byte> bytes) noexcept {
    size_ = static_cast<std::uint16_t>(bytes.size());
    std::ranges::copy(bytes, bytes_.begin());
  }

  std::uint16_t size_ = 0;
  std::array<std::byte, N + N % 2> bytes_ = {};  // even, so that no padding follows
};

}  // namespace cairn
