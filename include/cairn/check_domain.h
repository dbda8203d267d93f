// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "cairn/check_edge.h"
#include "cairn/check_event.h"
#include "cairn/check_id.h"
#include "cairn/check_list.h"
#include "cairn/check_machine.h"
#include "cairn/check_record.h"
#include "cairn/check_reject.h"
#include "cairn/check_rule.h"
#include "cairn/describe.h"

/// The rules for a domain as a whole. What is not right in itself is found before what does not fit
/// together.
namespace cairn::check {

template <typename D>
struct DomainDeclaration {
  static constexpr std::string_view name = D::name;
  static constexpr bool knows_parts = D::knows_parts;
  static constexpr bool no_part_twice = D::no_part_twice;
  static constexpr bool name_is_identifier = is_identifier(name);
  static constexpr bool version_fits = D::version >= 1 && D::version <= 0xffff'ffff;
  static constexpr bool ok = knows_parts && no_part_twice && name_is_identifier && version_fits;
  static_assert(knows_parts,
                "cairn: a Domain is made of Records<...>, Edges<...>, Commands<...>, Events<...>, "
                "Rejects<...>, Gates<...> and Invariants<...>; nothing else");
  static_assert(no_part_twice,
                "cairn: a Domain lists each sort of part once; put all records into one "
                "Records<...>, all commands into one Commands<...>");
  static_assert(name_is_identifier,
                "cairn: the name of a domain is an identifier of at most 64 bytes: letters, digits "
                "and _, and no digit first");
  static_assert(version_fits, "cairn: the version of a domain is a number from 1");
};

template <typename D, std::size_t Records, std::size_t Edges, std::size_t Commands,
          std::size_t Events>
struct DomainSize {
  static constexpr bool ok =
      Records <= limits::domain_records_max && Edges <= limits::domain_edges_max &&
      Commands <= limits::domain_commands_max && Events <= limits::domain_events_max;
  static_assert(ok,
                "cairn: a domain has at most 512 records, 512 edges, 1024 commands and 1024 "
                "events; split it");
};

template <typename D, std::size_t Gates, std::size_t Invariants>
struct RuleCount {
  static constexpr bool ok =
      Gates <= limits::domain_gates_max && Invariants <= limits::domain_invariants_max;
  static_assert(ok, "cairn: a domain has at most 256 gates and 256 invariants; join some");
};

/// A record has no lists and texts, so that its bytes in memory bound its canonical ones.
template <typename Struct, std::size_t Bytes>
struct CanonicalSize {
  static constexpr bool ok = Bytes <= limits::encoded_bytes_max;
  static_assert(ok,
                "cairn: the canonical bytes of this struct can exceed 16 MiB; shorten its lists "
                "and texts");
};

namespace detail {

// Kept in variables, like what is found out about lists (check_list.h).

template <typename T, StructRole Role>
inline constexpr bool is_struct_ok = struct_ok<T, Role>();

template <typename D, typename R>
inline constexpr bool is_record_ok = record_ok<D, R>() && machines_ok<R>();

template <typename D, typename T>
inline constexpr bool is_size_ok =
    CanonicalSize<T, describe::StructTable<D, T>::info.encoded_size_max>::ok;

template <typename D, typename C>
inline constexpr bool is_command_ok = parts_ok<C>(typename C::schema::parts{}) && is_size_ok<D, C>;

template <typename D, typename E>
inline constexpr bool is_event_ok = event_ok<D, E>() && is_size_ok<D, E>;

template <StructRole Role, typename... T>
consteval bool structs_ok(reflect::List<T...> /*structs*/) {
  return all(std::array<bool, sizeof...(T)>{is_struct_ok<T, Role>...});
}

template <typename D, typename... R>
consteval bool records_ok(reflect::List<R...> /*records*/) {
  return all(std::array<bool, sizeof...(R)>{is_record_ok<D, R>...});
}

template <typename D, typename... C>
consteval bool commands_ok(reflect::List<C...> /*commands*/) {
  return all(std::array<bool, sizeof...(C)>{is_command_ok<D, C>...});
}

template <typename D, typename... E>
consteval bool events_ok(reflect::List<E...> /*events*/) {
  return all(std::array<bool, sizeof...(E)>{is_event_ok<D, E>...});
}

template <typename D>
consteval bool lists_ok() {
  using Records = typename D::records;
  using Commands = typename D::commands;
  using Events = typename D::events;
  constexpr bool once =
      listed_once<D>(Records{}) && listed_once<D>(Commands{}) && listed_once<D>(Events{});
  if constexpr (!once) {
    return false;
  } else {
    return structs_ok<StructRole::Record>(Records{}) &&
           structs_ok<StructRole::Command>(Commands{}) && structs_ok<StructRole::Event>(Events{});
  }
}

template <typename D>
consteval bool parts_of_domain_ok() {
  using Records = typename D::records;
  using Commands = typename D::commands;
  using Events = typename D::events;
  // NOLINTNEXTLINE(bugprone-branch-clone): a branch keeps the next from being instantiated.
  if constexpr (!(distinct<D>(Records{}) && distinct<D>(Commands{}) && distinct<D>(Events{}))) {
    return false;
  } else if constexpr (!(records_ok<D>(Records{}) && commands_ok<D>(Commands{}) &&
                         events_ok<D>(Events{}))) {
    return false;
  } else if constexpr (!(ids_resolve<D>(Records{}) && ids_resolve<D>(Commands{}) &&
                         ids_resolve<D>(Events{}))) {
    return false;
  } else {
    return edges_ok<D>(typename D::edges{}) && rejects_ok<D>() &&
           gates_ok<D>(typename D::gates{}) && invariants_ok<D>(typename D::invariants{});
  }
}

}  // namespace detail

/// Whether D is a domain that can run. Does not compile when it is not.
template <typename D>
consteval bool domain_ok() {
  // NOLINTNEXTLINE(bugprone-branch-clone): a branch keeps the next from being instantiated.
  if constexpr (!DomainDeclaration<D>::ok) {
    return false;
  } else if constexpr (!DomainSize<D, D::records::size, D::edges::size, D::commands::size,
                                   D::events::size>::ok) {
    return false;
  } else if constexpr (!RuleCount<D, D::gates::size, D::invariants::size>::ok) {
    return false;
  } else if constexpr (!detail::lists_ok<D>()) {
    return false;
  } else {
    return detail::parts_of_domain_ok<D>();
  }
}

}  // namespace cairn::check

namespace cairn {

/// The description of a compiled domain: what the run-time schema is built from.
template <typename D>
[[nodiscard]] constexpr const DomainInfo& domain_info() {
  static_assert(check::domain_ok<D>());
  return describe::DomainTable<D>::info;
}

}  // namespace cairn
