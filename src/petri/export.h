// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "petri/net.h"
#include "schema/schema.h"

namespace cairn::petri {

/// A place/transition net of ISO/IEC 15909-2 (PNML, grammar of 2009), for other tools: places p1…,
/// transitions t1… and arcs a1… in the order of the net, names as text. What such a net cannot say
/// (which transitions are guarded, edges) stands in parts that are marked as ours, which other
/// tools skip. Equal for equal nets, byte by byte. Requires: a net of this schema, or from
/// elsewhere, without records.
[[nodiscard]] std::string to_pnml(const schema::Schema& schema, const Net& net);

/// The lifecycles as a drawing for Graphviz: a box for each record, its states, its transitions as
/// arrows, edges dashed. Erasing is left out, since every state has it.
[[nodiscard]] std::string to_dot(const schema::Schema& schema);

}  // namespace cairn::petri
