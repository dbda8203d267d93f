// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>

#include "cairn/check_struct.h"

/// The rules for the state machines of a record.
namespace cairn::check {

template <typename R, FixedString Field, typename StateEnum>
struct StateEnumeration {
  static constexpr bool has_width = reflect::FixedEnum<StateEnum>;
  static constexpr bool is_unsigned =
      !has_width || std::is_unsigned_v<std::underlying_type_t<StateEnum>>;
  static constexpr bool ok = has_width && is_unsigned;
  static_assert(
      has_width,
      "cairn: the width of a state is part of the row; declare the states as `enum X : u8`");
  static_assert(is_unsigned, "cairn: states count up from 0; declare them as `enum X : u8`");
};

template <typename R, FixedString Field, typename StateEnum>
struct StatesCountUp {
  static constexpr const auto& values = reflect::enum_values<StateEnum>;
  static constexpr bool has_states = !values.empty();
  static constexpr bool has_no_gap =
      !has_states || values.back().value == static_cast<std::int64_t>(values.size()) - 1;
  static constexpr bool has_few_states = values.size() <= limits::machine_states_max;
  static constexpr bool ok = has_states && has_no_gap && has_few_states;
  static_assert(has_states, "cairn: a Machine needs states; this enum has none");
  static_assert(has_no_gap,
                "cairn: the states of a Machine count up from 0 without a gap; remove the numbers "
                "or the gap");
  static_assert(has_few_states, "cairn: a Machine has at most 64 states");
};

template <typename R, FixedString Field, std::size_t Transitions>
struct TransitionCount {
  static constexpr bool ok = Transitions <= limits::machine_transitions_max;
  static_assert(ok, "cairn: a Machine has at most 1024 transitions");
};

template <typename R, FixedString Field, auto StateName>
struct StateIsReachable {
  static constexpr bool is_reachable = sizeof(R) == 0;
  static_assert(is_reachable,
                "cairn: no row can ever be in this state; add a transition to it that starts from "
                "the Initial state, or remove it");
  static constexpr bool ok = false;
};

template <typename R, FixedString Field, auto Source, auto Target>
struct TransitionDeclaredOnce {
  static constexpr bool is_new = sizeof(R) == 0;
  static_assert(is_new,
                "cairn: this transition is declared twice; keep one From<A>::To<B> or "
                "From<A>::Guarded<B>");
  static constexpr bool ok = false;
};

template <typename R, FixedString Field, typename StateEnum>
struct OneMachinePerEnum {
  static constexpr bool is_new = sizeof(R) == 0;
  static_assert(is_new,
                "cairn: two State fields of this record share one enum, so become<S>() cannot tell "
                "them apart; give each machine an enum of its own");
  static constexpr bool ok = false;
};

template <typename R, std::size_t Machines>
struct MachineCount {
  static constexpr bool ok = Machines <= limits::record_machines_max;
  static_assert(ok, "cairn: a record has at most 8 state machines");
};

namespace detail {

template <typename M>
struct MachineFaults {
  static constexpr std::size_t fine = std::numeric_limits<std::size_t>::max();
  static constexpr const auto& transitions = M::transitions;

  /// The states seen, and those that a transition leads to from one of them.
  static consteval std::uint64_t followed(std::uint64_t seen) {
    for (const Transition& each : transitions) {
      if ((seen >> static_cast<std::uint64_t>(each.from) & 1U) != 0) {
        seen |= std::uint64_t{1} << static_cast<std::uint64_t>(each.to);
      }
    }
    return seen;
  }

  /// Which of the states cannot be reached from the initial one.
  static consteval std::size_t unreachable() {
    std::uint64_t seen = std::uint64_t{1} << static_cast<std::uint64_t>(M::initial);
    for (std::size_t round = 0; round < transitions.size(); ++round) {
      seen = followed(seen);
    }
    for (std::size_t i = 0; i < reflect::enum_values<typename M::State>.size(); ++i) {
      if ((seen >> i & 1U) == 0) {
        return i;
      }
    }
    return fine;
  }

