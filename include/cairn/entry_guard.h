// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "cairn/entry_call.h"
#include "cairn/tx.h"

/// The guards of the machines, as a host asks for them: by record, field and transition.
namespace cairn::entry {

struct GuardEntry {
  std::uint16_t record = 0;
  std::uint16_t field = 0;
  std::int64_t from = 0;
  std::int64_t to = 0;
  bool (*ask)(const detail::Call&, cairn_row) = nullptr;
};

template <typename D, typename R, auto Source, auto Target>
bool ask_guard(const detail::Call& call, cairn_row memory) {
  using Context = Tx<D>;
  const auto row = detail::RowAccess::make<Row<Context, R>>(call, memory);
  const In<Context, R, Source> in(row);
  return in && detail::ask_guard<Context, Target>(in);
}

/// The guarded transitions of one State field.
template <typename D, typename R, std::size_t I>
struct FieldGuards {
  using M = typename reflect::FieldType<R, I>::machine;
  static constexpr const auto& transitions = M::transitions;
  static constexpr std::size_t count = [] {
    std::size_t guarded_ones = 0;
    for (const Transition& each : transitions) {
      guarded_ones += each.guarded ? 1 : 0;
    }
    return guarded_ones;
  }();

  template <std::size_t T>
  static constexpr GuardEntry entry() {
    constexpr Transition each = transitions[T];
    if constexpr (each.guarded) {
      constexpr auto from = static_cast<typename M::State>(each.from);
      constexpr auto to = static_cast<typename M::State>(each.to);
      return {.record = detail::record_position<D, R>,
              .field = static_cast<std::uint16_t>(I),
              .from = each.from,
              .to = each.to,
              .ask = &ask_guard<D, R, from, to>};
    } else {
      return {};
    }
  }

  template <std::size_t... T>
  static const GuardEntry* find(const GuardEntry& wanted, std::index_sequence<T...> /*all*/) {
    static constexpr std::array<GuardEntry, sizeof...(T)> entries = {entry<T>()...};
    for (const GuardEntry& each : entries) {
      if (each.ask != nullptr && each.from == wanted.from && each.to == wanted.to) {
        return &each;
      }
    }
    return nullptr;
  }
};

template <typename D, typename R, std::size_t I>
const GuardEntry* find_in_field(const GuardEntry& wanted) {
  if constexpr (FieldTraits<reflect::FieldType<R, I>>::kind == FieldKind::State) {
    using Guards = FieldGuards<D, R, I>;
    if constexpr (Guards::count != 0) {
      return Guards::find(wanted, std::make_index_sequence<Guards::transitions.size()>{});
    }
  }
  static_cast<void>(wanted);
  return nullptr;
}

template <typename D, typename R, std::size_t... I>
const GuardEntry* find_in_record(const GuardEntry& wanted, std::index_sequence<I...> /*fields*/) {
  const GuardEntry* found = nullptr;
  static_cast<void>(
      ((wanted.field == I && (found = find_in_field<D, R, I>(wanted)) != nullptr) || ...));
  return found;
}

template <typename D, typename... R>
const GuardEntry* find_guard(const GuardEntry& wanted, reflect::List<R...> /*records*/) {
  const GuardEntry* found = nullptr;
  static_cast<void>(
      ((wanted.record == detail::record_position<D, R> &&
        (found = find_in_record<D, R>(
             wanted, std::make_index_sequence<reflect::field_count<R>>{})) != nullptr) ||
       ...));
  return found;
}

template <typename D>
// NOLINTNEXTLINE(readability-function-size): the parameters are those of the C table.
std::int32_t guard(const cairn_host* host, cairn_call* handle, std::uint16_t record, cairn_row row,
                   std::uint16_t field, std::int64_t from, std::int64_t to) {
  const detail::Call call = {.host = host, .call = handle};
  const GuardEntry* const found = find_guard<D>(
      {.record = record, .field = field, .from = from, .to = to}, typename D::records{});
  if (found == nullptr) {
    return fault(call, CAIRN_UNDECLARED, "the domain has no such guarded transition");
  }
  return guarded(call, [&] { return found->ask(call, row) ? CAIRN_ACCEPTED : CAIRN_REJECTED; });
}

}  // namespace cairn::entry
