// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <type_traits>

#include "cairn/check_domain.h"

/// The rules for what a handler does with the parts of its domain: one struct per rule, as in
/// `cairn/check_struct.h`. They cost nothing where they hold.
namespace cairn::check {

template <typename D, typename R>
struct RecordListed {
  static constexpr bool ok = reflect::contains<R, typename D::records>;
  static_assert(ok, "cairn: this record is not in the domain; add it to Records<...>");
};

template <typename D, typename E>
struct EventListed {
  static constexpr bool ok = reflect::contains<E, typename D::events>;
  static_assert(ok, "cairn: this event is not in the domain; add it to Events<...>");
};

template <typename D, typename C>
struct CommandListed {
  static constexpr bool ok = reflect::contains<C, typename D::commands>;
  static_assert(ok, "cairn: this command is not in the domain; add it to Commands<...>");
};

template <typename D, typename E>
struct EdgeListed {
  static constexpr bool is_edge = EdgeType<E>;
  static constexpr bool is_listed = !is_edge || reflect::contains<E, typename D::edges>;
  static constexpr bool ok = is_edge && is_listed;
  static_assert(
      is_edge,
      "cairn: this is no edge; name a struct derived from Edge<...>: tx.link<built_by>(a, b)");
  static_assert(is_listed, "cairn: this edge is not in the domain; add it to Edges<...>");
};

/// What a row is: that of a record, or nothing of ours.
template <typename T>
struct RecordOfRow {
  using type = void;
};

template <typename T>
  requires requires { typename T::record; }
struct RecordOfRow<T> {
  using type = typename T::record;
};

template <typename E, typename Row>
struct RowAtSource {
  using Given = typename RecordOfRow<Row>::type;
  static constexpr bool ok = std::is_same_v<Given, typename E::source>;
  static_assert(
      ok,
      "cairn: this row is not of the edge's source record; an edge goes out of its source "
      "(tx.out, first row of tx.link) and into its target (tx.in, second row)");
};

template <typename E, typename Row>
struct RowAtTarget {
  using Given = typename RecordOfRow<Row>::type;
  static constexpr bool ok = std::is_same_v<Given, typename E::target>;
  static_assert(
      ok,
      "cairn: this row is not of the edge's target record; an edge goes out of its source "
      "(tx.out, first row of tx.link) and into its target (tx.in, second row)");
};

template <typename Row>
struct OneRowIsNoRange {
  static constexpr bool ok = sizeof(Row) == 0;
  static_assert(ok,
                "cairn: this is one row, not a range: that end of the edge is One<...>; use it as "
                "`if (auto row = tx.out<edge>(from))`");
};

template <typename Range>
struct RangeIsNotOneRow {
  static constexpr bool ok = sizeof(Range) == 0;
  static_assert(
      ok,
      "cairn: this is a range of rows, not one: that end of the edge is Many<...>; iterate "
      "over it, or ask empty()");
};

template <typename R, typename Context>
struct Writable {
  static constexpr bool ok = Context::can_write;
  static_assert(ok, "cairn: a View only reads; changes belong into a handler, which gets a Tx");
};

template <typename R>
struct HasMachine {
  static constexpr bool ok = detail::machine_count(reflect::FieldTypes<R>{}) != 0;
  static_assert(ok, "cairn: this record has no state machine; give it a State<Machine<...>> field");
};

template <typename R>
struct HasOneMachine {
  static constexpr bool ok = detail::machine_count(reflect::FieldTypes<R>{}) == 1;
  static_assert(ok,
                "cairn: this record has several state machines; say which: row.state<TheEnum>(), "
                "row.match<TheEnum>(...)");
};

/// Which field's machine is over the enum; the number of fields when none is.
template <typename StateEnum, typename... F>
consteval std::size_t state_field_of(reflect::List<F...> /*fields*/) {
  constexpr std::array<bool, sizeof...(F) + 1> matches = {
      (FieldTraits<F>::kind == FieldKind::State && std::is_same_v<FieldValue<F>, StateEnum>)...,
      true};
  std::size_t i = 0;
  while (!matches[i]) {
    ++i;
  }
  return i;
}

template <typename R, auto S>
struct StateOfRecord {
  using StateEnum = std::remove_cv_t<decltype(S)>;
  using Fields = reflect::FieldTypes<R>;
  static constexpr std::size_t field = state_field_of<StateEnum>(Fields{});
  static constexpr bool is_of_record = field != Fields::size;
  static constexpr bool is_declared = [] {
    if constexpr (reflect::FixedEnum<StateEnum> && is_of_record) {
      return reflect::is_declared(S);
    } else {
      return true;
    }
  }();
  static constexpr bool ok = is_of_record && is_declared;
  static_assert(is_of_record,
                "cairn: this is not a state of the record; use an enumerator of its own machine");
  static_assert(is_declared, "cairn: this number is no declared state; use an enumerator");
};

template <typename R, auto Source, auto Target>
struct TransitionDeclared {
  using Field = reflect::FieldType<R, StateOfRecord<R, Source>::field>;
  using M = typename Field::machine;
  static constexpr bool is_of_machine =
      std::is_same_v<std::remove_cv_t<decltype(Target)>, typename M::State>;
  static constexpr const Transition* found = [] {
    if constexpr (is_of_machine) {
      return M::find(Source, Target);
    } else {
      return static_cast<const Transition*>(nullptr);
    }
  }();
  static constexpr bool is_not_terminal = !is_of_machine || !M::is_terminal(Source);
  static constexpr bool is_declared = !is_of_machine || !is_not_terminal || found != nullptr;
  static constexpr bool ok = is_of_machine && is_not_terminal && is_declared;
  static_assert(is_of_machine,
                "cairn: become<S>: S is not a state of this record's machine; use an enumerator of "
                "the same enum");
  static_assert(is_not_terminal,
                "cairn: this state is terminal, no transition leads out of it; declare one with "
                "From<A>::To<B> if there should be");
  static_assert(
      is_declared,
      "cairn: this transition is not declared; add From<A>::To<B> to the record's Machine, "
      "or go through a declared state");
};

template <typename Row, auto T>
struct StateIsKnown {
  static constexpr bool ok = sizeof(Row) == 0;
  static_assert(ok,
                "cairn: a transition starts from a known state: row.in<From>().become<To>(), or "
                "match() over all states");
};

template <typename Arms, typename InState>
struct MatchArm {
  static constexpr bool ok = std::is_invocable_v<Arms&, InState>;
  static_assert(
      ok,
      "cairn: match() has no arm for this state; add [](Tx::In<Record, State> row) {...}, "
      "or [](auto row) {...} for the rest");
};

template <typename R, typename K>
struct KeyOfRecord {
  static constexpr bool names_record = !std::is_void_v<R>;
  static_assert(names_record, "cairn: say which record the key belongs to: tx.find<Record>(key)");
  static constexpr bool ok = names_record;
};

template <typename R, typename K, typename Wanted>
struct KeyMatches {
  static constexpr bool ok = std::is_convertible_v<const K&, Wanted>;
  static_assert(ok,
                "cairn: this is not a key of the record; look rows up by a value of their Key's "
                "type, and by an Id of their own record only");
};

template <typename R>
struct NumberedRecord {
  static constexpr bool ok = sizeof(R) == 0;
  static_assert(ok,
                "cairn: this record has no Id key; find its rows by its natural key: "
                "tx.find<Record>(key)");
};

template <typename Field, typename Given, typename Wanted>
struct ValueMatches {
  static constexpr bool ok = std::is_convertible_v<const Given&, Wanted>;
  static_assert(ok, "cairn: this value is not of the field's type");
};

template <typename R, FixedString Field, FieldKind Kind>
struct FieldIsSettable {
  static constexpr bool is_no_key = Kind != FieldKind::Key;
  static constexpr bool is_mutable = Kind != FieldKind::Immutable;
  static constexpr bool is_no_state = Kind != FieldKind::State;
  static constexpr bool is_managed = Kind != FieldKind::Plain;
  static constexpr bool ok = is_no_key && is_mutable && is_no_state && is_managed;
  static_assert(is_no_key,
                "cairn: the key of a row never changes; erase the row and create another");
  static_assert(is_mutable,
                "cairn: an Immutable field is given when the row is created and never changes");
  static_assert(is_no_state,
                "cairn: a State field is not set; use row.in<From>() and then become<To>()");
  static_assert(is_managed,
                "cairn: a plain field needs no index kept; assign it: row.edit().field = value");
};

template <typename R, bool IsFieldOfOneRecord, bool IsKey, bool Found, auto... Fields>
struct OrderedIndex {
  static constexpr bool is_of_one_record = IsFieldOfOneRecord;
  static constexpr bool is_not_key = !IsKey || Found;
  static constexpr bool is_declared = !is_of_one_record || !is_not_key || Found;
  static constexpr bool ok = is_of_one_record && is_not_key && is_declared;
  static_assert(is_of_one_record, "cairn: an index covers fields of one record");
  static_assert(
      is_not_key,
      "cairn: the primary key finds rows and has no order to scan; add IndexOn<&Record::key> "
      "to the Record to scan by it");
  static_assert(is_declared,
                "cairn: no ordered index covers these fields in this order; make the field "
                "Indexed<T>, or add IndexOn<...> to the Record");
};

template <typename R, bool Found, auto... Fields>
struct UniqueIndex {
  static constexpr bool ok = Found;
  static_assert(ok,
                "cairn: no unique index covers these fields; make the field Unique<T>, add "
                "UniqueOn<...> to the Record, or scan with tx.first and tx.prefix");
};

template <std::size_t Given, std::size_t Covered>
struct PrefixFits {
  static constexpr bool ok = Given <= Covered;
  static_assert(ok, "cairn: more values than the index has fields");
};

template <typename D, typename R, typename E, bool Given>
struct RequiredEndLinked {
  static constexpr bool ok = Given;
  static_assert(
      ok,
      "cairn: a new row of this record needs a link at a Required end of the edge; give it "
      "to create: tx.create(Row{...}, linked<edge>(other))");
};

template <typename D, typename E>
struct RejectOfDomain {
  static constexpr bool ok = std::is_same_v<E, typename D::reject_code>;
  static_assert(
      ok, "cairn: a handler returns ok or a reject code of its own domain's Rejects<...> enum");
};

template <typename D, typename T>
struct OutcomeFrom {
  static constexpr bool ok = sizeof(D) == 0;
  static_assert(ok, "cairn: a handler returns ok or a reject code; this is neither");
};

template <typename D, auto Code, typename Declared>
struct RejectHasDetail {
  static constexpr bool is_own =
      std::is_same_v<std::remove_cv_t<decltype(Code)>, typename D::reject_code>;
  static constexpr bool has_detail = !is_own || !std::is_void_v<Declared>;
  static constexpr bool ok = is_own && has_detail;
  static_assert(is_own, "cairn: reject<Code>: Code is not of this domain's Rejects<...> enum");
  static_assert(has_detail,
                "cairn: no detail is declared for this reject code; add Detail<Code, Struct> to "
                "Rejects<...>, or return the code alone");
};

}  // namespace cairn::check
