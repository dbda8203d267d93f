// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

/// Names taken out of what the compiler prints: those of fields and of the values of enums.
namespace cairn::reflect::detail {

/// One text that holds the names of all values given: one instantiation for a whole struct or enum.
/// Its size is said, since a compiler that has to find the end of such a text is slow at it.
template <auto... Values>
consteval std::string_view values_text() {
  return {__PRETTY_FUNCTION__, sizeof(__PRETTY_FUNCTION__) - 1};
}

constexpr bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

constexpr bool opens(char c) {
  return c == '(' || c == '<' || c == '{' || c == '[';
}

constexpr bool closes(char c) {
  return c == ')' || c == '>' || c == '}' || c == ']';
}

/// The last identifier before `end`: "(& probe<A>.value.A::balance)" gives "balance".
constexpr std::string_view last_word(std::string_view text, std::size_t end) {
  while (end != 0 && !is_word(text[end - 1])) {
    --end;
  }
  std::size_t begin = end;
  while (begin != 0 && is_word(text[begin - 1])) {
    --begin;
  }
  return text.substr(begin, end - begin);
}

/// Splits the pack printed at the end of `values_text` at its outer commas and keeps the last word
/// of each part. A number stands where a value has no name.
template <std::size_t N>
consteval std::array<std::string_view, N> split_names(std::string_view text) {
  std::array<std::string_view, N> names = {};
  const std::size_t pack = text.find_first_of("{<", text.find("Values = "));
  std::size_t depth = 0;
  std::size_t n = 0;
  const char* const chars = text.data();
  for (std::size_t i = pack + 1; n < N; ++i) {
    const char c = chars[i];
    if (c >= 'a' && c <= 'z') {
      continue;  // most are, and the compiler reads all of them
    }
    if (depth == 0 && (c == ',' || closes(c))) {
      names[n++] = last_word(text, i);
    } else if (opens(c)) {
      ++depth;
    } else if (closes(c)) {
      --depth;
    }
  }
  return names;
}

/// Names without what was around them when the compiler printed them, so that nothing else of that
/// text ends up in the program.
template <std::size_t N, std::size_t Bytes>
struct NameTable {
  std::array<char, Bytes + 1> text = {};
  std::array<std::size_t, N + 1> begin = {};

  [[nodiscard]] constexpr std::string_view operator[](std::size_t i) const {
    return {text.data() + begin[i], begin[i + 1] - begin[i]};
  }
};

template <std::size_t Bytes, std::size_t N>
consteval NameTable<N, Bytes> pack_names(const std::array<std::string_view, N>& names) {
  NameTable<N, Bytes> table;
  std::size_t at = 0;
  for (std::size_t i = 0; i < N; ++i) {
    table.begin[i] = at;
    for (const char c : names[i]) {
      table.text[at++] = c;
    }
  }
  table.begin[N] = at;
  return table;
}

template <std::size_t N>
consteval std::size_t total_size(const std::array<std::string_view, N>& names) {
  std::size_t size = 0;
  for (const std::string_view name : names) {
    size += name.size();
  }
  return size;
}

}  // namespace cairn::reflect::detail
