// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <type_traits>
#include <utility>

#include "cairn/call.h"
#include "cairn/machine.h"

/// Functions of the domain that are found by their type: handlers, guards, gates, invariants,
/// upcasts. Each name has a last resort here, which is chosen when the domain has none, so that a
/// missing function is told from an ambiguous one.
namespace cairn {

namespace found_by_type {

struct Missing {};

/// A conversion, so that every function of the domain fits better.
struct AnyContext {
  template <typename T>
  AnyContext(T& /*context*/);  // NOLINT(google-explicit-constructor)
};

Missing handle(AnyContext, ...);
Missing guard(AnyContext, ...);
Missing holds(AnyContext, ...);
Missing allows(AnyContext, ...);
Missing upcast(AnyContext, ...);

template <typename Tx, typename C>
concept CanHandle = requires(Tx& tx, const C& command) { handle(tx, command); };

template <typename Tx, typename C>
using HandleResult = decltype(handle(std::declval<Tx&>(), std::declval<const C&>()));

template <typename Tx, typename InState, auto T>
concept CanGuard = requires(Tx& tx, InState row) { guard(tx, row, To<T>{}); };

template <typename Tx, typename InState, auto T>
using GuardResult = decltype(guard(std::declval<Tx&>(), std::declval<InState>(), To<T>{}));

template <auto T, typename Tx, typename InState>
bool call_guard(Tx& tx, const InState& row) {
  return guard(tx, row, To<T>{});
}

template <typename Tx, typename C>
decltype(auto) call_handle(Tx& tx, const C& command) {
  return handle(tx, command);
}

}  // namespace found_by_type

namespace check {

template <typename Tx, typename InState, auto Target>
struct GuardOf {
  static constexpr bool is_clear = found_by_type::CanGuard<Tx, InState, Target>;
  static constexpr bool is_there = [] {
    if constexpr (is_clear) {
      return !std::is_same_v<found_by_type::GuardResult<Tx, InState, Target>,
                             found_by_type::Missing>;
    } else {
      return true;
    }
  }();
  static constexpr bool returns_bool = [] {
    if constexpr (is_clear && is_there) {
      return std::is_same_v<found_by_type::GuardResult<Tx, InState, Target>, bool>;
    } else {
      return true;
    }
  }();
  static constexpr bool ok = is_clear && is_there && returns_bool;
  static_assert(is_there,
                "cairn: this transition is Guarded, but no `bool guard(Tx&, Tx::In<Record, From>, "
                "To<Target>)` is declared before it is used");
  static_assert(is_clear,
                "cairn: several guard() functions fit this transition equally well; keep one");
  static_assert(returns_bool, "cairn: a guard returns bool: whether the transition may fire");
};

}  // namespace check

namespace detail {

/// Asks the domain's guard. Context is a Tx; it is made from the row's call.
template <typename Context, auto T, typename InState>
bool ask_guard(const InState& row) {
  if constexpr (check::GuardOf<Context, InState, T>::ok) {
    Context context(row.handle_call());
    return found_by_type::call_guard<T>(context, row);
  } else {
    return false;
  }
}

}  // namespace detail

}  // namespace cairn
