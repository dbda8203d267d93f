// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "cairn/check_edge.h"
#include "cairn/check_machine.h"
#include "cairn/check_record.h"

/// The rules for a domain as a whole: what it lists, what its parts are called, what they refer to.
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

template <typename D, std::size_t Records, std::size_t Commands, std::size_t Events,
          std::size_t Rules>
struct DomainSize {
  static constexpr bool ok =
      Records <= limits::domain_records_max && Commands <= limits::domain_commands_max &&
      Events <= limits::domain_events_max && Rules <= limits::domain_rules_max;
  static_assert(ok,
                "cairn: a domain has at most 512 records, 1024 commands, 1024 events and 256 gates "
                "or invariants; split it");
};

template <typename D, typename Struct>
struct ListedOnce {
  static constexpr bool is_new = sizeof(D) == 0;
  static_assert(is_new, "cairn: this struct is listed twice in the domain; list it once");
  static constexpr bool ok = false;
};

template <typename D, typename First, typename Second>
struct DistinctKinds {
  static constexpr bool differ = sizeof(D) == 0;
  static_assert(
      differ,
      "cairn: two structs of the domain have one kind number; history tells them apart by "
      "it, so give one of them a free number");
  static constexpr bool ok = false;
};

template <typename D, typename First, typename Second>
struct DistinctNames {
  static constexpr bool differ = sizeof(D) == 0;
  static_assert(differ,
                "cairn: two structs of the domain have one name; rename one, or move it into the "
                "domain's namespace");
  static constexpr bool ok = false;
};

template <typename Struct, FixedString Field>
struct IdRefersToRecord {
  static constexpr bool is_listed = sizeof(Struct) == 0;
  static_assert(
      is_listed,
      "cairn: this field holds the Id<R> of a record that the domain does not list; add R "
      "to Records<...>");
  static constexpr bool ok = false;
};

template <typename Struct, FixedString Field>
struct IdRefersToNumberedRecord {
  static constexpr bool has_id_key = sizeof(Struct) == 0;
  static_assert(has_id_key,
                "cairn: this field holds the Id<R> of a record that is not numbered; give R a "
                "Key<Id<R>>, or hold the value of R's natural key");
  static constexpr bool ok = false;
};

template <typename D, typename E>
struct RejectEnum {
  static constexpr bool is_enum = std::is_enum_v<E>;
  static constexpr bool has_width = !is_enum || reflect::FixedEnum<E>;
  static constexpr bool fits =
      !is_enum || !has_width || (sizeof(E) <= 2 && std::is_unsigned_v<std::underlying_type_t<E>>);
  static constexpr std::string_view scope =
      reflect::type_path<D>().substr(0, reflect::detail::scope_size(reflect::type_path<D>()));
  static constexpr bool is_own = !is_enum || reflect::type_path<E>().starts_with(scope);
  static constexpr bool ok = is_enum && has_width && fits && is_own;
  static_assert(is_enum,
                "cairn: Rejects<E> takes the enum of reject codes: `enum class Reject : u16`");
  static_assert(has_width,
                "cairn: reject codes are stored; declare their enum with a width: `enum class "
                "Reject : u16`");
  static_assert(fits, "cairn: reject codes are 16 bits: `enum class Reject : u16`");
  static_assert(is_own,
                "cairn: the reject codes of a domain are declared in its own namespace; this enum "
                "belongs to another");
};

template <typename D, typename E>
struct RejectCodes {
  static constexpr const auto& values = reflect::enum_values<E>;
  static constexpr bool has_codes = !values.empty();
  static constexpr bool zero_is_free = !has_codes || values.front().value != 0;
  static constexpr bool has_few_codes = values.size() <= limits::domain_rejects_max;
  static constexpr bool ok = has_codes && zero_is_free && has_few_codes;
  static_assert(has_codes,
                "cairn: no reject code was found from 0 to 1023; give the enum codes, or say where "
                "they are with cairn::enum_range");
  static_assert(zero_is_free, "cairn: reject code 0 means accepted; number the codes from 1");
  static_assert(has_few_codes, "cairn: a domain has at most 1024 reject codes");
};

template <typename D, typename DetailPart>
struct RejectDetail {
  static constexpr bool is_detail = sizeof(D) == 0;
  static constexpr bool ok = false;
  static_assert(is_detail, "cairn: behind its enum, Rejects<E, ...> takes Detail<Code, Struct>");
};

