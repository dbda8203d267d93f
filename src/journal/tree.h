// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "cairn/digest.h"
#include "cairn/error.h"
#include "journal/proof.h"
#include "journal/tree_frontier.h"
#include "journal/tree_store.h"

namespace cairn::journal {

/// The hashes of the transactions of a journal, by index: the one with sequence n has index n - 1.
/// What a tree is made from, and made again from.
class TransactionHashes {
 public:
  virtual ~TransactionHashes() = default;

  /// The hashes from `first` on. Requires: they are there.
  virtual Result<> read(std::uint64_t first, std::span<Digest> out) = 0;

  /// The first that can be read: those before were dropped.
  [[nodiscard]] virtual std::uint64_t oldest() const noexcept { return 0; }
};

/// The transparency tree of a journal: an RFC 9162 Merkle tree over its transaction hashes, which
/// gives the root and every proof of each size it ever had. docs/formats/tree.md.
///
/// Off the hot path: the journal appends hashes of durable transactions when it has the time, and
/// nothing waits for it. Memory is bounded whatever the size. Both the store and the source must
/// outlive it. One thread at a time.
class Tree final {
 public:
  /// Continues with what the store has of the first `size` transactions and makes the rest from
  /// `source`. What the store has too much is cut off; what it has wrong, as far as the first and
  /// last groups show, makes all of it anew.
  static Result<Tree> open(HashStore& store, TransactionHashes& source, std::uint64_t size);

  /// Adds the transactions that follow. On failure, which only the store can cause: those before
  /// `size()` are in.
  Result<> append(std::span<const Digest> transaction_hashes);

  /// Hands all to the store that waits for it, and syncs it there.
  Result<> sync();

  /// Goes back to the first `size` transactions. Requires: there are as many. On failure the tree
  /// may only be destroyed; open it again.
  Result<> cut(std::uint64_t size);

  /// Forgets the store's hashes and makes them again from the source. What to do when a proof
  /// fails with Corrupt. On failure the tree may only be destroyed.
  Result<> rebuild();

  [[nodiscard]] std::uint64_t size() const noexcept { return frontier_.size(); }

  [[nodiscard]] TreePoint head() const noexcept {
    return {.size = frontier_.size(), .root = frontier_.root()};
  }

  /// The head that the tree had at that size. InvalidArgument for a size it has not reached, here
  /// and below.
  Result<TreePoint> head_at(std::uint64_t size);
  /// Shows that the transaction at `index` is in the tree of that size.
  Result<Proof> inclusion(std::uint64_t index, std::uint64_t size);
  /// Shows that the tree of `size` begins with that of `earlier`.
  Result<Proof> consistency(std::uint64_t earlier, std::uint64_t size);

  /// Hashes everything again from the source and compares; Corrupt, naming the first place where
  /// the store or the head is wrong.
  Result<> check();

 private:
  struct Groups;

  Tree(HashStore& store, TransactionHashes& source) : store_(&store), source_(&source) {}

  Result<> resume(std::uint64_t size);
  Result<bool> adopt(std::uint64_t leaves);
  Result<bool> is_genuine(std::uint64_t leaves);
  Result<bool> is_group_genuine(std::uint64_t group);
  Result<bool> are_joins_genuine(std::uint64_t groups);
  Result<> restore_frontier(std::uint64_t leaves);
  Result<> grow(std::uint64_t size);
  /// What waits is bounded.
  Result<> make_room();
  Result<> flush();
  Result<Digest> stored(std::uint64_t position);
  Result<Digest> stored(Subtree subtree);
  Result<> compare(std::uint64_t first, std::span<const Digest> expected);
  Result<Digest> root_of(Subtree subtree, Groups& groups);
  Result<Digest> root_of(LeafRange range, Groups& groups);
  Result<Proof> prove(std::span<const LeafRange> ranges);
  Result<> check_size(std::uint64_t size) const;

  HashStore* store_;
  TransactionHashes* source_;
  TreeFrontier frontier_;
  /// Completed, and not in the store yet; they follow its last.
  std::vector<Digest> waiting_;
};

}  // namespace cairn::journal
