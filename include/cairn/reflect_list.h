// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <type_traits>
#include <utility>

/// Lists of types that are looked up by position and by type, without a step for each entry.
namespace cairn::reflect {

template <typename... T>
struct List {
  static constexpr std::size_t size = sizeof...(T);
};

namespace detail {

template <std::size_t I, typename T>
struct Item {
  using type = T;
};

template <typename Indexes, typename... T>
struct Items;

template <std::size_t... I, typename... T>
struct Items<std::index_sequence<I...>, T...> : Item<I, T>... {};

template <std::size_t I, typename T>
Item<I, T> item_at(const Item<I, T>&);

template <std::size_t I, typename L>
struct At;

template <std::size_t I, typename... T>
struct At<I, List<T...>> {
  using type = typename decltype(item_at<I>(
      std::declval<Items<std::index_sequence_for<T...>, T...>>()))::type;
};

}  // namespace detail

template <std::size_t I, typename L>
using at = typename detail::At<I, L>::type;

/// The position of T in the list; the size of the list when it is not there.
template <typename T, typename... Ts>
consteval std::size_t index_in(List<Ts...> /*list*/) {
  constexpr std::array<bool, sizeof...(Ts) + 1> same = {std::is_same_v<T, Ts>..., true};
  std::size_t i = 0;
  while (!same[i]) {
    ++i;
  }
  return i;
}

template <typename T, typename L>
inline constexpr std::size_t index_of = index_in<T>(L{});

template <typename T, typename L>
inline constexpr bool contains = index_of<T, L> < L::size;

}  // namespace cairn::reflect
