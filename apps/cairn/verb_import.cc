// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <deque>
#include <filesystem>
#include <fstream>
#include <istream>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <fmt/core.h>

#include "apps/cairn/arguments.h"
#include "apps/cairn/terminal.h"
#include "apps/cairn/verb.h"
#include "cairn/store_core.h"
#include "journal/exported.h"
#include "journal/print.h"
#include "schema/json_tree.h"
#include "schema/schema.h"

namespace cairn::cli {

namespace {

using journal::ExportedEvent;
using journal::ExportedTransaction;

constexpr auto help =
    "Appends the events of FILE, lines of JSON as `cairn export` prints them, to the event store "
    "in DIR, which is\n"
    "made if it is missing. What was imported before is not appended again, so an import that was "
    "interrupted\n"
    "goes on when it is started again. Transactions that state no events are left out; times are "
    "those of the\n"
    "import. Consumers go on where they stood.\n\n"
    "exit status: 0 done; 1 FILE is not what it should be, or the store cannot be written; 2 wrong "
    "usage\n\n"
    "example: cairn import data/copy shop.jsonl";

/// Appends under way at once: enough for large batches.
constexpr std::size_t window = 1024;

struct Counts {
  std::uint64_t appended = 0;
  std::uint64_t repeated = 0;
  std::uint64_t left_out = 0;
  std::uint64_t events = 0;
  std::uint64_t consumers = 0;  ///< that were moved to where they stood
};

/// Lines of a file, none longer than allowed.
class Lines final {
 public:
  static Result<Lines> open(const std::string& path) {
    Lines lines;
    lines.file_.open(path, std::ios::binary);
    std::error_code error;
    lines.size_ = std::filesystem::file_size(path, error);
    if (error) {
      lines.size_ = 0;  // a pipe: nobody knows how much comes
    }
    if (!lines.file_) {
      return fail(Error(Errc::NotFound, "cannot be read").at(path));
    }
    return lines;
  }

  /// False at the end. A line must be ended by a line feed.
  Result<bool> next(std::string& line) {
    line.clear();
    if (buffer_.size() < buffer_bytes) {
      buffer_.resize(buffer_bytes);
    }
    while (file_.peek() != std::ifstream::traits_type::eof()) {
      file_.getline(buffer_.data(), static_cast<std::streamsize>(buffer_.size()));
      const auto got = static_cast<std::size_t>(file_.gcount());
      const bool is_ended = file_.good();
      const bool is_longer = !is_ended && !file_.eof() && got + 1 == buffer_.size();
      line.append(buffer_.data(), is_ended ? got - 1 : got);
      done_ += got;
      if (is_longer && line.size() <= journal::export_line_bytes_max) {
        file_.clear();
        continue;
      }
      ++number_;
      if (!is_ended) {
        return fail(Errc::Truncated, is_longer ? "it is too long" : "no line feed ends it");
      }
      return true;
    }
    return file_.bad() ? Result<bool>(fail(Errc::IoFailed, "reading failed")) : false;
  }

  [[nodiscard]] std::uint64_t number() const noexcept { return number_; }

  [[nodiscard]] std::uint64_t done() const noexcept { return done_; }

  [[nodiscard]] std::uint64_t size() const noexcept { return size_; }

 private:
  static constexpr std::size_t buffer_bytes = std::size_t{64} << 10U;

  std::ifstream file_;
  std::string buffer_;
  std::uint64_t number_ = 0;
  std::uint64_t done_ = 0;
  std::uint64_t size_ = 0;
};

/// Appends transaction after transaction, in the order of the lines.
class Importer final {
 public:
  Importer(store::StoreCore& store, const schema::Schema& schema, const Digest& origin)
      : store_(store), reader_(schema), origin_(origin.to_string().substr(0, origin_digits)) {}

  Result<> add(std::string_view line, std::uint64_t number);
  /// Waits for all that is under way.
  Result<> finish();

  [[nodiscard]] const Counts& counts() const noexcept { return counts_; }

 private:
  static constexpr std::size_t origin_digits = 32;

  struct UnderWay {
    std::uint64_t line = 0;
    std::uint64_t sequence = 0;  ///< where it was exported
    std::size_t events = 0;      ///< none: a consumer's move
    std::unique_ptr<store::Pending> pending;
  };

  /// Where a transaction was, and is now.
  struct Moved {
    std::uint64_t from = 0;
    std::uint64_t to = 0;
  };

  /// The last move of a consumer, where it was exported.
  struct Stand {
    std::uint64_t line = 0;
    std::uint64_t sequence = 0;
    EventId next = {};
  };

  Result<std::optional<EventId>> cause_of(const ExportedEvent& event, std::uint64_t sequence);
  Result<> start(const store::Append& append, UnderWay what);
  Result<> take_oldest();
  [[nodiscard]] EventId place_now(EventId next) const;
  Result<> move_consumers();

