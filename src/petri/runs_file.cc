// SPDX-License-Identifier: Apache-2.0
#include "petri/runs_file.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <fmt/core.h>
#include <simdjson.h>

#include "base/limits.h"
#include "petri/net.h"
#include "schema/json_reader.h"
#include "schema/json_tree.h"
#include "schema/names.h"
#include "schema/path.h"

namespace cairn::petri {

namespace {

using schema::JsonElement;
using schema::JsonTree;
using schema::MemberRule;
using schema::Members;
using schema::Path;

constexpr std::uint64_t version = 1;

constexpr MemberRule file_rules[] = {{"runs"}, {"domain"}, {"fingerprint"}, {"commands"}};
constexpr MemberRule command_rules[] = {{"command"}, {"accepted"}, {"times"},  {"rows"},
                                        {"linked"},  {"followed"}, {"scanned"}};
constexpr MemberRule row_rules[] = {{"record"}, {"before"}, {"after"}, {"changed"}, {"states"}};

/// The fields of a record that are places of machines, in order.
std::vector<const FieldInfo*> machines_of(const StructInfo& record) {
  std::vector<const FieldInfo*> fields;
  for (const FieldInfo& field : record.fields) {
    if (field.role == FieldRole::State) {
      fields.push_back(&field);
    }
  }
  return fields;
}

// Writing

class Writer final {
 public:
  explicit Writer(const schema::Schema& schema) : schema_(schema), domain_(schema.domain()) {}

  [[nodiscard]] JsonTree file(const Runs& runs) const {
    JsonTree commands = JsonTree::array();
    for (const auto& [run, times] : runs.seen()) {
      commands.push(command(run, times));
    }
    return JsonTree::object({{"runs", JsonTree::number(version)},
                             {"domain", domain_.name},
                             {"fingerprint", schema_.fingerprint().to_string()},
                             {"commands", std::move(commands)}});
  }

 private:
  [[nodiscard]] JsonTree command(const CommandRun& run, std::uint64_t times) const {
    JsonTree rows = JsonTree::array();
    for (const RowRun& each : run.rows) {
      rows.push(row(each));
    }
    return JsonTree::object({{"command", domain_.commands[run.command]->name},
                             {"accepted", run.accepted},
                             {"times", JsonTree::number(times)},
                             {"rows", std::move(rows)},
                             {"linked", edges(run.linked)},
                             {"followed", edges(run.followed)},
                             {"scanned", records(run.scanned)}});
  }

  [[nodiscard]] JsonTree row(const RowRun& row) const {
    const StructInfo& record = *domain_.records[row.record];
    const std::vector<const FieldInfo*> machines = machines_of(record);
    JsonTree all = JsonTree::array();
    for (std::size_t i = 0; i < row.states.size(); ++i) {
      JsonTree states = JsonTree::array();
      for (const std::int64_t state : row.states[i]) {
        states.push(state_name(*machines[i], state));
      }
      all.push(std::move(states));
    }
    return JsonTree::object({{"record", record.name},
                             {"before", row.existed},
                             {"after", row.exists},
                             {"changed", row.changed},
                             {"states", std::move(all)}});
  }

  [[nodiscard]] JsonTree edges(std::span<const std::uint16_t> positions) const {
    JsonTree names = JsonTree::array();
    for (const std::uint16_t position : positions) {
      names.push(domain_.edges[position].name);
    }
    return names;
  }

  [[nodiscard]] JsonTree records(std::span<const std::uint16_t> positions) const {
    JsonTree names = JsonTree::array();
    for (const std::uint16_t position : positions) {
      names.push(domain_.records[position]->name);
    }
    return names;
  }

  const schema::Schema& schema_;
  const DomainInfo& domain_;
};

// Reading

/// The position of what has this name.
template <typename List, typename Name>
Result<std::uint16_t> position_in(const List& list, Name name_of, JsonElement element,
                                  std::string_view kind, const Path& at) {
  CAIRN_TRY(const std::string_view name, schema::json_string(element, at));
  const auto found = std::ranges::find(list, name, name_of);
  if (found == list.end()) {
    return at.fail(Errc::NotFound,
                   fmt::format("the domain has no {} {}", kind, schema::quoted(name)));
  }
  return static_cast<std::uint16_t>(found - list.begin());
}

/// Each item of an array, read by `read(element, place)`; at most so many.
template <typename Item, typename Read>
Result<std::vector<Item>> read_list(JsonElement element, std::size_t count_max, const Path& at,
                                    const Read& read) {
  CAIRN_TRY(const simdjson::dom::array array, schema::json_array(element, at));
  std::vector<Item> items;
  for (const JsonElement item : array) {
    const Path place = at.item(items.size());
    if (items.size() >= count_max) {
      return place.fail(Errc::TooLarge, fmt::format("more than {} items", count_max));
    }
    CAIRN_TRY(Item made, read(item, place));
    items.push_back(std::move(made));
  }
  return items;
}

class Reader final {
 public:
  explicit Reader(const schema::Schema& schema) : schema_(schema), domain_(schema.domain()) {}

  struct Command {
    CommandRun run;
    std::uint64_t times = 0;
  };

  Result<std::vector<Command>> file(JsonElement root) const {
    const Path at;
    CAIRN_TRY(const Members members, Members::read(root, file_rules, at));
    CAIRN_TRY(check_head(members, at));
    return read_list<Command>(
        members["commands"], petri_runs_max, at.member("commands"),
        [&](JsonElement element, const Path& place) { return command(element, place); });
  }

