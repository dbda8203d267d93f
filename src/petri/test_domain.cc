// SPDX-License-Identifier: Apache-2.0
#include "petri/test_domain.h"

#include <algorithm>
#include <utility>

#include <fmt/core.h>

#include "base/check.h"
#include "petri/positions.h"

namespace cairn::petri {

namespace {

using schema::JsonTree;

std::vector<std::string> split(std::string_view text, char between) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(between), text.size());
    parts.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

JsonTree number(std::uint64_t value) {
  return JsonTree::number(value);
}

JsonTree states_of(const TestMachine& machine) {
  JsonTree values = JsonTree::array();
  std::uint64_t value = 0;
  for (const std::string& state : split(machine.states, ' ')) {
    values.push(JsonTree::object({{"name", state}, {"value", number(value++)}}));
  }
  return values;
}

JsonTree machine_of(const TestMachine& machine) {
  JsonTree steps = JsonTree::array();
  for (const std::string& step : split(machine.steps, ' ')) {
    const std::size_t sign = step.find_first_of(">?");
    CAIRN_CHECK(sign != std::string::npos);
    steps.push(JsonTree::object({{"from", step.substr(0, sign)},
                                 {"to", step.substr(sign + 1)},
                                 {"guarded", step[sign] == '?'}}));
  }
  return JsonTree::object(
      {{"initial", split(machine.states, ' ').front()}, {"transitions", std::move(steps)}});
}

JsonTree end_of(std::string_view text) {
  const std::vector<std::string> words = split(text, ' ');
  return JsonTree::object(
      {{"record", words.at(0)}, {"cardinality", words.at(1)}, {"required", words.size() > 2}});
}

template <typename List>
std::uint16_t position_of(const List& list, std::string_view name) {
  for (const std::uint16_t i : positions(list.size())) {
    if (list[i]->name == name) {
      return i;
    }
  }
  check_failed("the test names nothing that is declared");
}

std::int64_t state_of(const FieldInfo& field, std::string_view name) {
  const auto values = field.type->enumeration->values;
  const auto found = std::ranges::find(values, name, &EnumValue::name);
  CAIRN_CHECK(found != values.end());
  return found->value;
}

std::uint32_t place_of(const Net& net, std::string_view name) {
  const auto found = std::ranges::find(net.places, name, &Place::name);
  CAIRN_CHECK(found != net.places.end());
  return static_cast<std::uint32_t>(found - net.places.begin());
}

std::vector<Arc> arcs_of(const Net& net, std::string_view text) {
  std::vector<Arc> arcs;
  for (const std::string& name : split(text, ',')) {
    arcs.push_back({.place = place_of(net, name)});
  }
  normalise(arcs);
  return arcs;
}

std::vector<Arc> random_arcs(schema::Choices& choices, std::size_t places, std::size_t count) {
  std::vector<Arc> arcs;
  for (std::size_t i = 0; i < count; ++i) {
    arcs.push_back({.place = static_cast<std::uint32_t>(choices.below(places))});
  }
  normalise(arcs);
  return arcs;
}

}  // namespace

TestDomain& TestDomain::record(std::string_view name, const std::vector<TestMachine>& machines) {
  JsonTree fields = JsonTree::array(
      {JsonTree::object({{"name", "id"}, {"type", fmt::format("id<{}>", name)}, {"role", "key"}})});
  for (const TestMachine& machine : machines) {
    const auto found = std::ranges::find(states_, machine.states);
    const auto number = found - states_.begin();
    if (found == states_.end()) {
      states_.emplace_back(machine.states);
      enums_.push(JsonTree::object({{"name", fmt::format("States{:04}", number)},
                                    {"type", "u16"},
                                    {"values", states_of(machine)}}));
    }
    fields.push(JsonTree::object({{"name", machine.field},
                                  {"type", fmt::format("enum<States{:04}>", number)},
                                  {"role", "state"},
                                  {"machine", machine_of(machine)}}));
  }
  JsonTree index =
      JsonTree::object({{"name", "id"}, {"unique", true}, {"fields", JsonTree::array({"id"})}});
  records_.items.push(JsonTree::object({{"name", name},
                                        {"kind", number(++records_.count)},
                                        {"version", number(1)},
                                        {"fields", std::move(fields)},
                                        {"indexes", JsonTree::array({std::move(index)})}}));
  return *this;
}

TestDomain& TestDomain::edge(const TestEdge& edge) {
  edges_.items.push(JsonTree::object({{"name", edge.name},
                                      {"inverse", edge.inverse},
                                      {"source", end_of(edge.source)},
                                      {"target", end_of(edge.target)},
                                      {"on_erase", edge.on_erase}}));
  return *this;
}

