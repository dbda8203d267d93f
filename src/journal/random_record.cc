// SPDX-License-Identifier: Apache-2.0
#include "journal/random_record.h"

#include "cairn/limits.h"

namespace cairn::journal {

std::uint64_t RandomRecord::some_size_of_number() {
  std::uint64_t value = 0;
  choices_.fill(std::as_writable_bytes(std::span(&value, 1)));
  return value >> below(64);
}

std::string_view RandomRecord::text(std::size_t size_min, std::size_t size_max) {
  std::string& made = texts_.emplace_back(size_min + below(size_max - size_min + 1), 'a');
  for (char& letter : made) {
    letter = static_cast<char>('a' + below(26));
  }
  return made;
}

std::span<const std::byte> RandomRecord::bytes(std::size_t size_min, std::size_t size_max) {
  return std::as_bytes(std::span(text(size_min, size_max)));
}

Uuid RandomRecord::uuid() {
  Uuid made;
  choices_.fill(made.bytes);
  return made;
}

/// One that may be named in a record with so many events before it.
EventPlace RandomRecord::earlier(std::size_t events_here) {
  if (record_.position == Seq(1) || (events_here != 0 && below(3) == 0)) {
    return {.transaction = record_.position,
            .event = static_cast<std::uint32_t>(below(events_here))};
  }
  return {.transaction = Seq(1 + some_size_of_number() % (record_.position.value() - 1)),
          .event = static_cast<std::uint32_t>(below(3))};
}

void RandomRecord::outcome() {
  record_.outcome = static_cast<OutcomeKind>(below(3) == 0 ? below(4) : 0);
  record_.code = static_cast<std::uint16_t>(1 + below(UINT16_MAX));
  record_.gate = static_cast<std::uint16_t>(below(limits::domain_gates_max));
  record_.fault = static_cast<FaultKind>(below(12));
  if (record_.outcome != OutcomeKind::Rejected) {
    record_.code = 0;
  } else {
    record_.detail = bytes(0, 20);
  }
  record_.gate = record_.outcome == OutcomeKind::Denied ? record_.gate : std::uint16_t{0};
  record_.fault = record_.outcome == OutcomeKind::Faulted ? record_.fault : FaultKind::Threw;
}

void RandomRecord::gates() {
  gates_.resize(below(3) == 0 ? 1 + below(3) : 0);
  for (GateRecord& gate : gates_) {
    gate = {.gate = static_cast<std::uint16_t>(below(limits::domain_gates_max)),
            .allowed = below(2) == 0,
            .is_bypassed = below(2) == 0};
    if (gate.is_bypassed) {
      gate.approver = text(1, 30);
      gate.reason = text(1, 200);
    }
  }
  record_.gates = gates_;
}

void RandomRecord::events() {
  events_.clear();
  for (std::uint64_t left = below(4); left > 0; --left) {
    EventRecord event = {.kind = static_cast<std::uint16_t>(1 + some_size_of_number() % UINT16_MAX),
                         .payload = bytes(0, 200)};
    const bool has_earlier = record_.position != Seq(1) || !events_.empty();
    event.has_cause = has_earlier && below(2) == 0;
    if (event.has_cause) {
      event.cause = earlier(events_.size());
    }
    event.about = static_cast<EventRecord::About>(below(3));
    if (event.about == EventRecord::About::Named) {
      event.coordinate = {.entity = text(1, 40), .scope = text(0, 10)};
    }
    if (event.about != EventRecord::About::Nothing) {
      event.version = has_earlier && below(2) == 0 ? 2 + some_size_of_number() / 2 : 1;
    }
    if (event.version > 1) {
      event.ancestor = earlier(events_.size());
      choices_.fill(event.ancestor_hash);
    }
    events_.push_back(event);
  }
  record_.events = events_;
}

const TransactionRecord& RandomRecord::next() {
  texts_.clear();
  record_ = {};
  record_.position = Seq(1 + (some_size_of_number() >> 1U));
  record_.time = static_cast<std::int64_t>(some_size_of_number());
  record_.schema = static_cast<std::uint32_t>(some_size_of_number());
  record_.kind = static_cast<std::uint16_t>(1 + some_size_of_number() % UINT16_MAX);
  record_.command = bytes(0, 300);
  outcome();
  record_.intent.kind = static_cast<Intent::Kind>(below(3));
  if (record_.intent.kind == Intent::Kind::Client) {
    record_.intent.client = uuid();
    record_.intent.number = some_size_of_number();
  } else if (record_.intent.kind == Intent::Kind::Key) {
    record_.intent.key = text(1, 100);
  }
  record_.has_correlation = below(2) == 0;
  record_.correlation = record_.has_correlation ? uuid() : Uuid();
  record_.has_cause = record_.position != Seq(1) && below(2) == 0;
  if (record_.has_cause) {
    record_.cause = earlier(0);
  }
  record_.timer = below(3) == 0 ? 1 + (some_size_of_number() >> 1U) : 0;
  gates();
  if (record_.outcome == OutcomeKind::Accepted || record_.timer != 0) {
    record_.delta = bytes(0, 200);
  }
  if (record_.outcome == OutcomeKind::Accepted) {
    events();
  }
  return record_;
}

}  // namespace cairn::journal
