// SPDX-License-Identifier: Apache-2.0
#include "apps/cairn/verb_key_history.h"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include <fmt/core.h>

#include "apps/cairn/arguments.h"
#include "apps/cairn/journal_files.h"
#include "apps/cairn/journal_folder.h"
#include "apps/cairn/terminal.h"
#include "journal/key_history.h"
#include "journal/note.h"
#include "schema/json_tree.h"

namespace cairn::cli {

namespace {

using journal::KeyChange;
using journal::KeyHistory;
using schema::JsonTree;

constexpr auto help =
    "Lists the keys that have signed the heads of a journal, as it has recorded them: each is "
    "given "
    "by the one\n"
    "before it. Reads the journal once; may run beside its writer. With --note, prints the "
    "statement "
    "that a\n"
    "transaction records, for `cairn receipt verify --rotation`.\n\n"
    "exit status: 0 done; 1 the journal cannot be read, a key was not given by the one before it, "
    "or "
    "there is\n"
    "no such note; 2 wrong usage\n\n"
    "example: cairn keys history data/bank --keys bank.key.pub";

struct Request {
  std::string folder;
  std::vector<std::string> keys;
  std::uint64_t note = 0;
  bool json = false;
};

Result<KeyHistory> read(const Request& request) {
  KeyHistory history;
  CAIRN_TRY(auto keys, load_keys(request.keys));
  for (journal::VerifierKey& key : keys) {
    CAIRN_TRY(history.trust(std::move(key)));
  }
  CAIRN_TRY(JournalFolder folder, JournalFolder::open(request.folder));
  journal::HistoryReader& reader = folder.reader();
  ProgressBar bar("keys history");
  const std::uint64_t last = reader.durable().value();
  while (true) {
    CAIRN_TRY(const journal::HistoryEntry* const entry, reader.next());
    if (entry == nullptr) {
      return history;
    }
    CAIRN_TRY(history.add(*entry->record));
    bar.show(entry->record->position.value(), last);
  }
}

JsonTree as_json(const KeyChange& change) {
  JsonTree tree = JsonTree::object({{"from_size", JsonTree::number(change.size)},
                                    {"key", change.key.to_string()},
                                    {"note", print_note(change.note)},
                                    {"sequence", JsonTree::number(change.at.value())}});
  if (change.retired) {
    tree.set("retired", change.retired->to_string());
  }
  return tree;
}

void print(const KeyHistory& history, bool json) {
  JsonTree rows = JsonTree::array();
  std::string table = fmt::format("{:>11}  {:>10}  {}\n", "transaction", "from size", "key");
  for (const KeyChange& change : history.changes()) {
    rows.push(as_json(change));
    table +=
        fmt::format("{:>11}  {:>10}  {}\n", change.at.value(), change.size, change.key.to_string());
  }
  fmt::print("{}", json ? rows.canonical() + "\n" : table);
}

Result<> print_one(const KeyHistory& history, std::uint64_t sequence) {
  const auto changes = history.changes();
  const auto found = std::ranges::find(changes, Seq(sequence), &KeyChange::at);
  if (found == changes.end()) {
    return fail(Errc::NotFound, fmt::format("transaction {} records no key", sequence));
  }
  fmt::print("{}", print_note(found->note));
  return {};
}

Result<> show(const Request& request) {
  CAIRN_TRY(const KeyHistory history, read(request));
  if (request.note != 0) {
    return print_one(history, request.note);
  }
  print(history, request.json);
  return {};
}

}  // namespace

Exit run_key_history(Arguments arguments) {
  CLI::App app(help);
  Request request;
  app.add_option("DIR", request.folder, "the folder of the journal")->required();
  app.add_option("--keys", request.keys,
                 "a public key with which the journal began, or a file of them")
      ->type_name("KEY")
      ->expected(1)
      ->take_all();
  add_number(app, "--note", request.note,
             {.min = 1, .max = std::numeric_limits<std::int64_t>::max()},
             "print what this transaction records, and nothing else");
  app.add_flag("--json", request.json, "one JSON array");
  if (const auto ended = parse(app, "keys history", arguments)) {
    return *ended;
  }
  if (const Result<> shown = show(request); !shown) {
    fmt::print(stderr, "cairn keys history: {}\n", shown.error().to_string());
    return Exit::Failed;
  }
  return Exit::Ok;
}

}  // namespace cairn::cli
