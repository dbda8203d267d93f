// SPDX-License-Identifier: Apache-2.0
#include "engine/transaction_text.h"

#include <cstring>
#include <vector>

#include <fmt/core.h>

#include "cairn/bytes.h"
#include "cairn/limits.h"
#include "schema/codec.h"
#include "schema/json.h"
#include "schema/key_codec.h"
#include "state/delta.h"

namespace cairn::engine {

namespace {

/// A value's memory, with what its texts and lists point at.
class Value final {
 public:
  Value(const StructInfo& structure, std::span<const std::byte> bytes)
      : room_(structure.memory_size / sizeof(Int128) + 2 + bytes.size()) {
    // A list's elements take more room in memory than in bytes: sixteen times is enough.
    Scratch scratch(std::as_writable_bytes(std::span(room_)));
    memory_ = scratch.take(structure.memory_size, alignof(Int128));
    std::memset(memory_, 0, structure.memory_size);
    read_ = schema::Codec(structure).decode(bytes, memory_, scratch);
  }

  [[nodiscard]] const Result<>& read() const noexcept { return read_; }

  [[nodiscard]] const std::byte* memory() const noexcept { return memory_; }

 private:
  std::vector<Int128> room_;
  std::byte* memory_ = nullptr;
  Result<> read_;
};

class DeltaText final {
 public:
  DeltaText(const state::Plan& plan, std::span<const std::byte> delta)
      : plan_(plan), reader_(delta) {}

  std::string run() {
    while (reader_.remaining() != 0 && !is_lost_) {
      operation();
    }
    if (reader_.failed() || is_lost_) {
      text_ += "  (the rest of the delta cannot be read)\n";
    }
    return std::move(text_);
  }

 private:
  void operation() {
    const auto code = static_cast<state::DeltaCode>(reader_.u8("operation"));
    switch (code) {
      case state::DeltaCode::Created:
        return created();
      case state::DeltaCode::Changed:
        return changed();
      case state::DeltaCode::Erased: {
        const StructInfo& record = this->record();
        text_ += fmt::format("  erased {} {}\n", record.name, key(record));
        reader_.varint("back pointer");
        return;
      }
      case state::DeltaCode::Linked:
        return linked("linked");
      case state::DeltaCode::Unlinked:
        return linked("unlinked");
      case state::DeltaCode::Numbered: {
        const StructInfo& record = this->record();
        text_ += fmt::format("  numbered {} up to {}\n", record.name, reader_.varint("number"));
        return;
      }
      case state::DeltaCode::Scheduled:
        return scheduled();
      case state::DeltaCode::Fired:
        text_ += fmt::format("  fired {}\n", reader_.varint("number"));
        return;
    }
    is_lost_ = true;
  }

  const StructInfo& record() {
    const std::uint64_t position = reader_.varint("record");
    is_lost_ = is_lost_ || position >= plan_.records();
    record_ = static_cast<std::uint16_t>(is_lost_ ? 0 : position);
    return plan_.record(record_).info();
  }

  /// The next key, as the values of its fields.
  std::string key(const StructInfo& record) {
    const std::uint16_t position = plan_.record_named(record.name);
    const state::KeyPlan& plan = plan_.record(position).keys().front();
    const std::span<const std::byte> bytes =
        plan.is_number() ? reader_.bytes(plan.number_width(), "key")
                         : reader_.sized_bytes(limits::key_bytes_max, "key");
    std::vector<Int128> row(record.memory_size / sizeof(Int128) + 1);
    std::byte* const memory = std::as_writable_bytes(std::span(row)).data();
    if (!schema::decode_key(record, plan.index(), bytes, memory)) {
      is_lost_ = true;
      return "?";
    }
    std::string text;
    for (const std::uint16_t field : plan.index().fields) {
      text += text.empty() ? "" : ", ";
      schema::print_json(*record.fields[field].type, memory + record.fields[field].offset, text);
    }
    return text;
  }

  void created() {
    const StructInfo& record = this->record();
    const std::span<const std::byte> bytes = reader_.sized_bytes(record.encoded_size_max, "row");
    text_ += fmt::format("  created {}\n", value_text(record, bytes));
  }

  void changed() {
    const StructInfo& record = this->record();
    text_ += fmt::format("  changed {} {}:", record.name, key(record));
    reader_.varint("back pointer");
    const std::uint64_t mask = reader_.varint("changed fields");
    bool is_first = true;
    for (std::size_t i = 0; i < record.fields.size() && !is_lost_; ++i) {
      if ((mask >> i & 1U) != 0) {
        text_ += is_first ? " " : ", ";
        changed_field(i);
        is_first = false;
      }
    }
    text_ += '\n';
  }

