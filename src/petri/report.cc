// SPDX-License-Identifier: Apache-2.0
#include "petri/report.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include <fmt/core.h>

#include "base/limits.h"
#include "petri/explore.h"
#include "petri/findings.h"
#include "petri/footprint.h"
#include "petri/net.h"

namespace cairn::petri {

namespace {

void check_erases(const schema::Schema& schema, const Net& net, std::vector<Finding>& findings) {
  for (std::size_t i = 0; i < net.records.size(); ++i) {
    if (!net.records[i].erases) {
      findings.push_back(
          {.severity = Severity::Note,
           .kind = FindingKind::NotModelled,
           .place = fmt::format("record {}", schema.domain().records[i]->name),
           .why = fmt::format("its machines have more than {} combinations of states, so the net "
                              "leaves out that its rows are erased",
                              petri_erase_combinations_max),
           .advice = "nothing; no place is reached by erasing alone",
           .witness = {}});
    }
  }
}

/// Worst first, then by kind, then as they were found.
std::vector<Finding> ordered(std::vector<Finding> findings) {
  std::vector<std::tuple<Severity, FindingKind, std::size_t>> order;
  order.reserve(findings.size());
  for (std::size_t i = 0; i < findings.size(); ++i) {
    order.emplace_back(findings[i].severity, findings[i].kind, i);
  }
  std::ranges::sort(order);
  std::vector<Finding> sorted;
  sorted.reserve(order.size());
  for (const auto& [severity, kind, position] : order) {
    sorted.push_back(std::move(findings[position]));
  }
  return sorted;
}

void note_coverage(const Net& net, const Exploration& exploration, std::string of, Report& report) {
  report.explored.push_back({.of = std::move(of),
                             .transitions = net.transitions.size(),
                             .markings = exploration.markings(),
                             .is_complete = exploration.is_complete()});
  const Coverage& coverage = report.explored.back();
  if (!coverage.is_complete) {
    report.findings.push_back(
        {.severity = Severity::Note,
         .kind = FindingKind::NotExplored,
         .place = coverage.of,
         .why = fmt::format("a bound was met after {} markings; what was found holds, what was not "
                            "found may still exist",
                            coverage.markings),
         .advice = "explore with fewer rows of each record",
         .witness = {}});
  }
}

void note_pair(Overlap overlap, CommandPairs::Pair pair, CommandPairs& pairs) {
  pairs.shared_count += overlap == Overlap::Shared ? 1 : 0;
  pairs.disjoint_count += overlap == Overlap::Disjoint ? 1 : 0;
  if (overlap == Overlap::Disjoint && pairs.disjoint.size() < petri_pairs_printed_max) {
    pairs.disjoint.push_back(std::move(pair));
  }
}

CommandPairs compare_commands(const schema::Schema& schema, const Footprints& prints) {
  const auto commands = schema.domain().commands;
  CommandPairs pairs;
  for (std::size_t i = 0; i < prints.size(); ++i) {
    if (!prints.of(i).is_known) {
      pairs.unknown.emplace_back(commands[i]->name);
    }
    for (std::size_t j = i + 1; j < prints.size(); ++j) {
      note_pair(prints.overlap(i, j),
                {std::string(commands[i]->name), std::string(commands[j]->name)}, pairs);
    }
  }
  return pairs;
}

Result<Explored> explore_commands(const schema::Schema& schema, const Runs& runs,
                                  const CheckOptions& options) {
  CAIRN_TRY(const Net declared, declared_net(schema, options.rows));
  CAIRN_TRY(Net commands, command_net(schema, declared, runs));
  Exploration exploration(commands, {.markings_max = options.markings_max});
  return Explored{
      .rows = options.rows, .net = std::move(commands), .exploration = std::move(exploration)};
}

Result<> check_recorded(const schema::Schema& schema, const Runs& runs, const CheckOptions& options,
                        Report& report) {
  report.recorded = check_runs(schema, runs, report.findings);
  CAIRN_TRY(const Explored commands, explore_commands(schema, runs, options));
  CheckOptions one_row = options;
  one_row.rows = 1;
  CAIRN_TRY(const Explored few, explore_commands(schema, runs, one_row));
  check_commands(schema, commands, report.findings);
  check_deadlocks(commands, few, report.findings);
  note_coverage(commands.net, commands.exploration, "recorded commands", report);
  report.pairs = compare_commands(schema, Footprints(schema, commands.net, runs));
  report.has_runs = true;
  return {};
}

}  // namespace

std::size_t Report::count(Severity severity) const noexcept {
  return static_cast<std::size_t>(std::ranges::count(findings, severity, &Finding::severity));
}

bool Report::is_clean() const noexcept {
  return count(Severity::Error) == 0 && count(Severity::Warning) == 0;
}

Result<Report> check(const schema::Schema& schema, const CheckOptions& options, const Runs* runs) {
  CAIRN_TRY(const Net net, declared_net(schema, options.rows));
  const DomainInfo& domain = schema.domain();
  Report report;
  report.domain = fmt::format("{} {}", domain.name, domain.version);
  report.fingerprint = schema.fingerprint();
  report.places = net.places.size();
  report.transitions = net.transitions.size();
  report.edges = domain.edges.size();
  report.rows = options.rows;
  check_lifecycles(schema, report.findings);
  const std::vector<bool> can_be_created = check_edges(schema, report.findings);
  const Exploration exploration(net, {.markings_max = options.markings_max});
  check_reached(net, exploration, can_be_created, report.findings);
  check_erases(schema, net, report.findings);
  note_coverage(net, exploration, "declared transitions", report);
  if (runs != nullptr) {
    CAIRN_TRY(check_recorded(schema, *runs, options, report));
  }
  report.findings = ordered(std::move(report.findings));
  return report;
}

}  // namespace cairn::petri
