// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

#include "cairn/check_list.h"
#include "cairn/declare.h"
#include "cairn/limits.h"
#include "cairn/reflect_enum.h"
#include "cairn/reflect_type.h"

/// The rules for the reject codes of a domain and their details.
namespace cairn::check {

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

namespace detail {

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
    // NOLINTNEXTLINE(bugprone-branch-clone): a branch keeps the next from being instantiated.
  } else if constexpr (!RejectEnum<D, Code>::ok) {
    return false;
  } else if constexpr (!RejectCodes<D, Code>::ok) {
    return false;
  } else {
    return details_ok<D>(typename D::reject_details{});
  }
}

}  // namespace detail

}  // namespace cairn::check
