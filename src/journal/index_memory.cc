// SPDX-License-Identifier: Apache-2.0
#include "journal/index_memory.h"

#include <algorithm>

#include "base/check.h"
#include "base/limits.h"
#include "journal/index_term.h"

namespace cairn::journal {

namespace {

/// Lists of more coordinates are not put together for a query: its part in memory is small, and
/// looked through.
constexpr std::size_t lists_max = 256;

}  // namespace

bool IndexMemory::add(std::span<const IndexedTransaction> transactions,
                      std::span<const EventHash> hashes) {
  const std::lock_guard door(door_);
  const std::lock_guard lock(mutex_);
  if (is_frozen_) {
    return false;
  }
  for (const IndexedTransaction& transaction : transactions) {
    add_transaction(transaction, hashes);
  }
  return true;
}

void IndexMemory::add_transaction(const IndexedTransaction& transaction,
                                  std::span<const EventHash>& hashes) {
  const TransactionRecord& record = *transaction.record;
  CAIRN_CHECK(record.position.value() == last_ + 1);
  CAIRN_CHECK(transaction.coordinates.size() == record.events.size());
  CAIRN_CHECK(column_.size() + record.events.size() <= index_events_max);
  for (std::size_t i = 0; i < record.events.size(); ++i) {
    const EventRecord& event = record.events[i];
    const Coordinate& coordinate = transaction.coordinates[i];
    std::uint32_t number = no_coordinate;
    if (!coordinate.entity.empty()) {
      number = place(event, coordinate, hashes.front());
      hashes = hashes.subspan(1);
    }
    add_event(record, event);
    column_.push_back(number);
  }
  add_request(record);
  last_ = record.position.value();
  last_hash_ = transaction.hash;
  ordinals_.push_back(static_cast<std::uint32_t>(column_.size()));
  add_time(record.time);
}

/// The number of the coordinate, of which the event is the last from now on.
std::uint32_t IndexMemory::place(const EventRecord& event, const Coordinate& coordinate,
                                 const EventHash& hash) {
  set_coordinate_key(key_, coordinate);
  const std::uint32_t number = coordinates_.find_or_add(key_);
  if (number == places_.size()) {
    CAIRN_CHECK(is_index_name(coordinate.entity));
    CAIRN_CHECK(is_index_name(coordinate.scope));
    by_name_.emplace(coordinates_.key(number), number);
    set_scope_key(key_, coordinate.scope);
    places_.push_back({.scope = others_.find_or_add(key_)});
  }
  const auto ordinal = static_cast<std::uint32_t>(column_.size());
  Place& there = places_[number];
  there.head = {.version = event.version, .hash = hash};
  coordinates_.push(number, ordinal);
  others_.push(there.scope, ordinal);
  return number;
}

void IndexMemory::add_event(const TransactionRecord& record, const EventRecord& event) {
  const auto ordinal = static_cast<std::uint32_t>(column_.size());
  if (event.kind != last_kind_) {
    set_kind_key(key_, event.kind);
    last_kind_term_ = others_.find_or_add(key_);
    last_kind_ = event.kind;
  }
  others_.push(last_kind_term_, ordinal);
  if (record.has_correlation) {
    set_correlation_key(key_, record.correlation);
    others_.push(others_.find_or_add(key_), ordinal);
  }
  if (event.has_cause || record.has_cause) {
    set_cause_key(key_, event.has_cause ? event.cause : record.cause);
    others_.push(others_.find_or_add(key_), ordinal);
  }
}

/// A request is known by the transaction that first answered it.
void IndexMemory::add_request(const TransactionRecord& record) {
  const auto request = hash_of(record.intent, scratch_);
  if (!request) {
    return;
  }
  set_request_key(key_, *request);
  const std::uint32_t terms = others_.size();
  const std::uint32_t number = others_.find_or_add(key_);
  requests_ += number == terms ? 1U : 0U;
  others_.push(number, static_cast<std::uint32_t>(record.position.value() - first_));
}

void IndexMemory::add_time(std::int64_t time) {
  const std::size_t step = last_ / index_times_step - first_ / index_times_step;
  if (step == times_.size()) {
    times_.push_back(times_.empty() ? time : times_.back());
  }
  times_.back() = std::max(times_.back(), time);
}

bool IndexMemory::freeze() {
  const std::lock_guard door(door_);
  const std::lock_guard lock(mutex_);
  is_frozen_ = last_ >= first_;
  return is_frozen_;
}

std::size_t IndexMemory::bytes() const {
  const Lock held = lock();
  constexpr std::size_t node_bytes = 72;  // of the map, as libraries have it
  return sizeof(*this) + (ordinals_.capacity() + column_.capacity()) * sizeof(std::uint32_t) +
         coordinates_.bytes() + others_.bytes() + places_.capacity() * sizeof(Place) +
         by_name_.size() * node_bytes + times_.capacity() * sizeof(std::int64_t);
}

IndexPart::Lock IndexMemory::lock() const {
  const std::lock_guard door(door_);
  return Lock(mutex_);
}

IndexWords IndexMemory::ordinals(IndexFlaw& /*flaw*/) const {
  return IndexWords(ordinals_);
}

IndexWords IndexMemory::column(IndexFlaw& /*flaw*/) const {
  return IndexWords(column_);
}

IndexWords IndexMemory::postings(std::string_view key, IndexFlaw& /*flaw*/) const {
  const bool is_coordinate = key.front() == static_cast<char>(IndexTag::Coordinate);
  const IndexTable& table = is_coordinate ? coordinates_ : others_;
  const std::uint32_t number = table.find(key);
  return number == IndexTable::none ? IndexWords() : IndexWords(table.postings(number));
}

CoordinateRange IndexMemory::coordinates(std::string_view key_prefix, IndexFlaw& /*flaw*/) const {
  CoordinateRange range{.prefix = std::string(key_prefix), .lists = std::vector<IndexWords>()};
  for (auto it = by_name_.lower_bound(key_prefix);
       it != by_name_.end() && it->first.starts_with(key_prefix); ++it) {
    if (range.lists->size() == lists_max) {
      range.lists.reset();
      range.events = column_.size();
      break;
    }
    range.lists->emplace_back(coordinates_.postings(it->second));
    range.events += range.lists->back().size();
  }
  return range;
}

bool IndexMemory::is_in(const CoordinateRange& range, std::uint32_t number) const {
  return number != no_coordinate && coordinates_.key(number).starts_with(range.prefix);
}

std::optional<CoordinateHead> IndexMemory::head(std::string_view key, IndexFlaw& flaw) const {
  const std::uint32_t number = coordinates_.find(key);
  if (number == IndexTable::none) {
    return std::nullopt;
  }
  const IndexHead& head = places_[number].head;
  std::uint32_t near = 0;
  const auto place = place_of(ordinals(flaw), first_, coordinates_.postings(number).back(), near);
  CAIRN_CHECK(place.has_value());
  return CoordinateHead{.place = *place, .version = head.version, .hash = head.hash};
}

std::uint64_t IndexMemory::first_at(std::int64_t time, IndexFlaw& /*flaw*/) const {
  const auto found = std::ranges::lower_bound(times_, time);
  if (found == times_.end()) {
    return 0;
  }
  const auto step = static_cast<std::uint64_t>(found - times_.begin()) + first_ / index_times_step;
  return std::max(first_, step * index_times_step);
}

SortedMemory::SortedMemory(const IndexMemory& memory) : memory_(memory) {
  const auto sorted = [](const IndexTable& table) {
    std::vector<std::uint32_t> numbers(table.size());
    for (std::uint32_t i = 0; i < table.size(); ++i) {
      numbers[i] = i;
    }
    std::ranges::sort(numbers, {}, [&table](std::uint32_t number) { return table.key(number); });
    return numbers;
  };
  for (const auto& [key, number] : memory.by_name_) {
    coordinates_.push_back(number);
  }
  others_ = sorted(memory.others_);
  ranks_.resize(coordinates_.size());
  for (std::uint32_t i = 0; i < coordinates_.size(); ++i) {
    ranks_[coordinates_[i]] = i;
  }
  const auto& [a, b] = std::tie(memory.coordinates_, memory.others_);
  CAIRN_CHECK(a.key_bytes() + b.key_bytes() <= UINT32_MAX);
  header_.first = memory.first_;
  header_.last = memory.last_;
  header_.last_hash = memory.last_hash_;
  header_.events = static_cast<std::uint32_t>(memory.column_.size());
  header_.terms = a.size() + b.size();
  header_.coordinates = a.size();
  header_.requests = memory.requests_;
  header_.postings = static_cast<std::uint32_t>(a.postings_count() + b.postings_count());
  header_.key_bytes = static_cast<std::uint32_t>(a.key_bytes() + b.key_bytes());
}

IndexSource::Term SortedMemory::term(std::uint32_t number, IndexFlaw& /*flaw*/) const {
  const bool is_coordinate = number < coordinates_.size();
  const IndexTable& table = is_coordinate ? memory_.coordinates_ : memory_.others_;
  const std::uint32_t there =
      is_coordinate ? coordinates_[number] : others_[number - coordinates_.size()];
  return {.key = table.key(there), .postings = IndexWords(table.postings(there))};
}

IndexHead SortedMemory::head(std::uint32_t coordinate, IndexFlaw& /*flaw*/) const {
  return memory_.places_[coordinates_[coordinate]].head;
}

std::uint32_t SortedMemory::ordinal(std::uint32_t transaction, IndexFlaw& /*flaw*/) const {
  return memory_.ordinals_[transaction];
}

std::uint32_t SortedMemory::coordinate(std::uint32_t ordinal, IndexFlaw& /*flaw*/) const {
  const std::uint32_t number = memory_.column_[ordinal];
  return number == no_coordinate ? no_coordinate : ranks_[number];
}

std::int64_t SortedMemory::time(std::uint32_t step, IndexFlaw& /*flaw*/) const {
  return memory_.times_[step];
}

}  // namespace cairn::journal
