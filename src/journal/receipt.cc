// SPDX-License-Identifier: Apache-2.0
#include "journal/receipt.h"

#include <algorithm>
#include <utility>

#include <fmt/core.h>

#include "base/hash.h"
#include "base/limits.h"
#include "journal/note_base64.h"
#include "journal/tree_hash.h"
#include "schema/json_reader.h"
#include "schema/json_tree.h"

namespace cairn::journal {

namespace {

using schema::json_string;
using schema::json_unsigned;
using schema::JsonElement;
using schema::JsonTree;
using schema::Members;
using schema::Path;

constexpr std::string_view receipt_format = "cairn receipt";
constexpr std::uint64_t receipt_version = 1;
/// What every reader of JSON keeps exactly.
constexpr std::uint64_t number_max = (std::uint64_t{1} << 53U) - 1;

// The members, by name; `anchor` alone may be absent.
constexpr schema::MemberRule receipt_members[] = {
    {"anchor", false}, {"format"}, {"head"},        {"inclusion"},        {"index"},
    {"sequence"},      {"size"},   {"transaction"}, {"transaction_hash"}, {"version"}};
constexpr schema::MemberRule anchor_members[] = {{"proof"}, {"root"}, {"size"}};

JsonTree print_proof(const Proof& proof) {
  JsonTree hashes = JsonTree::array();
  for (const Digest& hash : proof) {
    hashes.push(hash.to_string());
  }
  return hashes;
}

Result<Digest> read_digest(JsonElement element, const Path& at) {
  CAIRN_TRY(const std::string_view text, json_string(element, at));
  const auto digest = Digest::parse(text);
  return digest ? *digest
                : Result<Digest>(at.fail(Errc::Corrupt, "not 64 lower-case hexadecimal digits"));
}

Result<Proof> read_proof(JsonElement element, const Path& at) {
  CAIRN_TRY(const auto array, schema::json_array(element, at));
  if (array.size() > proof_hashes_max) {
    return at.fail(Errc::TooLarge,
                   fmt::format("no proof has more than {} hashes", proof_hashes_max));
  }
  Proof proof;
  for (const JsonElement item : array) {
    CAIRN_TRY(const Digest hash, read_digest(item, at.item(proof.size())));
    proof.push_back(hash);
  }
  return proof;
}

Result<std::uint64_t> read_number(const Members& members, std::string_view name, const Path& at) {
  return json_unsigned(members[name], number_max, at.member(name));
}

/// Before anything else is judged: a newer version may have other members.
Result<> check_version(JsonElement root, const Path& at) {
  CAIRN_TRY(const auto object, schema::json_object(root, at));
  JsonElement format;
  JsonElement version;
  std::string_view name;
  if (object["format"].get(format) != simdjson::SUCCESS || format.get(name) != simdjson::SUCCESS ||
      name != receipt_format) {
    return at.member("format").fail(Errc::Corrupt, "this is no receipt");
  }
  if (object["version"].get(version) != simdjson::SUCCESS) {
    return at.member("version").fail(Errc::NotFound, "is missing");
  }
  CAIRN_TRY(const std::uint64_t number, json_unsigned(version, number_max, at.member("version")));
  if (number != receipt_version) {
    return fail(Errc::Unsupported, fmt::format("version {} of a receipt; this build reads {}",
                                               number, receipt_version));
  }
  return {};
}

Result<ReceiptAnchor> read_anchor(JsonElement element, const Path& at) {
  CAIRN_TRY(const Members members, Members::read(element, anchor_members, at));
  ReceiptAnchor anchor;
  CAIRN_TRY(anchor.head.size, read_number(members, "size", at));
  CAIRN_TRY(anchor.head.root, read_digest(members["root"], at.member("root")));
  CAIRN_TRY(anchor.proof, read_proof(members["proof"], at.member("proof")));
  return anchor;
}

Result<std::vector<std::byte>> read_transaction(JsonElement element, const Path& at) {
  CAIRN_TRY(const std::string_view text, json_string(element, at));
  auto bytes = from_base64(text);
  if (!bytes) {
    return at.fail(Errc::Corrupt, "not canonical base64");
  }
  if (bytes->size() > receipt_transaction_bytes_max) {
    return at.fail(Errc::TooLarge, fmt::format("{} bytes; the limit is {}", bytes->size(),
                                               receipt_transaction_bytes_max));
  }
  return *std::move(bytes);
}

Result<> read_head(JsonElement element, const Path& at, Receipt& receipt) {
  CAIRN_TRY(const std::string_view text, json_string(element, at));
  auto note = parse_note(text);
  if (!note) {
    return fail(std::move(note).error().at(at.to_string()));
  }
  auto head = parse_head(note->text);
  if (!head) {
    return fail(std::move(head).error().at(at.to_string()));
  }
  receipt.note = *std::move(note);
  receipt.head = *std::move(head);
  return {};
}

Result<Receipt> read_receipt(JsonElement root) {
  const Path at;
  CAIRN_TRY(check_version(root, at));
  CAIRN_TRY(const Members members, Members::read(root, receipt_members, at));
  Receipt receipt;
  CAIRN_TRY(receipt.transaction,
            read_transaction(members["transaction"], at.member("transaction")));
  CAIRN_TRY(receipt.transaction_hash,
            read_digest(members["transaction_hash"], at.member("transaction_hash")));
  CAIRN_TRY(const std::uint64_t sequence, read_number(members, "sequence", at));
  receipt.sequence = Seq(sequence);
  CAIRN_TRY(receipt.index, read_number(members, "index", at));
  CAIRN_TRY(receipt.size, read_number(members, "size", at));
  CAIRN_TRY(receipt.inclusion, read_proof(members["inclusion"], at.member("inclusion")));
  CAIRN_TRY(read_head(members["head"], at.member("head"), receipt));
  if (const JsonElement* const anchor = members.find("anchor"); anchor != nullptr) {
    CAIRN_TRY(receipt.anchor, read_anchor(*anchor, at.member("anchor")));
  }
  return receipt;
}

Result<ReceiptAnchor> make_anchor(Tree& tree, std::uint64_t size, std::uint64_t head_size) {
  ReceiptAnchor anchor;
  CAIRN_TRY(anchor.head, tree.head_at(size));
  CAIRN_TRY(anchor.proof, tree.consistency(std::min(size, head_size), std::max(size, head_size)));
  return anchor;
}

}  // namespace

Result<Receipt> make_receipt(Tree& tree, const ReceiptParts& parts) {
  if (parts.transaction.size() > receipt_transaction_bytes_max) {
    return fail(Errc::TooLarge,
                fmt::format("{} bytes; the limit of a receipt is {}", parts.transaction.size(),
                            receipt_transaction_bytes_max));
  }
  CAIRN_TRY(TreeHead head, parse_head(parts.note.text));
  CAIRN_TRY(const TreePoint own, tree.head_at(head.tree.size));
  if (own != head.tree) {
    return fail(Errc::InvalidArgument, "the signed head is not one of this tree");
  }
  if (parts.sequence.value() == 0 || parts.sequence.value() > head.tree.size) {
    return fail(Errc::InvalidArgument, fmt::format("transaction {} is not under a head of size {}",
                                                   parts.sequence.value(), head.tree.size));
  }
  Receipt receipt{.transaction = {parts.transaction.begin(), parts.transaction.end()},
                  .transaction_hash = blake3(parts.transaction),
                  .sequence = parts.sequence,
                  .index = parts.sequence.value() - 1,
                  .size = head.tree.size,
                  .inclusion = {},
                  .note = parts.note,
                  .head = {}};
  CAIRN_TRY(receipt.inclusion, tree.inclusion(receipt.index, receipt.size));
  if (parts.anchor_size) {
    CAIRN_TRY(receipt.anchor, make_anchor(tree, *parts.anchor_size, receipt.size));
  }
  receipt.head = std::move(head);
  if (!verify_inclusion(leaf_hash(receipt.transaction_hash.bytes), receipt.index, own,
                        receipt.inclusion)) {
    return fail(Errc::InvalidArgument,
                fmt::format("these bytes are not transaction {}", parts.sequence.value()));
  }
  return receipt;
}

std::string print_receipt(const Receipt& receipt) {
  JsonTree tree = JsonTree::object();
  tree.set("format", receipt_format);
  tree.set("version", JsonTree::number(receipt_version));
  tree.set("transaction", to_base64(receipt.transaction));
  tree.set("transaction_hash", receipt.transaction_hash.to_string());
  tree.set("sequence", JsonTree::number(receipt.sequence.value()));
  tree.set("index", JsonTree::number(receipt.index));
  tree.set("size", JsonTree::number(receipt.size));
  tree.set("inclusion", print_proof(receipt.inclusion));
  tree.set("head", print_note(receipt.note));
  if (receipt.anchor) {
    tree.set("anchor", JsonTree::object({{"size", JsonTree::number(receipt.anchor->head.size)},
                                         {"root", receipt.anchor->head.root.to_string()},
                                         {"proof", print_proof(receipt.anchor->proof)}}));
  }
  return tree.canonical() + '\n';
}

Result<Receipt> parse_receipt(std::string_view text) {
  simdjson::dom::parser parser;
  CAIRN_TRY(const JsonElement root, schema::parse_json(parser, text, receipt_bytes_max));
  CAIRN_TRY(Receipt receipt, read_receipt(root));
  const std::string canonical = print_receipt(receipt);
  if (canonical != text) {
    const auto [differs, unused] = std::ranges::mismatch(text, canonical);
    return fail(
        Error(Errc::Corrupt, fmt::format("byte {} is not as in the one form that a receipt has",
                                         differs - text.begin()))
            .advise("write it as canonical JSON (RFC 8785) and a line feed"));
  }
  return receipt;
}

}  // namespace cairn::journal
