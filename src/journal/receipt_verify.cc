// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <fmt/core.h>

#include "base/hash.h"
#include "journal/receipt.h"
#include "journal/tree_hash.h"

namespace cairn::journal {

namespace {

ReceiptVerdict broken(ReceiptLink link, std::string reason) {
  return {.broken = link, .reason = std::move(reason)};
}

ReceiptVerdict judge_place(const Receipt& receipt) {
  const Digest hash = blake3(receipt.transaction);
  if (hash != receipt.transaction_hash) {
    return broken(ReceiptLink::TransactionHash,
                  fmt::format("the bytes have the hash {}, not {}", hash.to_string(),
                              receipt.transaction_hash.to_string()));
  }
  const std::uint64_t sequence = receipt.sequence.value();
  if (sequence == 0 || receipt.index != sequence - 1 || receipt.index >= receipt.size) {
    return broken(ReceiptLink::Position, fmt::format("sequence {} cannot be leaf {} of {}",
                                                     sequence, receipt.index, receipt.size));
  }
  if (receipt.size != receipt.head.tree.size) {
    return broken(ReceiptLink::Size,
                  fmt::format("the receipt is for a tree of size {}, the head for {}", receipt.size,
                              receipt.head.tree.size));
  }
  return {};
}

ReceiptVerdict judge_head(const Receipt& receipt, const Keyring& keys) {
  switch (keys.judge(receipt.note, receipt.head)) {
    case HeadTrust::Trusted:
      return {};
    case HeadTrust::UnknownKey:
      return broken(ReceiptLink::KnownKey, "the head is signed by no key that is trusted");
    case HeadTrust::WrongSignature:
      return broken(ReceiptLink::Signature, "the head's signature is not that of its key");
    case HeadTrust::RetiredKey:
      return broken(ReceiptLink::KeyInTime,
                    fmt::format("the key that signed the head is not the one for size {}",
                                receipt.head.tree.size));
    case HeadTrust::WrongOrigin:
      return broken(ReceiptLink::Origin,
                    fmt::format("the head is of {}, and the key of another", receipt.head.origin));
  }
  return broken(ReceiptLink::KnownKey, "");
}

ReceiptVerdict judge_proofs(const Receipt& receipt) {
  const Digest leaf = leaf_hash(receipt.transaction_hash.bytes);
  if (!verify_inclusion(leaf, receipt.index, receipt.head.tree, receipt.inclusion)) {
    return broken(
        ReceiptLink::Inclusion,
        fmt::format("the proof does not lead from leaf {} to the head's root", receipt.index));
  }
  if (!receipt.anchor) {
    return {};
  }
  const TreePoint& other = receipt.anchor->head;
  const TreePoint& own = receipt.head.tree;
  const bool is_consistent = other.size <= own.size
                                 ? verify_consistency(other, own, receipt.anchor->proof)
                                 : verify_consistency(own, other, receipt.anchor->proof);
  if (!is_consistent) {
    return broken(
        ReceiptLink::Consistency,
        fmt::format("the proof does not join the heads of sizes {} and {}", other.size, own.size));
  }
  return {};
}

/// The heads that a receipt shows: its own and, if there is one, its anchor.
std::vector<TreePoint> heads_of(const Receipt& receipt) {
  std::vector<TreePoint> heads = {receipt.head.tree};
  if (receipt.anchor) {
    heads.push_back(receipt.anchor->head);
  }
  return heads;
}

ReceiptVerdict judge_history(const Receipt& receipt, const Anchors& anchors) {
  if (anchors.origin != receipt.head.origin) {
    return broken(ReceiptLink::Anchored, fmt::format("the anchors are of {}, the receipt is of {}",
                                                     anchors.origin, receipt.head.origin));
  }
  bool is_anchored = false;
  for (const TreePoint& shown : heads_of(receipt)) {
    const auto anchor = std::ranges::find(anchors.heads, shown.size, &TreePoint::size);
    if (anchor == anchors.heads.end()) {
      continue;
    }
    if (anchor->root != shown.root) {
      return broken(ReceiptLink::SameHistory,
                    fmt::format("at size {} the anchored root is {}, the receipt's {}: the history "
                                "has forked",
                                shown.size, anchor->root.to_string(), shown.root.to_string()));
    }
    is_anchored = true;
  }
  return is_anchored
             ? ReceiptVerdict{}
             : broken(ReceiptLink::Anchored, "the receipt shows none of the anchored heads");
}

}  // namespace

std::string_view to_string(ReceiptLink link) noexcept {
  switch (link) {
    case ReceiptLink::TransactionHash:
      return "transaction_hash";
    case ReceiptLink::Position:
      return "position";
    case ReceiptLink::Size:
      return "size";
    case ReceiptLink::KnownKey:
      return "known_key";
    case ReceiptLink::Signature:
      return "signature";
    case ReceiptLink::KeyInTime:
      return "key_in_time";
    case ReceiptLink::Origin:
      return "origin";
    case ReceiptLink::Inclusion:
      return "inclusion";
    case ReceiptLink::Consistency:
      return "consistency";
    case ReceiptLink::Anchored:
      return "anchored";
    case ReceiptLink::SameHistory:
      return "same_history";
  }
  return "";
}

ReceiptVerdict verify_receipt(const Receipt& receipt, const Keyring& keys, const Anchors* anchors) {
  if (ReceiptVerdict verdict = judge_place(receipt); !verdict.holds()) {
    return verdict;
  }
  if (ReceiptVerdict verdict = judge_head(receipt, keys); !verdict.holds()) {
    return verdict;
  }
  if (ReceiptVerdict verdict = judge_proofs(receipt); !verdict.holds()) {
    return verdict;
  }
  return anchors == nullptr ? ReceiptVerdict{} : judge_history(receipt, *anchors);
}

}  // namespace cairn::journal
