// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/core.h>
#include <poll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "apps/cairn/arguments.h"
#include "apps/cairn/journal_folder.h"
#include "apps/cairn/msgpack.h"
#include "apps/cairn/terminal.h"
#include "apps/cairn/verb.h"
#include "base/nearest.h"
#include "cairn/time.h"

namespace cairn::cli {

namespace {

using journal::EventRecord;
using journal::HistoryEntry;
using journal::TransactionRecord;

constexpr auto log_help =
    "Prints the events of a journal, oldest first, read with the journal's own schema. May run "
    "beside its\n"
    "writer, and on a folder that cannot be written. What transactions without events were is in "
    "the list,\n"
    "too, unless events are chosen.\n\n"
    "exit status: 0 done; 1 the journal cannot be read; 2 wrong usage\n\n"
    "example: cairn log data/shop --entity order/7 --limit 20";

constexpr auto tx_help =
    "Prints one transaction whole: what was asked, what came of it, and its events with version,\n"
    "ancestor and cause.\n\n"
    "exit status: 0 done; 1 the journal cannot be read, or has no such transaction; 2 wrong "
    "usage\n\n"
    "example: cairn tx data/shop 42";

constexpr std::uint64_t no_limit = std::numeric_limits<std::int64_t>::max();

struct Request {
  std::string folder;
  std::uint64_t from = 0;
  std::uint64_t to = no_limit;
  std::uint64_t limit = no_limit;
  std::optional<std::string> entity;
  std::optional<std::string> entity_prefix;
  std::optional<std::string> scope;
  std::string kind;
  bool backward = false;
  bool follow = false;
  std::string format = "table";

  [[nodiscard]] bool chooses() const noexcept {
    return entity || entity_prefix || scope || !kind.empty();
  }
};

/// Waits for the writer to make more durable, without asking again and again.
class Watch final {
 public:
  explicit Watch(const std::string& folder) : file_(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK)) {
    const std::string frontier = folder + "/log/frontier";
    is_watching_ = file_ >= 0 && ::inotify_add_watch(file_, frontier.c_str(), IN_MODIFY) >= 0;
  }

  ~Watch() {
    if (file_ >= 0) {
      ::close(file_);
    }
  }

  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

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

/// Goes through the journal and prints what was chosen.
class Lister final {
 public:
  Lister(const Request& request, JournalFolder folder)
      : request_(request), folder_(std::move(folder)) {}

  Result<> run();

 private:
  Result<> check_kind();
  void wait(std::unique_ptr<Watch>& watch) const;
  Result<> forward();
  Result<> backward();
  Result<> print(const HistoryEntry& entry);
  void print_event(const HistoryEntry& entry, std::size_t event);
  void print_transaction(const HistoryEntry& entry);
  void put(const std::string& line);
  [[nodiscard]] bool is_chosen(const TransactionRecord& record, const EventRecord& event) const;

  [[nodiscard]] bool is_full() const noexcept { return printed_ == request_.limit; }

