// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <type_traits>

#include "cairn/check_list.h"

/// The rules for the gates and invariants of a domain: what each may be about.
namespace cairn::check {

template <typename D, typename Rule>
struct GateDeclaration {
  static constexpr bool is_gate = requires { typename Rule::is_gate; };
  static_assert(is_gate, "cairn: Gates<...> takes structs derived from Gate<> or Gate<Command>");
  static constexpr bool is_listed = [] {
    if constexpr (!is_gate) {
      return true;
    } else {
      return std::is_void_v<typename Rule::subject> ||
             reflect::contains<typename Rule::subject, typename D::commands>;
    }
  }();
  static_assert(
      is_listed,
      "cairn: this gate is about a command that the domain does not list in Commands<...>");
  static constexpr bool ok = is_gate && is_listed;
};

template <typename D, typename Rule>
struct InvariantDeclaration {
  static constexpr bool is_invariant = requires { typename Rule::is_invariant; };
  static_assert(
      is_invariant,
      "cairn: Invariants<...> takes structs derived from Invariant<>, Invariant<Record> or "
      "Invariant<edge>");
  static constexpr bool is_listed = [] {
    if constexpr (!is_invariant) {
      return true;
    } else {
      return std::is_void_v<typename Rule::subject> ||
             reflect::contains<typename Rule::subject, typename D::records> ||
             reflect::contains<typename Rule::subject, typename D::edges>;
    }
  }();
  static_assert(is_listed,
                "cairn: this invariant is about something that the domain lists neither in "
                "Records<...> nor in Edges<...>");
  static constexpr bool ok = is_invariant && is_listed;
};

namespace detail {

template <typename D, typename... Rule>
consteval bool gates_ok(reflect::List<Rule...> list) {
  return all(std::array<bool, sizeof...(Rule)>{GateDeclaration<D, Rule>::ok...}) &&
         listed_once<D>(list);
}

template <typename D, typename... Rule>
consteval bool invariants_ok(reflect::List<Rule...> list) {
  return all(std::array<bool, sizeof...(Rule)>{InvariantDeclaration<D, Rule>::ok...}) &&
         listed_once<D>(list);
}

}  // namespace detail

}  // namespace cairn::check
