// SPDX-License-Identifier: Apache-2.0
#include "journal/verify_events.h"

#include <algorithm>
#include <span>

#include "base/checksum.h"
#include "base/limits.h"

namespace cairn::journal {

namespace {

/// What one byte cannot count.
constexpr std::uint8_t many = 255;
constexpr std::size_t text_piece_bytes = std::size_t{64} << 10U;
static_assert(text_piece_bytes >= journal_entity_bytes_max);

}  // namespace

std::size_t EventLinks::CoordinateHash::operator()(const Coordinate& coordinate) const noexcept {
  const std::uint64_t scope =
      coordinate.scope.empty() ? 0 : checksum64(std::as_bytes(std::span(coordinate.scope)), 1);
  return checksum64(std::as_bytes(std::span(coordinate.entity)), scope);
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

std::string_view EventLinks::keep(std::string_view text) {
  if (text.empty()) {
    return {};
  }
  if (left_ < text.size()) {
    texts_.push_back(std::make_unique<char[]>(text_piece_bytes));
    left_ = text_piece_bytes;
  }
  char* const place = texts_.back().get() + (text_piece_bytes - left_);
  std::ranges::copy(text, place);
  left_ -= text.size();
  return {place, text.size()};
}

Coordinate EventLinks::keep(const Coordinate& coordinate) {
  return {.entity = keep(coordinate.entity), .scope = keep(coordinate.scope)};
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
  if (event.ancestor != head->place) {
    return "names another ancestor than the event before it at its coordinate";
  }
  return event.ancestor_hash == head->hash ? nullptr : "does not have the hash of its ancestor";
}

const char* EventLinks::check_ancestor(const EventRecord& event) {
  if (event.about != EventRecord::About::Named) {
    // The coordinate is in the payload: that the ancestor is there is all that can be said.
    return event.version <= 1 || exists(event.ancestor) ? nullptr
                                                        : "names an ancestor that is not there";
  }
  const auto found = heads_.find(event.coordinate);
  Head* head = found == heads_.end() ? nullptr : &found->second;
  if (const char* const wrong = check_named(event, head)) {
    return wrong;
  }
  if (head == nullptr) {
    head = &heads_.emplace(keep(event.coordinate), Head()).first->second;
  }
  *head = {.hash = hash_of(event, scratch_), .version = event.version, .place = place_};
  return nullptr;
}

EventLinks::Flaw EventLinks::add(const TransactionRecord& record) {
  place_ = {.transaction = record.position, .event = 0};
  for (const EventRecord& event : record.events) {
    event_ = place_.event;
    if (event.has_cause && !exists(event.cause)) {
      reason_ = "names a cause that is not there";
      return Flaw::Cause;
    }
    reason_ = check_ancestor(event);
    if (reason_ != nullptr) {
      return Flaw::Ancestor;
    }
    ++place_.event;
  }
  if (record.has_cause && !exists(record.cause)) {
    event_ = place_.event;
    reason_ = "names a cause that is not there";
    return Flaw::Cause;
  }
  count(record.events.size());
  return Flaw::Nothing;
}

}  // namespace cairn::journal
