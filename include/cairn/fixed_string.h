// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string_view>

namespace cairn {

/// A text that can be a template argument: `Domain<"bank", 1, ...>`. N counts the closing zero.
template <std::size_t N>
struct FixedString {
  char text[N] = {};  // an array of char, because that is what compilers print as text

  consteval FixedString(const char (&literal)[N])  // NOLINT(google-explicit-constructor)
      : FixedString(std::string_view(literal, N - 1)) {}

  consteval explicit FixedString(std::string_view from) {
    for (std::size_t i = 0; i + 1 < N; ++i) {
      text[i] = from[i];
    }
  }

  [[nodiscard]] constexpr std::string_view view() const { return {text, N - 1}; }

  constexpr bool operator==(const FixedString&) const = default;
};

}  // namespace cairn