  void changed_field(std::size_t position) {
    const state::RecordPlan& record = plan_.record(record_);
    const state::FieldPlan& field = record.fields()[position];
    const std::span<const std::byte> bytes =
        field.copies ? reader_.bytes(field.size, "field")
                     : reader_.sized_bytes(record.info().encoded_size_max, "field");
    std::vector<Int128> row(record.info().memory_size / sizeof(Int128) + 1);
    std::byte* const memory = std::as_writable_bytes(std::span(row)).data();
    Scratch none;
    if (!record.field_codec(position).decode(bytes, memory, none)) {
      is_lost_ = true;
      return;
    }
    text_ += fmt::format("{}: ", field.info->name);
    schema::print_json(*field.info->type, memory + field.offset, text_);
  }

  void linked(std::string_view what) {
    const std::uint64_t position = reader_.varint("edge");
    if (position >= plan_.domain().edges.size()) {
      is_lost_ = true;
      return;
    }
    const EdgeInfo& edge = plan_.domain().edges[position];
    const StructInfo& source = plan_.record(edge.source).info();
    const StructInfo& target = plan_.record(edge.target).info();
    const std::string from = key(source);
    text_ += fmt::format("  {} {}: {} {} -> {} {}\n", what, edge.name, source.name, from,
                         target.name, key(target));
  }

  void scheduled() {
    const std::int64_t at = reader_.zigzag_varint("time");
    const std::uint64_t kind = reader_.varint_up_to(limits::kind_max, "kind");
    const StructInfo* const command = plan_.schema().command(static_cast<std::uint16_t>(kind));
    if (command == nullptr) {
      is_lost_ = true;
      return;
    }
    const auto bytes = reader_.sized_bytes(command->encoded_size_max, "command");
    text_ += fmt::format("  scheduled {} for {}\n", value_text(*command, bytes), at);
  }

  const state::Plan& plan_;
  ByteReader reader_;
  std::string text_;
  std::uint16_t record_ = 0;
  bool is_lost_ = false;
};

std::string outcome_text(const schema::Schema& schema, const TransactionView& transaction) {
  switch (transaction.outcome) {
    case OutcomeKind::Accepted:
      return "accepted";
    case OutcomeKind::Rejected: {
      const RejectInfo* const info = schema.reject(transaction.code);
      if (info == nullptr) {
        return fmt::format("rejected: {}", transaction.code);
      }
      return info->detail == nullptr || transaction.detail.empty()
                 ? fmt::format("rejected: {}", info->name)
                 : fmt::format("rejected: {} {}", info->name,
                               value_text(*info->detail, transaction.detail));
    }
    case OutcomeKind::Denied:
      return fmt::format("denied by {}", transaction.gate);
    case OutcomeKind::Faulted:
      return fmt::format("faulted: {}: {}", to_string(transaction.fault), transaction.text);
  }
  return {};
}

}  // namespace

std::string value_text(const StructInfo& structure, std::span<const std::byte> bytes) {
  const Value value(structure, bytes);
  if (!value.read()) {
    return fmt::format("{}{{{}}}", structure.name, value.read().error().to_string());
  }
  std::string text;
  schema::print_text(structure, value.memory(), text);
  return text;
}

std::string transaction_text(const state::Plan& plan, const TransactionView& transaction) {
  const schema::Schema& schema = plan.schema();
  const StructInfo* const command = schema.command(transaction.kind);
  std::string text =
      fmt::format("{} at {}: {}\n  {}\n", transaction.position.value(), transaction.time,
                  command == nullptr ? fmt::format("command {}", transaction.kind)
                                     : value_text(*command, transaction.command),
                  outcome_text(schema, transaction));
  for (const GateView& gate : transaction.gates) {
    text += fmt::format("  gate {}: {}", gate.name, gate.allowed ? "allowed" : "refused");
    text += gate.approver.empty() ? "\n"
                                  : fmt::format(", passed by {}: {}\n", gate.approver, gate.reason);
  }
  text += DeltaText(plan, transaction.delta).run();
  for (const EventView& event : transaction.events) {
    const StructInfo* const info = schema.event(event.kind);
    text += fmt::format("  event {}", info == nullptr ? fmt::format("{}", event.kind)
                                                      : value_text(*info, event.bytes));
    text += event.cause_transaction == Seq()
                ? "\n"
                : fmt::format(", caused by {}/{}\n", event.cause_transaction.value(),
                              event.cause_event);
  }
  return text;
}

}  // namespace cairn::engine
