// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <cstdio>
#include <string>
#include <utility>

#include <fmt/core.h>

#include "apps/cairn/arguments.h"
#include "apps/cairn/event_lister.h"
#include "apps/cairn/journal_folder.h"
#include "apps/cairn/verb.h"

namespace cairn::cli {

namespace {

using journal::HistoryEntry;

constexpr auto log_help =
    "Prints the events of a journal, oldest first, read with the journal's own schema. May run "
    "beside its\n"
    "writer, and on a folder that cannot be written. What transactions without events were is in "
    "the list,\n"
    "too, unless events are chosen. Chosen ones are found by the journal's index, as far as there "
    "is "
    "one;\n"
    "what is wrong with it is said on standard error, and the log is read in its place.\n\n"
    "exit status: 0 done; 1 the journal cannot be read; 2 wrong usage\n\n"
    "example: cairn log data/shop --entity order/7 --limit 20";

constexpr auto tx_help =
    "Prints one transaction whole: what was asked, what came of it, and its events with version,\n"
    "ancestor and cause.\n\n"
    "exit status: 0 done; 1 the journal cannot be read, or has no such transaction; 2 wrong "
    "usage\n\n"
    "example: cairn tx data/shop 42";

Exit report(std::string_view verb, const Error& error) {
  fmt::print(stderr, "cairn {}: {}\n", verb, error.to_string());
  return Exit::Failed;
}

Result<> list(const ListRequest& request) {
  CAIRN_TRY(JournalFolder folder, JournalFolder::open(request.folder));
  return EventLister(request, std::move(folder)).run();
}

Result<> show(const std::string& path, std::uint64_t sequence, bool json) {
  CAIRN_TRY(JournalFolder folder, JournalFolder::open(path));
  CAIRN_TRY(const HistoryEntry* const entry, folder.reader().at(Seq(sequence)));
  CAIRN_TRY(journal::Printer* const printer, folder.printer_for(*entry->record));
  fmt::print("{}",
             json ? printer->transaction_json(*entry) + "\n" : printer->transaction_text(*entry));
  return {};
}

void add_choices(CLI::App& app, ListRequest& request) {
  app.add_option("--entity", request.entity, "events about exactly this");
  app.add_option("--entity-prefix", request.entity_prefix, "events about what is called so");
  app.add_option("--scope", request.scope, "events in exactly this scope");
  app.add_option("--kind", request.kind, "events of this name")->type_name("NAME");
}

}  // namespace

Exit run_log(Arguments arguments) {
  CLI::App app(log_help);
  ListRequest request;
  bool json = false;
  app.add_option("DIR", request.folder, "the folder of the journal")->required();
  const Bounds sequences = {.min = 1, .max = list_no_limit};
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
  add_number(app, "SEQ", sequence, {.min = 1, .max = list_no_limit}, "the transaction")->required();
  app.add_flag("--json", json, "one JSON object");
  if (const auto ended = parse(app, "tx", arguments)) {
    return *ended;
  }
  const Result<> shown = show(folder, sequence, json);
  return shown ? Exit::Ok : report("tx", shown.error());
}

}  // namespace cairn::cli
