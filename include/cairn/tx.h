// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "cairn/encoded.h"
#include "cairn/new_row.h"
#include "cairn/outcome.h"
#include "cairn/savepoint.h"
#include "cairn/view.h"

namespace cairn {

/// The place of an event in history, to name it as the cause of another.
struct EventPlace {
  Seq transaction;
  std::uint32_t event = 0;
};

namespace detail {

/// Whether setting the field can fail because its value is taken.
template <typename D, auto Field>
consteval bool is_in_unique_index() {
  using R = reflect::ClassOf<Field>;
  if constexpr (reflect::contains<R, typename D::records>) {
    return std::ranges::any_of(
        describe::StructTable<D, R>::info.indexes, [](const IndexInfo& index) {
          return index.is_unique && std::ranges::find(index.fields, reflect::member_index<Field>) !=
                                        index.fields.end();
        });
  } else {
    return false;
  }
}

}  // namespace detail

/// What a handler works with: reads, and every change a command may make. All of it is undone when
/// the handler rejects or faults. Made by the façade for one call, on the thread that executes.
///
/// What cannot be done without breaking a rule of the schema faults the command: it ends there, and
/// that is recorded. What may well happen, a key that is taken, is an answer to look at.
template <typename D>
class Tx final : public Reader<Tx<D>, D> {
  static_assert(check::domain_ok<D>());
  using Base = Reader<Tx<D>, D>;

 public:
  using Outcome = cairn::Outcome<D>;
  static constexpr bool can_write = true;
  template <typename R>
  using Row = cairn::Row<Tx, R>;
  template <typename R, auto S>
  using In = cairn::In<Tx, R, S>;

  explicit Tx(const detail::Call& call) : Base(call) {}

  Tx(const Tx&) = delete;
  Tx& operator=(const Tx&) = delete;

  operator View<D>() const { return View<D>(this->call()); }  // NOLINT(google-explicit-constructor)

  /// Creates a row; none when its key or a unique value is taken. Gives the row in its machine's
  /// initial state. Edges with a Required end are given along: see `linked`.
  template <typename R, typename... Links>
  [[nodiscard]] auto create(const R& row, const Links&... links) {
    if constexpr (check::RecordListed<D, R>::ok) {
      static_assert(required_links_given<R, Links...>(typename D::edges{}));
      const detail::RowImage<R> image(row);
      cairn_row memory = nullptr;
      const bool created = detail::ok_unless(
          host().create(handle(), detail::record_position<D, R>, image.memory, &memory),
          CAIRN_TAKEN);
      const auto made = detail::as_created(Base::template row<R>(created ? memory : nullptr));
      if (created) {
        (link_new(made, links), ...);
      }
      return made;
    }
  }

  /// Changes an indexed field; its indexes follow.
  template <auto Field>
  void set(const Row<reflect::ClassOf<Field>>& row,
           const FieldValue<reflect::MemberOf<Field>>& value)
    requires(!detail::is_in_unique_index<D, Field>())
  {
    detail::expect_ok(set_field<Field>(row, value));
  }

  /// The same where a unique index covers the field: false when the value is taken, and nothing
  /// changed.
  template <auto Field>
  [[nodiscard]] bool set(const Row<reflect::ClassOf<Field>>& row,
                         const FieldValue<reflect::MemberOf<Field>>& value)
    requires(detail::is_in_unique_index<D, Field>())
  {
    return detail::ok_unless(set_field<Field>(row, value), CAIRN_TAKEN);
  }

  /// Erases the row, and does to its links what their edges say. Faults when an edge refuses.
  template <typename RowType>
  void erase(const RowType& row) {
    if (!try_erase(row)) {
      detail::end_call(CAIRN_LINKED,
                       "erase: the row still has links of an edge that refuses; "
                       "unlink them first, or use try_erase");
    }
  }

  /// The same; false when an edge refuses, and nothing changed.
  template <typename RowType>
  [[nodiscard]] bool try_erase(const RowType& row) {
    using R = typename check::RecordOfRow<RowType>::type;
    if constexpr (check::RecordListed<D, R>::ok) {
      return detail::ok_unless(
          host().erase(handle(), detail::record_position<D, R>, detail::RowAccess::memory(row)),
          CAIRN_LINKED);
    }
  }

  /// Links two rows. Faults when they are linked already, or when a One end is taken.
  template <typename E, typename Source, typename Target>
  void link(const Source& source, const Target& target) {
    if (!try_link<E>(source, target)) {
      detail::end_call(CAIRN_TAKEN,
                       "link: the rows are linked already, or a One end is taken; "
                       "unlink first, or use try_link");
    }
  }

  /// The same; false when they are linked already or a One end is taken, and nothing changed.
  template <typename E, typename Source, typename Target>
  [[nodiscard]] bool try_link(const Source& source, const Target& target) {
    if constexpr (ends_fit<E, Source, Target>()) {
      return detail::ok_unless(
          host().link(handle(), Base::template edge<E>, detail::RowAccess::memory(source),
                      detail::RowAccess::memory(target)),
          CAIRN_TAKEN);
    } else {
      return false;
    }
  }

