// SPDX-License-Identifier: Apache-2.0
#include "schema/names.h"

#include <algorithm>
#include <array>

#include "cairn/limits.h"
#include "cairn/utf8.h"

namespace cairn::schema {

namespace {

// Sorted, for the binary search.
constexpr std::array<std::string_view, 92> keywords = {
    "alignas",       "alignof",     "and",
    "and_eq",        "asm",         "auto",
    "bitand",        "bitor",       "bool",
    "break",         "case",        "catch",
    "char",          "char16_t",    "char32_t",
    "char8_t",       "class",       "co_await",
    "co_return",     "co_yield",    "compl",
    "concept",       "const",       "const_cast",
    "consteval",     "constexpr",   "constinit",
    "continue",      "decltype",    "default",
    "delete",        "do",          "double",
    "dynamic_cast",  "else",        "enum",
    "explicit",      "export",      "extern",
    "false",         "float",       "for",
    "friend",        "goto",        "if",
    "inline",        "int",         "long",
    "mutable",       "namespace",   "new",
    "noexcept",      "not",         "not_eq",
    "nullptr",       "operator",    "or",
    "or_eq",         "private",     "protected",
    "public",        "register",    "reinterpret_cast",
    "requires",      "return",      "short",
    "signed",        "sizeof",      "static",
    "static_assert", "static_cast", "struct",
    "switch",        "template",    "this",
    "thread_local",  "throw",       "true",
    "try",           "typedef",     "typeid",
    "typename",      "union",       "unsigned",
    "using",         "virtual",     "void",
    "volatile",      "wchar_t",     "while",
    "xor",           "xor_eq"};
static_assert(std::ranges::is_sorted(keywords));

constexpr bool is_letter(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

constexpr bool is_letter_or_digit(char c) noexcept {
  return is_letter(c) || (c >= '0' && c <= '9');
}

constexpr std::size_t quoted_bytes_max = 80;

}  // namespace

bool is_identifier(std::string_view name, std::size_t bytes_max) noexcept {
  return !name.empty() && name.size() <= bytes_max && is_letter(name.front()) &&
         std::ranges::all_of(name, is_letter_or_digit) &&
         !std::ranges::binary_search(keywords, name);
}

bool is_dotted_name(std::string_view name) noexcept {
  for (std::size_t parts = 1; parts <= limits::name_parts_max; ++parts) {
    const std::size_t dot = name.find('.');
    if (!is_identifier(name.substr(0, dot))) {
      return false;
    }
    if (dot == std::string_view::npos) {
      return true;
    }
    name.remove_prefix(dot + 1);
  }
  return false;
}

std::string flat_name(std::string_view name) {
  std::string flat(name);
  std::ranges::replace(flat, '.', '_');
  return flat;
}

std::string quoted(std::string_view text) {
  std::string out = "\"";
  std::string_view rest = text;
  while (!rest.empty() && out.size() < quoted_bytes_max) {
    const std::size_t length = utf8_sequence(rest);
    const bool control = length == 1 && static_cast<unsigned char>(rest.front()) < 0x20;
    if (length == 0 || control) {
      out += '?';
      rest.remove_prefix(1);
    } else {
      out += rest.substr(0, length);
      rest.remove_prefix(length);
    }
  }
  return out + (rest.empty() ? "\"" : "…\"");
}

}  // namespace cairn::schema
