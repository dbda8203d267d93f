// SPDX-License-Identifier: Apache-2.0
#include "apps/cairn/event_lister.h"

#include <algorithm>
#include <cstdio>
#include <string_view>
#include <utility>

#include <fmt/core.h>
#include <poll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "apps/cairn/msgpack.h"
#include "apps/cairn/terminal.h"
#include "base/nearest.h"
#include "cairn/time.h"

namespace cairn::cli {

namespace {

using journal::EventRecord;
using journal::HistoryEntry;
using journal::TransactionRecord;

/// Events that are looked up at a time.
constexpr std::uint64_t page = 256;

constexpr std::uint32_t last_event = UINT32_MAX;

}  // namespace

/// Waits for the writer to make more durable, without asking again and again.
class JournalWatch final {
 public:
  explicit JournalWatch(const std::string& folder)
      : file_(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK)) {
    const std::string frontier = folder + "/log/frontier";
    is_watching_ = file_ >= 0 && ::inotify_add_watch(file_, frontier.c_str(), IN_MODIFY) >= 0;
  }

  ~JournalWatch() {
    if (file_ >= 0) {
      ::close(file_);
    }
  }

  JournalWatch(const JournalWatch&) = delete;
  JournalWatch& operator=(const JournalWatch&) = delete;

  /// At most this long: where nothing can be watched, and where a change was not told.
  void wait() const {
    constexpr int patience_ms = 1'000;
    pollfd one = {.fd = is_watching_ ? file_ : -1, .events = POLLIN, .revents = 0};
    if (::poll(&one, 1, patience_ms) > 0) {
      char told[4096];
      while (::read(file_, told, sizeof(told)) > 0) {
      }
    }
  }

 private:
  int file_;
  bool is_watching_ = false;
};

EventLister::EventLister(const ListRequest& request, JournalFolder folder)
    : request_(request), folder_(std::move(folder)) {}

EventLister::~EventLister() = default;

/// A name that no schema of the journal has is a mistake, and not an empty answer.
Result<> EventLister::check_kind() {
  std::vector<std::string_view> names;
  for (std::uint32_t number = 1; number <= folder_.schemas().in_force(); ++number) {
    for (const StructInfo* const event : folder_.schemas().find(number)->domain().events) {
      names.push_back(event->name);
    }
  }
  if (request_.kind.empty() || std::ranges::find(names, request_.kind) != names.end()) {
    return {};
  }
  const auto nearest = nearest_name(request_.kind, names);
  return fail(Error(Errc::InvalidArgument,
                    fmt::format("no schema of the journal has an event {}", request_.kind))
                  .advise(nearest ? fmt::format("did you mean {}?", *nearest)
                                  : std::string("`cairn log DIR` shows their names")));
}

/// All kinds that were ever called so.
void EventLister::choose_kinds() {
  std::vector<std::uint16_t>& kinds = region_.kinds;
  for (std::uint32_t number = 1; number <= folder_.schemas().in_force(); ++number) {
    const StructInfo* const event = folder_.schemas().find(number)->event(request_.kind);
    if (event != nullptr && std::ranges::find(kinds, event->kind) == kinds.end()) {
      kinds.push_back(event->kind);
    }
  }
}

/// Whether one is there, and good, is no reason to fail: the log says everything.
Result<> EventLister::open_index() {
  region_ = {
      .entity = request_.entity, .entity_prefix = request_.entity_prefix, .scope = request_.scope};
  choose_kinds();
  if (!request_.chooses() || !journal::is_possible(region_)) {
    return {};
  }
  journal::HistoryReader& reader = folder_.reader();
  CAIRN_TRY(const Seq first, reader.first());
  const auto is_of_journal = [&](std::uint64_t sequence, const Digest& hash) -> Result<bool> {
    CAIRN_TRY(const HistoryEntry* const entry, reader.at(Seq(sequence)));
    return entry->hash == hash;
  };
  index_ = journal::IndexView::open(folder_.disk(), std::string(journal::index_folder),
                                    {.first = first.value(),
                                     .durable = reader.durable().value(),
                                     .is_of_journal = is_of_journal});
  complain();
  return {};
}

