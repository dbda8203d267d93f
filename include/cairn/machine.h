// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "cairn/descriptor.h"

/// State machines, declared inside a record:
///   using Lifecycle = Machine<Initial<Open>, From<Open>::To<Frozen, Closed>,
///                             From<Frozen>::Guarded<Open>>;
namespace cairn {

template <auto S>
struct Initial {
  static constexpr auto state = S;
};

template <bool IsGuarded, auto Source, auto... Targets>
struct TransitionRule {
  static constexpr auto source = Source;
  static constexpr bool of_one_enum = (std::is_same_v<decltype(Source), decltype(Targets)> && ...);
  static constexpr std::size_t size = sizeof...(Targets);

  static constexpr void write(Transition* out) {
    static_cast<void>(((*out++ = {.from = static_cast<std::int64_t>(Source),
                                  .to = static_cast<std::int64_t>(Targets),
                                  .guarded = IsGuarded}),
                       ...));
  }
};

template <auto S>
struct From {
  template <auto... Targets>
  using To = TransitionRule<false, S, Targets...>;

  /// Only when `bool guard(Tx&, Tx::In<Record, S>, To<Target>)` says yes.
  template <auto... Targets>
  using Guarded = TransitionRule<true, S, Targets...>;
};

/// Names the target of a guarded transition in the guard's signature.
template <auto S>
struct To {
  static constexpr auto state = S;
};

namespace detail {

template <typename Part>
struct MachinePart {
  static constexpr bool is_initial = false;
  static constexpr bool is_rule = false;
};

template <auto S>
struct MachinePart<Initial<S>> {
  static constexpr bool is_initial = true;
  static constexpr bool is_rule = false;
  using State = std::remove_cv_t<decltype(S)>;
};

template <bool IsGuarded, auto Source, auto... Targets>
struct MachinePart<TransitionRule<IsGuarded, Source, Targets...>> {
  static constexpr bool is_initial = false;
  static constexpr bool is_rule = true;
};

/// The first Initial of the parts.
template <typename... Parts>
struct InitialOf {
  enum class None : std::uint8_t { Unknown };
  using State = None;
  static constexpr None state = None::Unknown;
};

template <auto S, typename... Rest>
struct InitialOf<Initial<S>, Rest...> {
  using State = std::remove_cv_t<decltype(S)>;
  static constexpr State state = S;
};

template <typename Other, typename... Rest>
struct InitialOf<Other, Rest...> : InitialOf<Rest...> {};

template <typename State, typename Part>
consteval bool is_about() {
  if constexpr (MachinePart<Part>::is_rule) {
    return std::is_same_v<State, std::remove_cv_t<decltype(Part::source)>> && Part::of_one_enum;
  } else if constexpr (MachinePart<Part>::is_initial) {
    return std::is_same_v<State, typename MachinePart<Part>::State>;
  } else {
    return true;
  }
}

template <typename Part>
constexpr std::size_t transitions_of() {
  if constexpr (MachinePart<Part>::is_rule) {
    return Part::size;
  } else {
    return 0;
  }
}

template <typename Part>
constexpr Transition* write_transitions(Transition* out) {
  if constexpr (MachinePart<Part>::is_rule) {
    Part::write(out);
    out += Part::size;
  }
  return out;
}

template <typename... Parts>
constexpr auto collect_transitions() {
  std::array<Transition, (transitions_of<Parts>() + ... + 0)> all = {};
  Transition* out = all.data();
  static_cast<void>(((out = write_transitions<Parts>(out)), ...));
  return all;
}

}  // namespace detail

template <typename... Parts>
struct Machine {
  using State = typename detail::InitialOf<Parts...>::State;
  static constexpr State initial = detail::InitialOf<Parts...>::state;

  static constexpr std::size_t initial_states =
      (std::size_t{detail::MachinePart<Parts>::is_initial} + ... + 0);
  static constexpr bool has_initial = initial_states != 0;
  static constexpr bool has_one_initial = initial_states < 2;
  static constexpr bool has_only_rules =
      ((detail::MachinePart<Parts>::is_initial || detail::MachinePart<Parts>::is_rule) && ...);
  static constexpr bool is_about_enum = std::is_enum_v<State>;
  static constexpr bool is_about_one_enum = (detail::is_about<State, Parts>() && ...);
  static_assert(has_initial,
                "cairn: a Machine needs the state new rows are in: Machine<Initial<State>, ...>");
  static_assert(has_one_initial,
                "cairn: a Machine has exactly one Initial<State>; this one has several");
  static_assert(has_only_rules,
                "cairn: a Machine is made of Initial<S>, From<A>::To<B...> and "
                "From<A>::Guarded<B...>; nothing else");
  static_assert(is_about_enum, "cairn: the states of a Machine are the enumerators of an enum");
  static_assert(is_about_one_enum,
                "cairn: all states of one Machine are enumerators of the same enum; another enum "
                "is another Machine and another State field");

  static constexpr auto transitions = detail::collect_transitions<Parts...>();
  static constexpr MachineInfo info = {.initial = static_cast<std::int64_t>(initial),
                                       .transitions = transitions};

  /// Null when the transition is not declared.
  static constexpr const Transition* find(State from, State to) {
    for (const Transition& transition : transitions) {
      if (transition.from == static_cast<std::int64_t>(from) &&
          transition.to == static_cast<std::int64_t>(to)) {
        return &transition;
      }
    }
    return nullptr;
  }

  static constexpr bool is_terminal(State state) {
    for (const Transition& transition : transitions) {
      if (transition.from == static_cast<std::int64_t>(state)) {
        return false;
      }
    }
    return true;
  }
};

}  // namespace cairn
