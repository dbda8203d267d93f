// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <type_traits>

#include "cairn/check_entry.h"
#include "cairn/entry_call.h"
#include "cairn/view.h"

/// The gates and invariants of a domain, as a host asks for them: by their position in the domain.
namespace cairn::entry {

using InvariantFunction = bool (*)(const detail::Call& before, const detail::Call& after,
                                   const cairn_change*);

template <typename D, typename Rule>
bool ask_invariant(const detail::Call& before, const detail::Call& after,
                   const cairn_change* change) {
  using Subject = typename Rule::subject;
  const View<D> view(after);
  if constexpr (std::is_void_v<Subject>) {
    if constexpr (check::detail::invariant_function_ok<D, Rule, View<D>, View<D>, Rule>) {
      return found_by_type::call_holds(View<D>(before), view, Rule{});
    }
  } else if constexpr (EdgeType<Subject>) {
    if constexpr (check::detail::invariant_function_ok<D, Rule, View<D>, Rule,
                                                       LinkChange<Subject>>) {
      return found_by_type::call_holds(
          view, Rule{},
          LinkChange<Subject>{
              .source = static_cast<const typename Subject::source*>(change->before),
              .target = static_cast<const typename Subject::target*>(change->after)});
    }
  } else {
    if constexpr (check::detail::invariant_function_ok<D, Rule, View<D>, Rule, Change<Subject>>) {
      return found_by_type::call_holds(
          view, Rule{},
          Change<Subject>{.before = static_cast<const Subject*>(change->before),
                          .after = static_cast<const Subject*>(change->after)});
    }
  }
  static_cast<void>(before);
  static_cast<void>(change);
  return false;
}

template <typename D, typename L>
struct InvariantTable;

template <typename D, typename... Rule>
struct InvariantTable<D, reflect::List<Rule...>> {
  static constexpr std::array<InvariantFunction, sizeof...(Rule)> functions = {
      &ask_invariant<D, Rule>...};
};

template <typename D>
std::int32_t invariant(const cairn_host* host, cairn_call* before, cairn_call* after,
                       std::uint16_t position, const cairn_change* change) {
  const detail::Call call = {.host = host, .call = after};
  if (position >= D::invariants::size) {
    return fault(call, CAIRN_UNDECLARED, "the domain has no such invariant");
  }
  return guarded(call, [&] {
    const InvariantFunction ask =
        InvariantTable<D, typename D::invariants>::functions.data()[position];
    return ask({.host = host, .call = before}, call, change) ? CAIRN_ACCEPTED : CAIRN_REJECTED;
  });
}

/// Which command a gate is judged for, and with what.
struct Judged {
  std::uint16_t kind = 0;
  cairn_bytes command;
};

using GateFunction = bool (*)(const detail::Call& before, const detail::Call& after, const Judged&);

template <typename D, typename Rule>
bool ask_gate(const detail::Call& before, const detail::Call& after, const Judged& judged) {
  using Subject = typename Rule::subject;
  if constexpr (std::is_void_v<Subject>) {
    if constexpr (check::detail::gate_function_ok<D, Rule, View<D>, View<D>, Rule>) {
      return found_by_type::call_allows(View<D>(before), View<D>(after), Rule{});
    }
  } else if constexpr (check::detail::gate_function_ok<D, Rule, View<D>, View<D>, Rule, Subject>) {
    if (judged.kind != Subject::schema::kind) {
      return true;
    }
    Subject command = {};
    decode_command<D>(after, judged.command, command);
    return found_by_type::call_allows(View<D>(before), View<D>(after), Rule{}, command);
  }
  static_cast<void>(before);
  static_cast<void>(after);
  static_cast<void>(judged);
  return false;
}

template <typename D, typename L>
struct GateTable;

template <typename D, typename... Rule>
struct GateTable<D, reflect::List<Rule...>> {
  static constexpr std::array<GateFunction, sizeof...(Rule)> functions = {&ask_gate<D, Rule>...};
};

template <typename D>
// NOLINTNEXTLINE(readability-function-size): the parameters are those of the C table.
std::int32_t gate(const cairn_host* host, cairn_call* before, cairn_call* after,
                  std::uint16_t position, std::uint16_t kind, cairn_bytes command) {
  const detail::Call call = {.host = host, .call = after};
  if (position >= D::gates::size) {
    return fault(call, CAIRN_UNDECLARED, "the domain has no such gate");
  }
  return guarded(call, [&] {
    const GateFunction ask = GateTable<D, typename D::gates>::functions.data()[position];
    return ask({.host = host, .call = before}, call, {.kind = kind, .command = command})
               ? CAIRN_ACCEPTED
               : CAIRN_REJECTED;
  });
}

}  // namespace cairn::entry
