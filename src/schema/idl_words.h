// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <string_view>
#include <utility>

#include "cairn/descriptor.h"

namespace cairn::schema {

/// The words of the IDL for the values of an enum, both ways; written by position.
template <typename Enum, std::size_t N>
struct Words {
  std::array<std::string_view, N> words;

  [[nodiscard]] constexpr std::string_view word(Enum value) const noexcept {
    return words[static_cast<std::size_t>(std::to_underlying(value))];
  }

  [[nodiscard]] constexpr std::optional<Enum> value(std::string_view word) const noexcept {
    const auto* const found = std::ranges::find(words, word);
    return found == words.end() ? std::nullopt
                                : std::optional(static_cast<Enum>(found - words.begin()));
  }
};

inline constexpr Words<FieldRole, 6> role_words = {
    {"plain", "key", "unique", "indexed", "immutable", "state"}};
inline constexpr Words<Cardinality, 2> cardinality_words = {{"one", "many"}};
inline constexpr Words<OnErase, 3> on_erase_words = {{"refuse", "unlink", "cascade"}};

/// The members that hold declarations, in the order of DeclarationKind.
inline constexpr std::array<std::string_view, 9> declaration_lists = {
    "enums", "structs", "records", "edges", "commands", "events", "rejects", "gates", "invariants"};

}  // namespace cairn::schema
