// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "cairn/check_struct.h"
#include "cairn/reflect_list.h"
#include "cairn/reflect_type.h"

/// The rules for what a domain lists: nothing twice, and no two things under one number or name.
namespace cairn::check {

template <typename D, typename Struct>
struct ListedOnce {
  static constexpr bool is_new = sizeof(D) == 0;
  static_assert(is_new, "cairn: this struct is listed twice in the domain; list it once");
  static constexpr bool ok = false;
};

template <typename D, typename First, typename Second>
struct DistinctKinds {
  static constexpr bool differ = sizeof(D) == 0;
  static_assert(
      differ,
      "cairn: two structs of the domain have one kind number; history tells them apart by "
      "it, so give one of them a free number");
  static constexpr bool ok = false;
};

template <typename D, typename First, typename Second>
struct DistinctNames {
  static constexpr bool differ = sizeof(D) == 0;
  static_assert(differ,
                "cairn: two structs of the domain have one name; rename one, or move it into the "
                "domain's namespace");
  static constexpr bool ok = false;
};

namespace detail {

struct Pair {
  std::size_t first = none;
  std::size_t second = none;
};

template <std::size_t N, typename T>
constexpr Pair first_equal(const std::array<T, N>& values) {
  for (std::size_t i = 1; i < N; ++i) {
    const T* const here = values.data() + i;
    const T* const equal = std::find(values.data(), here, *here);
    if (equal != here) {
      return {.first = static_cast<std::size_t>(equal - values.data()), .second = i};
    }
  }
  return {};
}

template <std::size_t N>
consteval bool all(const std::array<bool, N>& ok) {
  return std::ranges::find(ok, false) == ok.end();
}

template <typename D, typename... T>
consteval bool listed_once(reflect::List<T...> list) {
  constexpr std::array<std::string_view, sizeof...(T)> paths = {reflect::type_path<T>()...};
  constexpr Pair same = first_equal(paths);
  if constexpr (same.second != none) {
    return ListedOnce<D, reflect::at<same.second, decltype(list)>>::ok;
  } else {
    return true;
  }
}

template <typename D, typename... T>
consteval bool distinct(reflect::List<T...> list) {
  using All = decltype(list);
  constexpr std::array<std::int64_t, sizeof...(T)> kinds = {T::schema::kind...};
  constexpr std::array<std::string_view, sizeof...(T)> names = {reflect::name_from<D, T>...};
  constexpr Pair kind = first_equal(kinds);
  constexpr Pair name = first_equal(names);
  if constexpr (kind.second != none) {
    return DistinctKinds<D, reflect::at<kind.first, All>, reflect::at<kind.second, All>>::ok;
  } else if constexpr (name.second != none) {
    return DistinctNames<D, reflect::at<name.first, All>, reflect::at<name.second, All>>::ok;
  } else {
    return true;
  }
}

}  // namespace detail

}  // namespace cairn::check