template <typename D, auto Code, typename T>
struct RejectDetail<D, Detail<Code, T>> {
  static constexpr bool is_own_code =
      std::is_same_v<std::remove_cv_t<decltype(Code)>, typename D::reject_code>;
  static constexpr bool is_struct = std::is_class_v<T>;
  static constexpr bool ok = is_own_code && is_struct;
  static_assert(
      is_own_code,
      "cairn: Detail<Code, Struct> is about a code of the enum that Rejects<E, ...> names");
  static_assert(is_struct, "cairn: the detail of a reject code is a plain struct");
};

template <typename D, auto Code>
struct OneDetailPerCode {
  static constexpr bool is_new = sizeof(D) == 0;
  static_assert(is_new, "cairn: this reject code has two details; put both into one struct");
  static constexpr bool ok = false;
};

template <typename D, typename Rule>
struct GateDeclaration {
  static constexpr bool is_gate = requires { typename Rule::is_gate; };
  static_assert(is_gate, "cairn: Gates<...> takes structs derived from Gate<> or Gate<Command>");
  static constexpr bool is_listed = [] {
    if constexpr (!is_gate) {
      return true;
    } else {
      return std::is_void_v<typename Rule::subject> ||
             reflect::contains<typename Rule::subject, typename D::commands>;
    }
  }();
  static_assert(
      is_listed,
      "cairn: this gate is about a command that the domain does not list in Commands<...>");
  static constexpr bool ok = is_gate && is_listed;
};

template <typename D, typename Rule>
struct InvariantDeclaration {
  static constexpr bool is_invariant = requires { typename Rule::is_invariant; };
  static_assert(
      is_invariant,
      "cairn: Invariants<...> takes structs derived from Invariant<>, Invariant<Record> or "
      "Invariant<edge>");
  static constexpr bool is_listed = [] {
    if constexpr (!is_invariant) {
      return true;
    } else {
      return std::is_void_v<typename Rule::subject> ||
             reflect::contains<typename Rule::subject, typename D::records> ||
             reflect::contains<typename Rule::subject, typename D::edges>;
    }
  }();
  static_assert(is_listed,
                "cairn: this invariant is about something that the domain lists neither in "
                "Records<...> nor in Edges<...>");
  static constexpr bool ok = is_invariant && is_listed;
};

namespace detail {

struct Pair {
  std::size_t first = none;
  std::size_t second = none;
};

template <std::size_t N, typename T>
constexpr Pair first_equal(const std::array<T, N>& values) {
  for (std::size_t i = 1; i < N; ++i) {
    for (std::size_t k = 0; k < i; ++k) {
      if (values[i] == values[k]) {
        return {.first = k, .second = i};
      }
    }
  }
  return {};
}

template <std::size_t N>
consteval bool all(const std::array<bool, N>& ok) {
  return std::ranges::find(ok, false) == ok.end();
}

template <typename D, typename... T>
consteval bool listed_once(reflect::List<T...> list) {
  constexpr std::array<std::string_view, sizeof...(T)> paths = {reflect::type_path<T>()...};
  constexpr Pair same = first_equal(paths);
  if constexpr (same.second != none) {
    return ListedOnce<D, reflect::at<same.second, decltype(list)>>::ok;
  } else {
    return true;
  }
}

template <typename D, typename... T>
consteval bool distinct(reflect::List<T...> list) {
  using All = decltype(list);
  constexpr std::array<std::int64_t, sizeof...(T)> kinds = {T::schema::kind...};
  constexpr std::array<std::string_view, sizeof...(T)> names = {reflect::name_from<D, T>...};
  constexpr Pair kind = first_equal(kinds);
  constexpr Pair name = first_equal(names);
  if constexpr (kind.second != none) {
    return DistinctKinds<D, reflect::at<kind.first, All>, reflect::at<kind.second, All>>::ok;
  } else if constexpr (name.second != none) {
    return DistinctNames<D, reflect::at<name.first, All>, reflect::at<name.second, All>>::ok;
  } else {
    return true;
  }
}

template <StructRole Role, typename... T>
consteval bool structs_ok(reflect::List<T...> /*structs*/) {
  return all(std::array<bool, sizeof...(T)>{struct_ok<T, Role>()...});
}

template <typename D, typename... R>
consteval bool records_ok(reflect::List<R...> /*records*/) {
  return all(std::array<bool, sizeof...(R)>{(record_ok<D, R>() && machines_ok<R>())...});
}

template <typename D, typename... C>
consteval bool commands_ok(reflect::List<C...> /*commands*/) {
  return all(std::array<bool, sizeof...(C)>{parts_ok<C>(typename C::schema::parts{})...});
}

template <typename D, typename... E>
consteval bool events_ok(reflect::List<E...> /*events*/) {
  return all(std::array<bool, sizeof...(E)>{event_ok<D, E>()...});
}

/// The record an Id in the type refers to, when the domain does not number it. Empty when all is
/// well.
struct BadId {
  bool found = false;
  bool is_listed = false;
};

constexpr BadId bad_id(const TypeInfo& type, const StructInfo* const* records, std::size_t count) {
  if (type.element != nullptr) {
    return bad_id(*type.element, records, count);
  }
  if (type.structure != nullptr) {
    for (const FieldInfo& field : type.structure->fields) {
      const BadId bad = bad_id(*field.type, records, count);
      if (bad.found) {
        return bad;
      }
    }
  }
  if (type.kind != TypeKind::Id) {
    return {};
  }
  for (std::size_t i = 0; i < count; ++i) {
    if (records[i]->name == type.record) {
      const TypeInfo& key = *records[i]->fields[records[i]->indexes[0].fields[0]].type;
      return {.found = key.kind != TypeKind::Id || key.record != type.record, .is_listed = true};
    }
  }
  return {.found = true};
}

struct BadIdField {
  BadId bad;
  std::size_t field = none;
};

template <typename D, typename T>
consteval BadIdField find_bad_id() {
  const auto& records = describe::StructList<D, typename D::records>::value;
  const auto& fields = describe::StructTable<D, T>::info.fields;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const BadId bad = bad_id(*fields[i].type, records.data(), records.size());
    if (bad.found) {
      return {.bad = bad, .field = i};
    }
  }
  return {};
}

