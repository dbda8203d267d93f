// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cairn/digest.h"
#include "cairn/error.h"
#include "cairn/ids.h"
#include "journal/keys_ring.h"
#include "journal/note.h"
#include "journal/proof.h"
#include "journal/proof_anchor.h"
#include "journal/tree.h"
#include "journal/tree_head.h"

namespace cairn::journal {

/// That another head of the journal and the receipt's are of one history: the smaller of both trees
/// begins the larger. Whoever anchored the other head can so trust the receipt's.
struct ReceiptAnchor {
  TreePoint head;
  Proof proof;

  friend bool operator==(const ReceiptAnchor&, const ReceiptAnchor&) = default;
};

/// Everything that shows, without a server, that a transaction is in the journal: at which place,
/// and under which signed head. docs/formats/receipt.md. A plain value, which need not be true:
/// `verify_receipt` says whether it is.
struct Receipt {
  /// The canonical bytes whose BLAKE3 is the transaction's hash: the frame of its record,
  /// docs/formats/transaction.md.
  std::vector<std::byte> transaction;
  Digest transaction_hash;
  Seq sequence;
  std::uint64_t index = 0;  ///< of its leaf in the tree
  std::uint64_t size = 0;   ///< of the tree
  Proof inclusion;
  Note note;      ///< the signed head
  TreeHead head;  ///< what the note's text says
  std::optional<ReceiptAnchor> anchor = std::nullopt;

  friend bool operator==(const Receipt&, const Receipt&) = default;
};

/// What a receipt is made of.
struct ReceiptParts {
  std::span<const std::byte> transaction;  ///< canonical bytes
  Seq sequence;
  const Note& note;  ///< a signed head of this tree
  /// An earlier or later size of the tree, to connect the receipt with; that of an anchor.
  std::optional<std::uint64_t> anchor_size = std::nullopt;
};

/// The receipt of a transaction, from the journal's tree. InvalidArgument when the head does not
/// cover the transaction or is not of this tree, or the bytes are another transaction's.
Result<Receipt> make_receipt(Tree& tree, const ReceiptParts& parts);

/// The one text of a receipt: canonical JSON and a line feed. Requires: a receipt that
/// `make_receipt` or `parse_receipt` returned.
[[nodiscard]] std::string print_receipt(const Receipt& receipt);

/// Reads exactly what `print_receipt` writes; bytes may be hostile. The error names the place.
/// Unsupported for a newer version, by number. Says nothing about truth.
Result<Receipt> parse_receipt(std::string_view text);

/// The links between a transaction and a trusted key. The first that is broken is the answer. Names
/// and order are part of the command line's contract.
enum class ReceiptLink : std::uint8_t {
  TransactionHash,  ///< bytes → transaction hash
  Position,         ///< sequence → index → inside the tree
  Size,             ///< the receipt's size → the head's
  KnownKey,         ///< the head is signed by a key that is trusted
  Signature,        ///< the signature is that key's
  KeyInTime,        ///< that key signs trees of this size
  Origin,           ///< that key is this journal's
  Inclusion,        ///< transaction hash → the head's root
  Consistency,      ///< the receipt's anchor → the head
  Anchored,         ///< some head that the verifier has anchored is in the receipt
  SameHistory,      ///< and is the same there
};

/// "transaction_hash", "position" …
[[nodiscard]] std::string_view to_string(ReceiptLink link) noexcept;

struct ReceiptVerdict {
  std::optional<ReceiptLink> broken = std::nullopt;
  std::string reason = {};  ///< for people: what is wrong with the broken link

  [[nodiscard]] bool holds() const noexcept { return !broken; }
};

/// Follows every link. Needs no server, no journal, no clock. With anchors, at least one of them
/// must be the receipt's head or its anchor, and each that is must have the same root there.
[[nodiscard]] ReceiptVerdict verify_receipt(const Receipt& receipt, const Keyring& keys,
                                            const Anchors* anchors = nullptr);

}  // namespace cairn::journal