void EventLister::complain() {
  for (const Error& complaint : index_.take_complaints()) {
    fmt::print(stderr, "cairn log: {}; the log is read in its place\n", complaint.message());
  }
}

Result<> EventLister::run() {
  CAIRN_TRY(check_kind());
  CAIRN_TRY(open_index());
  return request_.backward ? backward() : forward();
}

/// The first time only watches: what came in between is looked for once more.
void EventLister::wait() {
  std::fflush(stdout);
  if (watch_ != nullptr) {
    return watch_->wait();
  }
  watch_ = std::make_unique<JournalWatch>(request_.folder);
}

Result<> EventLister::forward() {
  journal::HistoryReader& reader = folder_.reader();
  CAIRN_TRY(const Seq first, reader.first());
  const Seq begin = std::max(first, Seq(std::min(request_.from, reader.durable().value() + 1)));
  EventId next = {.sequence = begin.value()};
  CAIRN_TRY(forward_by_index(next));
  CAIRN_TRY(forward_by_log(next, request_.to));
  while (request_.follow && !is_full() && next.sequence <= request_.to) {
    wait();
    CAIRN_TRY(forward_by_log(next, request_.to));
  }
  return {};
}

/// As far as there are files; what lies between them is read.
Result<> EventLister::forward_by_index(EventId& next) {
  const std::uint64_t last = std::min(request_.to, folder_.reader().durable().value());
  bool goes_on = true;
  while (goes_on && !is_full() && next.sequence <= last) {
    CAIRN_TRY(goes_on, forward_some(next, last));
  }
  return {};
}

/// False behind the last file.
Result<bool> EventLister::forward_some(EventId& next, std::uint64_t last) {
  const journal::IndexView::Run run = index_.run_at(next.sequence);
  const std::uint64_t through = std::min(run.last, last);
  if (run.is_indexed) {
    CAIRN_TRY(print_found({.next = next, .through = through}, next));
  } else if (run.last == UINT64_MAX) {
    return false;
  } else {
    CAIRN_TRY(forward_by_log(next, through));
  }
  return true;
}

/// As far as it is durable.
Result<> EventLister::forward_by_log(EventId& next, std::uint64_t through) {
  journal::HistoryReader& reader = folder_.reader();
  if (next.sequence > through) {
    return {};
  }
  CAIRN_TRY(reader.seek(Seq(next.sequence)));
  while (!is_full() && next.sequence <= through) {
    CAIRN_TRY(const HistoryEntry* const entry, reader.next());
    if (entry == nullptr) {
      return {};
    }
    CAIRN_TRY(print(*entry, next.event));
    next = {.sequence = next.sequence + 1};
  }
  return {};
}

Result<> EventLister::backward() {
  journal::HistoryReader& reader = folder_.reader();
  CAIRN_TRY(const Seq first, reader.first());
  const std::uint64_t oldest = std::max(first.value(), request_.from);
  EventId next = {.sequence = std::min(reader.durable().value(), request_.to), .event = last_event};
  while (next.sequence >= oldest && next.sequence > 0 && !is_full()) {
    CAIRN_TRY(backward_some(next, oldest));
  }
  return {};
}

Result<> EventLister::backward_some(EventId& next, std::uint64_t oldest) {
  const journal::IndexView::Run run = index_.run_at(next.sequence);
  if (run.is_indexed) {
    return print_found({.next = next,
                        .direction = journal::Direction::Backward,
                        .through = std::max(run.first, oldest)},
                       next);
  }
  CAIRN_TRY(const HistoryEntry* const entry, folder_.reader().at(Seq(next.sequence)));
  CAIRN_TRY(print(*entry, next.event));
  next = {.sequence = next.sequence - 1, .event = last_event};
  return {};
}

