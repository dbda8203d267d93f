// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>

#include "cairn/check_list.h"
#include "cairn/check_struct.h"
#include "cairn/edge.h"

/// The rules for the edges of a domain.
namespace cairn::check {

constexpr bool is_identifier(std::string_view name) {
  if (name.empty() || name.size() > limits::name_bytes_max ||
      (name.front() >= '0' && name.front() <= '9')) {
    return false;
  }
  for (const char c : name) {
    if (!reflect::detail::is_word(c)) {
      return false;
    }
  }
  return true;
}

template <typename D, typename E>
struct EdgeDeclaration {
  static constexpr bool is_edge = EdgeType<E>;
  static_assert(is_edge,
                "cairn: Edges<...> takes structs derived from Edge<Many<A>, One<B>, \"inverse\">");
  static constexpr bool ok = is_edge;
};

template <typename D, typename E>
struct EdgeEndsListed {
  static constexpr bool source_is_listed =
      reflect::contains<typename E::source, typename D::records>;
  static constexpr bool target_is_listed =
      reflect::contains<typename E::target, typename D::records>;
  static constexpr bool ok = source_is_listed && target_is_listed;
  static_assert(source_is_listed,
                "cairn: this edge starts at a record that the domain does not list; add it to "
                "Records<...>");
  static_assert(target_is_listed,
                "cairn: this edge leads to a record that the domain does not list; add it to "
                "Records<...>");
};

template <typename D, typename E>
struct EdgeRules {
  static constexpr bool inverse_is_identifier = is_identifier(E::inverse);
  static constexpr bool can_begin = !E::source_end::required || !E::target_end::required;
  static constexpr bool keeps_required =
      E::on_erase != OnErase::Unlink || (!E::source_end::required && !E::target_end::required);
  static constexpr bool ok = inverse_is_identifier && can_begin && keeps_required;
  static_assert(inverse_is_identifier,
                "cairn: the inverse name of an edge is an identifier: letters, digits and _");
  static_assert(
      can_begin,
      "cairn: both ends of this edge are Required, so neither row could be created first; "
      "make one end optional");
  static_assert(keeps_required,
                "cairn: OnErase::Unlink would leave a Required end open; use OnErase::Refuse or "
                "OnErase::Cascade");
};

template <typename D, FixedString Name, typename R>
struct EdgeNameIsFree {
  static constexpr bool is_free = sizeof(D) == 0;
  static_assert(is_free,
                "cairn: this record has a field or another edge of that name already; rename the "
                "edge or its inverse");
  static constexpr bool ok = false;
};

template <typename D, typename E>
struct EdgeListedOnce {
  static constexpr bool is_new = sizeof(D) == 0;
  static_assert(is_new, "cairn: this edge is listed twice in the domain; list it once");
  static constexpr bool ok = false;
};

namespace detail {

/// A name as seen from a record: that of a field, of an edge from it, or the inverse of an edge to
/// it.
struct SeenName {
  std::string_view name;
  std::size_t record = 0;
};

template <typename D, typename... E>
struct EdgeNames {
  static constexpr std::array<SeenName, 2 * sizeof...(E)> seen = [] {
    std::array<SeenName, 2 * sizeof...(E)> all = {};
    std::size_t n = 0;
    static_cast<void>(
        (((all[n++] = {reflect::name_from<D, E>,
                       reflect::index_of<typename E::source, typename D::records>}),
          (all[n++] = {E::inverse, reflect::index_of<typename E::target, typename D::records>})),
         ...));
    return all;
  }();
  static constexpr std::size_t free = seen.size();

  static consteval bool is_field(const SeenName& name) {
    const auto& records = describe::StructList<D, typename D::records>::value;
    for (const FieldInfo& field : records[name.record]->fields) {
      if (field.name == name.name) {
        return true;
      }
    }
    return false;
  }

  static consteval bool is_taken(std::size_t i) {
    for (std::size_t k = 0; k < i; ++k) {
      if (seen[i].record == seen[k].record && seen[i].name == seen[k].name) {
        return true;
      }
    }
    return is_field(seen[i]);
  }

  static consteval std::size_t taken() {
    for (std::size_t i = 0; i < seen.size(); ++i) {
      if (is_taken(i)) {
        return i;
      }
    }
    return free;
  }
};

template <typename D, typename... E>
consteval bool edge_names_ok(reflect::List<E...> /*edges*/) {
  using Names = EdgeNames<D, E...>;
  if constexpr (Names::taken() != Names::free) {
    constexpr SeenName name = Names::seen[Names::taken()];
    return EdgeNameIsFree<D, FixedString<name.name.size() + 1>(name.name),
                          reflect::at<name.record, typename D::records>>::ok;
  } else {
    return true;
  }
}

template <typename D, typename E>
consteval bool edge_ok() {
  // NOLINTNEXTLINE(bugprone-branch-clone): a branch keeps the next from being instantiated.
  if constexpr (!EdgeDeclaration<D, E>::ok) {
    return false;
  } else if constexpr (!EdgeEndsListed<D, E>::ok) {
    return false;
  } else {
    return EdgeRules<D, E>::ok;
  }
}

template <typename D, typename... E>
consteval bool edges_listed_once(reflect::List<E...> list) {
  if constexpr (same_path<E...>.second != none) {
    return EdgeListedOnce<D, reflect::at<same_path<E...>.second, decltype(list)>>::ok;
  } else {
    return true;
  }
}

template <typename D, typename... E>
consteval bool edges_ok(reflect::List<E...> list) {
  constexpr std::array<bool, sizeof...(E)> ok = {edge_ok<D, E>()...};
  // NOLINTNEXTLINE(bugprone-branch-clone): a branch keeps the next from being instantiated.
  if constexpr (std::ranges::find(ok, false) != ok.end()) {
    return false;
  } else if constexpr (!edges_listed_once<D>(decltype(list){})) {
    return false;
  } else {
    return edge_names_ok<D>(decltype(list){});
  }
}

}  // namespace detail

}  // namespace cairn::check
