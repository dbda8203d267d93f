// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include <fmt/format.h>

#include "petri/report.h"
#include "schema/json_tree.h"

namespace cairn::petri {

namespace {

using schema::JsonTree;

JsonTree number(std::size_t value) {
  return JsonTree::number(std::uint64_t{value});
}

JsonTree texts(const std::vector<std::string>& list) {
  JsonTree array = JsonTree::array();
  for (const std::string& text : list) {
    array.push(text);
  }
  return array;
}

JsonTree findings_json(const std::vector<Finding>& findings) {
  JsonTree array = JsonTree::array();
  for (const Finding& finding : findings) {
    array.push(JsonTree::object({{"severity", to_string(finding.severity)},
                                 {"kind", to_string(finding.kind)},
                                 {"place", finding.place},
                                 {"why", finding.why},
                                 {"advice", finding.advice},
                                 {"witness", texts(finding.witness)}}));
  }
  return array;
}

JsonTree coverage_json(const std::vector<Coverage>& explored) {
  JsonTree array = JsonTree::array();
  for (const Coverage& coverage : explored) {
    array.push(JsonTree::object({{"of", coverage.of},
                                 {"transitions", number(coverage.transitions)},
                                 {"markings", number(coverage.markings)},
                                 {"complete", coverage.is_complete}}));
  }
  return array;
}

JsonTree part_json(const Recorded::Part& part) {
  return JsonTree::object({{"done", number(part.done)}, {"declared", number(part.declared)}});
}

JsonTree recorded_json(const Recorded& recorded) {
  return JsonTree::object({{"runs", number(recorded.runs)},
                           {"commands", part_json(recorded.commands)},
                           {"transitions", part_json(recorded.transitions)},
                           {"states", part_json(recorded.states)},
                           {"records", part_json(recorded.records)},
                           {"edges", part_json(recorded.edges)}});
}

JsonTree pairs_json(const CommandPairs& pairs) {
  JsonTree disjoint = JsonTree::array();
  for (const auto& [one, other] : pairs.disjoint) {
    disjoint.push(JsonTree::array({one, other}));
  }
  return JsonTree::object({{"disjoint", std::move(disjoint)},
                           {"disjoint_count", number(pairs.disjoint_count)},
                           {"shared_count", number(pairs.shared_count)},
                           {"unknown", texts(pairs.unknown)}});
}

void print_pairs(const CommandPairs& pairs, std::string& out) {
  out += fmt::format("commands: {} pairs touch disjoint places, {} share some\n",
                     pairs.disjoint_count, pairs.shared_count);
  for (const auto& [one, other] : pairs.disjoint) {
    out += fmt::format("  {} | {}\n", one, other);
  }
  if (pairs.disjoint_count > pairs.disjoint.size()) {
    out += fmt::format("  and {} more\n", pairs.disjoint_count - pairs.disjoint.size());
  }
  if (!pairs.unknown.empty()) {
    out += fmt::format("  no run recorded: {}\n", fmt::join(pairs.unknown, ", "));
  }
}

std::string counted(std::size_t count, std::string_view word) {
  return fmt::format("{} {}{}", count, word, count == 1 ? "" : "s");
}

std::string print_recorded(const Recorded& recorded) {
  const auto part = [](const Recorded::Part& of, std::string_view what) {
    return fmt::format("{} of {} {}", of.done, of.declared, what);
  };
  return fmt::format(
      "recorded {}: {}, {}, {}, {}, {}\n", counted(recorded.runs, "different run"),
      part(recorded.commands, "commands accepted"), part(recorded.transitions, "transitions taken"),
      part(recorded.states, "states entered"), part(recorded.records, "records created"),
      part(recorded.edges, "edges linked"));
}

}  // namespace

std::string_view to_string(Severity severity) noexcept {
  switch (severity) {
    case Severity::Error:
      return "error";
    case Severity::Warning:
      return "warning";
    case Severity::Note:
      return "note";
  }
  return "";
}

std::string_view to_string(FindingKind kind) noexcept {
  switch (kind) {
    case FindingKind::RequiredCycle:
      return "required-cycle";
    case FindingKind::NeedsUncreated:
      return "needs-uncreated";
    case FindingKind::UnlinkRequired:
      return "unlink-required";
    case FindingKind::CascadeRefused:
      return "cascade-refused";
    case FindingKind::CascadeStrands:
      return "cascade-strands";
    case FindingKind::Unreachable:
      return "unreachable";
    case FindingKind::Trap:
      return "trap";
    case FindingKind::Deadlock:
      return "deadlock";
    case FindingKind::NeverAccepted:
      return "never-accepted";
    case FindingKind::NeverEnabled:
      return "never-enabled";
    case FindingKind::NeverCreated:
      return "never-created";
    case FindingKind::NeverEntered:
      return "never-entered";
    case FindingKind::NeverFired:
      return "never-fired";
    case FindingKind::NeverLinked:
      return "never-linked";
    case FindingKind::Terminal:
      return "terminal";
    case FindingKind::Endless:
      return "endless";
    case FindingKind::GuardedExits:
      return "guarded-exits";
    case FindingKind::TakesOne:
      return "takes-one";
    case FindingKind::CascadeCycle:
      return "cascade-cycle";
    case FindingKind::NotModelled:
      return "not-modelled";
    case FindingKind::NotExplored:
      return "not-explored";
  }
  return "";
}

std::string Report::to_text() const {
  std::string out = fmt::format("{}: {}, {}, {}\n", domain, counted(places, "place"),
                                counted(transitions, "transition"), counted(edges, "edge"));
  for (const Coverage& coverage : explored) {
    out += fmt::format("explored {} with up to {} of each record: {}, {}\n", coverage.of,
                       counted(rows, "row"), counted(coverage.markings, "marking"),
                       coverage.is_complete ? "all there are" : "not all there are");
  }
  if (has_runs) {
    out += print_recorded(recorded);
  }
  for (const Finding& finding : findings) {
    out += fmt::format("\n{} {}: {}\n  {}\n  what to do: {}\n", to_string(finding.severity),
                       to_string(finding.kind), finding.place, finding.why, finding.advice);
    for (std::size_t i = 0; i < finding.witness.size(); ++i) {
      out += fmt::format("  {} {}. {}\n", i == 0 ? "way there:" : "          ", i + 1,
                         finding.witness[i]);
    }
  }
  out += "\n";
  if (has_runs) {
    print_pairs(pairs, out);
  }
  out += fmt::format("{}, {}, {}\n", counted(count(Severity::Error), "error"),
                     counted(count(Severity::Warning), "warning"),
                     counted(count(Severity::Note), "note"));
  return out;
}

std::string Report::to_json() const {
  JsonTree tree = JsonTree::object({{"domain", domain},
                                    {"fingerprint", fingerprint.to_string()},
                                    {"places", number(places)},
                                    {"transitions", number(transitions)},
                                    {"edges", number(edges)},
                                    {"rows", number(rows)},
                                    {"explored", coverage_json(explored)},
                                    {"findings", findings_json(findings)},
                                    {"errors", number(count(Severity::Error))},
                                    {"warnings", number(count(Severity::Warning))},
                                    {"notes", number(count(Severity::Note))}});
  tree.set("recorded", has_runs ? recorded_json(recorded) : JsonTree());
  tree.set("commands", has_runs ? pairs_json(pairs) : JsonTree());
  return tree.canonical();
}

}  // namespace cairn::petri
