// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <type_traits>

#include "cairn/codec_traits.h"
#include "cairn/machine.h"
#include "cairn/secret_value.h"

/// Fields that Cairn keeps something for: an index, a promise, a state machine. Each reads like the
/// value it holds and refuses assignment, saying what to do instead. They are plain memory of
/// exactly the value's layout; what changes them is the engine.
namespace cairn {

enum class FieldKind : std::uint8_t {
  Plain,
  Key,
  Unique,
  Indexed,
  Ordered,
  Immutable,
  State,
};

namespace check {

/// One struct per rule. The arguments are what the compiler names beside the message.
template <FieldKind Kind, typename Value>
struct AssignmentOf {
  static constexpr bool to_key = Kind != FieldKind::Key;
  static constexpr bool to_immutable = Kind != FieldKind::Immutable;
  static constexpr bool to_state = Kind != FieldKind::State;
  static constexpr bool to_indexed = !to_key || !to_immutable || !to_state || sizeof(Value) == 0;
  static_assert(to_key, "cairn: the key of a row never changes; erase the row and create another");
  static_assert(to_immutable,
                "cairn: an Immutable field is given when the row is created and never changes");
  static_assert(to_state,
                "cairn: a State field is not assigned; use row.in<From>() and then become<To>()");
  static_assert(to_indexed,
                "cairn: an indexed field is not assigned; use tx.set<&Record::field>(row, value), "
                "so that its index follows");
  static constexpr bool ok = true;
};

template <typename Value>
struct CreationInState {
  static constexpr bool initial = sizeof(Value) == 0;
  static_assert(initial,
                "cairn: a row is created in its machine's Initial state; leave the State field out "
                "and use become<To>() on the new row");
  static constexpr bool ok = true;
};

}  // namespace check

/// A value of type T under the care of the engine.
template <typename T, FieldKind Kind>
class ManagedField final {
 public:
  using value_type = T;
  static constexpr FieldKind kind = Kind;

  constexpr ManagedField() noexcept = default;

  constexpr ManagedField(const T& value) noexcept  // NOLINT(google-explicit-constructor)
      : value_(value) {}

  /// From what a T is made of without a cast: `.owner = "alice"`.
  template <typename U>
    requires(!Integer<T> && !std::is_same_v<std::remove_cvref_t<U>, T> &&
             !std::is_same_v<std::remove_cvref_t<U>, ManagedField> &&
             std::is_convertible_v<const U&, T>)
  constexpr ManagedField(const U& value) noexcept  // NOLINT(google-explicit-constructor)
      : value_(value) {}

  constexpr ManagedField(const ManagedField&) noexcept = default;
  ManagedField& operator=(const ManagedField&) = delete;

  template <typename U>
    requires(!std::is_same_v<std::remove_cvref_t<U>, ManagedField>)
  constexpr void operator=(U&& /*value*/) {  // NOLINT(misc-unconventional-assign-operator)
    static_assert(check::AssignmentOf<Kind, std::remove_cvref_t<U>>::ok);
  }

  template <typename U>
  constexpr void operator+=(const U& /*value*/) {
    static_assert(check::AssignmentOf<Kind, U>::ok);
  }

  template <typename U>
  constexpr void operator-=(const U& /*value*/) {
    static_assert(check::AssignmentOf<Kind, U>::ok);
  }

  [[nodiscard]] constexpr const T& get() const noexcept { return value_; }

  constexpr operator const T&() const noexcept {  // NOLINT(google-explicit-constructor)
    return value_;
  }

  constexpr const T* operator->() const noexcept { return &value_; }

 private:
  T value_{};
};

/// The primary key: every record has exactly one. `Key<Id<Account>> id` numbers the rows; any other
/// value that can be ordered, a small struct too, is a natural key.
template <typename T>
using Key = ManagedField<T, FieldKind::Key>;

/// No two rows have the same value. Found by it: `tx.find_by<&User::email>(email)`.
template <typename T>
using Unique = ManagedField<T, FieldKind::Unique>;

/// Scanned in its order: `tx.range<&Account::owner>("a", "b")`.
template <typename T>
using Indexed = ManagedField<T, FieldKind::Indexed>;

/// Part of an `IndexOn` or `UniqueOn` of its record, without an index of its own.
template <typename T>
using Ordered = ManagedField<T, FieldKind::Ordered>;

/// Given when the row is created.
template <typename T>
using Immutable = ManagedField<T, FieldKind::Immutable>;

/// The place of a state machine. A new row is in the machine's initial state; `become` moves it.
template <typename M>
class State final {
 public:
  using machine = M;
  using value_type = typename M::State;
  static constexpr FieldKind kind = FieldKind::State;

  constexpr State() noexcept = default;

  template <typename U>
    requires(!std::is_same_v<std::remove_cvref_t<U>, State>)
  constexpr State(const U& /*value*/) noexcept {  // NOLINT(google-explicit-constructor)
    static_assert(check::CreationInState<U>::ok);
  }

  constexpr State(const State&) noexcept = default;
  State& operator=(const State&) = delete;

  template <typename U>
    requires(!std::is_same_v<std::remove_cvref_t<U>, State>)
  constexpr void operator=(U&& /*value*/) {  // NOLINT(misc-unconventional-assign-operator)
    static_assert(check::AssignmentOf<kind, std::remove_cvref_t<U>>::ok);
  }

  [[nodiscard]] constexpr value_type get() const noexcept { return value_; }

  constexpr operator value_type() const noexcept {  // NOLINT(google-explicit-constructor)
    return value_;
  }

 private:
  value_type value_ = M::initial;
};

/// What a field declares: the value in it, and what is kept for it.
template <typename F>
struct FieldTraits {
  using Value = F;
  static constexpr FieldKind kind = FieldKind::Plain;
  static constexpr bool is_secret = false;
};

template <typename T, FieldKind Kind>
struct FieldTraits<ManagedField<T, Kind>> {
  using Value = T;
  static constexpr FieldKind kind = Kind;
  static constexpr bool is_secret = FieldTraits<T>::is_secret;
};

template <typename M>
struct FieldTraits<State<M>> {
  using Value = typename M::State;
  static constexpr FieldKind kind = FieldKind::State;
  static constexpr bool is_secret = false;
};

template <typename T>
struct FieldTraits<Secret<T>> {
  using Value = Secret<T>;
  static constexpr FieldKind kind = FieldKind::Plain;
  static constexpr bool is_secret = true;
};

/// The codecs write these fields as what they hold.
template <typename T, FieldKind Kind>
struct WrappedValue<ManagedField<T, Kind>> {
  using type = T;
};

template <typename M>
struct WrappedValue<State<M>> {
  using type = typename M::State;
};

template <typename F>
using FieldValue = typename FieldTraits<F>::Value;

}  // namespace cairn