  store::StoreCore& store_;
  journal::ExportReader reader_;
  std::string origin_;
  std::uint64_t last_ = 0;
  std::deque<UnderWay> under_way_;
  /// Where each transaction has come to, ascending: causes name it by where it was.
  std::vector<Moved> places_;
  std::map<std::string, Stand> stands_;  ///< by consumer
  Counts counts_;
};

Error at_line(Error error, std::uint64_t line) {
  return std::move(error).at(fmt::format("line {}", line));
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
                                            journal::to_string(*event.cause)));
  }
  return EventId{.sequence = found->to, .event = event.cause->event};
}

Result<> Importer::add(std::string_view line, std::uint64_t number) {
  auto read = reader_.read(line);
  if (!read) {
    return fail(at_line(std::move(read).error(), number));
  }
  const ExportedTransaction& transaction = **read;
  if (transaction.sequence <= last_) {
    return fail(at_line(
        Error(Errc::Corrupt, fmt::format("transaction {} follows {}", transaction.sequence, last_)),
        number));
  }
  last_ = transaction.sequence;
  if (const auto& move = transaction.move) {
    stands_[move->consumer] = {
        .line = number, .sequence = transaction.sequence, .next = move->next};
  }
  if (transaction.events.empty()) {
    counts_.left_out += transaction.move ? 0U : 1U;
    return {};
  }
  std::vector<store::NewEvent> events;
  for (const ExportedEvent& event : transaction.events) {
    auto cause = cause_of(event, transaction.sequence);
    if (!cause) {
      return fail(at_line(std::move(cause).error(), number));
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
      {.line = number, .sequence = transaction.sequence, .events = events.size(), .pending = {}});
}

Result<> Importer::start(const store::Append& append, UnderWay what) {
  if (under_way_.size() == window) {
    CAIRN_TRY(take_oldest());
  }
  auto started = store_.start(append);
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
    CAIRN_TRY(const store::ConsumerPosition position, store_.position(consumer));
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

Result<> Importer::finish() {
  while (!under_way_.empty()) {
    CAIRN_TRY(take_oldest());
  }
  CAIRN_TRY(move_consumers());
  while (!under_way_.empty()) {
    CAIRN_TRY(take_oldest());
  }
  return {};
}

Result<Counts> import_lines(const std::string& folder, Lines& lines) {
  std::string line;
  CAIRN_TRY(const bool has_header, lines.next(line));
  if (!has_header) {
    return fail(Errc::Truncated, "line 1: is missing: the export is empty");
  }
  auto header = journal::parse_export_header(line);
  if (!header) {
    return fail(at_line(std::move(header).error(), 1));
  }
  auto schema = schema::Schema::from_idl(header->schema);
  if (!schema) {
    return fail(at_line(std::move(schema).error().at("$.schema"), 1));
  }
  CAIRN_TRY(const auto store, store::open_store(folder, schema->domain(), {}));
  Importer importer(*store, *schema, header->origin);
  ProgressBar bar("import");
  while (true) {
    auto more = lines.next(line);
    if (!more) {
      return fail(at_line(std::move(more).error(), lines.number()));
    }
    if (!*more) {
      break;
    }
    CAIRN_TRY(importer.add(line, lines.number()));
    bar.show(lines.done(), lines.size());
  }
  CAIRN_TRY(importer.finish());
  CAIRN_TRY(store->close());
  return importer.counts();
}

}  // namespace

Exit run_import(Arguments arguments) {
  CLI::App app(help);
  std::string folder;
  std::string path;
  bool json = false;
  app.add_option("DIR", folder, "the folder of the event store")->required();
  app.add_option("FILE", path, "lines of JSON; /dev/stdin for standard input")->required();
  app.add_flag("--json", json, "one JSON object");
  if (const auto ended = parse(app, "import", arguments)) {
    return *ended;
  }
  auto lines = Lines::open(path);
  const auto counts = lines ? import_lines(folder, *lines) : fail(lines.error());
  if (!counts) {
    fmt::print(stderr, "cairn import: {}\n", counts.error().to_string());
    return Exit::Failed;
  }
  if (json) {
    using schema::JsonTree;
    fmt::print("{}\n", JsonTree::object({{"appended", JsonTree::number(counts->appended)},
                                         {"consumers", JsonTree::number(counts->consumers)},
                                         {"events", JsonTree::number(counts->events)},
                                         {"left_out", JsonTree::number(counts->left_out)},
                                         {"repeated", JsonTree::number(counts->repeated)}})
                           .canonical());
    return Exit::Ok;
  }
  fmt::print(
      "appended     {} transactions, {} events\nrepeated     {}, which were there\n"
      "left out     {}, which state no events\nconsumers    {}, moved to where they stood\n",
      counts->appended, counts->events, counts->repeated, counts->left_out, counts->consumers);
  return Exit::Ok;
}

}  // namespace cairn::cli
