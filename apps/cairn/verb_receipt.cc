// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/core.h>

#include "apps/cairn/arguments.h"
#include "apps/cairn/journal_files.h"
#include "apps/cairn/terminal.h"
#include "apps/cairn/verb.h"
#include "apps/cairn/whole_history.h"
#include "journal/key_history.h"
#include "journal/tree.h"
#include "schema/json_tree.h"

namespace cairn::cli {

namespace {

using journal::ReceiptLink;
using schema::JsonTree;

constexpr auto help =
    "Receipts of transactions, which need no server (docs/formats/receipt.md).\n\n"
    "`cairn receipt make DIR SEQ --key FILE`  makes the receipt of a transaction\n"
    "`cairn receipt verify FILE --key KEY`    says whether a receipt holds\n\n"
    "example: cairn receipt verify receipt.json --key bank.pub";

constexpr auto make_help =
    "Prints the receipt of a transaction, under a head of the whole journal that the private key "
    "signs now.\n"
    "The key's name is that of the journal; if the journal has recorded which key signs, it is "
    "that "
    "one.\n"
    "Reads the journal once; may run beside its writer. What was taken out of it is read too: from "
    "the folder\n"
    "`archive` in it, or from wherever --archive says that it is.\n\n"
    "exit status: 0 done; 1 the journal or the key cannot be read, or there is no such "
    "transaction;\n"
    "2 wrong usage\n\n"
    "example: cairn receipt make data/bank 42 --key bank.key > receipt.json";

constexpr auto verify_help =
    "Says whether a receipt holds, and if not, which link is broken. Trusts the keys given, and\n"
    "nothing else.\n\n"
    "KEY is the text of a public key, name+id+base64, or a file with one on each line.\n\n"
    "exit status: 0 it holds; 1 a file cannot be read, or is not what it should be; 2 wrong "
    "usage;\n"
    "a broken link: 3 transaction hash; 4 position; 5 size; 6 no known key signed the head;\n"
    "7 wrong signature; 8 the key is not the one for this size; 9 the key is of another journal;\n"
    "10 inclusion; 11 consistency; 12 the receipt shows no anchored head; 13 the history has "
    "forked\n"
    "\n"
    "example: cairn receipt verify receipt.json --key bank.pub --anchors bank.anchors";

struct Request {
  std::string file;
  std::vector<std::string> keys;
  std::vector<std::string> rotations;
  std::string anchors;
  bool json = false;
};

/// The exit status of a broken link: part of the command line's contract, as the help says.
Exit status_of(ReceiptLink link) {
  constexpr int first_link = 3;
  return static_cast<Exit>(first_link + static_cast<int>(link));
}

static_assert(static_cast<int>(ReceiptLink::TransactionHash) == 0);
static_assert(static_cast<int>(ReceiptLink::SameHistory) == 10);

Result<journal::Keyring> make_ring(const Request& request) {
  journal::Keyring ring;
  CAIRN_TRY(auto keys, load_keys(request.keys));
  for (journal::VerifierKey& key : keys) {
    CAIRN_TRY(ring.trust(std::move(key)));
  }
  for (const std::string& path : request.rotations) {
    CAIRN_TRY(const journal::Note note, load_note(path));
    if (Result<> rotated = ring.rotate(note); !rotated) {
      return fail(std::move(rotated).error().at(path));
    }
  }
  return ring;
}

JsonTree as_json(const journal::Receipt& receipt, const journal::ReceiptVerdict& verdict) {
  JsonTree tree = JsonTree::object();
  tree.set("holds", verdict.holds());
  tree.set("origin", receipt.head.origin);
  tree.set("sequence", JsonTree::number(receipt.sequence.value()));
  tree.set("size", JsonTree::number(receipt.head.tree.size));
  tree.set("root", receipt.head.tree.root.to_string());
  tree.set("transaction_hash", receipt.transaction_hash.to_string());
  if (verdict.broken) {
    tree.set("broken", to_string(*verdict.broken));
    tree.set("reason", verdict.reason);
  }
  return tree;
}

std::string as_table(const journal::Receipt& receipt, const journal::ReceiptVerdict& verdict) {
  std::string text = fmt::format(
      "journal      {}\ntransaction  {}\nhash         {}\nhead         size {}, root {}\n",
      receipt.head.origin, receipt.sequence.value(), receipt.transaction_hash.to_string(),
      receipt.head.tree.size, receipt.head.tree.root.to_string());
  if (receipt.anchor) {
    text += fmt::format("anchor       size {}, root {}\n", receipt.anchor->head.size,
                        receipt.anchor->head.root.to_string());
  }
  text += verdict.broken ? fmt::format("holds        no\nbroken       {}: {}\n",
                                       to_string(*verdict.broken), verdict.reason)
                         : "holds        yes\n";
  return text;
}

Result<Exit> verify(const Request& request) {
  CAIRN_TRY(const journal::Keyring ring, make_ring(request));
  std::optional<journal::Anchors> anchors;
  if (!request.anchors.empty()) {
    CAIRN_TRY(anchors, load_anchors(request.anchors));
  }
  CAIRN_TRY(const journal::Receipt receipt, load_receipt(request.file));
  const journal::ReceiptVerdict verdict =
      verify_receipt(receipt, ring, anchors ? &*anchors : nullptr);
  fmt::print("{}", request.json ? as_json(receipt, verdict).canonical() + "\n"
                                : as_table(receipt, verdict));
  return verdict.broken ? status_of(*verdict.broken) : Exit::Ok;
}

Exit run_verify_receipt(Arguments arguments) {
  CLI::App app(verify_help);
  Request request;
  app.add_option("FILE", request.file, "the receipt")->required();
  app.add_option("--key", request.keys, "a public key that is trusted; may be given several times")
      ->required()
      ->type_name("KEY")
      ->expected(1)
      ->take_all();
  app.add_option("--rotation", request.rotations,
                 "a key rotation to follow; several in the order of the journal")
      ->type_name("FILE")
      ->expected(1)
      ->take_all();
  app.add_option("--anchors", request.anchors, "earlier heads, one of which the receipt must show")
      ->type_name("FILE");
  app.add_flag("--json", request.json, "one JSON object");
  if (const auto ended = parse(app, "receipt verify", arguments)) {
    return *ended;
  }
  const Result<Exit> ended = verify(request);
  if (!ended) {
    fmt::print(stderr, "cairn receipt verify: {}\n", ended.error().to_string());
    return Exit::Failed;
  }
  return *ended;
}

struct MakeRequest {
  std::string folder;
  std::uint64_t sequence = 0;
  std::vector<std::string> archives;
  std::string key;
  std::uint64_t anchor_size = 0;
  std::string output;
};

/// The hashes of the transactions behind `known`, so many; and the keys that they record.
Result<std::vector<Digest>> read_piece(WholeHistory& history, std::uint64_t known,
                                       std::uint64_t count, journal::KeyHistory& keys) {
  std::vector<Digest> hashes;
  hashes.reserve(count);
  while (hashes.size() < count) {
    CAIRN_TRY(const journal::HistoryEntry* const entry, history.at(Seq(known + hashes.size() + 1)));
    CAIRN_TRY(keys.add(*entry->record));
    hashes.push_back(entry->hash);
  }
  return hashes;
}

/// The tree of the whole journal; and which keys the journal says sign it.
Result<journal::KeyHistory> grow(journal::Tree& tree, WholeHistory& history) {
  constexpr std::uint64_t piece = 4096;
  ProgressBar bar("receipt make");
  journal::KeyHistory keys;
  const std::uint64_t size = history.size();
  while (tree.size() < size) {
    CAIRN_TRY(const auto read,
              read_piece(history, tree.size(), std::min(piece, size - tree.size()), keys));
    CAIRN_TRY(tree.append(read));
    bar.show(tree.size(), size);
  }
  return keys;
}

/// A head by any other key would be believed by nobody.
Result<> check_key(const journal::KeyHistory& keys, const journal::SignerKey& key) {
  const journal::KeyChange* const known = keys.in_force();
  if (known == nullptr || known->key == key.verifier()) {
    return {};
  }
  return fail(
      Error(Errc::Conflict,
            fmt::format("transaction {} records that {} signs the heads of this journal, "
                        "and not {}",
                        known->at.value(), known->key.to_string(), key.verifier().to_string()))
          .advise("sign with that key; `cairn keys history` lists all"));
}

Result<std::string> make(const MakeRequest& request) {
  CAIRN_TRY(const journal::SignerKey key, load_signer(request.key));
  CAIRN_TRY(WholeHistory history, WholeHistory::open(request.folder, request.archives));
  CAIRN_TRY(const journal::HistoryEntry* const entry, history.at(Seq(request.sequence)));
  const std::vector<std::byte> frame = journal::frame_of(entry->bytes);
  journal::MemoryHashStore store;
  CAIRN_TRY(journal::Tree tree, journal::Tree::open(store, history, 0));
  CAIRN_TRY(const journal::KeyHistory keys, grow(tree, history));
  CAIRN_TRY(check_key(keys, key));
  const journal::Note note = sign_head({.origin = key.verifier().name(), .tree = tree.head()}, key);
  CAIRN_TRY(const journal::Receipt receipt,
            make_receipt(tree, {.transaction = frame,
                                .sequence = Seq(request.sequence),
                                .note = note,
                                .anchor_size = request.anchor_size == 0
                                                   ? std::nullopt
                                                   : std::optional(request.anchor_size)}));
  return print_receipt(receipt);
}

Exit run_make(Arguments arguments) {
  CLI::App app(make_help);
  MakeRequest request;
  constexpr Bounds sequences = {.min = 1, .max = std::numeric_limits<std::int64_t>::max()};
  app.add_option("DIR", request.folder, "the folder of the journal")->required();
  add_number(app, "SEQ", request.sequence, sequences, "the transaction")->required();
  app.add_option("--key", request.key, "the private key that signs the head")
      ->required()
      ->type_name("FILE");
  app.add_option("--archive", request.archives,
                 "where transactions are that were taken out; several if they are in several")
      ->type_name("FOLDER")
      ->expected(1)
      ->take_all();
  add_number(app, "--anchor-size", request.anchor_size, sequences,
             "the size of a head that was anchored, to connect the receipt with");
  app.add_option("-o,--output", request.output, "a new file, instead of standard output")
      ->type_name("FILE");
  if (const auto ended = parse(app, "receipt make", arguments)) {
    return *ended;
  }
  const auto text = make(request);
  const Result<> written = !text                    ? fail(text.error())
                           : request.output.empty() ? Result<>()
                                                    : write_new_file(request.output, *text, 0644);
  if (!written) {
    fmt::print(stderr, "cairn receipt make: {}\n", written.error().to_string());
    return Exit::Failed;
  }
  if (request.output.empty()) {
    fmt::print("{}", *text);
  }
  return Exit::Ok;
}

}  // namespace

Exit run_receipt(Arguments arguments) {
  if (!arguments.empty() && arguments.front() == "verify") {
    return run_verify_receipt(arguments.subspan(1));
  }
  if (!arguments.empty() && arguments.front() == "make") {
    return run_make(arguments.subspan(1));
  }
  CLI::App app(help);
  std::string word;
  app.add_option("WHAT", word, "make or verify")
      ->required()
      ->check(CLI::IsMember({"make", "verify"}));
  const auto ended = parse(app, "receipt", arguments);
  return ended.value_or(Exit::Usage);
}

}  // namespace cairn::cli
