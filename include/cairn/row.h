// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

#include "cairn/call.h"
#include "cairn/check_use.h"
#include "cairn/guard.h"

namespace cairn {

template <typename Context, typename R, auto S>
class In;
template <typename Context, typename R>
class Row;

namespace detail {

/// The façade's own way into handles.
struct RowAccess {
  template <typename Handle, typename... Place>
  static Handle make(const Call& call, Place... place) {
    return Handle(call, place...);
  }

  /// Ends the call when there is no row.
  template <typename RowType>
  static cairn_row memory(const RowType& row) {
    return row.checked();
  }
};

template <typename... F>
struct Overload : F... {
  using F::operator()...;
};

template <typename D, typename R>
inline constexpr auto record_position =
    static_cast<std::uint16_t>(reflect::index_of<R, typename D::records>);

/// The position of a record's first State field.
template <typename R>
struct OnlyMachine {
  template <typename... F>
  static constexpr std::size_t find(reflect::List<F...> /*fields*/) {
    constexpr std::array<bool, sizeof...(F) + 1> is_state = {
        (FieldTraits<F>::kind == FieldKind::State)..., true};
    std::size_t i = 0;
    while (!is_state[i]) {
      ++i;
    }
    return i;
  }

  static constexpr std::size_t field = find(reflect::FieldTypes<R>{});
};

}  // namespace detail

/// A row of record R, or none: `if (!row) return UnknownAccount;`. Reads like a pointer to the
/// record and costs no more. A handle is for one call: it is not kept, and using one without a row
/// faults the command. Context is the Tx or View it came from.
template <typename Context, typename R>
class Row {
 public:
  using record = R;
  using Domain = typename Context::Domain;

  Row() noexcept = default;

  /// What a Tx found, a View may look at.
  template <typename Other>
    requires(!std::is_same_v<Other, Context> && !Context::can_write &&
             std::is_same_v<typename Other::Domain, Domain>)
  Row(const Row<Other, R>& other) noexcept  // NOLINT(google-explicit-constructor)
      : Row(other.handle_call(), other ? &*other : nullptr) {}

  explicit operator bool() const noexcept { return memory_ != nullptr; }

  const R* operator->() const { return static_cast<const R*>(checked()); }

  const R& operator*() const { return *static_cast<const R*>(checked()); }

  /// The record for writing. Its managed fields stay read-only: see `cairn/fields.h`.
  R& edit() const {
    static_assert(check::Writable<R, Context>::ok);
    void* memory = nullptr;
    detail::expect_ok(
        call_.host->edit(call_.call, detail::record_position<Domain, R>, checked(), &memory));
    return *static_cast<R*>(memory);
  }

  /// The state its one machine is in.
  [[nodiscard]] auto state() const {
    static_assert(check::HasMachine<R>::ok && check::HasOneMachine<R>::ok);
    return reflect::field<const R, detail::OnlyMachine<R>::field>(**this).get();
  }

  /// The state that the machine over this enum is in.
  template <typename StateEnum>
  [[nodiscard]] StateEnum state() const {
    constexpr std::size_t field = check::StateOfRecord<R, StateEnum{}>::field;
    return reflect::field<const R, field>(**this).get();
  }

  /// The row known to be in state S; none when it is in another.
  template <auto S>
  [[nodiscard]] In<Context, R, S> in() const {
    return In<Context, R, S>(*this);
  }

  /// For the message: a transition starts from a known state.
  template <auto T, typename Self = Row>
  void become() const {
    static_assert(check::StateIsKnown<Self, T>::ok);
  }

  /// Calls the arm for the state the row is in. Every state has an arm, or it does not compile.
  template <typename... Arms>
  decltype(auto) match(Arms&&... arms) const {
    static_assert(check::HasMachine<R>::ok && check::HasOneMachine<R>::ok);
    using StateEnum = FieldValue<reflect::FieldType<R, detail::OnlyMachine<R>::field>>;
    return match<StateEnum>(std::forward<Arms>(arms)...);
  }

  template <typename StateEnum, typename... Arms>
    requires std::is_enum_v<StateEnum>
  decltype(auto) match(Arms&&... arms) const {
    detail::Overload<std::remove_cvref_t<Arms>...> overload{std::forward<Arms>(arms)...};
    return match_from<StateEnum, 0>(overload);
  }

  /// For the façade.
  [[nodiscard]] const detail::Call& handle_call() const noexcept { return call_; }

