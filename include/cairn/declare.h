// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "cairn/descriptor.h"
#include "cairn/fixed_string.h"
#include "cairn/reflect.h"

/// What turns a plain struct into a part of a domain. Numbers are 64 bits wide here, so that one
/// that is out of range reaches the check that explains it.
namespace cairn {

/// An ordered index over several fields, the most significant first. Over the key alone it makes
/// the key scannable.
template <auto... Fields>
struct IndexOn {
  static constexpr bool is_unique = false;
};

/// The same, and no two rows agree in all of its fields.
template <auto... Fields>
struct UniqueOn {
  static constexpr bool is_unique = true;
};

/// The coordinate of an event: the field that names who it is about, then optionally where.
template <auto... Fields>
struct About {};

/// What an event was in its version before: a struct of the same kind and a lower version, which
/// `upcast`, found by its types, makes into this one:
///   struct OrderedV1 { u32 pieces = 0; using schema = Event<1>; };
///   struct Ordered   { u64 pieces = 0; using schema = Event<1, 2, Was<OrderedV1>>; };
///   Ordered upcast(const OrderedV1& older);
template <typename Older>
struct Was {};

/// Ends a record: `using schema = Record<1>;`, `Record<1, 2, IndexOn<&Order::open,
/// &Order::price>>`.
template <std::int64_t Kind, std::int64_t Version = 1, typename... Parts>
struct Record {
  static constexpr StructRole role = StructRole::Record;
  static constexpr std::int64_t kind = Kind;
  static constexpr std::int64_t version = Version;
  using parts = reflect::List<Parts...>;
};

/// Ends a command: `using schema = Command<4>;`.
template <std::int64_t Kind, std::int64_t Version = 1, typename... Parts>
struct Command {
  static constexpr StructRole role = StructRole::Command;
  static constexpr std::int64_t kind = Kind;
  static constexpr std::int64_t version = Version;
  using parts = reflect::List<Parts...>;
};

/// Ends an event: `using schema = Event<2>;`, `Event<2, 1, About<&Deposited::account>>`,
/// `Event<2, 2, About<&Deposited::account>, Was<DepositedV1>>`.
template <std::int64_t Kind, std::int64_t Version = 1, typename... Parts>
struct Event {
  static constexpr StructRole role = StructRole::Event;
  static constexpr std::int64_t kind = Kind;
  static constexpr std::int64_t version = Version;
  using parts = reflect::List<Parts...>;
};

/// What goes with a reject code: `Detail<Reject::InsufficientFunds, Shortfall>`.
template <auto Code, typename T>
struct Detail {
  static constexpr auto code = Code;
  using type = T;
};

/// A named rule over committed state, judged when a transaction is about to commit:
///   struct solvent    : Invariant<Account> {};   about each account that changed
///   struct well_built : Invariant<built_by> {};  about each link made or cut
///   struct balanced   : Invariant<> {};          about the transaction as a whole
/// and a function found by its type (see `View`):
///   bool holds(const View&, solvent, const Change<Account>&);
///   bool holds(const View&, well_built, const LinkChange<built_by>&);
///   bool holds(const View& before, const View& after, balanced);
template <typename Subject = void>
struct Invariant {
  using subject = Subject;
  using is_invariant = void;
};

/// A named policy judged at the commit point; its verdict is recorded. For one command or for all:
///   struct daily_limit : Gate<Transfer> {};
///   bool allows(const View& before, const View& after, daily_limit, const Transfer&);
///   struct open_for_business : Gate<> {};
///   bool allows(const View& before, const View& after, open_for_business);
template <typename Subject = void>
struct Gate {
  using subject = Subject;
  using is_gate = void;
};

template <typename... T>
struct Records {};

template <typename... T>
struct Edges {};

template <typename... T>
struct Commands {};

template <typename... T>
struct Events {};

template <typename E, typename... Details>
struct Rejects {};

template <typename... T>
struct Gates {};

template <typename... T>
struct Invariants {};

namespace detail {

/// The struct of the first part that is a Was<...>; void when there is none.
template <typename L>
struct OlderIn {
  using type = void;
};

template <typename Older, typename... Rest>
struct OlderIn<reflect::List<Was<Older>, Rest...>> {
  using type = Older;
};

template <typename Other, typename... Rest>
struct OlderIn<reflect::List<Other, Rest...>> : OlderIn<reflect::List<Rest...>> {};

/// What an event was in its version before, or void.
template <typename E>
using OlderOf = typename OlderIn<typename E::schema::parts>::type;

/// The parameters of the first part that is a List<...>.
template <template <typename...> typename List, typename... Parts>
struct PartOf {
  using type = reflect::List<>;
};

template <template <typename...> typename List, typename... T, typename... Rest>
struct PartOf<List, List<T...>, Rest...> {
  using type = reflect::List<T...>;
};

template <template <typename...> typename List, typename Other, typename... Rest>
struct PartOf<List, Other, Rest...> : PartOf<List, Rest...> {};

/// Stands for the reject codes of a domain without any.
enum class NoReject : std::uint16_t {};

template <typename L>
struct RejectsOf {
  using code = NoReject;
  using details = reflect::List<>;
};

template <typename E, typename... D>
struct RejectsOf<reflect::List<E, D...>> {
  using code = E;
  using details = reflect::List<D...>;
};

template <template <typename...> typename List, typename Part>
inline constexpr bool is_part = false;

template <template <typename...> typename List, typename... T>
inline constexpr bool is_part<List, List<T...>> = true;

/// How many of the parts are a List<...>.
template <template <typename...> typename List, typename... Parts>
inline constexpr std::size_t parts_count = (std::size_t{is_part<List, Parts>} + ... + 0);

template <typename... Parts>
inline constexpr std::size_t parts_known =
    parts_count<Records, Parts...> + parts_count<Edges, Parts...> +
    parts_count<Commands, Parts...> + parts_count<Events, Parts...> +
    parts_count<Rejects, Parts...> + parts_count<Gates, Parts...> +
    parts_count<Invariants, Parts...>;

template <typename... Parts>
inline constexpr bool no_part_twice =
    parts_count<Records, Parts...> < 2 && parts_count<Edges, Parts...> < 2 &&
    parts_count<Commands, Parts...> < 2 && parts_count<Events, Parts...> < 2 &&
    parts_count<Rejects, Parts...> < 2 && parts_count<Gates, Parts...> < 2 &&
    parts_count<Invariants, Parts...> < 2;

}  // namespace detail

/// The whole: `struct Bank : Domain<"bank", 1, Records<...>, Commands<...>, ...> {};`. The parts
/// may come in any order and any of them may be missing.
template <FixedString Name, std::int64_t Version, typename... Parts>
struct Domain {
  static constexpr std::string_view name = Name.view();
  static constexpr std::int64_t version = Version;
  using records = typename detail::PartOf<Records, Parts...>::type;
  using edges = typename detail::PartOf<Edges, Parts...>::type;
  using commands = typename detail::PartOf<Commands, Parts...>::type;
  using events = typename detail::PartOf<Events, Parts...>::type;
  using gates = typename detail::PartOf<Gates, Parts...>::type;
  using invariants = typename detail::PartOf<Invariants, Parts...>::type;
  using rejects = typename detail::PartOf<Rejects, Parts...>::type;
  using reject_code = typename detail::RejectsOf<rejects>::code;
  using reject_details = typename detail::RejectsOf<rejects>::details;
  static constexpr bool knows_parts = detail::parts_known<Parts...> == sizeof...(Parts);
  static constexpr bool no_part_twice = detail::no_part_twice<Parts...>;
  using is_domain = void;
};

}  // namespace cairn