TestDomain& TestDomain::command(std::string_view name) {
  commands_.items.push(JsonTree::object({{"name", name},
                                         {"kind", number(++commands_.count)},
                                         {"version", number(1)},
                                         {"fields", JsonTree::array()}}));
  return *this;
}

std::string TestDomain::idl() const {
  JsonTree idl = JsonTree::object({{"idl", number(1)},
                                   {"name", "test"},
                                   {"version", number(1)},
                                   {"records", records_.items},
                                   {"edges", edges_.items},
                                   {"commands", commands_.items},
                                   {"enums", enums_}});
  for (const char* list : {"structs", "events", "rejects", "gates", "invariants"}) {
    idl.set(list, JsonTree::array());
  }
  return schema::stamped(std::move(idl));
}

schema::Schema TestDomain::schema() const {
  return schema::Schema::from_idl(idl()).value();
}

RowRun TestRuns::row(std::string_view text) const {
  const char sign = text.front();
  const bool is_marked = std::string_view("+-=!").find(sign) != std::string_view::npos;
  text.remove_prefix(is_marked ? 1 : 0);
  const std::vector<std::string> parts = split(text, ':');
  RowRun row;
  row.record = position_of(schema_.domain().records, parts.at(0));
  row.existed = sign != '+' && sign != '!';
  row.exists = sign != '-' && sign != '!';
  row.changed = sign == '+' || sign == '-' || sign == '=' || text.find('>') != text.npos;
  const std::vector<std::string> machines = split(parts.size() > 1 ? parts[1] : "", ',');
  for (const FieldInfo& field : schema_.domain().records[row.record]->fields) {
    if (field.role != FieldRole::State || row.states.size() >= machines.size()) {
      continue;
    }
    std::vector<std::int64_t> states;
    for (const std::string& state : split(machines[row.states.size()], '>')) {
      states.push_back(state_of(field, state));
    }
    row.states.push_back(std::move(states));
  }
  return row;
}

CommandRun TestRuns::make(std::string_view command,
                          const std::vector<std::string_view>& rows) const {
  CommandRun run;
  run.command = position_of(schema_.domain().commands, command);
  for (const std::string_view text : rows) {
    run.rows.push_back(row(text));
  }
  return run;
}

TestRuns& TestRuns::accepted(std::string_view command, const std::vector<std::string_view>& rows,
                             const std::vector<std::string_view>& linked) {
  CommandRun run = make(command, rows);
  run.accepted = true;
  for (const std::string_view name : linked) {
    const auto edges = schema_.domain().edges;
    const auto found = std::ranges::find(edges, name, &EdgeInfo::name);
    run.linked.push_back(static_cast<std::uint16_t>(found - edges.begin()));
  }
  const auto added = runs_.add(std::move(run));
  CAIRN_CHECK(added.has_value());
  return *this;
}

TestRuns& TestRuns::rejected(std::string_view command, const std::vector<std::string_view>& rows) {
  const auto added = runs_.add(make(command, rows));
  CAIRN_CHECK(added.has_value());
  return *this;
}

Net small_net(std::string_view places, std::string_view transitions) {
  Net net;
  for (const std::string& text : split(places, ' ')) {
    const std::vector<std::string> parts = split(text, '=');
    const auto tokens = parts.size() > 1 ? std::stoul(parts[1]) : 0;
    net.places.push_back({.initial = static_cast<std::uint32_t>(tokens), .name = parts[0]});
  }
  for (const std::string& text : split(transitions, ' ')) {
    const std::size_t sign = text.find('>');
    net.transitions.push_back({.name = text,
                               .takes = arcs_of(net, std::string_view(text).substr(0, sign)),
                               .gives = arcs_of(net, std::string_view(text).substr(sign + 1))});
  }
  return net;
}

Net random_net(schema::Choices& choices) {
  Net net;
  const std::size_t places = 3 + choices.below(6);
  for (std::size_t i = 0; i < places; ++i) {
    net.places.push_back(
        {.initial = static_cast<std::uint32_t>(choices.one_in(2) ? choices.below(4) : 0),
         .name = fmt::format("p{}", i)});
  }
  const std::size_t transitions = 2 + choices.below(9);
  for (std::size_t i = 0; i < transitions; ++i) {
    const std::size_t taken = 1 + choices.below(3);
    net.transitions.push_back({.name = fmt::format("t{}", i),
                               .takes = random_arcs(choices, places, taken),
                               .gives = random_arcs(choices, places, choices.below(taken + 1))});
  }
  return net;
}

}  // namespace cairn::petri