  static consteval bool repeats_earlier(std::size_t i) {
    for (std::size_t k = 0; k < i; ++k) {
      if (transitions[i].from == transitions[k].from && transitions[i].to == transitions[k].to) {
        return true;
      }
    }
    return false;
  }

  static consteval std::size_t repeated() {
    for (std::size_t i = 1; i < transitions.size(); ++i) {
      if (repeats_earlier(i)) {
        return i;
      }
    }
    return fine;
  }
};

template <typename R, FixedString Field, typename M>
consteval bool machine_ok() {
  using Faults = MachineFaults<M>;
  using StateEnum = typename M::State;
  // NOLINTNEXTLINE(bugprone-branch-clone): a branch keeps the next from being instantiated.
  if constexpr (!StateEnumeration<R, Field, StateEnum>::ok) {
    return false;
  } else if constexpr (!StatesCountUp<R, Field, StateEnum>::ok) {
    return false;
  } else if constexpr (!TransitionCount<R, Field, M::transitions.size()>::ok) {
    return false;
  } else if constexpr (Faults::repeated() != Faults::fine) {
    constexpr Transition twice = M::transitions[Faults::repeated()];
    return TransitionDeclaredOnce<R, Field, static_cast<StateEnum>(twice.from),
                                  static_cast<StateEnum>(twice.to)>::ok;
  } else if constexpr (Faults::unreachable() != Faults::fine) {
    return StateIsReachable<R, Field, static_cast<StateEnum>(Faults::unreachable())>::ok;
  } else {
    return true;
  }
}

template <typename R, std::size_t I>
consteval bool state_field_ok() {
  using Field = reflect::FieldType<R, I>;
  if constexpr (FieldTraits<Field>::kind == FieldKind::State) {
    return machine_ok<R, reflect::field_name<R, I>, typename Field::machine>();
  } else {
    return true;
  }
}

template <typename R, std::size_t... I>
consteval bool state_fields_ok(std::index_sequence<I...> /*fields*/) {
  constexpr std::array<bool, sizeof...(I)> ok = {state_field_ok<R, I>()...};
  return std::ranges::find(ok, false) == ok.end();
}

/// The position of the second State field over an enum that an earlier one has.
template <typename... F>
consteval std::size_t shared_enum(reflect::List<F...> /*fields*/) {
  // A type's name stands for the type: two fields share an enum when they have one name.
  constexpr std::array<std::string_view, sizeof...(F)> enums = {
      (FieldTraits<F>::kind == FieldKind::State ? reflect::type_path<FieldValue<F>>()
                                                : std::string_view())...};
  for (std::size_t i = 0; i < enums.size(); ++i) {
    const std::string_view* const here = enums.data() + i;
    if (!here->empty() && std::find(enums.data(), here, *here) != here) {
      return i;
    }
  }
  return sizeof...(F);
}

template <typename... F>
consteval std::size_t machine_count(reflect::List<F...> /*fields*/) {
  return (std::size_t{FieldTraits<F>::kind == FieldKind::State} + ... + 0);
}

}  // namespace detail

template <typename R>
consteval bool machines_ok() {
  using Fields = reflect::FieldTypes<R>;
  constexpr std::size_t machines = detail::machine_count(Fields{});
  constexpr std::size_t shared = [] {
    if constexpr (machines > 1) {
      return detail::shared_enum(Fields{});
    } else {
      return Fields::size;
    }
  }();
  // NOLINTNEXTLINE(bugprone-branch-clone): a branch keeps the next from being instantiated.
  if constexpr (!MachineCount<R, machines>::ok) {
    return false;
  } else if constexpr (!detail::state_fields_ok<R>(std::make_index_sequence<Fields::size>{})) {
    return false;
  } else if constexpr (shared != Fields::size) {
    return OneMachinePerEnum<R, reflect::field_name<R, shared>,
                             FieldValue<reflect::FieldType<R, shared>>>::ok;
  } else {
    return true;
  }
}

}  // namespace cairn::check
