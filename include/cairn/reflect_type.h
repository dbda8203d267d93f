// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "cairn/reflect.h"

/// Names of types. A domain calls its types as they read from its own namespace: `bank::Account`
/// with its `Status` is "Account" and "Account.Status".
namespace cairn::reflect {

namespace detail {

template <typename T>
consteval std::string_view type_text() {
  return {__PRETTY_FUNCTION__, sizeof(__PRETTY_FUNCTION__) - 1};
}

// Where a name stands inside type_text, learnt from a type whose name is known.
inline constexpr std::size_t type_text_prefix = type_text<int>().find("int");
inline constexpr std::size_t type_text_suffix = type_text<int>().size() - type_text_prefix - 3;

/// The two spellings of a namespace without a name.
inline constexpr std::array<std::string_view, 2> unnamed_scopes = {"{anonymous}::",
                                                                   "(anonymous namespace)::"};

/// The size of the unnamed scope that `path` starts with; 0 when it starts with none.
constexpr std::size_t unnamed_scope_size(std::string_view path) {
  for (const std::string_view scope : unnamed_scopes) {
    if (path.starts_with(scope)) {
      return scope.size();
    }
  }
  return 0;
}

/// Copies `path` with "." for "::" and without unnamed scopes; counts when `out` is null.
constexpr std::size_t write_dotted(std::string_view path, char* out) {
  std::size_t size = 0;
  while (!path.empty()) {
    if (const std::size_t unnamed = unnamed_scope_size(path); unnamed != 0) {
      path.remove_prefix(unnamed);
      continue;
    }
    const bool colons = path.starts_with("::");
    if (out != nullptr) {
      out[size] = colons ? '.' : path.front();
    }
    ++size;
    path.remove_prefix(colons ? 2 : 1);
  }
  return size;
}

/// The size of the namespace in front of the last name: "bank::Bank" gives that of "bank::".
constexpr std::size_t scope_size(std::string_view path) {
  const std::size_t last = path.rfind("::");
  return last == std::string_view::npos ? 0 : last + 2;
}

}  // namespace detail

namespace detail {

template <typename T>
inline constexpr std::string_view type_path_of = [] {
  std::string_view text = type_text<T>();
  text.remove_suffix(type_text_suffix);
  return text.substr(type_text_prefix);
}();

}  // namespace detail

/// As the compiler prints it: "bank::Account::Status".
template <typename T>
consteval std::string_view type_path() {
  return detail::type_path_of<T>;
}

namespace detail {

/// The namespace of `Home`, as far as T is inside it, is left out.
template <typename Home, typename T>
struct NameFrom {
  static consteval std::string_view relative() {
    constexpr std::string_view scope = type_path<Home>().substr(0, scope_size(type_path<Home>()));
    constexpr std::string_view path = type_path<T>();
    return path.starts_with(scope) ? path.substr(scope.size()) : path;
  }

  static consteval auto make() {
    std::array<char, write_dotted(relative(), nullptr) + 1> dotted = {};
    write_dotted(relative(), dotted.data());
    return dotted;
  }

  static constexpr auto text = make();
  static constexpr std::string_view value = {text.data(), text.size() - 1};
};

}  // namespace detail

template <typename Home, typename T>
inline constexpr std::string_view name_from = detail::NameFrom<Home, T>::value;

}  // namespace cairn::reflect
