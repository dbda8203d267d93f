// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <vector>

#include <fmt/core.h>

#include "apps/cairn/arguments.h"
#include "apps/cairn/journal_files.h"
#include "apps/cairn/journal_folder.h"
#include "apps/cairn/terminal.h"
#include "apps/cairn/verb.h"
#include "journal/verify.h"
#include "schema/json_tree.h"

namespace cairn::cli {

namespace {

using journal::JournalVerdict;
using journal::Promise;
using schema::JsonTree;

constexpr auto help =
    "Proves a journal: every byte of its log, every record, the chain of hashes, schemas, "
    "versions, "
    "ancestors\n"
    "and causes of events, its tree and its index; and that it is the history whose heads were "
    "anchored. Reads\n"
    "everything once, changes nothing, and may run beside the writer.\n\n"
    "exit status: 0 every promise holds; 1 it cannot be judged; 2 wrong usage; the first broken "
    "promise:\n"
    "3 log; 4 record; 5 position; 6 time; 7 schema; 8 ancestor; 9 cause; 10 keys; 11 rolled back; "
    "12 forked;\n"
    "13 tree; 14 index; 15 value; 16 entry of the index\n\n"
    "example: cairn verify data/shop --anchors shop.anchors";

/// The exit status of a broken promise: part of the command line's contract, as the help says.
Exit status_of(Promise promise) {
  constexpr int first_promise = 3;
  return static_cast<Exit>(first_promise + static_cast<int>(promise));
}

static_assert(static_cast<int>(Promise::Log) == 0 && static_cast<int>(Promise::Value) == 12 &&
              static_cast<int>(Promise::Entry) == 13);

struct Request {
  std::string folder;
  std::string anchors;
  std::vector<std::string> keys;
  bool values = false;
  bool quick = false;
  bool json = false;
};

JsonTree as_json(const JournalVerdict& verdict) {
  JsonTree tree = JsonTree::object();
  tree.set("holds", verdict.holds());
  tree.set("first", JsonTree::number(verdict.first.value()));
  tree.set("last", JsonTree::number(verdict.last.value()));
  tree.set("batches", JsonTree::number(verdict.batches));
  tree.set("bytes", JsonTree::number(verdict.bytes));
  tree.set("events", JsonTree::number(verdict.events));
  tree.set("coordinates", JsonTree::number(verdict.coordinates));
  tree.set("head", verdict.head.to_string());
  if (verdict.tree) {
    tree.set("size", JsonTree::number(verdict.tree->size));
    tree.set("root", verdict.tree->root.to_string());
  }
  if (verdict.broken) {
    tree.set("broken", to_string(verdict.broken->promise));
    tree.set("at", JsonTree::number(verdict.broken->at.value()));
    tree.set("reason", verdict.broken->reason);
    tree.set("advice", verdict.broken->advice);
  }
  return tree;
}

std::string as_table(const JournalVerdict& verdict) {
  std::string text = fmt::format(
      "transactions {} to {}\nevents       {} at {} coordinates\nlog          {} batches, {} "
      "bytes, head {}\n",
      verdict.first.value(), verdict.last.value(), verdict.events, verdict.coordinates,
      verdict.batches, verdict.bytes, verdict.head.to_string());
  if (verdict.tree) {
    text += fmt::format("tree         size {}, root {}\n", verdict.tree->size,
                        verdict.tree->root.to_string());
  }
  if (!verdict.broken) {
    return text + fmt::format("holds        {}\n", coloured(Colour::Green, "yes"));
  }
  const journal::BrokenPromise& broken = *verdict.broken;
  text += fmt::format("holds        {}\nbroken       {}", coloured(Colour::Red, "no"),
                      to_string(broken.promise));
  if (broken.at != Seq()) {
    text += fmt::format(", transaction {}", broken.at.value());
  }
  return text + fmt::format(": {}\nadvice       {}\n", broken.reason, broken.advice);
}

Result<Exit> verify(const Request& request) {
  CAIRN_TRY(const auto disk, open_folder(request.folder));
  CAIRN_TRY(const auto keys, load_keys(request.keys));
  std::optional<journal::Anchors> anchors;
  if (!request.anchors.empty()) {
    CAIRN_TRY(anchors, load_anchors(request.anchors));
  }
  ProgressBar bar("verify");
  auto verdict = journal::verify_journal(
      *disk, "",
      {.anchors = anchors ? &*anchors : nullptr,
       .keys = keys,
       .values = request.values,
       .entries = !request.quick,
       .wants_head = true,
       .progress = [&](std::uint64_t done, std::uint64_t total) { bar.show(done, total); }});
  if (!verdict) {
    return fail(std::move(verdict).error().at(request.folder));
  }
  bar.end();
  fmt::print("{}", request.json ? as_json(*verdict).canonical() + "\n" : as_table(*verdict));
  const std::optional<journal::BrokenPromise>& broken = verdict->broken;
  return broken ? status_of(broken->promise) : Exit::Ok;
}

}  // namespace

Exit run_verify(Arguments arguments) {
  CLI::App app(help);
  Request request;
  app.add_option("DIR", request.folder, "the folder of the journal")->required();
  app.add_option("--anchors", request.anchors, "heads through which the journal must have come")
      ->type_name("FILE");
  app.add_option("--keys", request.keys,
                 "a public key with which the journal began, or a file of them")
      ->type_name("KEY")
      ->expected(1)
      ->take_all();
  app.add_flag("--values", request.values, "also read every event with its schema");
  app.add_flag("--quick", request.quick, "do not compare the index with the log, entry by entry");
  app.add_flag("--json", request.json, "one JSON object");
  if (const auto ended = parse(app, "verify", arguments)) {
    return *ended;
  }
  const Result<Exit> ended = verify(request);
  if (!ended) {
    fmt::print(stderr, "cairn verify: {}\n", ended.error().to_string());
    return Exit::Failed;
  }
  return *ended;
}

}  // namespace cairn::cli
