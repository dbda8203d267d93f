// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "cairn/error.h"
#include "execution/notes.h"
#include "execution/transaction.h"
#include "petri/runs.h"
#include "schema/schema.h"
#include "state/plan.h"

namespace cairn::engine {

/// What one command did, for the Petri net: its outcome and effect from its transaction, what it
/// looked at from the notes. Requires: the executor has executed nothing since, and `command` is a
/// position in the schema.
[[nodiscard]] petri::CommandRun run_of(const state::Plan& plan, std::uint16_t command,
                                       const execution::Transaction& transaction,
                                       const execution::Notes& notes);

/// What a `testing::Recording` holds. One thread.
class RunLog final {
 public:
  explicit RunLog(schema::Schema schema) : schema_(std::move(schema)), runs_(schema_) {}

  RunLog(const RunLog&) = delete;
  RunLog& operator=(const RunLog&) = delete;
  ~RunLog() = default;

  /// Adds a run. One over a bound is left out, and `failure` says so from then on.
  void add(petri::CommandRun run);

  /// The first run that could not be added.
  [[nodiscard]] const std::optional<Error>& failure() const noexcept { return failure_; }

  [[nodiscard]] const schema::Schema& schema() const noexcept { return schema_; }

  [[nodiscard]] petri::Runs& runs() noexcept { return runs_; }

  [[nodiscard]] const petri::Runs& runs() const noexcept { return runs_; }

 private:
  schema::Schema schema_;
  petri::Runs runs_;
  std::optional<Error> failure_;
};

}  // namespace cairn::engine
