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

/// Stands for a value when many are compared: equal ones have equal numbers.
constexpr std::uint64_t number_for(std::int64_t value) {
  return static_cast<std::uint64_t>(value);
}

constexpr std::uint64_t number_for(std::string_view text) {
  std::uint64_t number = 0xcbf29ce484222325U;
  for (const char c : text) {
    number = (number ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  }
  return number;
}

/// False only when all differ. A large domain lists hundreds of structs: numbers are sorted, where
/// a look at each pair would take the compiler seconds.
template <std::size_t N, typename T>
constexpr bool may_repeat(const std::array<T, N>& values) {
  std::array<std::uint64_t, N> numbers = {};
  std::ranges::transform(values, numbers.data(), [](const T& value) { return number_for(value); });
  std::sort(numbers.data(), numbers.data() + N);
  return std::adjacent_find(numbers.data(), numbers.data() + N) != numbers.data() + N;
}

template <std::size_t N, typename T>
constexpr Pair first_equal(const std::array<T, N>& values) {
  if (!may_repeat(values)) {
    return {};
  }
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

// What is found out about a list is kept in variables: clang evaluates a constant of a function
// anew for each call of the function.

template <typename... T>
inline constexpr Pair same_path =
    first_equal(std::array<std::string_view, sizeof...(T)>{reflect::type_path<T>()...});

template <typename... T>
inline constexpr Pair same_kind =
    first_equal(std::array<std::int64_t, sizeof...(T)>{T::schema::kind...});

template <typename D, typename... T>
inline constexpr Pair same_name =
    first_equal(std::array<std::string_view, sizeof...(T)>{reflect::name_from<D, T>...});

template <typename D, typename... T>
consteval bool listed_once(reflect::List<T...> list) {
  if constexpr (same_path<T...>.second != none) {
    return ListedOnce<D, reflect::at<same_path<T...>.second, decltype(list)>>::ok;
  } else {
    return true;
  }
}

template <typename D, typename... T>
consteval bool distinct(reflect::List<T...> list) {
  using All = decltype(list);
  if constexpr (same_kind<T...>.second != none) {
    return DistinctKinds<D, reflect::at<same_kind<T...>.first, All>,
                         reflect::at<same_kind<T...>.second, All>>::ok;
  } else if constexpr (same_name<D, T...>.second != none) {
    return DistinctNames<D, reflect::at<same_name<D, T...>.first, All>,
                         reflect::at<same_name<D, T...>.second, All>>::ok;
  } else {
    return true;
  }
}

}  // namespace detail

}  // namespace cairn::check
