// SPDX-License-Identifier: Apache-2.0
#include "journal/verify_events.h"

#include <algorithm>

#include "base/check.h"
#include "base/checksum.h"
#include "base/limits.h"

namespace cairn::journal {

namespace {

/// What one byte cannot count.
constexpr std::uint8_t many = 255;
constexpr std::size_t text_piece_bytes = std::size_t{64} << 10U;
static_assert(text_piece_bytes >= 2 * journal_entity_bytes_max);

std::uint64_t tag_of(const Coordinate& coordinate) noexcept {
  const std::uint64_t scope =
      coordinate.scope.empty() ? 0 : checksum64(std::as_bytes(std::span(coordinate.scope)), 1);
  return checksum64(std::as_bytes(std::span(coordinate.entity)), scope);
}

bool is_named(const EventRecord& event) noexcept {
  return event.about == EventRecord::About::Named;
}

}  // namespace

bool EventLinks::Head::is(std::uint64_t its_tag, const Coordinate& coordinate) const noexcept {
  return tag == its_tag && std::string_view(text, entity_size) == coordinate.entity &&
         std::string_view(text + entity_size, scope_size) == coordinate.scope;
}

/// What the table has for the events is far away. Each step is asked for before any is waited for.
void EventLinks::fetch(std::span<const TransactionRecord* const> records) {
  tags_.clear();
  for (const TransactionRecord* const record : records) {
    for (const EventRecord& event : record->events) {
      tags_.push_back(is_named(event) ? tag_of(event.coordinate) : 0);
      __builtin_prefetch(&slots_[slot_of(tags_.back())]);
    }
  }
  for (const std::uint64_t tag : tags_) {
    if (const std::uint32_t number = slots_[slot_of(tag)]; number != 0) {
      __builtin_prefetch(&heads_[number - 1], 1);
    }
  }
  for (const std::uint64_t tag : tags_) {
    if (const std::uint32_t number = slots_[slot_of(tag)]; number != 0) {
      __builtin_prefetch(heads_[number - 1].text);
    }
  }
}

EventLinks::Head* EventLinks::find(std::uint64_t tag, const Coordinate& coordinate) noexcept {
  for (std::size_t slot = slot_of(tag); slots_[slot] != 0; slot = slot_of(slot + 1)) {
    Head& head = heads_[slots_[slot] - 1];
    if (head.is(tag, coordinate)) {
      return &head;
    }
  }
  return nullptr;
}

void EventLinks::put(std::uint32_t number, std::uint64_t tag) noexcept {
  std::size_t slot = slot_of(tag);
  while (slots_[slot] != 0) {
    slot = slot_of(slot + 1);
  }
  slots_[slot] = number;
}

EventLinks::Head& EventLinks::insert(std::uint64_t tag, const Coordinate& coordinate) {
  CAIRN_CHECK(heads_.size() < UINT32_MAX);
  if (2 * (heads_.size() + 1) > slots_.size()) {
    slots_.assign(2 * slots_.size(), 0);
    for (std::size_t i = 0; i < heads_.size(); ++i) {
      put(static_cast<std::uint32_t>(i + 1), heads_[i].tag);
    }
  }
  const std::size_t size = coordinate.entity.size() + coordinate.scope.size();
  if (left_ < size) {
    texts_.push_back(std::make_unique<char[]>(text_piece_bytes));
    left_ = text_piece_bytes;
  }
  char* const text = texts_.back().get() + (text_piece_bytes - left_);
  std::ranges::copy(coordinate.scope, std::ranges::copy(coordinate.entity, text).out);
  left_ -= size;
  heads_.push_back({.tag = tag,
                    .text = text,
                    .entity_size = static_cast<std::uint16_t>(coordinate.entity.size()),
                    .scope_size = static_cast<std::uint16_t>(coordinate.scope.size())});
  put(static_cast<std::uint32_t>(heads_.size()), tag);
  return heads_.back();
}

bool EventLinks::exists(const EventPlace& place) const {
  const std::uint64_t transaction = place.transaction.value();
  if (transaction < first_) {
    return true;
  }
  const std::uint64_t index = transaction - first_;
  if (index >= counts_.size()) {
    // Of this transaction: reading it has shown that it is an earlier event.
    return index == counts_.size();
  }
  const std::uint32_t count = counts_[index] == many ? larger_.at(index) : counts_[index];
  return place.event < count;
}

void EventLinks::count(std::size_t events) {
  if (events >= many) {
    larger_[counts_.size()] = static_cast<std::uint32_t>(events);
  }
  counts_.push_back(static_cast<std::uint8_t>(std::min<std::size_t>(events, many)));
  events_ += events;
}

/// Null: the event is the next one after the head.
const char* EventLinks::check_named(const EventRecord& event, const Head* head) const {
  if (head == nullptr) {
    const bool is_older = event.version > 1 && event.ancestor.transaction.value() < first_;
    return event.version == 1 || is_older ? nullptr
                                          : "is the first at its coordinate, and says otherwise";
  }
  if (event.version != head->version + 1) {
    return "has a version that is not one more than that of the event before it there";
  }
  if (event.ancestor.transaction.value() != head->transaction ||
      event.ancestor.event != head->event) {
    return "names another ancestor than the event before it at its coordinate";
  }
  return event.ancestor_hash == head->hash ? nullptr : "does not have the hash of its ancestor";
}

const char* EventLinks::check_ancestor(const EventRecord& event, std::uint64_t tag,
                                       const EventHash& hash) {
  if (!is_named(event)) {
    // The coordinate is in the payload: that the ancestor is there is all that can be said.
    return event.version <= 1 || exists(event.ancestor) ? nullptr
                                                        : "names an ancestor that is not there";
  }
  Head* head = find(tag, event.coordinate);
  if (const char* const wrong = check_named(event, head)) {
    return wrong;
  }
  if (head == nullptr) {
    head = &insert(tag, event.coordinate);
  }
  head->hash = hash;
  head->version = event.version;
  head->transaction = place_.transaction.value();
  head->event = place_.event;
  return nullptr;
}

EventLinks::Flaw EventLinks::add(const TransactionRecord& record, const std::uint64_t* tag,
                                 const EventHash* hash) {
  place_ = {.transaction = record.position, .event = 0};
  for (const EventRecord& event : record.events) {
    if (event.has_cause && !exists(event.cause)) {
      reason_ = "names a cause that is not there";
      return Flaw::Cause;
    }
    reason_ = check_ancestor(event, *tag++, *hash++);
    if (reason_ != nullptr) {
      return Flaw::Ancestor;
    }
    ++place_.event;
  }
  if (record.has_cause && !exists(record.cause)) {
    reason_ = "names a cause that is not there";
    return Flaw::Cause;
  }
  count(record.events.size());
  return Flaw::Nothing;
}

EventLinks::Flaw EventLinks::add(std::span<const TransactionRecord* const> records) {
  fetch(records);
  const std::uint64_t* tag = tags_.data();
  const EventHash* hash = hash_events(records).data();
  for (const TransactionRecord* const record : records) {
    if (const Flaw flaw = add(*record, tag, hash); flaw != Flaw::Nothing) {
      return flaw;
    }
    tag += record->events.size();
    hash += record->events.size();
  }
  return Flaw::Nothing;
}

std::span<const EventHash> EventLinks::hash_events(
    std::span<const TransactionRecord* const> records) {
  hasher_.begin(tags_.size());
  for (const TransactionRecord* const record : records) {
    for (const EventRecord& event : record->events) {
      hasher_.add(event);
    }
  }
  return hasher_.finish();
}

}  // namespace cairn::journal
