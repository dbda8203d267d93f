// SPDX-License-Identifier: Apache-2.0
#include "journal/exported.h"

#include <algorithm>
#include <span>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

#include "base/check.h"
#include "base/limits.h"
#include "cairn/int128.h"
#include "cairn/integers.h"
#include "cairn/limits.h"
#include "cairn/scratch.h"
#include "cairn/sizes.h"
#include "journal/own_event.h"
#include "schema/codec.h"
#include "schema/json.h"
#include "schema/json_reader.h"
#include "schema/json_tree.h"
#include "schema/names.h"

namespace cairn::journal {

namespace {

using schema::json_string;
using schema::JsonElement;
using schema::MemberRule;
using schema::Members;
using schema::Path;

constexpr std::uint64_t export_version = 1;
constexpr std::string_view export_format = "cairn export";
constexpr std::string_view append_kind = "append";

constexpr MemberRule header_members[] = {
    {"format"}, {"older", false}, {"origin"}, {"schema"}, {"version"}};
constexpr MemberRule transaction_members[] = {
    {"cause", false}, {"client", false}, {"command", false}, {"correlation", false},
    {"delta", false}, {"events"},        {"gates", false},   {"hash"},
    {"key", false},   {"kind"},          {"outcome"},        {"schema"},
    {"sequence"},     {"time"},          {"timer", false},   {"why", false}};
constexpr MemberRule move_members[] = {{"next"}};
constexpr MemberRule event_members[] = {{"ancestor", false},
                                        {"ancestor_hash", false},
                                        {"bytes", false},
                                        {"cause", false},
                                        {"entity", false},
                                        {"event"},
                                        {"name"},
                                        {"scope", false},
                                        {"value", false},
                                        {"version", false}};

Result<EventPlace> read_place(JsonElement element, const Path& at, std::uint64_t first = 1) {
  CAIRN_TRY(const std::string_view text, json_string(element, at));
  const std::size_t dot = std::min(text.find('.'), text.size());
  const auto sequence = parse_integer<std::uint64_t>(text.substr(0, dot));
  const auto event = parse_integer<std::uint32_t>(text.substr(std::min(dot + 1, text.size())));
  if (!sequence || !event || *sequence < first) {
    return at.fail(Errc::Corrupt, "is no event: one is called like 12.0");
  }
  return EventPlace{.transaction = Seq(*sequence), .event = *event};
}

Result<std::string> read_name(const Members& members, std::string_view name, const Path& at) {
  const JsonElement* const element = members.find(name);
  if (element == nullptr) {
    return at.member(name).fail(Errc::NotFound,
                                "is missing: only an event about somebody can be stated again");
  }
  CAIRN_TRY(const std::string_view text, json_string(*element, at.member(name)));
  if (text.size() > journal_entity_bytes_max) {
    return at.member(name).fail(Errc::TooLarge, fmt::format("{} bytes; the limit is {}",
                                                            text.size(), journal_entity_bytes_max));
  }
  return std::string(text);
}

}  // namespace

ExportHeader make_export_header(const Digest& origin, const Schemas& schemas) {
  ExportHeader header = {.origin = origin, .schema = {}};
  for (std::uint32_t number = 1; number < schemas.in_force(); ++number) {
    header.older.push_back(schemas.find(number)->idl());
  }
  if (schemas.in_force() > 0) {
    header.schema = schemas.find(schemas.in_force())->idl();
  }
  return header;
}

std::string print_export_header(const ExportHeader& header) {
  auto line = schema::JsonTree::object({{"format", export_format},
                                        {"origin", header.origin.to_string()},
                                        {"schema", header.schema},
                                        {"version", schema::JsonTree::number(export_version)}});
  if (!header.older.empty()) {
    auto older = schema::JsonTree::array();
    for (const std::string& idl : header.older) {
      older.push(idl);
    }
    line.set("older", std::move(older));
  }
  return line.canonical();
}

Result<ExportHeader> parse_export_header(std::string_view line) {
  simdjson::dom::parser parser;
  const Path at;
  CAIRN_TRY(const JsonElement root, schema::parse_json(parser, line, export_line_bytes_max));
  CAIRN_TRY(const auto object, schema::json_object(root, at));
  JsonElement format;
  std::string_view name;
  if (object["format"].get(format) != simdjson::SUCCESS || format.get(name) != simdjson::SUCCESS ||
      name != export_format) {
    return at.member("format").fail(Errc::Corrupt, "this is no export of a journal");
  }
  JsonElement version;
  if (object["version"].get(version) != simdjson::SUCCESS) {
    return at.member("version").fail(Errc::NotFound, "is missing");
  }
  CAIRN_TRY(const std::uint64_t number, json_unsigned(version, UINT32_MAX, at.member("version")));
  if (number != export_version) {
    return fail(Errc::Unsupported, fmt::format("version {} of an export; this build reads {}",
                                               number, export_version));
  }
  CAIRN_TRY(const Members members, Members::read(root, header_members, at));
  CAIRN_TRY(const std::string_view origin, json_string(members["origin"], at.member("origin")));
  CAIRN_TRY(const std::string_view schema, json_string(members["schema"], at.member("schema")));
  const auto digest = Digest::parse(origin);
  if (!digest) {
    return at.member("origin").fail(Errc::Corrupt, "not 64 lower-case hexadecimal digits");
  }
  ExportHeader header = {.origin = *digest, .schema = std::string(schema)};
  if (const JsonElement* const element = members.find("older")) {
    const Path older_at = at.member("older");
    CAIRN_TRY(const auto older, json_array(*element, older_at));
    for (const JsonElement idl : older) {
      CAIRN_TRY(const std::string_view text, json_string(idl, older_at.item(header.older.size())));
      header.older.emplace_back(text);
    }
  }
  return header;
}

/// Keeps the parser's header out of ours.
struct ExportReader::State {
  explicit State(std::span<const schema::Schema> all) : schemas(all) {}

