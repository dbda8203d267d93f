// SPDX-License-Identifier: Apache-2.0
#include "journal/print.h"

#include <map>
#include <span>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/text.h"
#include "cairn/time.h"
#include "cairn/transaction.h"
#include "cairn/utf8.h"
#include "journal/own_event.h"
#include "schema/json.h"
#include "schema/json_tree.h"

namespace cairn::journal {

namespace {

std::string quoted(std::string_view text) {
  std::string out;
  schema::append_json_string(out, text);
  return out;
}

/// Members in the order of their names, as canonical JSON has them. Values are JSON already.
class Object final {
 public:
  Object& raw(const std::string& name, std::string value) {
    members_[name] = std::move(value);
    return *this;
  }

  Object& text(const std::string& name, std::string_view value) { return raw(name, quoted(value)); }

  Object& number(const std::string& name, std::uint64_t value) {
    return raw(name, std::to_string(value));
  }

  [[nodiscard]] std::string print() const {
    std::string out = "{";
    for (const auto& [name, value] : members_) {
      out += fmt::format("{}\"{}\":{}", out.size() == 1 ? "" : ",", name, value);
    }
    return out + "}";
  }

 private:
  std::map<std::string, std::string> members_;
};

std::string list(const std::vector<std::string>& items) {
  return fmt::format("[{}]", fmt::join(items, ","));
}

std::string_view name_of(SystemKind kind) noexcept {
  switch (kind) {
    case SystemKind::Append:
      return "append";
    case SystemKind::SchemaInstalled:
      return "schema_installed";
    case SystemKind::KeyRotated:
      return "key_rotated";
    case SystemKind::CheckpointTaken:
      return "checkpoint_taken";
    case SystemKind::Cutover:
      return "cutover";
    case SystemKind::Operation:
      return "operation";
  }
  return "";
}

bool is_text_kind(const TransactionRecord& record) noexcept {
  return record.kind == static_cast<std::uint16_t>(SystemKind::SchemaInstalled) ||
         record.kind == static_cast<std::uint16_t>(SystemKind::KeyRotated);
}

std::string_view text_of(std::span<const std::byte> bytes) noexcept {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

void set_intent(Object& object, const Intent& intent) {
  switch (intent.kind) {
    case Intent::Kind::None:
      return;
    case Intent::Kind::Client:
      object.raw(
          "client",
          Object().text("id", intent.client.to_string()).number("number", intent.number).print());
      return;
    case Intent::Kind::Key:
      object.text("key", intent.key);
      return;
  }
}

std::string coordinate_text(const EventRecord& event) {
  if (event.about == EventRecord::About::Nothing) {
    return "about nothing";
  }
  if (event.about == EventRecord::About::Declared) {
    return fmt::format("version {}", event.version);
  }
  return fmt::format("{}{}{} version {}", event.coordinate.entity,
                     event.coordinate.scope.empty() ? "" : " in ", event.coordinate.scope,
                     event.version);
}

std::string to_string(const EventId& id) {
  return fmt::format("{}.{}", id.sequence, id.event);
}

}  // namespace

std::string to_string(const EventPlace& place) {
  return fmt::format("{}.{}", place.transaction.value(), place.event);
}

std::string Printer::event_name(const TransactionRecord& record, const EventRecord& event) const {
  if (const auto name = own_event_name(event.kind)) {
    return std::string(*name);
  }
  const StructInfo* const structure = payloads_->event(record.schema, event.kind);
  return structure == nullptr ? fmt::format("kind {}", event.kind) : std::string(structure->name);
}

std::string Printer::kind_name(const TransactionRecord& record) const {
  if (record.kind >= static_cast<std::uint16_t>(SystemKind::Append)) {
    const std::string_view name = name_of(static_cast<SystemKind>(record.kind));
    return name.empty() ? fmt::format("kind {}", record.kind) : std::string(name);
  }
  const StructInfo* const command = payloads_->command(record.schema, record.kind);
  return command == nullptr ? fmt::format("kind {}", record.kind) : std::string(command->name);
}

std::string Printer::gate_name(const TransactionRecord& record, std::uint16_t gate) const {
  const schema::Schema* const schema = schemas_->find(record.schema);
  const bool is_known = schema != nullptr && gate < schema->domain().gates.size();
  return is_known ? std::string(schema->domain().gates[gate].name) : fmt::format("gate {}", gate);
}

std::string Printer::outcome_text(const TransactionRecord& record) const {
  switch (record.outcome) {
    case OutcomeKind::Accepted:
      break;
    case OutcomeKind::Rejected: {
      const schema::Schema* const schema = schemas_->find(record.schema);
      const RejectInfo* const reject = schema == nullptr ? nullptr : schema->reject(record.code);
      return reject == nullptr ? fmt::format("rejected: code {}", record.code)
                               : fmt::format("rejected: {}", reject->name);
    }
    case OutcomeKind::Denied:
      return fmt::format("denied by {}", gate_name(record, record.gate));
    case OutcomeKind::Faulted:
      return fmt::format("faulted: {}", to_string(record.fault));
  }
  return "accepted";
}

std::string Printer::value_json(const TransactionRecord& record, const EventRecord& event) {
  if (event.kind == consumer_moved_kind) {
    const auto next = decode_move(event.payload);
    return next ? Object().text("next", to_string(*next)).print() : std::string();
  }
  const StructInfo* const structure = payloads_->event(record.schema, event.kind);
  std::string out;
  if (structure != nullptr) {
    if (const auto value = payloads_->read(*structure, event.payload)) {
      schema::print_json(*value->structure, value->memory, out);
    }
  }
  return out;
}

std::string Printer::event_text(const TransactionRecord& record, const EventRecord& event) {
  if (event.kind == consumer_moved_kind) {
    if (const auto next = decode_move(event.payload)) {
      return fmt::format("{} to {}", consumer_moved_name, to_string(*next));
    }
  }
  const StructInfo* const structure = payloads_->event(record.schema, event.kind);
  if (structure != nullptr) {
    if (const auto value = payloads_->read(*structure, event.payload)) {
      std::string out;
      schema::print_text(*value->structure, value->memory, out);
      return out;
    }
  }
  return fmt::format("{} {}", event_name(record, event), to_hex(event.payload));
}

std::string Printer::event_members(const TransactionRecord& record, std::size_t index,
                                   bool has_time) {
  const EventRecord& event = record.events[index];
  Object object;
  if (has_time) {
    object.text("time", Timestamp{record.time}.to_string());
  }
  object.text("event", to_string(EventPlace{.transaction = record.position,
                                            .event = static_cast<std::uint32_t>(index)}));
  object.text("name", event_name(record, event));
  if (event.about == EventRecord::About::Named) {
    object.text("entity", event.coordinate.entity).text("scope", event.coordinate.scope);
  }
  if (event.about != EventRecord::About::Nothing) {
    object.number("version", event.version);
  }
  if (event.version > 1) {
    object.text("ancestor", to_string(event.ancestor));
    object.text("ancestor_hash", to_hex(event.ancestor_hash));
  }
  if (event.has_cause) {
    object.text("cause", to_string(event.cause));
  }
  std::string value = value_json(record, event);
  if (value.empty()) {
    object.text("bytes", to_hex(event.payload));
  } else {
    object.raw("value", std::move(value));
  }
  return object.print();
}

std::string Printer::event_json(const HistoryEntry& entry, std::size_t event) {
  return event_members(*entry.record, event, true);
}

std::string Printer::command_json(const TransactionRecord& record) {
  if (is_text_kind(record) && is_utf8(text_of(record.command))) {
    return quoted(text_of(record.command));
  }
  const StructInfo* const structure = payloads_->command(record.schema, record.kind);
  if (structure != nullptr) {
    if (const auto value = payloads_->read(*structure, record.command)) {
      std::string out;
      schema::print_json(*value->structure, value->memory, out);
      return out;
    }
  }
  return quoted(to_hex(record.command));
}

std::string Printer::gates_json(const TransactionRecord& record) const {
  std::vector<std::string> gates;
  gates.reserve(record.gates.size());
  for (const GateRecord& gate : record.gates) {
    Object object;
    object.text("name", gate_name(record, gate.gate))
        .raw("allowed", gate.allowed ? "true" : "false");
    if (gate.is_bypassed) {
      object.text("approver", gate.approver).text("reason", gate.reason);
    }
    gates.push_back(object.print());
  }
  return list(gates);
}

std::string Printer::transaction_json(const HistoryEntry& entry) {
  const TransactionRecord& record = *entry.record;
  Object object;
  object.number("sequence", record.position.value())
      .text("time", Timestamp{record.time}.to_string())
      .text("hash", entry.hash.to_string())
      .number("schema", record.schema)
      .text("kind", kind_name(record))
      .text("outcome", to_string(record.outcome));
  if (record.outcome != OutcomeKind::Accepted) {
    object.text("why", outcome_text(record));
  }
  if (!record.command.empty()) {
    object.raw("command", command_json(record));
  }
  set_intent(object, record.intent);
  if (record.has_correlation) {
    object.text("correlation", record.correlation.to_string());
  }
  if (record.has_cause) {
    object.text("cause", to_string(record.cause));
  }
  if (record.timer != 0) {
    object.number("timer", record.timer);
  }
  if (!record.gates.empty()) {
    object.raw("gates", gates_json(record));
  }
  if (!record.delta.empty()) {
    object.text("delta", to_hex(record.delta));
  }
  std::vector<std::string> events;
  events.reserve(record.events.size());
  for (std::size_t i = 0; i < record.events.size(); ++i) {
    events.push_back(event_members(record, i, false));
  }
  return object.raw("events", list(events)).print();
}

std::string Printer::transaction_text(const HistoryEntry& entry) {
  const TransactionRecord& record = *entry.record;
  std::string out = fmt::format(
      "transaction  {}\ntime         {}\nhash         {}\nkind         {}\nschema       {}\n"
      "outcome      {}\n",
      record.position.value(), Timestamp{record.time}.to_string(), entry.hash.to_string(),
      kind_name(record), record.schema, outcome_text(record));
  switch (record.intent.kind) {
    case Intent::Kind::None:
      break;
    case Intent::Kind::Client:
      out += fmt::format("request      {} of client {}\n", record.intent.number,
                         record.intent.client.to_string());
      break;
    case Intent::Kind::Key:
      out += fmt::format("request      {}\n", quoted(record.intent.key));
      break;
  }
  if (record.has_correlation) {
    out += fmt::format("correlation  {}\n", record.correlation.to_string());
  }
  if (record.has_cause) {
    out += fmt::format("cause        event {}\n", to_string(record.cause));
  }
  if (record.timer != 0) {
    out += fmt::format("timer        {}\n", record.timer);
  }
  if (!record.command.empty()) {
    out += fmt::format("command      {}\n", command_json(record));
  }
  for (const GateRecord& gate : record.gates) {
    out += fmt::format(
        "gate         {} said {}{}\n", gate_name(record, gate.gate), gate.allowed ? "yes" : "no",
        gate.is_bypassed ? fmt::format(", and was bypassed by {}: {}", gate.approver, gate.reason)
                         : "");
  }
  if (!record.delta.empty()) {
    out += fmt::format("delta        {} bytes\n", record.delta.size());
  }
  for (std::size_t i = 0; i < record.events.size(); ++i) {
    const EventRecord& event = record.events[i];
    out += fmt::format("event {:<6} {}\n             {}\n", i, event_text(record, event),
                       coordinate_text(event));
    if (event.version > 1) {
      out += fmt::format("             after event {}, hash {}\n", to_string(event.ancestor),
                         to_hex(event.ancestor_hash));
    }
    if (event.has_cause) {
      out += fmt::format("             because of event {}\n", to_string(event.cause));
    }
  }
  return out;
}

}  // namespace cairn::journal