template <typename D, typename T>
consteval bool ids_resolve_in() {
  constexpr BadIdField found = find_bad_id<D, T>();
  if constexpr (!found.bad.found) {
    return true;
  } else if constexpr (!found.bad.is_listed) {
    return IdRefersToRecord<T, reflect::field_name<T, found.field>>::ok;
  } else {
    return IdRefersToNumberedRecord<T, reflect::field_name<T, found.field>>::ok;
  }
}

template <typename D, typename... T>
consteval bool ids_resolve(reflect::List<T...> /*structs*/) {
  return all(std::array<bool, sizeof...(T)>{ids_resolve_in<D, T>()...});
}

template <typename D, typename... Rule>
consteval bool gates_ok(reflect::List<Rule...> list) {
  return all(std::array<bool, sizeof...(Rule)>{GateDeclaration<D, Rule>::ok...}) &&
         listed_once<D>(list);
}

template <typename D, typename... Rule>
consteval bool invariants_ok(reflect::List<Rule...> list) {
  return all(std::array<bool, sizeof...(Rule)>{InvariantDeclaration<D, Rule>::ok...}) &&
         listed_once<D>(list);
}

template <typename D, auto Code, typename T>
consteval bool detail_struct_ok(const Detail<Code, T>* /*part*/) {
  return nested_struct_ok<T>();
}

template <typename D, typename... Details>
consteval bool detail_structs_ok(reflect::List<Details...> /*details*/) {
  return all(std::array<bool, sizeof...(Details)>{
      detail_struct_ok<D>(static_cast<const Details*>(nullptr))...});
}

template <typename D, typename... Details>
consteval bool details_ok(reflect::List<Details...> list) {
  if constexpr (!all(std::array<bool, sizeof...(Details)>{RejectDetail<D, Details>::ok...})) {
    return false;
  } else {
    constexpr Pair same = first_equal(
        std::array<std::int64_t, sizeof...(Details)>{static_cast<std::int64_t>(Details::code)...});
    if constexpr (same.second != none) {
      return OneDetailPerCode<D, reflect::at<same.second, decltype(list)>::code>::ok;
    } else {
      return detail_structs_ok<D>(list);
    }
  }
}

template <typename D>
consteval bool rejects_ok() {
  using Code = typename D::reject_code;
  if constexpr (std::is_same_v<Code, cairn::detail::NoReject>) {
    return true;
  } else if constexpr (!RejectEnum<D, Code>::ok) {
    return false;
  } else if constexpr (!RejectCodes<D, Code>::ok) {
    return false;
  } else {
    return details_ok<D>(typename D::reject_details{});
  }
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
  if constexpr (!DomainDeclaration<D>::ok) {
    return false;
  } else if constexpr (!DomainSize<D, D::records::size, D::commands::size, D::events::size,
                                   D::gates::size + D::invariants::size>::ok) {
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
