// SPDX-License-Identifier: Apache-2.0
#include "journal/importer.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "journal/print.h"

namespace cairn::journal {

namespace {

/// Appends under way at once: enough for large batches.
constexpr std::size_t window = 1024;
constexpr std::size_t origin_digits = 32;

Error at_line(Error error, std::uint64_t line) {
  return std::move(error).at(fmt::format("line {}", line));
}

}  // namespace

Result<Generations> Generations::from_idls(const std::vector<std::string>& idls) {
  Generations made;
  std::map<std::uint16_t, const StructInfo*> newest;
  for (const std::string& idl : idls) {
    CAIRN_TRY(schema::Schema schema, schema::Schema::from_idl(idl));
    std::vector<const StructInfo*>& events = made.events_.emplace_back();
    for (const StructInfo* const event : schema.domain().events) {
      const StructInfo*& known = newest[event->kind];
      StructInfo& copy = made.structs_.emplace_back(*event);
      copy.older = known != nullptr && known->version == copy.version ? known->older : known;
      known = &copy;
      events.push_back(&copy);
    }
    made.schemas_.push_back(std::move(schema));
  }
  return made;
}

DomainInfo Generations::domain(std::uint32_t number) const {
  DomainInfo domain = schemas_[number - 1].domain();
  domain.events = events_[number - 1];
  return domain;
}

Result<std::unique_ptr<Importer>> Importer::begin(std::string_view header, Open open) {
  auto read = parse_export_header(header);
  if (!read) {
    return fail(at_line(std::move(read).error(), 1));
  }
  std::vector<std::string> idls = std::move(read->older);
  idls.push_back(std::move(read->schema));
  auto generations = Generations::from_idls(idls);
  if (!generations) {
    return fail(at_line(std::move(generations).error().at("$.schema"), 1));
  }
  return std::unique_ptr<Importer>(
      new Importer(*std::move(generations), read->origin, std::move(open)));
}

Importer::Importer(Generations generations, const Digest& origin, Open open)
    : generations_(std::move(generations)),
      origin_(origin.to_string().substr(0, origin_digits)),
      open_(std::move(open)),
      reader_(generations_.schemas()) {}

/// The store goes on with a later schema when all that was stated in earlier ones is there. One
/// that has a later schema already, as of an earlier import, keeps it.
Result<> Importer::open_for(std::uint32_t schema) {
  if (store_ != nullptr && schema <= schema_) {
    return {};
  }
  CAIRN_TRY(close());
  auto opened = open_(generations_.domain(schema));
  while (!opened && opened.error().code() == Errc::Conflict && schema < generations_.count()) {
    ++schema;
    opened = open_(generations_.domain(schema));
  }
  CAIRN_TRY(store_, std::move(opened));
  schema_ = schema;
  reader_.restate_in(schema);
  return {};
}

Result<> Importer::close() {
  if (store_ == nullptr) {
    return {};
  }
  CAIRN_TRY(take_all());
  return std::exchange(store_, nullptr)->close();
}

Result<std::optional<EventId>> Importer::cause_of(const ExportedEvent& event,
                                                  std::uint64_t sequence) {
  if (!event.cause) {
    return std::nullopt;
  }
  const std::uint64_t cause = event.cause->transaction.value();
  if (cause == sequence) {
    return store::of_this_append(event.cause->event);
  }
  while (!under_way_.empty() && under_way_.front().sequence <= cause) {
    CAIRN_TRY(take_oldest());
  }
  const auto found = std::ranges::lower_bound(places_, cause, {}, &Moved::from);
  if (found == places_.end() || found->from != cause) {
    return fail(Errc::NotFound, fmt::format("its cause {} is not among the lines before it",
                                            to_string(*event.cause)));
  }
  return EventId{.sequence = found->to, .event = event.cause->event};
}

Result<> Importer::add(std::string_view line, std::uint64_t number) {
  auto read = reader_.read(line);
  if (read && (*read)->schema > schema_) {
    CAIRN_TRY(open_for((*read)->schema));
    // The store may turn out to have a later one.
    read = reader_.read(line);
  }
  if (!read) {
    return fail(at_line(std::move(read).error(), number));
  }
  return add(**read, number);
}

Result<> Importer::add(const ExportedTransaction& transaction, std::uint64_t line) {
  if (transaction.sequence <= last_) {
    return fail(at_line(
        Error(Errc::Corrupt, fmt::format("transaction {} follows {}", transaction.sequence, last_)),
        line));
  }
  last_ = transaction.sequence;
  if (const auto& move = transaction.move) {
    stands_[move->consumer] = {.line = line, .sequence = transaction.sequence, .next = move->next};
  }
  if (transaction.events.empty()) {
    counts_.left_out += transaction.move ? 0U : 1U;
    return {};
  }
  std::vector<store::NewEvent> events;
  for (const ExportedEvent& event : transaction.events) {
    auto cause = cause_of(event, transaction.sequence);
    if (!cause) {
      return fail(at_line(std::move(cause).error(), line));
    }
    events.push_back({.entity = event.entity,
                      .scope = event.scope,
                      .kind = event.kind,
                      .bytes = event.bytes,
                      .cause = *cause});
  }
  const std::string key = fmt::format("import/{}/{}", origin_, transaction.sequence);
  return start(
      {.events = events, .request = {.key = key}, .correlation = transaction.correlation},
      {.line = line, .sequence = transaction.sequence, .events = events.size(), .pending = {}});
}

Result<> Importer::start(const store::Append& append, UnderWay what) {
  if (under_way_.size() == window) {
    CAIRN_TRY(take_oldest());
  }
  auto started = store_->start(append);
  if (!started) {
    return fail(at_line(std::move(started).error(), what.line));
  }
  what.pending = *std::move(started);
  under_way_.push_back(std::move(what));
  return {};
}

Result<> Importer::take_oldest() {
  const UnderWay oldest = std::move(under_way_.front());
  under_way_.pop_front();
  const auto done = oldest.pending->wait(seconds(INT64_MAX / 2'000'000'000));
  if (!done) {
    return fail(at_line(Error(done.error()), oldest.line));
  }
  if (oldest.events == 0) {
    counts_.consumers += done->is_repeat ? 0U : 1U;
    return {};
  }
  places_.push_back({.from = oldest.sequence, .to = done->sequence});
  (done->is_repeat ? counts_.repeated : counts_.appended) += 1;
  counts_.events += done->is_repeat ? 0 : oldest.events;
  return {};
}

/// Where somebody stands here who had come to `next` there. What it names may be left out here, or
/// not have been there yet: then it is behind what was before that.
EventId Importer::place_now(EventId next) const {
  const auto behind = std::ranges::upper_bound(places_, next.sequence, {}, &Moved::from);
  if (behind == places_.begin()) {
    return places_.empty() ? EventId() : EventId{.sequence = places_.front().to, .event = 0};
  }
  const Moved& last = behind[-1];
  return last.from == next.sequence ? EventId{.sequence = last.to, .event = next.event}
                                    : EventId{.sequence = last.to + 1, .event = 0};
}

/// Each to where it stood at last, unless it has come further here.
Result<> Importer::move_consumers() {
  for (const auto& [consumer, stand] : stands_) {
    CAIRN_TRY(const store::ConsumerPosition position, store_->position(consumer));
    const EventId place = place_now(stand.next);
    if (place <= position.next) {
      continue;
    }
    const std::string key = fmt::format("import/{}/{}/move", origin_, stand.sequence);
    CAIRN_TRY(start(
        {.move = store::ConsumerMove{.consumer = consumer, .next = place, .moves = position.moves},
         .request = {.key = key}},
        {.line = stand.line, .sequence = stand.sequence, .events = 0, .pending = {}}));
  }
  return {};
}

Result<> Importer::take_all() {
  while (!under_way_.empty()) {
    CAIRN_TRY(take_oldest());
  }
  return {};
}

Result<> Importer::finish() {
  CAIRN_TRY(open_for(generations_.count()));
  CAIRN_TRY(take_all());
  CAIRN_TRY(move_consumers());
  return close();
}

}  // namespace cairn::journal
