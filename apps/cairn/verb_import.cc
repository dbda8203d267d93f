// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <istream>
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
#include "journal/importer.h"
#include "schema/json_tree.h"

namespace cairn::cli {

namespace {

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

Result<journal::Importer::Counts> import_lines(const std::string& folder, Lines& lines) {
  std::string line;
  CAIRN_TRY(const bool has_header, lines.next(line));
  if (!has_header) {
    return fail(Errc::Truncated, "line 1: is missing: the export is empty");
  }
  CAIRN_TRY(auto importer, journal::Importer::begin(line, [&](const DomainInfo& domain) {
              return store::open_store(folder, domain, {});
            }));
  ProgressBar bar("import");
  while (true) {
    auto more = lines.next(line);
    if (!more) {
      return fail(std::move(more).error().at(fmt::format("line {}", lines.number())));
    }
    if (!*more) {
      break;
    }
    CAIRN_TRY(importer->add(line, lines.number()));
    bar.show(lines.done(), lines.size());
  }
  CAIRN_TRY(importer->finish());
  return importer->counts();
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
