// SPDX-License-Identifier: Apache-2.0
#include "tests/execution/rig.h"

#include <fmt/core.h>

#include "base/check.h"
#include "cairn/bytes.h"
#include "schema/domain_table.h"
#include "state/checkpoint.h"
#include "tests/support/fake_host.h"

namespace cairn::execution {

namespace {

schema::Schema schema_of(const cairn_domain& domain, Trust trust) {
  Result<schema::Schema> schema =
      trust == Trust::Compiled
          ? schema::Schema::from_domain(*static_cast<const DomainInfo*>(domain.descriptor))
          : schema::read_schema(domain);
  CAIRN_CHECK(schema.has_value());
  return std::move(*schema);
}

std::string name_of(const StructInfo& record, state::ConstRow row) {
  return std::string(record.name) + ":" +
         test::model_key(record, record.indexes.front().fields, row);
}

std::string dump_links(const state::State& state, std::uint16_t edge) {
  std::string text;
  const state::LinkTable& links = state.links(edge);
  const EdgeInfo& info = links.edge();
  for (const state::LinkTable::Node node : state.by_age(edge)) {
    const auto& end = links.link(node).end;
    const auto name = [&](std::uint16_t record, std::uint32_t slot) {
      const state::Rows& rows = state.rows(record);
      return name_of(rows.plan->info(), rows.table.row(slot));
    };
    text += name(info.source, end[0]) + "-" + std::string(info.name) + "->" +
            name(info.target, end[1]) + "\n";
  }
  return text;
}

}  // namespace

Rig::Rig(const cairn_domain& domain, Trust trust)
    : schema(schema_of(domain, trust)), plan(schema), state(plan), executor(domain, trust, state) {}

const Transaction& Rig::execute(const Command& command) {
  const Result<const Transaction*> done = executor.execute(command, next());
  CAIRN_CHECK(done.has_value());
  return **done;
}

std::string Rig::content() {
  const Seq position = state.position();
  const std::int64_t last = state.time();
  state.set_position(Seq(0), 0);
  std::string digest = state::digest_of(state).to_string();
  state.set_position(position, last);
  return digest;
}

std::string dump(const state::State& state) {
  std::string text;
  const auto records = static_cast<std::uint16_t>(state.plan().records());
  const auto edges = static_cast<std::uint16_t>(state.plan().domain().edges.size());
  for (std::uint16_t i = 0; i < records; ++i) {
    const StructInfo& info = state.plan().record(i).info();
    for (const state::ConstRow row : state.by_key(i)) {
      text += name_of(info, row) + "=" + text_of(std::span(row, info.memory_size)) + "\n";
    }
  }
  for (std::uint16_t i = 0; i < edges; ++i) {
    text += dump_links(state, i);
  }
  for (std::uint16_t i = 0; i < records; ++i) {
    text += fmt::format("last {}\n", state.rows(i).last_id);
  }
  for (const auto& [number, timer] : state.timers().all()) {
    text +=
        fmt::format("waits {} {} {} {}\n", number, timer.at, timer.kind, text_of(timer.command));
  }
  return text;
}

std::string text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string text_of(const Transaction& transaction) {
  std::string text =
      fmt::format("{} {} {} {} {} {} {} {} {}\n", transaction.context.position.value(),
                  transaction.context.time, to_string(transaction.outcome), transaction.code,
                  transaction.gate, to_string(transaction.fault), transaction.text,
                  transaction.steps, text_of(transaction.detail));
  for (const Event& event : transaction.events) {
    text += fmt::format("event {} {} {} {} {}\n", event.kind, event.has_cause,
                        event.cause.transaction, event.cause.event, text_of(event.bytes));
  }
  for (const GateVerdict& verdict : transaction.gates) {
    text += fmt::format("gate {} {} {}\n", verdict.gate, verdict.allowed,
                        verdict.bypass == nullptr ? "" : verdict.bypass->approver);
  }
  return text + "delta " + text_of(transaction.delta);
}

}  // namespace cairn::execution
