// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>  // a value type of domains

#include "cairn/declare.h"
#include "cairn/edge.h"
#include "cairn/entry.h"
#include "cairn/fields.h"
#include "cairn/machine.h"
#include "cairn/tx.h"
#include "cairn/values.h"
#include "cairn/view.h"

/// Everything to declare a domain with. A domain says `using namespace cairn::dsl;` inside its own
/// namespace and declares plain structs; docs/domains.md teaches how.
namespace cairn::dsl {

using cairn::Immutable;
using cairn::Indexed;
using cairn::Key;
using cairn::Ordered;
using cairn::Secret;
using cairn::State;
using cairn::Unique;

using cairn::From;
using cairn::Initial;
using cairn::Machine;
using cairn::To;

using cairn::Edge;
using cairn::Many;
using cairn::One;
using cairn::OnErase;
using cairn::Required;

using cairn::About;
using cairn::Command;
using cairn::Detail;
using cairn::Event;
using cairn::Gate;
using cairn::IndexOn;
using cairn::Invariant;
using cairn::Record;
using cairn::UniqueOn;
using cairn::Was;

using cairn::Commands;
using cairn::Domain;
using cairn::Edges;
using cairn::Events;
using cairn::Gates;
using cairn::Invariants;
using cairn::Records;
using cairn::Rejects;

using cairn::become;
using cairn::Change;
using cairn::LinkChange;
using cairn::linked;
using cairn::ok;

}  // namespace cairn::dsl
