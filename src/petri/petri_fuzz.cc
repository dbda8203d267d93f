// SPDX-License-Identifier: Apache-2.0
// Random domains with random runs: whatever the runs say is refused or taken, and what was taken
// is reported and exported, twice the same.
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "base/check.h"
#include "petri/export.h"
#include "petri/net.h"
#include "petri/report.h"
#include "petri/runs.h"
#include "schema/random_schema.h"
#include "schema/schema.h"

namespace {

using cairn::schema::Choices;
using cairn::schema::Schema;

cairn::petri::RowRun random_row(Choices& choices) {
  cairn::petri::RowRun row;
  row.record = static_cast<std::uint16_t>(choices.below(4));
  row.existed = choices.one_in(2);
  row.exists = choices.one_in(2);
  row.changed = choices.one_in(2);
  for (std::uint64_t machines = choices.below(3); machines > 0; --machines) {
    std::vector<std::int64_t> states;
    auto state = static_cast<std::int64_t>(choices.below(3));
    for (std::uint64_t left = choices.below(4); left > 0; --left) {
      states.push_back(choices.one_in(9) ? -1 : state++);
    }
    row.states.push_back(std::move(states));
  }
  return row;
}

cairn::petri::CommandRun random_run(Choices& choices) {
  cairn::petri::CommandRun run;
  run.command = static_cast<std::uint16_t>(choices.below(4));
  run.accepted = !choices.one_in(4);
  for (std::uint64_t left = choices.below(4); left > 0; --left) {
    run.rows.push_back(random_row(choices));
  }
  for (auto* edges : {&run.linked, &run.followed}) {
    for (std::uint64_t left = choices.below(3); left > 0; --left) {
      edges->push_back(static_cast<std::uint16_t>(choices.below(2)));
    }
  }
  return run;
}

cairn::petri::Report report_of(const Schema& schema, const cairn::petri::Runs& runs) {
  return cairn::petri::check(schema, {.rows = 2, .markings_max = 300}, &runs).value();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Choices choices(size, std::span(data, size));
  const auto schema = Schema::from_idl(cairn::schema::stamped(cairn::schema::random_idl(choices)));
  CAIRN_CHECK(schema.has_value());
  cairn::petri::Runs runs(*schema);
  for (std::uint64_t left = choices.below(30); left > 0; --left) {
    // Most contradict the schema; that is part of the test.
    static_cast<void>(runs.add(random_run(choices)).has_value());
  }
  const cairn::petri::Report report = report_of(*schema, runs);
  CAIRN_CHECK(report.to_text() == report_of(*schema, runs).to_text());
  CAIRN_CHECK(!report.to_json().empty());
  const auto net = cairn::petri::declared_net(*schema, 2);
  CAIRN_CHECK(net.has_value());
  CAIRN_CHECK(cairn::petri::to_pnml(*schema, *net).ends_with("</pnml>\n"));
  CAIRN_CHECK(cairn::petri::to_dot(*schema).ends_with("}\n"));
  return 0;
}