  const Request& request_;
  JournalFolder folder_;
  journal::Printer* printer_ = nullptr;
  std::uint64_t printed_ = 0;
};

/// A name that no schema of the journal has is a mistake, and not an empty answer.
Result<> Lister::check_kind() {
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

Result<> Lister::run() {
  CAIRN_TRY(check_kind());
  return request_.backward ? backward() : forward();
}

/// The first time only watches: what came in between is looked for once more.
void Lister::wait(std::unique_ptr<Watch>& watch) const {
  std::fflush(stdout);
  if (watch != nullptr) {
    return watch->wait();
  }
  watch = std::make_unique<Watch>(request_.folder);
}

Result<> Lister::forward() {
  journal::HistoryReader& reader = folder_.reader();
  CAIRN_TRY(const Seq first, reader.first());
  CAIRN_TRY(
      reader.seek(std::max(first, Seq(std::min(request_.from, reader.durable().value() + 1)))));
  std::unique_ptr<Watch> watch;
  while (!is_full()) {
    CAIRN_TRY(const HistoryEntry* const entry, reader.next());
    if (entry == nullptr) {
      if (!request_.follow) {
        return {};
      }
      wait(watch);
      continue;
    }
    if (entry->record->position.value() > request_.to) {
      return {};
    }
    CAIRN_TRY(print(*entry));
  }
  return {};
}

Result<> Lister::backward() {
  journal::HistoryReader& reader = folder_.reader();
  CAIRN_TRY(const Seq first, reader.first());
  const std::uint64_t oldest = std::max(first.value(), request_.from);
  for (std::uint64_t at = std::min(reader.durable().value(), request_.to);
       at >= oldest && at > 0 && !is_full(); --at) {
    CAIRN_TRY(const HistoryEntry* const entry, reader.at(Seq(at)));
    CAIRN_TRY(print(*entry));
  }
  return {};
}

bool Lister::is_chosen(const TransactionRecord& record, const EventRecord& event) const {
  const journal::Coordinate& at = event.coordinate;
  const bool is_named = event.about == EventRecord::About::Named;
  return (!request_.entity || (is_named && at.entity == *request_.entity)) &&
         (!request_.entity_prefix ||
          (is_named && at.entity.starts_with(*request_.entity_prefix))) &&
         (!request_.scope || (is_named && at.scope == *request_.scope)) &&
         (request_.kind.empty() || printer_->event_name(record, event) == request_.kind);
}

Result<> Lister::print(const HistoryEntry& entry) {
  CAIRN_TRY(printer_, folder_.printer_for(*entry.record));
  const std::size_t count = entry.record->events.size();
  if (count == 0 && !request_.chooses()) {
    print_transaction(entry);
  }
  for (std::size_t i = 0; i < count && !is_full(); ++i) {
    const std::size_t event = request_.backward ? count - 1 - i : i;
    if (is_chosen(*entry.record, entry.record->events[event])) {
      print_event(entry, event);
    }
  }
  return {};
}

void Lister::put(const std::string& line) {
  fmt::print("{}", line);
  ++printed_;
}

void Lister::print_event(const HistoryEntry& entry, std::size_t index) {
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

void Lister::print_transaction(const HistoryEntry& entry) {
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

Exit report(std::string_view verb, const Error& error) {
  fmt::print(stderr, "cairn {}: {}\n", verb, error.to_string());
  return Exit::Failed;
}

Result<> list(const Request& request) {
  CAIRN_TRY(JournalFolder folder, JournalFolder::open(request.folder));
  return Lister(request, std::move(folder)).run();
}

Result<> show(const std::string& path, std::uint64_t sequence, bool json) {
  CAIRN_TRY(JournalFolder folder, JournalFolder::open(path));
  CAIRN_TRY(const HistoryEntry* const entry, folder.reader().at(Seq(sequence)));
  CAIRN_TRY(journal::Printer* const printer, folder.printer_for(*entry->record));
  fmt::print("{}",
             json ? printer->transaction_json(*entry) + "\n" : printer->transaction_text(*entry));
  return {};
}

void add_choices(CLI::App& app, Request& request) {
  app.add_option("--entity", request.entity, "events about exactly this");
  app.add_option("--entity-prefix", request.entity_prefix, "events about what is called so");
  app.add_option("--scope", request.scope, "events in exactly this scope");
  app.add_option("--kind", request.kind, "events of this name")->type_name("NAME");
}

}  // namespace

Exit run_log(Arguments arguments) {
  CLI::App app(log_help);
  Request request;
  bool json = false;
  app.add_option("DIR", request.folder, "the folder of the journal")->required();
  const Bounds sequences = {.min = 1, .max = no_limit};
  add_number(app, "--from", request.from, sequences, "the first transaction");
  add_number(app, "--to", request.to, sequences, "the last transaction");
  add_number(app, "--limit", request.limit, sequences, "print so many at most");
  add_choices(app, request);
  auto* const backward = app.add_flag("--backward", request.backward, "the newest first");
  app.add_flag("--follow", request.follow, "go on with what is appended")->excludes(backward);
  app.add_option("--format", request.format, "table, json or msgpack")
      ->check(CLI::IsMember({"table", "json", "msgpack"}));
  app.add_flag("--json", json, "the same as --format json: an object a line");
  if (const auto ended = parse(app, "log", arguments)) {
    return *ended;
  }
  request.format = json ? "json" : request.format;
  const Result<> listed = list(request);
  return listed ? Exit::Ok : report("log", listed.error());
}

Exit run_tx(Arguments arguments) {
  CLI::App app(tx_help);
  std::string folder;
  std::uint64_t sequence = 0;
  bool json = false;
  app.add_option("DIR", folder, "the folder of the journal")->required();
  add_number(app, "SEQ", sequence, {.min = 1, .max = no_limit}, "the transaction")->required();
  app.add_flag("--json", json, "one JSON object");
  if (const auto ended = parse(app, "tx", arguments)) {
    return *ended;
  }
  const Result<> shown = show(folder, sequence, json);
  return shown ? Exit::Ok : report("tx", shown.error());
}

}  // namespace cairn::cli
