// SPDX-License-Identifier: Apache-2.0
#include "journal/transaction.h"

#include <algorithm>
#include <string>

#include "base/check.h"
#include "base/hash.h"
#include "base/limits.h"
#include "cairn/byte_reader.h"
#include "cairn/limits.h"
#include "cairn/utf8.h"

namespace cairn::journal {

namespace {

constexpr std::uint8_t format_version = 1;

/// Which of the parts that may be missing are there. In this order in the record.
constexpr std::uint8_t client_part = 1U << 0U;
constexpr std::uint8_t key_part = 1U << 1U;
constexpr std::uint8_t correlation_part = 1U << 2U;
constexpr std::uint8_t cause_part = 1U << 3U;
constexpr std::uint8_t timer_part = 1U << 4U;
constexpr std::uint8_t gates_part = 1U << 5U;
constexpr std::uint8_t delta_part = 1U << 6U;
constexpr std::uint8_t events_part = 1U << 7U;

/// What an event has beside kind and payload.
constexpr std::uint8_t event_cause = 1U << 0U;
constexpr std::uint8_t event_declared = 1U << 1U;
constexpr std::uint8_t event_named = 1U << 2U;

constexpr std::uint8_t verdict_allowed = 1U << 0U;
constexpr std::uint8_t verdict_bypassed = 1U << 1U;

std::span<const std::byte> bytes_of(std::string_view text) noexcept {
  return std::as_bytes(std::span(text));
}

std::string_view text_of(std::span<const std::byte> bytes) noexcept {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::array<std::byte, 16> half_of(const Digest& digest) noexcept {
  std::array<std::byte, 16> half;
  std::ranges::copy(std::span(digest.bytes).first(half.size()), half.begin());
  return half;
}

constexpr std::uint8_t bit_if(bool condition, std::uint8_t bit) noexcept {
  return condition ? bit : std::uint8_t{0};
}

std::uint8_t parts_of(const TransactionRecord& record) noexcept {
  return static_cast<std::uint8_t>(
      bit_if(record.intent.kind == Intent::Kind::Client, client_part) |
      bit_if(record.intent.kind == Intent::Kind::Key, key_part) |
      bit_if(record.has_correlation, correlation_part) | bit_if(record.has_cause, cause_part) |
      bit_if(record.timer != 0, timer_part) | bit_if(!record.gates.empty(), gates_part) |
      bit_if(!record.delta.empty(), delta_part) | bit_if(!record.events.empty(), events_part));
}

class Encoder final {
 public:
  Encoder(const TransactionRecord& record, GrowingByteWriter& out) : record_(record), out_(out) {}

  void run() {
    out_.u8(format_version);
    out_.u8(parts_of(record_));
    out_.varint(record_.position.value());
    out_.i64(record_.time);
    out_.varint(record_.schema);
    out_.varint(record_.kind);
    out_.sized_bytes(record_.command);
    outcome();
    intent();
    if (record_.has_correlation) {
      out_.bytes(record_.correlation.bytes);
    }
    if (record_.has_cause) {
      place(record_.cause);
    }
    if (record_.timer != 0) {
      out_.varint(record_.timer);
    }
    gates();
    if (!record_.delta.empty()) {
      out_.sized_bytes(record_.delta);
    }
    events();
  }

 private:
  void outcome() {
    out_.u8(static_cast<std::uint8_t>(record_.outcome));
    switch (record_.outcome) {
      case OutcomeKind::Accepted:
        return;
      case OutcomeKind::Rejected:
        out_.varint(record_.code);
        return out_.sized_bytes(record_.detail);
      case OutcomeKind::Denied:
        return out_.varint(record_.gate);
      case OutcomeKind::Faulted:
        return out_.u8(static_cast<std::uint8_t>(record_.fault));
    }
  }

  void intent() {
    switch (record_.intent.kind) {
      case Intent::Kind::None:
        return;
      case Intent::Kind::Client:
        out_.bytes(record_.intent.client.bytes);
        return out_.varint(record_.intent.number);
      case Intent::Kind::Key:
        return out_.sized_bytes(bytes_of(record_.intent.key));
    }
  }

  /// Backwards from this transaction: what is named is mostly near.
  void place(const EventPlace& place) {
    CAIRN_CHECK(place.transaction <= record_.position && place.transaction != Seq(0));
    out_.varint(record_.position.value() - place.transaction.value());
    out_.varint(place.event);
  }

  void gates() {
    if (record_.gates.empty()) {
      return;
    }
    out_.varint(record_.gates.size());
    for (const GateRecord& gate : record_.gates) {
      out_.varint(gate.gate);
      out_.u8(static_cast<std::uint8_t>(bit_if(gate.allowed, verdict_allowed) |
                                        bit_if(gate.is_bypassed, verdict_bypassed)));
      if (gate.is_bypassed) {
        out_.sized_bytes(bytes_of(gate.approver));
        out_.sized_bytes(bytes_of(gate.reason));
      }
    }
  }

  void events() {
    if (record_.events.empty()) {
      return;
    }
    out_.varint(record_.events.size());
    for (const EventRecord& each : record_.events) {
      event(each);
    }
  }

  void event(const EventRecord& event) {
    out_.varint(event.kind);
    out_.u8(static_cast<std::uint8_t>(
        bit_if(event.has_cause, event_cause) |
        bit_if(event.about == EventRecord::About::Declared, event_declared) |
        bit_if(event.about == EventRecord::About::Named, event_named)));
    if (event.has_cause) {
      place(event.cause);
    }
    if (event.about == EventRecord::About::Named) {
      out_.sized_bytes(bytes_of(event.coordinate.entity));
      out_.sized_bytes(bytes_of(event.coordinate.scope));
    }
    if (event.about != EventRecord::About::Nothing) {
      out_.varint(event.version);
    }
    if (event.version > 1) {
      place(event.ancestor);
      out_.bytes(event.ancestor_hash);
    }
    out_.sized_bytes(event.payload);
  }

  const TransactionRecord& record_;
  GrowingByteWriter& out_;
};

/// Reads one record. What is wrong is remembered by the reader, and asked for at the end.
class Decoder final {
 public:
  Decoder(std::span<const std::byte> bytes, TransactionRecord& record,
          std::vector<GateRecord>& gates, std::vector<EventRecord>& events)
      : reader_(bytes), record_(record), gates_(gates), events_(events) {}

  Result<> run() {
    record_ = {};
    gates_.clear();
    events_.clear();
    CAIRN_TRY(version());
    const std::uint8_t parts = reader_.u8("parts");
    head();
    outcome();
    intent(parts);
    if ((parts & cause_part) != 0) {
      record_.has_cause = true;
      record_.cause = place("cause", false);
    }
    if ((parts & timer_part) != 0) {
      record_.timer = reader_.varint("timer");
      require(record_.timer != 0, "timer", "is 0");
    }
    if ((parts & gates_part) != 0) {
      gates();
    }
    if ((parts & delta_part) != 0) {
      record_.delta = reader_.sized_bytes(journal_delta_bytes_max, "delta");
      require(!record_.delta.empty(), "delta", "is said to be there and is empty");
    }
    if ((parts & events_part) != 0) {
      events();
    }
    const bool accepted = record_.outcome == OutcomeKind::Accepted;
    require(accepted || events_.empty(), "events", "are there, though the command did nothing");
    require(accepted || record_.delta.empty() || record_.timer != 0, "delta",
            "is there, though the command did nothing");
    record_.gates = gates_;
    record_.events = events_;
    return reader_.expect_end("transaction");
  }

 private:
  void require(bool condition, std::string_view what, const char* why) {
    if (!condition && !reader_.failed()) {
      reader_.reject(what, why);
    }
  }

  Result<> version() {
    const std::uint8_t version = reader_.u8("format version");
    CAIRN_TRY(reader_.status());
    if (version != format_version) {
      return fail(Error(version > format_version ? Errc::Unsupported : Errc::Corrupt,
                        "the transaction is of format version " + std::to_string(version) +
                            ", and this program reads version " + std::to_string(format_version))
                      .advise("read it with a newer release"));
    }
    return {};
  }

  void head() {
    record_.position = Seq(reader_.varint("position"));
    require(record_.position != Seq(0), "position", "is 0: the first is 1");
    record_.time = reader_.i64("time");
    record_.schema = static_cast<std::uint32_t>(reader_.varint_up_to(UINT32_MAX, "schema"));
    record_.kind = kind("command kind");
    record_.command = reader_.sized_bytes(limits::encoded_bytes_max, "command");
  }

  std::uint16_t kind(std::string_view what) {
    const auto kind = static_cast<std::uint16_t>(reader_.varint_up_to(UINT16_MAX, what));
    require(kind != 0, what, "is 0: the first is 1");
    return kind;
  }

  void outcome() {
    const std::uint8_t outcome = reader_.u8("outcome");
    require(outcome <= static_cast<std::uint8_t>(OutcomeKind::Faulted), "outcome", "is not known");
    record_.outcome = static_cast<OutcomeKind>(outcome);
    switch (record_.outcome) {
      case OutcomeKind::Accepted:
        return;
      case OutcomeKind::Rejected:
        record_.code = static_cast<std::uint16_t>(reader_.varint_up_to(UINT16_MAX, "reject code"));
        require(record_.code != 0, "reject code", "is 0");
        record_.detail = reader_.sized_bytes(limits::encoded_bytes_max, "reject detail");
        return;
      case OutcomeKind::Denied:
        record_.gate =
            static_cast<std::uint16_t>(reader_.varint_up_to(limits::domain_gates_max - 1, "gate"));
        return;
      case OutcomeKind::Faulted: {
        const std::uint8_t fault = reader_.u8("fault");
        require(fault <= static_cast<std::uint8_t>(FaultKind::Quarantined), "fault",
                "is not known");
        record_.fault = static_cast<FaultKind>(fault);
        return;
      }
    }
  }

  void intent(std::uint8_t parts) {
    require((parts & (client_part | key_part)) != (client_part | key_part), "parts",
            "has two intents");
    if ((parts & client_part) != 0) {
      record_.intent.kind = Intent::Kind::Client;
      record_.intent.client = uuid("client");
      record_.intent.number = reader_.varint("client's number");
    } else if ((parts & key_part) != 0) {
      record_.intent.kind = Intent::Kind::Key;
      record_.intent.key = text(journal_key_bytes_max, "idempotency key");
      require(!record_.intent.key.empty(), "idempotency key", "is empty");
    }
    if ((parts & correlation_part) != 0) {
      record_.has_correlation = true;
      record_.correlation = uuid("correlation");
    }
  }

  Uuid uuid(std::string_view what) {
    Uuid uuid;
    const std::span<const std::byte> bytes = reader_.bytes(uuid.bytes.size(), what);
    std::ranges::copy(bytes, uuid.bytes.begin());
    return uuid;
  }

  std::string_view text(std::size_t size_max, std::string_view what) {
    const std::string_view text = text_of(reader_.sized_bytes(size_max, what));
    require(is_utf8(text), what, "is not UTF-8");
    return text;
  }

  /// An event of an earlier transaction; or, where that may be, an earlier one of this.
  EventPlace place(std::string_view what, bool may_be_here) {
    const std::uint64_t back = reader_.varint(what);
    const auto event =
        static_cast<std::uint32_t>(reader_.varint_up_to(journal_events_max - 1, what));
    const bool is_here = back == 0;
    require(back < record_.position.value(), what, "lies before the first transaction");
    require(!is_here || (may_be_here && event < events_.size()), what, "is no earlier event");
    return {.transaction = Seq(record_.position.value() - back), .event = event};
  }

  void gates() {
    const std::uint64_t count = reader_.varint_up_to(limits::domain_gates_max, "number of gates");
    require(count != 0, "number of gates", "is 0");
    for (std::uint64_t i = 0; i < count && !reader_.failed(); ++i) {
      GateRecord& gate = gates_.emplace_back();
      gate.gate =
          static_cast<std::uint16_t>(reader_.varint_up_to(limits::domain_gates_max - 1, "gate"));
      const std::uint8_t verdict = reader_.u8("verdict");
      require(verdict <= (verdict_allowed | verdict_bypassed), "verdict", "is not known");
      gate.allowed = (verdict & verdict_allowed) != 0;
      gate.is_bypassed = (verdict & verdict_bypassed) != 0;
      if (gate.is_bypassed) {
        gate.approver = text(journal_key_bytes_max, "approver");
        gate.reason = text(journal_reason_bytes_max, "reason");
        require(!gate.approver.empty() && !gate.reason.empty(), "bypass",
                "lacks its approver or its reason");
      }
    }
  }

  void events() {
    const std::uint64_t count = reader_.varint_up_to(journal_events_max, "number of events");
    require(count != 0, "number of events", "is 0");
    for (std::uint64_t i = 0; i < count && !reader_.failed(); ++i) {
      EventRecord one;
      event(one);
      events_.push_back(one);
    }
  }

  void event(EventRecord& event) {
    event.kind = kind("event kind");
    const std::uint8_t parts = reader_.u8("event parts");
    require(parts < (event_named << 1U) && parts != (event_declared | event_named) &&
                parts != (event_cause | event_declared | event_named),
            "event parts", "are not known");
    if ((parts & event_cause) != 0) {
      event.has_cause = true;
      event.cause = place("event's cause", true);
    }
    if ((parts & event_named) != 0) {
      event.about = EventRecord::About::Named;
      event.coordinate.entity = text(journal_entity_bytes_max, "entity");
      event.coordinate.scope = text(journal_entity_bytes_max, "scope");
      require(!event.coordinate.entity.empty(), "entity", "is empty");
    } else if ((parts & event_declared) != 0) {
      event.about = EventRecord::About::Declared;
    }
    if (event.about != EventRecord::About::Nothing) {
      version(event);
    }
    event.payload = reader_.sized_bytes(limits::encoded_bytes_max, "event");
  }

  void version(EventRecord& event) {
    event.version = reader_.varint("event's version");
    require(event.version != 0, "event's version", "is 0: the first is 1");
    if (event.version > 1) {
      event.ancestor = place("ancestor", true);
      const std::span<const std::byte> hash =
          reader_.bytes(event.ancestor_hash.size(), "ancestor's hash");
      std::ranges::copy(hash, event.ancestor_hash.begin());
    }
  }

  ByteReader reader_;
  TransactionRecord& record_;
  std::vector<GateRecord>& gates_;
  std::vector<EventRecord>& events_;
};

}  // namespace

void encode(const TransactionRecord& record, GrowingByteWriter& out) {
  Encoder(record, out).run();
}

Result<const TransactionRecord*> TransactionReader::read(std::span<const std::byte> bytes) {
  CAIRN_TRY(Decoder(bytes, record_, gates_, events_).run());
  return &record_;
}

EventHash event_hash(const Digest& digest) noexcept {
  return half_of(digest);
}

EventHash hash_of(const EventRecord& event, GrowingByteWriter& scratch) {
  encode_content(event, scratch);
  return event_hash(blake3_padded(scratch.written()));
}

void encode_content(const EventRecord& event, GrowingByteWriter& content) {
  content.clear();
  content.varint(event.kind);
  content.u8(static_cast<std::uint8_t>(event.about));
  content.sized_bytes(bytes_of(event.coordinate.entity));
  content.sized_bytes(bytes_of(event.coordinate.scope));
  content.varint(event.version);
  content.sized_bytes(event.payload);
}

std::optional<RequestHash> hash_of(const Intent& intent, GrowingByteWriter& scratch) {
  scratch.clear();
  scratch.u8(static_cast<std::uint8_t>(intent.kind));
  switch (intent.kind) {
    case Intent::Kind::None:
      return std::nullopt;
    case Intent::Kind::Client:
      scratch.bytes(intent.client.bytes);
      scratch.varint(intent.number);
      break;
    case Intent::Kind::Key:
      scratch.bytes(bytes_of(intent.key));
      break;
  }
  return half_of(blake3(scratch.written()));
}

}  // namespace cairn::journal