  friend bool operator==(const Row& a, const Row& b) noexcept { return a.memory_ == b.memory_; }

  /// For the message: one row is no range.
  template <typename Self = Row>
  const R* begin() const {
    static_assert(check::OneRowIsNoRange<Self>::ok);
    return nullptr;
  }

  template <typename Self = Row>
  const R* end() const {
    static_assert(check::OneRowIsNoRange<Self>::ok);
    return nullptr;
  }

 protected:
  friend detail::RowAccess;

  Row(const detail::Call& call, cairn_row memory) noexcept : call_(call), memory_(memory) {}

  [[nodiscard]] cairn_row checked() const {
    if (memory_ == nullptr) [[unlikely]] {
      detail::end_call(CAIRN_ABSENT, "a handle without a row was used; test it first");
    }
    return memory_;
  }

 private:
  template <typename StateEnum, std::size_t I, typename Arms>
  // NOLINTNEXTLINE(readability-function-size): two of its levels are gone when it is compiled.
  decltype(auto) match_from(Arms& arms) const {
    constexpr const auto& states = reflect::enum_values<StateEnum>;
    constexpr auto here = static_cast<StateEnum>(states[I].value);
    using InState = In<Context, R, here>;
    static_assert(check::MatchArm<Arms, InState>::ok);
    if constexpr (std::is_invocable_v<Arms&, InState>) {
      if constexpr (I + 1 < states.size()) {
        if (state<StateEnum>() != here) {
          return match_from<StateEnum, I + 1>(arms);
        }
      }
      return arms(in<here>());
    }
  }

  detail::Call call_;
  cairn_row memory_ = nullptr;
};

/// What `become` gives for a guarded transition: the row in its new state, or none when the guard
/// said no. Look before you use it.
template <typename InState>
class [[nodiscard]] Guarded final : public InState {
 public:
  using InState::InState;

  Guarded(const InState& row) noexcept  // NOLINT(google-explicit-constructor)
      : InState(row) {}
};

/// A row known to be in state S when the handle was made. Only declared transitions lead out of it.
template <typename Context, typename R, auto S>
class In : public Row<Context, R> {
 public:
  using Base = Row<Context, R>;
  using typename Base::Domain;
  static constexpr auto current = S;

  In() noexcept = default;

  explicit In(const Base& row) : Base(is_in(row) ? row : Base()) {}

  template <typename Other>
    requires(!std::is_same_v<Other, Context> && !Context::can_write &&
             std::is_same_v<typename Other::Domain, Domain>)
  In(const In<Other, R, S>& other) noexcept  // NOLINT(google-explicit-constructor)
      : Base(other) {}

  /// Moves the row to state T. When the transition is guarded, the guard is asked first.
  template <auto T>
  auto become() const {
    static_assert(check::Writable<R, Context>::ok);
    if constexpr (check::TransitionDeclared<R, S, T>::ok) {
      constexpr bool is_guarded = check::TransitionDeclared<R, S, T>::found->guarded;
      expect_current();
      if constexpr (is_guarded) {
        using Moved = Guarded<In<Context, R, T>>;
        return detail::ask_guard<Context, T>(*this) ? Moved(moved<T>()) : Moved();
      } else {
        return moved<T>();
      }
    } else {
      return In<Context, R, T>();
    }
  }

 private:
  static constexpr std::size_t field = check::StateOfRecord<R, S>::field;
  static_assert(check::StateOfRecord<R, S>::ok);

  static bool is_in(const Base& row) {
    return row && reflect::field<const R, field>(*row).get() == S;
  }

  void expect_current() const {
    if (!is_in(*this)) [[unlikely]] {
      detail::end_call(CAIRN_STALE, "become: the row has left the state this handle is for");
    }
  }

  template <auto T>
  [[nodiscard]] In<Context, R, T> moved() const {
    const detail::Call& call = Base::handle_call();
    detail::expect_ok(call.host->become(call.call, detail::record_position<Domain, R>,
                                        Base::checked(), static_cast<std::uint16_t>(field),
                                        static_cast<std::int64_t>(T)));
    return In<Context, R, T>(static_cast<const Base&>(*this));
  }
};

/// The same as a function, for generic code: `become<Want::Canceled>(row)`.
template <auto T, typename Context, typename R, auto S>
auto become(const In<Context, R, S>& row) {
  return row.template become<T>();
}

}  // namespace cairn
