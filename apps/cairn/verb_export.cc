// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <memory>
#include <string>
#include <utility>

#include <fmt/core.h>

#include "apps/cairn/arguments.h"
#include "apps/cairn/journal_folder.h"
#include "apps/cairn/msgpack.h"
#include "apps/cairn/terminal.h"
#include "apps/cairn/verb.h"
#include "cairn/time.h"
#include "journal/exported.h"

namespace cairn::cli {

namespace {

using journal::EventRecord;
using journal::HistoryEntry;
using journal::TransactionRecord;

constexpr auto help =
    "Prints a journal: as lines of JSON, a header and then a transaction on each, which `cairn "
    "import` reads;\n"
    "the same as MessagePack; or its events as CSV (docs/formats/export.md). May run beside the "
    "writer.\n\n"
    "exit status: 0 done; 1 the journal cannot be read, or FILE not be written; 2 wrong usage\n\n"
    "example: cairn export data/shop -o shop.jsonl";

struct Request {
  std::string folder;
  std::uint64_t from = 1;
  std::uint64_t to = std::numeric_limits<std::int64_t>::max();
  std::string format = "jsonl";
  std::string output;
};

/// A field of CSV as RFC 4180 has it.
std::string csv(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) {
    return std::string(text);
  }
  std::string out = "\"";
  for (const char letter : text) {
    out += letter;
    if (letter == '"') {
      out += letter;
    }
  }
  return out + '"';
}

std::string csv_lines(journal::Printer& printer, const TransactionRecord& record) {
  std::string out;
  for (std::size_t i = 0; i < record.events.size(); ++i) {
    const EventRecord& event = record.events[i];
    out += fmt::format("{}.{},{},{},{},{},{},{},{},{},{}\r\n", record.position.value(), i,
                       Timestamp{record.time}.to_string(), csv(printer.event_name(record, event)),
                       csv(event.coordinate.entity), csv(event.coordinate.scope), event.version,
                       event.version > 1 ? to_string(event.ancestor) : "",
                       event.has_cause ? to_string(event.cause) : "",
                       record.has_correlation ? record.correlation.to_string() : "",
                       csv(printer.value_json(record, event)));
  }
  return out;
}

/// Standard output, or a new file that is taken away again if it does not become whole.
class Output final {
 public:
  static Result<std::unique_ptr<Output>> open(const std::string& path) {
    std::FILE* const file = path.empty() ? stdout : std::fopen(path.c_str(), "wbx");
    if (file == nullptr) {
      return fail(Error(Errc::AlreadyExists, "cannot be made, or is there already").at(path));
    }
    return std::unique_ptr<Output>(new Output(path, file));
  }

  ~Output() {
    if (file_ != nullptr && !path_.empty()) {
      std::fclose(file_);
      std::remove(path_.c_str());
    }
  }

  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  Result<> write(std::string_view text) {
    return std::fwrite(text.data(), 1, text.size(), file_) == text.size() ? Result<>() : failed();
  }

  /// It is whole.
  Result<> finish() {
    std::FILE* const file = std::exchange(file_, nullptr);
    if (path_.empty()) {
      return {};
    }
    if (std::fclose(file) != 0) {
      std::remove(path_.c_str());
      return failed();
    }
    return {};
  }

 private:
  Output(std::string path, std::FILE* file) : path_(std::move(path)), file_(file) {}

  [[nodiscard]] Result<> failed() const {
    return fail(
        Error(Errc::IoFailed, "cannot be written").at(path_.empty() ? "standard output" : path_));
  }

  std::string path_;
  std::FILE* file_;
};

Result<std::string> header(const Request& request, JournalFolder& folder) {
  if (request.format == "csv") {
    return "event,time,name,entity,scope,version,ancestor,cause,correlation,value\r\n";
  }
  CAIRN_TRY(const Seq first, folder.reader().first());
  CAIRN_TRY(const HistoryEntry* const oldest, folder.reader().at(first));
  const std::string line =
      journal::print_export_header(journal::make_export_header(oldest->hash, folder.schemas()));
  return request.format == "jsonl" ? line + "\n" : to_msgpack(line);
}

Result<std::string> lines(const Request& request, JournalFolder& folder,
                          const HistoryEntry& entry) {
  CAIRN_TRY(journal::Printer* const printer, folder.printer_for(*entry.record));
  if (request.format == "csv") {
    return csv_lines(*printer, *entry.record);
  }
  const std::string line = printer->transaction_json(entry);
  return request.format == "jsonl" ? line + "\n" : to_msgpack(line);
}

Result<> write(const Request& request) {
  CAIRN_TRY(JournalFolder folder, JournalFolder::open(request.folder));
  CAIRN_TRY(const auto output, Output::open(request.output));
  journal::HistoryReader& reader = folder.reader();
  const std::uint64_t last = std::min(reader.durable().value(), request.to);
  if (reader.durable() > Seq(0)) {
    CAIRN_TRY(const std::string first_line, header(request, folder));
    CAIRN_TRY(output->write(first_line));
  }
  ProgressBar bar("export");
  CAIRN_TRY(const Seq first, reader.first());
  const std::uint64_t begin = std::max(first.value(), request.from);
  if (begin <= last) {
    CAIRN_TRY(reader.seek(Seq(begin)));
  }
  for (std::uint64_t at = begin; at <= last; ++at) {
    CAIRN_TRY(const HistoryEntry* const entry, reader.next());
    CAIRN_TRY(const std::string text, lines(request, folder, *entry));
    CAIRN_TRY(output->write(text));
    bar.show(at - begin + 1, last - begin + 1);
  }
  return output->finish();
}

}  // namespace

Exit run_export(Arguments arguments) {
  CLI::App app(help);
  Request request;
  constexpr Bounds sequences = {.min = 1, .max = std::numeric_limits<std::int64_t>::max()};
  app.add_option("DIR", request.folder, "the folder of the journal")->required();
  add_number(app, "--from", request.from, sequences, "the first transaction");
  add_number(app, "--to", request.to, sequences, "the last transaction");
  app.add_option("--format", request.format, "jsonl, msgpack or csv")
      ->check(CLI::IsMember({"jsonl", "msgpack", "csv"}));
  app.add_option("-o,--output", request.output, "a new file, instead of standard output")
      ->type_name("FILE");
  if (const auto ended = parse(app, "export", arguments)) {
    return *ended;
  }
  const Result<> written = write(request);
  if (!written) {
    fmt::print(stderr, "cairn export: {}\n", written.error().to_string());
    return Exit::Failed;
  }
  return Exit::Ok;
}

}  // namespace cairn::cli
