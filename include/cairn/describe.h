// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "cairn/declare.h"
#include "cairn/describe_struct.h"
#include "cairn/descriptor.h"
#include "cairn/edge.h"
#include "cairn/reflect_enum.h"
#include "cairn/reflect_list.h"
#include "cairn/reflect_type.h"

/// The descriptors of a compiled domain, made from its types at compile time: constants in static
/// storage, so the run-time schema reads them as it would read an imported IDL. `Home` is the
/// domain: names are given as they read from its namespace. What is described here was found right
/// by the checks of `cairn/check_domain.h` before.
namespace cairn::describe {

template <typename D, typename E>
consteval EdgeInfo make_edge() {
  return {.name = reflect::name_from<D, E>,
          .inverse = E::inverse,
          .source = reflect::index_of<typename E::source, typename D::records>,
          .target = reflect::index_of<typename E::target, typename D::records>,
          .source_cardinality = E::source_end::cardinality,
          .target_cardinality = E::target_end::cardinality,
          .source_required = E::source_end::required,
          .target_required = E::target_end::required,
          .on_erase = E::on_erase};
}

template <typename D, typename L>
struct EdgeList;

template <typename D, typename... E>
struct EdgeList<D, reflect::List<E...>> {
  static constexpr std::array<EdgeInfo, sizeof...(E)> value = {make_edge<D, E>()...};
};

template <typename D, typename L>
struct RuleList;

template <typename D, typename Rule>
consteval RuleInfo make_rule() {
  if constexpr (std::is_void_v<typename Rule::subject>) {
    return {.name = reflect::name_from<D, Rule>};
  } else {
    return {.name = reflect::name_from<D, Rule>,
            .subject = reflect::name_from<D, typename Rule::subject>};
  }
}

template <typename D, typename... Rule>
struct RuleList<D, reflect::List<Rule...>> {
  static constexpr std::array<RuleInfo, sizeof...(Rule)> value = {make_rule<D, Rule>()...};
};

template <typename D, typename L>
struct RejectList;

template <typename D, typename... Details>
struct RejectList<D, reflect::List<Details...>> {
  using Code = typename D::reject_code;

  static consteval const StructInfo* detail_of(std::int64_t code) {
    const StructInfo* found = nullptr;
    // No comparison of the address: under its sanitizer GCC takes that for no constant.
    ((static_cast<std::int64_t>(Details::code) == code
          ? static_cast<void>(found = &StructTable<D, typename Details::type>::info)
          : static_cast<void>(code)),
     ...);
    return found;
  }

  static consteval auto make() {
    constexpr const auto& codes = reflect::enum_values<Code>;
    std::array<RejectInfo, codes.size()> made = {};
    for (std::size_t i = 0; i < codes.size(); ++i) {
      made[i] = {.name = codes[i].name,
                 .code = static_cast<std::uint16_t>(codes[i].value),
                 .detail = detail_of(codes[i].value)};
    }
    return made;
  }

  static constexpr auto value = make();
};

template <typename D>
struct DomainTable {
  static constexpr DomainInfo info = {
      .name = D::name,
      .version = static_cast<std::uint32_t>(D::version),
      .records = StructList<D, typename D::records>::value,
      .edges = EdgeList<D, typename D::edges>::value,
      .commands = StructList<D, typename D::commands>::value,
      .events = StructList<D, typename D::events>::value,
      .rejects = RejectList<D, typename D::reject_details>::value,
      .gates = RuleList<D, typename D::gates>::value,
      .invariants = RuleList<D, typename D::invariants>::value,
  };
};

}  // namespace cairn::describe