/// Some events that the index finds; `next` is behind them. When the index turns out to be damaged
/// there, `next` stays, and the run is one without index.
Result<> EventLister::print_found(journal::Cursor cursor, EventId& next) {
  places_.clear();
  const std::uint64_t limit = std::min(page, request_.limit - printed_);
  if (!index_.find(region_, cursor, limit, places_)) {
    complain();
    return {};
  }
  for (const journal::EventPlace& place : places_) {
    CAIRN_TRY(const HistoryEntry* const entry, folder_.reader().at(place.transaction));
    CAIRN_TRY(printer_, folder_.printer_for(*entry->record));
    const auto events = entry->record->events;
    if (place.event < events.size() && is_chosen(*entry->record, events[place.event])) {
      print_event(*entry, place.event);
    }
  }
  next = cursor.next;
  return {};
}

bool EventLister::is_chosen(const TransactionRecord& record, const EventRecord& event) const {
  const journal::Coordinate& at = event.coordinate;
  const bool is_named = event.about == EventRecord::About::Named;
  return (!request_.entity || (is_named && at.entity == *request_.entity)) &&
         (!request_.entity_prefix ||
          (is_named && at.entity.starts_with(*request_.entity_prefix))) &&
         (!request_.scope || (is_named && at.scope == *request_.scope)) &&
         (request_.kind.empty() || printer_->event_name(record, event) == request_.kind);
}

/// The transaction's events in the direction of the list, from this one on.
Result<> EventLister::print(const HistoryEntry& entry, std::uint32_t from) {
  CAIRN_TRY(printer_, folder_.printer_for(*entry.record));
  const std::size_t count = entry.record->events.size();
  if (count == 0 && !request_.chooses()) {
    print_transaction(entry);
  }
  const std::size_t begin = request_.backward ? 0 : from;
  const std::size_t end =
      request_.backward ? std::min<std::size_t>(count, std::size_t{from} + 1) : count;
  for (std::size_t i = begin; i < end && !is_full(); ++i) {
    const std::size_t event = request_.backward ? end - 1 - i : i;
    if (is_chosen(*entry.record, entry.record->events[event])) {
      print_event(entry, event);
    }
  }
  return {};
}

void EventLister::put(const std::string& line) {
  fmt::print("{}", line);
  ++printed_;
}

void EventLister::print_event(const HistoryEntry& entry, std::size_t index) {
  if (request_.format != "table") {
    const std::string json = printer_->event_json(entry, index);
    return put(request_.format == "json" ? json + "\n" : to_msgpack(json));
  }
  const TransactionRecord& record = *entry.record;
  const EventRecord& event = record.events[index];
  const std::string id = fmt::format("{}.{}", record.position.value(), index);
  const std::string where =
      event.coordinate.scope.empty()
          ? std::string(event.coordinate.entity)
          : fmt::format("{} in {}", event.coordinate.entity, event.coordinate.scope);
  put(fmt::format("{:<10} {}  {:<24} {:>5}  {}\n", id,
                  coloured(Colour::Dim, fmt::format("{:<30}", Timestamp{record.time}.to_string())),
                  where, event.version, printer_->event_text(record, event)));
}

void EventLister::print_transaction(const HistoryEntry& entry) {
  if (request_.format != "table") {
    const std::string json = printer_->transaction_json(entry);
    return put(request_.format == "json" ? json + "\n" : to_msgpack(json));
  }
  const TransactionRecord& record = *entry.record;
  const std::string outcome = printer_->outcome_text(record);
  put(fmt::format(
      "{:<10} {}  {} {}\n", record.position.value(),
      coloured(Colour::Dim, fmt::format("{:<30}", Timestamp{record.time}.to_string())),
      printer_->kind_name(record),
      record.outcome == OutcomeKind::Accepted ? outcome : coloured(Colour::Red, outcome)));
}

}  // namespace cairn::cli
