// SPDX-License-Identifier: Apache-2.0
#include "store/committer.h"

#include <algorithm>
#include <exception>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "journal/own_event.h"

namespace cairn::store {

namespace {

journal::Coordinate coordinate_of(const NewEvent& event) noexcept {
  return {.entity = event.entity, .scope = event.scope};
}

std::string name_of(const NewEvent& event) {
  return event.scope.empty() ? std::string(event.entity)
                             : fmt::format("{} in {}", event.entity, event.scope);
}

std::unexpected<Error> unexpected(const NewEvent& event, std::uint64_t version) {
  if (event.kind == journal::consumer_moved_kind) {
    return fail(
        Error(Errc::Conflict, fmt::format("consumer {} has moved {} times, and {} were known",
                                          event.entity, version, event.expected.version()))
            .advise("somebody else goes by its name: begin again where it stands now"));
  }
  const std::string there =
      version == 0 ? "has no event" : fmt::format("has come to version {}", version);
  const auto wanted = [&]() -> std::string {
    switch (event.expected.kind()) {
      case Expected::Kind::None:
        return "none was expected";
      case Expected::Kind::Exists:
        return "at least one was expected";
      case Expected::Kind::Exactly:
        return fmt::format("version {} was expected", event.expected.version());
      case Expected::Kind::Any:
        break;
    }
    return "anything was expected";
  };
  return fail(Error(Errc::Conflict, fmt::format("{} {}: {}", name_of(event), there, wanted()))
                  .advise("read it again and decide anew"));
}

}  // namespace

Committer::Committer(log::Writer& writer, Lookup& lookup, const schema::Schema& schema,
                     Options options)
    : writer_(writer),
      lookup_(lookup),
      schema_(schema),
      options_(std::move(options)),
      gates_(schema.domain().gates.size()),
      heads_(options_.remembered_max),
      requests_(options_.remembered_max) {}

Result<std::unique_ptr<Committer>> Committer::make(log::Writer& writer, Lookup& lookup,
                                                   const schema::Schema& schema, Options options) {
  std::unique_ptr<Committer> committer(new Committer(writer, lookup, schema, std::move(options)));
  for (const GateFunction& gate : committer->options_.gates) {
    CAIRN_TRY(const std::uint16_t position, committer->find_gate(gate.name));
    if (std::exchange(committer->gates_[position], &gate) != nullptr) {
      return fail(Errc::InvalidArgument, fmt::format("gate {} is given twice", gate.name));
    }
  }
  return committer;
}

Result<std::uint16_t> Committer::find_gate(std::string_view name) const {
  const auto gates = schema_.domain().gates;
  const auto found = std::ranges::find(gates, name, &RuleInfo::name);
  if (found == gates.end()) {
    return fail(
        Error(Errc::InvalidArgument, fmt::format("{} has no gate {}", schema_.domain().name, name))
            .advise("list it in the domain's Gates"));
  }
  return static_cast<std::uint16_t>(found - gates.begin());
}

Result<Answer> Committer::offer(const Append& append, Timestamp now) {
  const auto request = hash_of(intent_of(append.request), scratch_);
  ContentHash content = {};
  if (request) {
    content = content_of(append, scratch_);
    CAIRN_TRY(const std::optional<Answer> known, answered(*request, content));
    if (known) {
      return *known;
    }
  }
  CAIRN_TRY(draft_events(append, writer_.next()));
  CAIRN_TRY(ask_gates(append));
  CAIRN_TRY(const Answer answer, stage(append, content, now));
  if (request) {
    requests_.put(*request, answer, answer.sequence, lookup_.settled());
  }
  return answer;
}

/// The answer to the same request, when it was made before.
Result<std::optional<Answer>> Committer::answered(const journal::RequestHash& request,
                                                  const ContentHash& content) {
  const Answer* known = requests_.find(request);
  std::optional<Answer> old;
  if (known == nullptr) {
    CAIRN_TRY(old, lookup_.answer(request));
    known = old ? &*old : nullptr;
  }
  if (known == nullptr) {
    return std::nullopt;
  }
  if (known->content != content) {
    return fail(
        Error(Errc::Conflict, fmt::format("the same request was made before with other events, as "
                                          "transaction {}",
                                          known->sequence))
            .advise("a new request needs a key of its own"));
  }
  return *known;
}

Result<Head> Committer::head_of(const journal::Coordinate& coordinate) {
  if (const Head* const known = heads_.find(coordinate)) {
    return *known;
  }
  return lookup_.head(coordinate);
}

Result<> Committer::draft_events(const Append& append, std::uint64_t sequence) {
  draft_.events.clear();
  draft_.versions.clear();
  draft_.gates.clear();
  draft_.latest.clear();
  draft_.denied_by.reset();
  for (const NewEvent& event : append.events) {
    CAIRN_TRY(draft_event(event, sequence));
  }
  draft_.shown = static_cast<std::uint32_t>(draft_.events.size());
  if (append.move) {
    CAIRN_TRY(draft_move(*append.move, sequence));
  }
  hash_draft(sequence);
  return {};
}

/// What an event says of its ancestor is no part of its hash: so they are hashed together, and
/// those that follow one of the same append are told then.
void Committer::hash_draft(std::uint64_t sequence) {
  hasher_.begin(draft_.events.size());
  for (const journal::EventRecord& event : draft_.events) {
    hasher_.add(event);
  }
  draft_.hashes = hasher_.finish();
  for (journal::EventRecord& event : draft_.events) {
    if (event.version > 1 && event.ancestor.transaction.value() == sequence) {
      event.ancestor_hash = draft_.hashes[event.ancestor.event];
    }
  }
}

Result<> Committer::draft_move(const ConsumerMove& move, std::uint64_t sequence) {
  journal::encode_move(move.next, move_);
  const journal::Coordinate at = journal::coordinate_of(move.consumer);
  return draft_event(
      {.entity = at.entity,
       .scope = at.scope,
       .kind = journal::consumer_moved_kind,
       .bytes = move_.written(),
       .expected = move.moves == 0 ? Expected::none() : Expected::exactly(move.moves)},
      sequence);
}

Result<> Committer::draft_event(const NewEvent& event, std::uint64_t sequence) {
  const journal::Coordinate coordinate = coordinate_of(event);
  Head head;
  std::uint64_t version_before = 0;
  const auto latest = draft_.latest.find(coordinate);
  if (latest == draft_.latest.end()) {
    CAIRN_TRY(head, head_of(coordinate));
    version_before = head.version;
  } else {
    const journal::EventRecord& earlier = draft_.events[latest->second];
    head = {.place = {.transaction = Seq(sequence), .event = latest->second},
            .version = earlier.version};
    version_before = draft_.versions[latest->second];
  }
  if (!event.expected.holds(version_before)) {
    return unexpected(event, version_before);
  }
  draft_.versions.push_back(version_before);
  journal::EventRecord drafted = {.kind = event.kind,
                                  .payload = event.bytes,
                                  .about = journal::EventRecord::About::Named,
                                  .coordinate = coordinate,
                                  .version = head.version + 1};
  if (head.version > 0) {
    drafted.ancestor = head.place;
    drafted.ancestor_hash = head.hash;
  }
  if (event.cause) {
    EventId cause = *event.cause;
    cause.sequence = cause.sequence == every_sequence ? sequence : cause.sequence;
    CAIRN_TRY(check_cause(cause, sequence));
    drafted.has_cause = true;
    drafted.cause = {.transaction = Seq(cause.sequence), .event = cause.event};
  }
  draft_.latest.insert_or_assign(coordinate, static_cast<std::uint32_t>(draft_.events.size()));
  draft_.events.push_back(drafted);
  return {};
}

/// An event is caused by one that is there, possibly of the same append.
Result<> Committer::check_cause(EventId cause, std::uint64_t sequence) {
  std::uint64_t events = 0;
  if (cause.sequence == sequence) {
    events = draft_.events.size();
  } else if (cause.sequence < sequence && sequence - cause.sequence <= counts_.size()) {
    events = counts_[counts_.size() - (sequence - cause.sequence)];
  } else if (cause.sequence < sequence) {
    CAIRN_TRY(events, lookup_.events_of(cause.sequence));
  }
  if (cause.event >= events) {
    return fail(Errc::InvalidArgument,
                fmt::format("{}.{} is no event before this one, so it is no cause", cause.sequence,
                            cause.event));
  }
  return {};
}

Result<> Committer::ask_gates(const Append& append) {
  for (const std::string_view name : append.gates) {
    CAIRN_TRY(const std::uint16_t gate, find_gate(name));
    if (gates_[gate] == nullptr) {
      return fail(Error(Errc::InvalidArgument, fmt::format("nobody judges gate {}", name))
                      .advise("give its function when the store is opened"));
    }
    bool allowed = false;
    try {
      allowed = gates_[gate]->allows({.events = append.events, .versions = draft_.versions});
    } catch (const std::exception& thrown) {
      return fail(Errc::InvalidArgument, fmt::format("gate {} threw: {}", name, thrown.what()));
    } catch (...) {
      return fail(Errc::InvalidArgument, fmt::format("gate {} threw", name));
    }
    draft_.gates.push_back({.gate = gate, .allowed = allowed});
    if (!allowed) {
      draft_.denied_by = gate;
      return {};
    }
  }
  return {};
}

Result<Answer> Committer::stage(const Append& append, const ContentHash& content, Timestamp now) {
  const std::uint64_t sequence = writer_.next();
  const std::int64_t time = std::max(options_.last_time, now.nanoseconds);
  journal::TransactionRecord record = {
      .position = Seq(sequence),
      .time = time,
      .schema = options_.schema,
      .kind = static_cast<std::uint16_t>(journal::SystemKind::Append),
      .intent = intent_of(append.request),
      .has_correlation = append.correlation.has_value(),
      .correlation = append.correlation.value_or(Uuid()),
      .gates = draft_.gates,
      .events = draft_.events};
  Answer answer = {.sequence = sequence,
                   .time = time,
                   .version = draft_.shown == 0 ? 0 : draft_.events[draft_.shown - 1].version,
                   .count = draft_.shown,
                   .content = content};
  if (draft_.denied_by) {
    record.outcome = OutcomeKind::Denied;
    record.gate = *draft_.denied_by;
    record.events = {};
    // Whoever makes the request again is told the same, if it is the same.
    if (record.intent.kind != journal::Intent::Kind::None) {
      record.command = content;
    }
    answer = {.sequence = sequence,
              .time = time,
              .is_denied = true,
              .gate = record.gate,
              .schema = record.schema,
              .content = content};
  }
  record_.clear();
  encode(record, record_);
  CAIRN_TRY(writer_.stage(record_.written()));
  options_.last_time = time;
  note_count(sequence, record.events.size());
  if (!draft_.denied_by) {
    keep_heads(sequence);
  }
  return answer;
}

void Committer::note_count(std::uint64_t sequence, std::size_t events) {
  events_ += events;
  counts_.push_back(static_cast<std::uint32_t>(events));
  for (std::uint64_t settled = lookup_.settled();
       !counts_.empty() && sequence - counts_.size() < settled;) {
    counts_.pop_front();
  }
}

/// What was staged is what the next append builds on.
void Committer::keep_heads(std::uint64_t sequence) {
  for (std::uint32_t i = 0; i < draft_.events.size(); ++i) {
    const journal::EventRecord& event = draft_.events[i];
    heads_.put(event.coordinate,
               Head{.place = {.transaction = Seq(sequence), .event = i},
                    .version = event.version,
                    .hash = draft_.hashes[i]},
               sequence, lookup_.settled());
  }
}

Result<std::uint64_t> Committer::record(journal::TransactionRecord record, Timestamp now) {
  record.position = Seq(writer_.next());
  record.time = std::max(options_.last_time, now.nanoseconds);
  record.schema = options_.schema;
  record_.clear();
  encode(record, record_);
  CAIRN_TRY(const std::uint64_t sequence, writer_.stage(record_.written()));
  options_.last_time = record.time;
  note_count(sequence, record.events.size());
  return sequence;
}

}  // namespace cairn::store