 private:
  [[nodiscard]] Result<> check_head(const Members& members, const Path& at) const {
    constexpr std::uint64_t version_max = 0xffff'ffff;
    CAIRN_TRY(const std::uint64_t written,
              schema::json_unsigned(members["runs"], version_max, at.member("runs")));
    if (written != version) {
      return at.member("runs").fail(
          Errc::Unsupported,
          fmt::format("version {}; this build reads version {}", written, version));
    }
    CAIRN_TRY(const std::string_view name,
              schema::json_string(members["domain"], at.member("domain")));
    CAIRN_TRY(const std::string_view text,
              schema::json_string(members["fingerprint"], at.member("fingerprint")));
    const Result<Digest> fingerprint = Digest::parse(text);
    if (!fingerprint) {
      return at.member("fingerprint").fail(Errc::Corrupt, fingerprint.error().message());
    }
    if (name != domain_.name || *fingerprint != schema_.fingerprint()) {
      return fail(
          Error(Errc::Conflict,
                fmt::format("recorded with domain {} of fingerprint {}, and this is {} of {}",
                            schema::quoted(name), fingerprint->to_string(),
                            schema::quoted(domain_.name), schema_.fingerprint().to_string()))
              .advise("record the runs again with this domain"));
    }
    return {};
  }

  [[nodiscard]] Result<Command> command(JsonElement element, const Path& at) const {
    CAIRN_TRY(const Members members, Members::read(element, command_rules, at));
    Command command;
    CAIRN_TRY(command.run.command,
              position_in(domain_.commands, &StructInfo::name, members["command"], "command",
                          at.member("command")));
    CAIRN_TRY(command.run.accepted, schema::json_bool(members["accepted"], at.member("accepted")));
    CAIRN_TRY(command.times, times(members["times"], at.member("times")));
    CAIRN_TRY(
        command.run.rows,
        read_list<RowRun>(members["rows"], petri_run_rows_max, at.member("rows"),
                          [&](JsonElement item, const Path& place) { return row(item, place); }));
    CAIRN_TRY(command.run.linked, edges(members["linked"], at.member("linked")));
    CAIRN_TRY(command.run.followed, edges(members["followed"], at.member("followed")));
    CAIRN_TRY(command.run.scanned, records(members["scanned"], at.member("scanned")));
    return command;
  }

  static Result<std::uint64_t> times(JsonElement element, const Path& at) {
    CAIRN_TRY(const std::uint64_t count,
              schema::json_unsigned(element, std::numeric_limits<std::uint64_t>::max(), at));
    if (count == 0) {
      return at.fail(Errc::InvalidArgument, "a run that was never seen");
    }
    return count;
  }

  [[nodiscard]] Result<RowRun> row(JsonElement element, const Path& at) const {
    CAIRN_TRY(const Members members, Members::read(element, row_rules, at));
    RowRun row;
    CAIRN_TRY(row.record, position_in(domain_.records, &StructInfo::name, members["record"],
                                      "record", at.member("record")));
    CAIRN_TRY(row.existed, schema::json_bool(members["before"], at.member("before")));
    CAIRN_TRY(row.exists, schema::json_bool(members["after"], at.member("after")));
    CAIRN_TRY(row.changed, schema::json_bool(members["changed"], at.member("changed")));
    const std::vector<const FieldInfo*> machines = machines_of(*domain_.records[row.record]);
    std::size_t next = 0;
    CAIRN_TRY(row.states, read_list<std::vector<std::int64_t>>(
                              members["states"], machines.size(), at.member("states"),
                              [&](JsonElement item, const Path& place) {
                                return states(*machines[next++], item, place);
                              }));
    return row;
  }

  static Result<std::vector<std::int64_t>> states(const FieldInfo& machine, JsonElement element,
                                                  const Path& at) {
    const std::span<const EnumValue> values = machine.type->enumeration->values;
    return read_list<std::int64_t>(
        element, petri_run_states_max, at,
        [&](JsonElement item, const Path& place) -> Result<std::int64_t> {
          CAIRN_TRY(const std::uint16_t position,
                    position_in(values, &EnumValue::name, item, "state", place));
          return values[position].value;
        });
  }

  [[nodiscard]] Result<std::vector<std::uint16_t>> edges(JsonElement element,
                                                         const Path& at) const {
    return read_list<std::uint16_t>(
        element, domain_.edges.size(), at, [&](JsonElement item, const Path& place) {
          return position_in(domain_.edges, &EdgeInfo::name, item, "edge", place);
        });
  }

  [[nodiscard]] Result<std::vector<std::uint16_t>> records(JsonElement element,
                                                           const Path& at) const {
    return read_list<std::uint16_t>(
        element, domain_.records.size(), at, [&](JsonElement item, const Path& place) {
          return position_in(domain_.records, &StructInfo::name, item, "record", place);
        });
  }

  const schema::Schema& schema_;
  const DomainInfo& domain_;
};

}  // namespace

std::string runs_to_json(const schema::Schema& schema, const Runs& runs) {
  return Writer(schema).file(runs).canonical();
}

Result<> add_runs(const schema::Schema& schema, std::string_view text, Runs& runs) {
  simdjson::dom::parser parser;
  CAIRN_TRY(const JsonElement root, schema::parse_json(parser, text, petri_runs_bytes_max));
  CAIRN_TRY(std::vector<Reader::Command> commands, Reader(schema).file(root));
  Runs all = runs;
  for (Reader::Command& command : commands) {
    CAIRN_TRY(all.add(std::move(command.run), command.times));
  }
  runs = std::move(all);
  return {};
}

}  // namespace cairn::petri