  Result<> read_root(JsonElement root);
  Result<> read_schema(const Members& members, const Path& at);
  Result<> read_event(JsonElement element, const Path& at);
  Result<> read_move(const Members& members, const Path& at);
  Result<ExportedEvent> read_stated(const Members& members, const EventPlace& here, const Path& at);
  Result<std::vector<std::byte>> read_value(const StructInfo& structure, JsonElement element,
                                            const Path& at);
  Result<const StructInfo*> structure_of(std::string_view name, const Path& at) const;
  const schema::Codec& codec_of(const StructInfo& structure);

  std::span<const schema::Schema> schemas;
  std::uint32_t restated_in = 0;
  simdjson::dom::parser parser;
  schema::JsonParser values;
  std::unordered_map<const StructInfo*, schema::Codec> codecs;
  std::vector<std::byte> memory;
  ExportedTransaction transaction;
};

ExportReader::ExportReader(std::span<const schema::Schema> schemas)
    : state_(std::make_unique<State>(schemas)) {}

ExportReader::ExportReader(ExportReader&& other) noexcept = default;
ExportReader& ExportReader::operator=(ExportReader&& other) noexcept = default;
ExportReader::~ExportReader() = default;

Result<const ExportedTransaction*> ExportReader::read(std::string_view line) {
  CAIRN_TRY(const JsonElement root,
            schema::parse_json(state_->parser, line, export_line_bytes_max));
  CAIRN_TRY(state_->read_root(root));
  return &state_->transaction;
}

void ExportReader::restate_in(std::uint32_t schema) {
  CAIRN_CHECK(schema != 0);
  CAIRN_CHECK(schema <= state_->schemas.size());
  state_->restated_in = schema;
}

/// Of one that states events.
Result<> ExportReader::State::read_schema(const Members& members, const Path& at) {
  CAIRN_TRY(const std::uint64_t number, json_unsigned(members["schema"], UINT32_MAX, at));
  if (number == 0 || number > schemas.size()) {
    return at.fail(Errc::Corrupt,
                   fmt::format("is {}, and the first line has {} of them", number, schemas.size()));
  }
  transaction.schema = static_cast<std::uint32_t>(number);
  return {};
}

Result<> ExportReader::State::read_root(JsonElement root) {
  const Path at;
  CAIRN_TRY(const Members members, Members::read(root, transaction_members, at));
  transaction.events.clear();
  transaction.correlation.reset();
  transaction.move.reset();
  transaction.schema = 0;
  CAIRN_TRY(transaction.sequence,
            json_unsigned(members["sequence"], INT64_MAX, at.member("sequence")));
  if (transaction.sequence == 0) {
    return at.member("sequence").fail(Errc::Corrupt, "is 0: the first is 1");
  }
  if (const JsonElement* const element = members.find("correlation")) {
    CAIRN_TRY(const std::string_view text, json_string(*element, at.member("correlation")));
    auto uuid = Uuid::parse(text);
    if (!uuid) {
      return at.member("correlation").fail(Errc::Corrupt, uuid.error().message());
    }
    transaction.correlation = *uuid;
  }
  CAIRN_TRY(const std::string_view kind, json_string(members["kind"], at.member("kind")));
  const Path events_at = at.member("events");
  CAIRN_TRY(const auto events, json_array(members["events"], events_at));
  if (kind != append_kind) {
    return {};
  }
  CAIRN_TRY(read_schema(members, at.member("schema")));
  if (events.size() > journal_events_max) {
    return events_at.fail(
        Errc::TooLarge,
        fmt::format("more events than {}, the most of one transaction", journal_events_max));
  }
  for (const JsonElement element : events) {
    CAIRN_TRY(read_event(element, events_at.item(transaction.events.size())));
  }
  return {};
}

/// A consumer's move is the last of its transaction.
Result<> ExportReader::State::read_event(JsonElement element, const Path& at) {
  if (transaction.move) {
    return at.fail(Errc::Corrupt, "an event follows a consumer's move");
  }
  CAIRN_TRY(const Members members, Members::read(element, event_members, at));
  const auto index = static_cast<std::uint32_t>(transaction.events.size());
  const EventPlace here = {.transaction = Seq(transaction.sequence), .event = index};
  CAIRN_TRY(const EventPlace said, read_place(members["event"], at.member("event")));
  if (said != here) {
    return at.member("event").fail(Errc::Corrupt, "is not the event's own place");
  }
  CAIRN_TRY(const std::string_view name, json_string(members["name"], at.member("name")));
  if (name == consumer_moved_name) {
    return read_move(members, at);
  }
  CAIRN_TRY(ExportedEvent event, read_stated(members, here, at));
  transaction.events.push_back(std::move(event));
  return {};
}

Result<> ExportReader::State::read_move(const Members& members, const Path& at) {
  ExportedMove move;
  CAIRN_TRY(move.consumer, read_name(members, "entity", at));
  CAIRN_TRY(const std::string scope, read_name(members, "scope", at));
  if (scope != consumer_scope) {
    return at.member("scope").fail(Errc::Corrupt, "is not that of consumers");
  }
  const JsonElement* const value = members.find("value");
  if (value == nullptr) {
    return at.member("value").fail(Errc::NotFound, "is missing");
  }
  CAIRN_TRY(const Members moved, Members::read(*value, move_members, at.member("value")));
  CAIRN_TRY(const EventPlace next, read_place(moved["next"], at.member("value").member("next"), 0));
  move.next = {.sequence = next.transaction.value(), .event = next.event};
  transaction.move.emplace(std::move(move));
  return {};
}

Result<ExportedEvent> ExportReader::State::read_stated(const Members& members,
                                                       const EventPlace& here, const Path& at) {
  ExportedEvent event;
  CAIRN_TRY(event.entity, read_name(members, "entity", at));
  CAIRN_TRY(event.scope, read_name(members, "scope", at));
  if (const JsonElement* const cause = members.find("cause")) {
    CAIRN_TRY(event.cause, read_place(*cause, at.member("cause")));
    const bool is_earlier =
        event.cause->transaction < here.transaction ||
        (event.cause->transaction == here.transaction && event.cause->event < here.event);
    if (!is_earlier) {
      return at.member("cause").fail(Errc::Corrupt, "is no earlier event");
    }
  }
  CAIRN_TRY(const std::string_view name, json_string(members["name"], at.member("name")));
  CAIRN_TRY(const StructInfo* const structure, structure_of(name, at.member("name")));
  const JsonElement* const value = members.find("value");
  if (value == nullptr) {
    return at.member("value").fail(Errc::NotFound, "is missing");
  }
  event.kind = structure->kind;
  CAIRN_TRY(event.bytes, read_value(*structure, *value, at.member("value")));
  return event;
}

/// Of the schema that the event is stated in, or of the one that it is to be stated in again.
Result<const StructInfo*> ExportReader::State::structure_of(std::string_view name,
                                                            const Path& at) const {
  const StructInfo* const stated = schemas[transaction.schema - 1].event(name);
  if (stated == nullptr) {
    return at.fail(Errc::NotFound, fmt::format("the schema has no event {}", schema::quoted(name)));
  }
  if (restated_in <= transaction.schema) {
    return stated;
  }
  const StructInfo* const restated = schemas[restated_in - 1].event(stated->kind);
  if (restated == nullptr || restated->version != stated->version) {
    return at.fail(Errc::Conflict,
                   fmt::format("{} has version {} here, and the store has a schema by now in which "
                               "it has another: an empty store can take it",
                               schema::quoted(name), stated->version));
  }
  return restated;
}

const schema::Codec& ExportReader::State::codec_of(const StructInfo& structure) {
  return codecs.try_emplace(&structure, structure).first->second;
}

Result<std::vector<std::byte>> ExportReader::State::read_value(const StructInfo& structure,
                                                               JsonElement element,
                                                               const Path& at) {
  // Named once more when it is wrong: as a place in the value.
  const auto named = [&](Error error) { return std::move(error).at(at.to_string()); };
  const std::string text = simdjson::minify(element);
  // What a list holds for a letter of its text is less than a Str of the greatest size; and never
  // is it more than the largest value takes.
  std::uint64_t largest = 0;
  for (const FieldInfo& field : structure.fields) {
    largest = std::max(largest, describe::scratch_per_byte(*field.type));
  }
  const std::size_t room = structure.memory_size + 2 * sizeof(Int128) +
                           std::min<std::size_t>(text.size() * limits::str_bytes_max,
                                                 largest * structure.encoded_size_max);
  if (memory.size() < room) {
    memory.resize(room);
  }
  Scratch scratch(memory);
  std::byte* const place = scratch.take(structure.memory_size, alignof(Int128));
  if (auto parsed = values.parse(structure, text, place, scratch); !parsed) {
    return fail(named(std::move(parsed).error()));
  }
  const schema::Codec& codec = codec_of(structure);
  auto size = codec.encoded_size(place);
  if (!size) {
    return fail(named(std::move(size).error()));
  }
  std::vector<std::byte> bytes(*size);
  if (auto written = codec.encode(place, bytes); !written) {
    return fail(named(std::move(written).error()));
  }
  return bytes;
}

}  // namespace cairn::journal