  /// False when the rows were not linked.
  template <typename E, typename Source, typename Target>
  bool unlink(const Source& source, const Target& target) {
    if constexpr (ends_fit<E, Source, Target>()) {
      return detail::ok_unless(
          host().unlink(handle(), Base::template edge<E>, detail::RowAccess::memory(source),
                        detail::RowAccess::memory(target)),
          CAIRN_ABSENT);
    } else {
      return false;
    }
  }

  /// States a fact. The command is its cause, unless an earlier event is named.
  template <typename E>
  EventPlace emit(const E& event) {
    return emit_caused(event, nullptr);
  }

  template <typename E>
  EventPlace emit(const E& event, EventPlace cause) {
    const cairn_event_place place = {
        .transaction = cause.transaction.value(), .event = cause.event, .reserved = 0};
    return emit_caused(event, &place);
  }

  /// Submits a command when the time has come, if this one is accepted.
  template <typename C>
  void schedule(Timestamp at, const C& command) {
    if constexpr (check::CommandListed<D, C>::ok) {
      const detail::Encoded<C> bytes(this->call(), command);
      detail::expect_ok(host().schedule(handle(), at.nanoseconds,
                                        static_cast<std::uint16_t>(C::schema::kind), bytes.view()));
    }
  }

  /// A number nobody can predict and every replay repeats.
  [[nodiscard]] std::uint64_t random() { return host().random(handle()); }

  /// A number that no row of R ever had.
  template <typename R>
  [[nodiscard]] Id<R> new_id() {
    Id<R> id;
    if constexpr (check::RecordListed<D, R>::ok) {
      detail::expect_ok(host().new_id(handle(), detail::record_position<D, R>, &id.value));
    }
    return id;
  }

  [[nodiscard]] Savepoint savepoint() { return Savepoint(this->call()); }

  /// A rejection with its detail: `return tx.reject<InsufficientFunds>({.missing = 20});`.
  template <auto Code>
  [[nodiscard]] Outcome reject(
      const typename detail::RejectParameter<Code, typename D::reject_details>::type& value) {
    using Declared = typename detail::DetailIn<Code, typename D::reject_details>::type;
    if constexpr (check::RejectHasDetail<D, Code, Declared>::ok) {
      return Outcome::template with_detail<Code>(value);
    } else {
      return ok;
    }
  }

 private:
  [[nodiscard]] const cairn_host& host() const { return *this->call().host; }

  [[nodiscard]] cairn_call* handle() const { return this->call().call; }

  template <auto Field>
  std::int32_t set_field(const Row<reflect::ClassOf<Field>>& row,
                         const FieldValue<reflect::MemberOf<Field>>& value) {
    using R = reflect::ClassOf<Field>;
    constexpr std::size_t position = reflect::member_index<Field>;
    constexpr FieldKind kind = FieldTraits<reflect::MemberOf<Field>>::kind;
    if constexpr (check::RecordListed<D, R>::ok &&
                  check::FieldIsSettable<R, reflect::field_name<R, position>, kind>::ok) {
      return host().set(handle(), detail::record_position<D, R>, detail::RowAccess::memory(row),
                        static_cast<std::uint16_t>(position), &value);
    } else {
      return CAIRN_OK;
    }
  }

  template <typename E, typename Source, typename Target>
  static consteval bool ends_fit() {
    if constexpr (!check::EdgeListed<D, E>::ok) {
      return false;
    } else {
      return check::RowAtSource<E, Source>::ok && check::RowAtTarget<E, Target>::ok;
    }
  }

  template <typename E>
  EventPlace emit_caused(const E& event, const cairn_event_place* cause) {
    cairn_event_place place = {};
    if constexpr (check::EventListed<D, E>::ok) {
      const detail::Encoded<E> bytes(this->call(), event);
      detail::expect_ok(host().emit(handle(), static_cast<std::uint16_t>(E::schema::kind),
                                    bytes.view(), cause, &place));
    }
    return {.transaction = Seq(place.transaction), .event = place.event};
  }

  template <typename R, typename E, typename... Links>
  static consteval bool required_link_given() {
    constexpr bool needs_target = E::target_end::required && std::is_same_v<R, typename E::source>;
    constexpr bool needs_source = E::source_end::required && std::is_same_v<R, typename E::target>;
    if constexpr (needs_target || needs_source) {
      return check::RequiredEndLinked<D, R, E,
                                      (std::is_same_v<typename Links::edge, E> || ...)>::ok;
    } else {
      return true;
    }
  }

  template <typename R, typename... Links, typename... E>
  static consteval bool required_links_given(reflect::List<E...> /*edges*/) {
    constexpr std::array<bool, sizeof...(E) + 1> given = {required_link_given<R, E, Links...>()...,
                                                          true};
    return std::ranges::find(given, false) == given.end();
  }

  template <typename Made, typename E, typename Other>
  void link_new(const Made& made, const LinkRequest<E, Other>& request) {
    if constexpr (std::is_same_v<typename Made::record, typename E::source>) {
      link<E>(made, request.other);
    } else {
      link<E>(request.other, made);
    }
  }
};

}  // namespace cairn
