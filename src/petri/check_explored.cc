// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "petri/findings.h"

namespace cairn::petri {

namespace {

std::vector<std::string> witness(const Net& net, const Part& part, std::uint32_t marking) {
  std::vector<std::string> names;
  for (const std::uint32_t transition : Exploration::path(part, marking)) {
    names.push_back(net.transitions[transition].name);
  }
  return names;
}

/// Places that some command takes a row away from.
std::vector<bool> left_by_commands(const Net& net) {
  std::vector<bool> left(net.places.size(), false);
  for (const Transition& transition : net.transitions) {
    for (const Arc& arc : transition.takes) {
      left[arc.place] =
          left[arc.place] || std::ranges::find(transition.gives, arc) == transition.gives.end();
    }
  }
  return left;
}

/// Whether a row is in one of the states that rows are taken on from.
bool has_row(const Net& net, const Part& part, std::uint32_t marking,
             const std::vector<bool>& left) {
  const auto tokens = part.marking(marking);
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const std::uint32_t place = part.places[i];
    if (tokens[i] > 0 && left[place] && net.places[place].kind == PlaceKind::State) {
      return true;
    }
  }
  return false;
}

/// The first dead marking in which a row waits for a command that could take it on; nowhere when
/// there is none. Rows that nothing ever takes on are at their ends, or told as transitions that
/// never fired.
std::uint32_t first_deadlock(const Explored& commands, const Part& part) {
  const std::vector<bool> left = left_by_commands(commands.net);
  for (std::uint32_t i = 0; i < part.size(); ++i) {
    if (part.dead[i] && has_row(commands.net, part, i, left)) {
      return i;
    }
  }
  return nowhere;
}

Finding deadlock(const Explored& commands, const Part& part, std::uint32_t marking) {
  std::vector<std::string> rows;
  const auto tokens = part.marking(marking);
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const Place& place = commands.net.places[part.places[i]];
    if (tokens[i] > 0 && place.kind == PlaceKind::State) {
      rows.push_back(fmt::format("{} in {}", unsigned{tokens[i]}, place.name));
    }
  }
  return {
      .severity = Severity::Warning,
      .kind = FindingKind::Deadlock,
      .place = fmt::format("{}", fmt::join(rows, ", ")),
      .why = fmt::format("with {} of each record, no recorded command can move any row from "
                         "here; only more rows could help",
                         commands.rows == 1 ? "one row" : fmt::format("{} rows", commands.rows)),
      .advice =
          "let some command take these rows on, or keep the last one from leading here; "
          "or record more kinds of runs",
      .witness = witness(commands.net, part, marking)};
}

}  // namespace

void check_reached(const Net& net, const Exploration& exploration,
                   const std::vector<bool>& can_be_created, std::vector<Finding>& findings) {
  for (std::uint32_t i = 0; i < net.places.size(); ++i) {
    const Place& place = net.places[i];
    const bool is_judged = place.kind == PlaceKind::Row || place.kind == PlaceKind::State;
    if (!is_judged || !can_be_created[place.record] || exploration.first_marking(i) != nowhere ||
        !exploration.parts()[exploration.part_of(i)].is_complete) {
      continue;
    }
    findings.push_back({.severity = Severity::Error,
                        .kind = FindingKind::Unreachable,
                        .place = place.name,
                        .why = "no order of creating, stepping and erasing brings a row here",
                        .advice = "see what its creation needs",
                        .witness = {}});
  }
}

void check_commands(const schema::Schema& schema, const Explored& commands,
                    std::vector<Finding>& findings) {
  const auto declared = schema.domain().commands;
  const Exploration& exploration = commands.exploration;
  std::vector<bool> is_enabled(declared.size(), false);
  std::vector<bool> is_judged(declared.size(), false);
  for (std::uint32_t i = 0; i < commands.net.transitions.size(); ++i) {
    const Transition& transition = commands.net.transitions[i];
    const bool is_known =
        transition.takes.empty() ||
        exploration.parts()[exploration.part_of(transition.takes.front().place)].is_complete;
    is_enabled[transition.command] =
        is_enabled[transition.command] || exploration.is_enabled(i) || !is_known;
    is_judged[transition.command] = true;
  }
  for (std::size_t i = 0; i < declared.size(); ++i) {
    if (is_judged[i] && !is_enabled[i]) {
      findings.push_back(
          {.severity = Severity::Warning,
           .kind = FindingKind::NeverEnabled,
           .place = fmt::format("command {}", declared[i]->name),
           .why = "the rows that it was accepted with do not come about by the recorded commands, "
                  "within the rows of this exploration",
           .advice = "record the commands that lead there, or explore with more rows",
           .witness = {}});
    }
  }
}

void check_deadlocks(const Explored& commands, const Explored& few,
                     std::vector<Finding>& findings) {
  const auto parts = commands.exploration.parts();
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const std::uint32_t marking = first_deadlock(commands, parts[i]);
    if (marking == nowhere) {
      continue;
    }
    // The same commands join the same places, so the parts are the same.
    const Part& small = few.exploration.parts()[i];
    const std::uint32_t sooner = first_deadlock(few, small);
    findings.push_back(sooner == nowhere ? deadlock(commands, parts[i], marking)
                                         : deadlock(few, small, sooner));
  }
}

}  // namespace cairn::petri
