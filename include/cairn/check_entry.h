// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <type_traits>

#include "cairn/check_domain.h"
#include "cairn/guard.h"
#include "cairn/tx.h"

/// The rules for the functions a domain provides, looked at where the domain is handed to a host:
/// every command has its handler, every gate and invariant its verdict.
namespace cairn {

namespace found_by_type {

template <typename... Args>
concept CanHold = requires(const Args&... args) { holds(args...); };

template <typename... Args>
using HoldsResult = decltype(holds(std::declval<const Args&>()...));

template <typename... Args>
bool call_holds(const Args&... args) {
  return holds(args...);
}

template <typename... Args>
concept CanAllow = requires(const Args&... args) { allows(args...); };

template <typename... Args>
using AllowsResult = decltype(allows(std::declval<const Args&>()...));

template <typename... Args>
bool call_allows(const Args&... args) {
  return allows(args...);
}

}  // namespace found_by_type

namespace check {

template <typename D, typename C>
struct HandlerOf {
  static constexpr bool is_clear = found_by_type::CanHandle<Tx<D>, C>;
  static constexpr bool is_there = [] {
    if constexpr (is_clear) {
      return !std::is_same_v<found_by_type::HandleResult<Tx<D>, C>, found_by_type::Missing>;
    } else {
      return true;
    }
  }();
  static constexpr bool returns_outcome = [] {
    if constexpr (is_clear && is_there) {
      return std::is_same_v<found_by_type::HandleResult<Tx<D>, C>, Outcome<D>>;
    } else {
      return true;
    }
  }();
  static constexpr bool ok = is_clear && is_there && returns_outcome;
  static_assert(is_there,
                "cairn: this command has no handler; write `Outcome handle(Tx& tx, const Command& "
                "cmd)` for this domain's Tx, in the domain's namespace");
  static_assert(is_clear,
                "cairn: several handle() functions fit this command equally well; keep one");
  static_assert(returns_outcome,
                "cairn: a handler returns Outcome: `Outcome handle(Tx& tx, const Command& cmd)`");
};

template <typename D, typename Rule, bool IsClear, typename Result>
struct InvariantFunction {
  static constexpr bool is_there = !std::is_same_v<Result, found_by_type::Missing>;
  static constexpr bool is_clear = IsClear;
  static constexpr bool returns_bool = !is_there || !is_clear || std::is_same_v<Result, bool>;
  static constexpr bool ok = is_there && is_clear && returns_bool;
  static_assert(is_there,
                "cairn: this invariant has no function that fits; write `bool holds(const View&, "
                "rule, const Change<Record>&)`, `bool holds(const View&, rule, const "
                "LinkChange<edge>&)` or `bool holds(const View& before, const View& after, rule)`");
  static_assert(is_clear,
                "cairn: several holds() functions fit this invariant equally well; keep one");
  static_assert(returns_bool, "cairn: holds() returns bool: whether the invariant holds");
};

template <typename D, typename Rule, bool IsClear, typename Result>
struct GateFunction {
  static constexpr bool is_there = !std::is_same_v<Result, found_by_type::Missing>;
  static constexpr bool is_clear = IsClear;
  static constexpr bool returns_bool = !is_there || !is_clear || std::is_same_v<Result, bool>;
  static constexpr bool ok = is_there && is_clear && returns_bool;
  static_assert(
      is_there,
      "cairn: this gate has no function that fits; write `bool allows(const View& before, "
      "const View& after, gate, const Command&)`, or without the command for a Gate<>");
  static_assert(is_clear, "cairn: several allows() functions fit this gate equally well; keep one");
  static_assert(returns_bool, "cairn: allows() returns bool: whether the command may commit");
};

namespace detail {

struct Unclear {};

template <typename... Args>
consteval auto holds_result() {
  if constexpr (found_by_type::CanHold<Args...>) {
    return std::type_identity<found_by_type::HoldsResult<Args...>>{};
  } else {
    return std::type_identity<Unclear>{};
  }
}

template <typename... Args>
consteval auto allows_result() {
  if constexpr (found_by_type::CanAllow<Args...>) {
    return std::type_identity<found_by_type::AllowsResult<Args...>>{};
  } else {
    return std::type_identity<Unclear>{};
  }
}

template <typename D, typename Rule, typename... Args>
inline constexpr bool invariant_function_ok = [] {
  using Result = typename decltype(holds_result<Args...>())::type;
  return InvariantFunction<D, Rule, !std::is_same_v<Result, Unclear>, Result>::ok;
}();

template <typename D, typename Rule, typename... Args>
inline constexpr bool gate_function_ok = [] {
  using Result = typename decltype(allows_result<Args...>())::type;
  return GateFunction<D, Rule, !std::is_same_v<Result, Unclear>, Result>::ok;
}();

}  // namespace detail

}  // namespace check

}  // namespace cairn
