// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "cairn/error.h"
#include "petri/runs.h"
#include "schema/schema.h"

namespace cairn::petri {

/// Recorded runs as the JSON of docs/petri.md: canonical, so equal for equal runs. Requires: runs
/// of this schema.
[[nodiscard]] std::string runs_to_json(const schema::Schema& schema, const Runs& runs);

/// Adds the runs of a text that may be hostile. Conflict, with both fingerprints, when they are of
/// another domain; every member must be there and no other. On failure nothing was added.
Result<> add_runs(const schema::Schema& schema, std::string_view text, Runs& runs);

}  // namespace cairn::petri
