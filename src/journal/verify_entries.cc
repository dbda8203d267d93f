// SPDX-License-Identifier: Apache-2.0
#include "journal/verify_entries.h"

#include <algorithm>

#include <fmt/format.h>

#include "journal/index_term.h"

namespace cairn::journal {

namespace {

bool has(const IndexWords& postings, std::uint32_t wanted) {
  const std::uint32_t found = first_not_less(postings, 0, postings.size(), wanted);
  return found < postings.size() && postings[found] == wanted;
}

}  // namespace

void EntryCheck::wrong(const char* what) {
  if (!reason_) {
    reason_ = fmt::format("{}: {} is not as the log has it", file_->name(), what);
    at_ = sequence_;
  }
}

void EntryCheck::begin(std::uint64_t sequence) {
  is_whole_ = sequence == file_->first();
  if (!is_whole_) {
    ordinal_ = file_->ordinal(static_cast<std::uint32_t>(sequence - file_->first()), flaw_);
  }
}

void EntryCheck::add(const TransactionRecord& record, const Digest& hash) {
  const std::uint64_t sequence = record.position.value();
  if (sequence < file_->first() || sequence > file_->last() || reason_ || flaw_.is_found()) {
    return;
  }
  if (sequence_ == 0) {
    begin(sequence);
  }
  sequence_ = sequence;
  const auto number = static_cast<std::uint32_t>(sequence - file_->first());
  const IndexWords ordinals = file_->ordinals(flaw_);
  if (ordinals[number] != ordinal_ || ordinals[number + 1] != ordinal_ + record.events.size()) {
    return wrong("how many events there are");
  }
  for (const EventRecord& event : record.events) {
    add_event(record, event, ordinal_);
    ++ordinal_;
  }
  check_request(record, number);
  check_time(record);
  if (sequence == file_->last() && file_->header().last_hash != Digest() &&
      file_->header().last_hash != hash) {
    wrong("the hash of its last transaction");
  }
}

void EntryCheck::add_event(const TransactionRecord& record, const EventRecord& event,
                           std::uint32_t ordinal) {
  set_kind_key(key_, event.kind);
  expect(ordinal);
  if (record.has_correlation) {
    set_correlation_key(key_, record.correlation);
    expect(ordinal);
  }
  if (event.has_cause || record.has_cause) {
    set_cause_key(key_, event.has_cause ? event.cause : record.cause);
    expect(ordinal);
  }
  switch (event.about) {
    case EventRecord::About::Nothing:
      if (file_->coordinate(ordinal, flaw_) != no_coordinate) {
        wrong("that an event is about nothing");
      }
      return;
    case EventRecord::About::Declared:
      has_declared_ = true;
      return;
    case EventRecord::About::Named:
      return check_coordinate(event, ordinal);
  }
}

void EntryCheck::check_coordinate(const EventRecord& event, std::uint32_t ordinal) {
  set_scope_key(key_, event.coordinate.scope);
  expect(ordinal);
  set_coordinate_key(key_, event.coordinate);
  expect(ordinal);
  const std::uint32_t number = file_->coordinate(ordinal, flaw_);
  if (reason_ || flaw_.is_found()) {
    return;
  }
  if (number >= file_->header().coordinates) {
    return wrong("the coordinate of an event");
  }
  const IndexSource::Term term = file_->term(number, flaw_);
  if (term.key != key_ || term.postings.size() == 0) {
    return wrong("the coordinate of an event");
  }
  const std::uint32_t last = term.postings[term.postings.size() - 1];
  if (last != ordinal) {
    return;
  }
  ++heads_;
  const IndexHead head = file_->head(number, flaw_);
  if (head.version != event.version || head.hash != hash_of(event, scratch_)) {
    wrong("the head of a coordinate");
  }
}

void EntryCheck::check_request(const TransactionRecord& record, std::uint32_t number) {
  if (const auto request = hash_of(record.intent, scratch_)) {
    set_request_key(key_, *request);
    expect(number);
  }
}

void EntryCheck::check_time(const TransactionRecord& record) {
  time_ = std::max(time_, record.time);
  const bool ends_step = (sequence_ + 1) % index_times_step == 0 || sequence_ == file_->last();
  if (!ends_step) {
    return;
  }
  const auto step =
      static_cast<std::uint32_t>(sequence_ / index_times_step - file_->first() / index_times_step);
  const std::int64_t there = file_->time(step, flaw_);
  if (is_whole_ ? there != time_ : there < time_) {
    wrong("the latest time");
  }
}

void EntryCheck::expect(std::uint32_t posting) {
  ++entries_;
  if (!reason_ && !has(file_->postings(key_, flaw_), posting)) {
    wrong("an entry");
  }
}

std::optional<std::string> EntryCheck::finish() {
  if (flaw_.is_found()) {
    at_ = sequence_;
    return flaw_.error().message();
  }
  const bool is_counted = is_whole_ && sequence_ == file_->last() && !has_declared_;
  if (reason_ || !is_counted) {
    return reason_;
  }
  const IndexHeader& header = file_->header();
  if (entries_ != header.postings || heads_ != header.coordinates) {
    return fmt::format("{}: it has {} entries at {} coordinates, and the log {} at {}",
                       file_->name(), header.postings, header.coordinates, entries_, heads_);
  }
  for (std::uint32_t number = 0; number < header.terms; ++number) {
    if (file_->term(number, flaw_).postings.size() == 0 || flaw_.is_found()) {
      return fmt::format("{}: term {} is of nothing in the log", file_->name(), number);
    }
  }
  return std::nullopt;
}

}  // namespace cairn::journal
