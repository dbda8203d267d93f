// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "cairn/descriptor.h"
#include "cairn/fixed_string.h"

/// Relations between records, navigable both ways:
///   //                        source           target          inverse name
///   struct built_by  : Edge<Many<Partition>, One<JobRun>,           "builds"> {};
///   struct part_of   : Edge<Many<Line>,      Required<One<Order>>,  "lines", OnErase::Cascade> {};
/// Read the second: an order has many lines, a line needs its one order, and goes with it.
namespace cairn {

template <typename R>
struct One {
  using record = R;
  static constexpr Cardinality cardinality = Cardinality::One;
  static constexpr bool required = false;
};

template <typename R>
struct Many {
  using record = R;
  static constexpr Cardinality cardinality = Cardinality::Many;
  static constexpr bool required = false;
};

/// Every row at the other end has at least one row at this end when a transaction commits.
template <typename End>
struct Required {
  using record = typename End::record;
  static constexpr Cardinality cardinality = End::cardinality;
  static constexpr bool required = true;
};

template <typename End>
struct IsEdgeEnd {
  static constexpr bool value = false;
};

template <typename R>
struct IsEdgeEnd<One<R>> {
  static constexpr bool value = true;
};

template <typename R>
struct IsEdgeEnd<Many<R>> {
  static constexpr bool value = true;
};

template <typename End>
struct IsEdgeEnd<Required<End>> : IsEdgeEnd<End> {};

namespace check {

template <typename SourceEnd, typename TargetEnd>
struct EdgeEnds {
  static constexpr bool ok = IsEdgeEnd<SourceEnd>::value && IsEdgeEnd<TargetEnd>::value;
  static_assert(ok,
                "cairn: the ends of an Edge are One<Record> or Many<Record>, each possibly "
                "Required<...>");
};

}  // namespace check

/// OnErase::Refuse: a row with links is not erased. Unlink: its links go with it. Cascade: erasing
/// a target erases its sources; erasing a source unlinks it.
template <typename SourceEnd, typename TargetEnd, FixedString Inverse,
          OnErase WhenErased = OnErase::Refuse>
struct Edge {
  static_assert(check::EdgeEnds<SourceEnd, TargetEnd>::ok);
  using source_end = SourceEnd;
  using target_end = TargetEnd;
  using source = typename SourceEnd::record;
  using target = typename TargetEnd::record;
  static constexpr std::string_view inverse = Inverse.view();
  static constexpr OnErase on_erase = WhenErased;
  using is_edge = void;
};

template <typename E>
concept EdgeType = requires { typename E::is_edge; };

}  // namespace cairn
