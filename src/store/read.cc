// SPDX-License-Identifier: Apache-2.0
#include "store/read.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "cairn/limits.h"

namespace cairn::store {

namespace {

/// Places that are looked up at a time.
constexpr std::size_t places_max = 256;

constexpr std::uint32_t last_event = ~std::uint32_t{0};

EventId id_of(const journal::EventPlace& place) noexcept {
  return {.sequence = place.transaction.value(), .event = place.event};
}

bool is_everything(const Region& region) noexcept {
  return !region.entity && !region.entity_prefix && !region.scope && region.kinds.empty() &&
         !region.correlation && !region.cause;
}

/// Those of consumers, for instance.
bool is_own(const EventRef& event) noexcept {
  return event.kind > limits::kind_max;
}

/// Whether to go on.
Result<bool> show(const EventRef& event, const TakeEvent& take) {
  return is_own(event) ? Result<bool>(true) : take(event);
}

/// In the order of the log, without an index.
Result<> scan_forward(const Source& source, Cursor& cursor, std::uint64_t through,
                      const TakeEvent& take) {
  journal::HistoryReader& reader = source.reader;
  CAIRN_TRY(reader.seek(Seq(cursor.next.sequence)));
  while (cursor.next.sequence <= through) {
    CAIRN_TRY(const journal::HistoryEntry* const entry, reader.next());
    if (entry == nullptr) {
      return {};
    }
    const journal::TransactionRecord& record = *entry->record;
    while (cursor.next.event < record.events.size()) {
      CAIRN_TRY(const bool goes_on, show(event_of(record, source.types, cursor.next.event), take));
      ++cursor.next.event;
      if (!goes_on) {
        return {};
      }
    }
    cursor.next = {.sequence = cursor.next.sequence + 1, .event = 0};
  }
  return {};
}

/// The cursor's event is the next one to be shown, if there is one.
Result<> scan_backward(const Source& source, Cursor& cursor, const TakeEvent& take) {
  journal::HistoryReader& reader = source.reader;
  CAIRN_TRY(const Seq oldest, reader.first());
  while (cursor.next.sequence >= oldest.value()) {
    CAIRN_TRY(const journal::HistoryEntry* const entry, reader.at(Seq(cursor.next.sequence)));
    const journal::TransactionRecord& record = *entry->record;
    std::size_t left =
        std::min<std::size_t>(record.events.size(), std::size_t{cursor.next.event} + 1);
    bool goes_on = true;
    while (left > 0 && goes_on) {
      --left;
      CAIRN_TRY(goes_on,
                show(event_of(record, source.types, static_cast<std::uint32_t>(left)), take));
      cursor.next = left > 0 ? EventId{.sequence = cursor.next.sequence,
                                       .event = static_cast<std::uint32_t>(left - 1)}
                             : EventId{.sequence = cursor.next.sequence - 1, .event = last_event};
    }
    if (!goes_on) {
      return {};
    }
    if (record.events.empty()) {
      cursor.next = {.sequence = cursor.next.sequence - 1, .event = last_event};
    }
  }
  return {};
}

/// Where the cursor stands behind an event.
EventId behind(EventId id, bool backward) noexcept {
  if (!backward) {
    return {.sequence = id.sequence, .event = id.event + 1};
  }
  return id.event > 0 ? EventId{.sequence = id.sequence, .event = id.event - 1}
                      : EventId{.sequence = id.sequence - 1, .event = last_event};
}

bool is_gone(const Source& source, const journal::EventPlace& place) {
  const auto first = source.reader.first();
  return first && place.transaction < *first;
}

Result<> scan_region(const Source& source, const Region& region, Cursor& cursor,
                     std::uint64_t through, const TakeEvent& take) {
  std::vector<journal::EventPlace> places;
  while (true) {
    journal::Cursor at = {.next = cursor.next, .through = through};
    if (cursor.backward) {
      at.direction = journal::Direction::Backward;
      at.through = 0;
    }
    places.clear();
    CAIRN_TRY(source.index.find(region, at, places_max, places));
    for (const journal::EventPlace& place : places) {
      const auto event = read_event(source.reader, source.types, id_of(place));
      if (!event) {
        // Archived meanwhile: what is kept ends here.
        return cursor.backward && is_gone(source, place) ? Result<>() : fail(event.error());
      }
      CAIRN_TRY(const bool goes_on, show(*event, take));
      cursor.next = behind(event->id, cursor.backward);
      if (!goes_on) {
        return {};
      }
    }
    cursor.next = at.next;
    if (places.size() < places_max) {
      return {};
    }
  }
}

}  // namespace

EventRef event_of(const journal::TransactionRecord& record, const TypeVersions& types,
                  std::uint32_t index) noexcept {
  const journal::EventRecord& event = record.events[index];
  EventRef shown = {.id = {.sequence = record.position.value(), .event = index},
                    .time = Timestamp{record.time},
                    .kind = event.kind,
                    .entity = event.coordinate.entity,
                    .scope = event.coordinate.scope,
                    .version = event.version,
                    .type_version = types.of(record.schema, event.kind),
                    .bytes = event.payload};
  if (event.has_cause) {
    shown.cause = id_of(event.cause);
  }
  if (event.version > 1) {
    shown.ancestor = id_of(event.ancestor);
  }
  if (record.has_correlation) {
    shown.correlation = record.correlation;
  }
  return shown;
}

StoredEvent keep(const EventRef& event) {
  return {.id = event.id,
          .time = event.time,
          .kind = event.kind,
          .entity = std::string(event.entity),
          .scope = std::string(event.scope),
          .version = event.version,
          .type_version = event.type_version,
          .bytes = {event.bytes.begin(), event.bytes.end()},
          .cause = event.cause,
          .ancestor = event.ancestor,
          .correlation = event.correlation};
}

Result<EventRef> read_event(journal::HistoryReader& reader, const TypeVersions& types, EventId id) {
  CAIRN_TRY(const journal::HistoryEntry* const entry, reader.at(Seq(id.sequence)));
  const journal::TransactionRecord& record = *entry->record;
  if (id.event >= record.events.size()) {
    return fail(Errc::NotFound, fmt::format("transaction {} has {} events, so none with number {}",
                                            id.sequence, record.events.size(), id.event));
  }
  return event_of(record, types, id.event);
}

Result<> scan(const Source& source, const Region& region, Cursor& cursor, std::uint64_t through,
              const TakeEvent& take) {
  CAIRN_TRY(source.reader.refresh());
  if (cursor.backward) {
    if (cursor.next.sequence > through) {
      cursor.next = {.sequence = through, .event = last_event};
    }
  } else if (cursor.next == EventId()) {
    CAIRN_TRY(const Seq oldest, source.reader.first());
    cursor.next.sequence = oldest.value();
  }
  if (!cursor.backward && cursor.next.sequence > through) {
    return {};
  }
  if (!is_everything(region)) {
    return scan_region(source, region, cursor, through, take);
  }
  return cursor.backward ? scan_backward(source, cursor, take)
                         : scan_forward(source, cursor, through, take);
}

Result<std::uint64_t> first_at(journal::HistoryReader& reader, Timestamp time,
                               const SequenceRange& range) {
  std::uint64_t sequence = range.first;
  CAIRN_TRY(reader.refresh());
  if (sequence > range.last) {
    return range.last + 1;
  }
  CAIRN_TRY(reader.seek(Seq(sequence)));
  while (sequence <= range.last) {
    CAIRN_TRY(const journal::HistoryEntry* const entry, reader.next());
    if (entry == nullptr || entry->record->time >= time.nanoseconds) {
      break;
    }
    ++sequence;
  }
  return sequence;
}

}  // namespace cairn::store
