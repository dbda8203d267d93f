// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "petri/explore.h"
#include "petri/net.h"
#include "petri/report.h"
#include "petri/runs.h"
#include "schema/schema.h"

/// The parts of `check`; each looks for one group of findings and adds what it finds.
namespace cairn::petri {

/// Each machine by itself.
void check_lifecycles(const schema::Schema& schema, std::vector<Finding>& findings);

/// Required ends and erase rules. Returns, for each record, whether a row of it can be created.
std::vector<bool> check_edges(const schema::Schema& schema, std::vector<Finding>& findings);

/// What recorded runs never did; returns how much they did.
Recorded check_runs(const schema::Schema& schema, const Runs& runs, std::vector<Finding>& findings);

/// Places that the declared net never marks, leaving out those of records that cannot be created
/// and were reported for that.
void check_reached(const Net& net, const Exploration& exploration,
                   const std::vector<bool>& can_be_created, std::vector<Finding>& findings);

/// The net of recorded commands, explored with some rows of each record.
struct Explored {
  std::uint32_t rows = 0;
  Net net;
  Exploration exploration;
};

/// Commands that are never enabled.
void check_commands(const schema::Schema& schema, const Explored& commands,
                    std::vector<Finding>& findings);

/// Markings of `commands` in which rows wait that a recorded command could take on, and none can
/// be accepted. Where `few`, which has fewer rows, ends so too, its shorter way is told.
void check_deadlocks(const Explored& commands, const Explored& few, std::vector<Finding>& findings);

}  // namespace cairn::petri
