// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>

#include "cairn/bytes_value.h"
#include "cairn/codec.h"
#include "cairn/error.h"
#include "cairn/limits.h"

namespace cairn {

template <typename T>
class Secret;

namespace detail {

template <typename T>
inline constexpr bool is_secret = false;
template <typename T>
inline constexpr bool is_secret<Secret<T>> = true;

}  // namespace detail

/// A value about a person, sealed: unreadable without the key of whoever it is about, and erased
/// for ever when that key is destroyed, while every hash over it still holds. A plain value: it
/// moves between commands, records and events as it is, and two are equal when their sealed bytes
/// are. No index covers it. Made by `seal` and read by `open` in cairn/secret.h, outside the
/// domain.
template <typename T>
class Secret final {
 public:
  using value_type = T;

  static constexpr std::size_t sealed_bytes_max =
      limits::secret_overhead_bytes + encoded_size_max<T>;
  static_assert(sealed_bytes_max <= limits::str_bytes_max,
                "cairn: what a Secret holds takes at most 4047 canonical bytes");
  static_assert(!detail::is_secret<T>, "cairn: a Secret holds no Secret; seal the value once");

  /// Nothing was sealed into it.
  constexpr Secret() noexcept = default;

  /// Of bytes that were sealed elsewhere; whether they open shows when they are opened. TooLarge
  /// for more than a T can take.
  [[nodiscard]] static Result<Secret> from_sealed(std::span<const std::byte> bytes) {
    Secret secret;
    CAIRN_TRY(secret.sealed_, Sealed::from(bytes));
    return secret;
  }

  [[nodiscard]] constexpr std::span<const std::byte> view() const noexcept {
    return sealed_.view();
  }

  [[nodiscard]] constexpr bool empty() const noexcept { return sealed_.empty(); }

  friend constexpr bool operator==(const Secret& a, const Secret& b) noexcept = default;

 private:
  using Sealed =
      Bytes<(sealed_bytes_max < limits::str_bytes_max ? sealed_bytes_max : limits::str_bytes_max)>;
  friend struct WrappedValue<Secret>;

  Sealed sealed_;
};

/// Written as the bytes that it holds.
template <typename T>
struct WrappedValue<Secret<T>> {
  using type = typename Secret<T>::Sealed;
};

}  // namespace cairn
