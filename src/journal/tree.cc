// SPDX-License-Identifier: Apache-2.0
#include "journal/tree.h"

#include <algorithm>
#include <array>
#include <bit>
#include <utility>

#include <fmt/core.h>

#include "base/check.h"
#include "base/limits.h"
#include "journal/tree_hash.h"
#include "journal/tree_shape.h"

namespace cairn::journal {

namespace {

/// Root of a few leaves, at most a group's.
Digest root_of_leaves(std::span<const Digest> leaves) {
  TreeFrontier frontier;
  std::vector<Digest> unused;
  for (const Digest& leaf : leaves) {
    frontier.add(leaf, unused);
  }
  return frontier.root();
}

bool is_damage(const Error& error) noexcept {
  return error.code() == Errc::Corrupt || error.code() == Errc::Truncated;
}

}  // namespace

/// Leaf hashes that one proof has needed so far: those of the group around its leaf and of the
/// group at the right edge, so never more than a few.
struct Tree::Groups {
  struct Group {
    std::uint64_t number = 0;
    std::vector<Digest> leaves;
  };

  std::vector<Group> read;

  Result<std::span<const Digest>> leaves_of(Tree& tree, std::uint64_t number) {
    const auto known = std::ranges::find(read, number, &Group::number);
    if (known != read.end()) {
      return known->leaves;
    }
    const std::uint64_t first = number * group_leaves;
    std::vector<Digest> hashes(std::min(group_leaves, tree.size() - first));
    CAIRN_TRY(tree.source_->read(first, hashes));
    leaf_hashes(hashes, hashes);
    read.push_back({.number = number, .leaves = std::move(hashes)});
    return read.back().leaves;
  }
};

Result<Tree> Tree::open(HashStore& store, TransactionHashes& source, std::uint64_t size) {
  Tree tree(store, source);
  CAIRN_TRY(tree.resume(size));
  return tree;
}

Result<> Tree::resume(std::uint64_t size) {
  const std::uint64_t usable = std::min(leaves_stored(store_->size()), size);
  const std::uint64_t leaves = usable / group_leaves * group_leaves;
  CAIRN_TRY(store_->cut(stored_count(leaves)));
  auto adopted = adopt(leaves);
  if (!adopted && !is_damage(adopted.error())) {
    return fail(std::move(adopted).error());
  }
  if (!adopted || !*adopted) {
    if (source_->oldest() > 0) {
      return fail(Error(Errc::Corrupt,
                        fmt::format("the tree is damaged, and the {} transactions that it began "
                                    "with were dropped",
                                    source_->oldest()))
                      .advise("restore the tree's file from a backup"));
    }
    CAIRN_TRY(store_->cut(0));
    frontier_ = TreeFrontier();
  }
  return grow(size);
}

Result<bool> Tree::adopt(std::uint64_t leaves) {
  CAIRN_TRY(const bool genuine, is_genuine(leaves));
  if (genuine) {
    CAIRN_TRY(restore_frontier(leaves));
  }
  return genuine;
}

Result<bool> Tree::is_genuine(std::uint64_t leaves) {
  const std::uint64_t groups = leaves / group_leaves;
  const std::uint64_t first = (source_->oldest() + group_leaves - 1) / group_leaves;
  if (first >= groups) {
    return groups == 0 || are_joins_genuine(groups);
  }
  for (const std::uint64_t group : {first, groups - 1}) {
    CAIRN_TRY(const bool genuine, is_group_genuine(group));
    if (!genuine) {
      return false;
    }
  }
  return are_joins_genuine(groups);
}

Result<bool> Tree::is_group_genuine(std::uint64_t group) {
  std::array<Digest, group_leaves> hashes;
  CAIRN_TRY(source_->read(group * group_leaves, hashes));
  leaf_hashes(hashes, hashes);
  CAIRN_TRY(const Digest kept, stored({.level = stored_level, .index = group}));
  return kept == root_of_leaves(hashes);
}

Result<bool> Tree::are_joins_genuine(std::uint64_t groups) {
  // The joins that the last group completed: each is made of two that are stored.
  for (unsigned level = stored_level + 1; groups % 2 == 0; ++level) {
    groups /= 2;
    CAIRN_TRY(const Digest left, stored({.level = level - 1, .index = 2 * groups - 2}));
    CAIRN_TRY(const Digest right, stored({.level = level - 1, .index = 2 * groups - 1}));
    CAIRN_TRY(const Digest joined, stored({.level = level, .index = groups - 1}));
    if (joined != node_hash(left, right)) {
      return false;
    }
  }
  return true;
}

Result<> Tree::restore_frontier(std::uint64_t leaves) {
  for (const Subtree subtree : complete_subtrees({.begin = 0, .end = leaves})) {
    CAIRN_TRY(const Digest root, stored(subtree));
    frontier_.add_subtree(subtree.level, root);
  }
  return {};
}

Result<> Tree::grow(std::uint64_t size) {
  std::vector<Digest> hashes;
  while (frontier_.size() < size) {
    hashes.resize(std::min<std::uint64_t>(tree_batch_leaves, size - frontier_.size()));
    CAIRN_TRY(source_->read(frontier_.size(), hashes));
    CAIRN_TRY(append(hashes));
  }
  return {};
}

Result<> Tree::append(std::span<const Digest> transaction_hashes) {
  while (!transaction_hashes.empty()) {
    CAIRN_TRY(make_room());
    const auto now = transaction_hashes.first(
        std::min<std::size_t>(tree_batch_leaves, transaction_hashes.size()));
    for (const Digest& hash : now) {
      frontier_.add(leaf_hash(hash.bytes), waiting_);
    }
    transaction_hashes = transaction_hashes.subspan(now.size());
  }
  return {};
}

Result<> Tree::make_room() {
  return waiting_.size() < tree_waiting_max ? Result<>() : flush();
}

Result<> Tree::flush() {
  CAIRN_TRY(store_->append(waiting_));
  waiting_.clear();
  return {};
}

Result<> Tree::sync() {
  CAIRN_TRY(flush());
  return store_->sync();
}

Result<> Tree::cut(std::uint64_t size) {
  CAIRN_CHECK(size <= frontier_.size());
  CAIRN_TRY(flush());
  frontier_ = TreeFrontier();
  return resume(size);
}

Result<> Tree::rebuild() {
  const std::uint64_t size = frontier_.size();
  CAIRN_TRY(store_->cut(0));
  waiting_.clear();
  frontier_ = TreeFrontier();
  return grow(size);
}

Result<Digest> Tree::stored(std::uint64_t position) {
  if (position >= store_->size()) {
    const std::uint64_t behind = position - store_->size();
    CAIRN_CHECK(behind < waiting_.size());
    return waiting_[behind];
  }
  Digest hash;
  CAIRN_TRY(store_->read(position, std::span(&hash, 1)));
  return hash;
}

Result<Digest> Tree::stored(Subtree subtree) {
  return stored(stored_position(subtree));
}

Result<Digest> Tree::root_of(Subtree subtree, Groups& groups) {
  if (subtree.level >= stored_level) {
    return stored(subtree);
  }
  const std::uint64_t first = subtree.index << subtree.level;
  CAIRN_TRY(const auto leaves, groups.leaves_of(*this, first / group_leaves));
  return root_of_leaves(leaves.subspan(first % group_leaves, std::size_t{1} << subtree.level));
}

Result<Digest> Tree::root_of(LeafRange range, Groups& groups) {
  const std::vector<Subtree> subtrees = complete_subtrees(range);
  if (subtrees.empty()) {
    return empty_root();
  }
  CAIRN_TRY(Digest root, root_of(subtrees.back(), groups));
  for (std::size_t i = subtrees.size() - 1; i-- > 0;) {
    CAIRN_TRY(const Digest left, root_of(subtrees[i], groups));
    root = node_hash(left, root);
  }
  return root;
}

Result<Proof> Tree::prove(std::span<const LeafRange> ranges) {
  Groups groups;
  Proof proof;
  for (const LeafRange range : ranges) {
    CAIRN_TRY(const Digest hash, root_of(range, groups));
    proof.push_back(hash);
  }
  return proof;
}

Result<> Tree::check_size(std::uint64_t size) const {
  if (size > frontier_.size()) {
    return fail(Errc::InvalidArgument,
                fmt::format("the tree has {} leaves, not {}", frontier_.size(), size));
  }
  return {};
}

Result<TreePoint> Tree::head_at(std::uint64_t size) {
  CAIRN_TRY(check_size(size));
  Groups groups;
  CAIRN_TRY(const Digest root, root_of(LeafRange{.begin = 0, .end = size}, groups));
  return TreePoint{.size = size, .root = root};
}

Result<Proof> Tree::inclusion(std::uint64_t index, std::uint64_t size) {
  CAIRN_TRY(check_size(size));
  if (index >= size) {
    return fail(Errc::InvalidArgument,
                fmt::format("leaf {} is not in a tree of {} leaves", index, size));
  }
  return prove(inclusion_ranges(index, size));
}

Result<Proof> Tree::consistency(std::uint64_t earlier, std::uint64_t size) {
  CAIRN_TRY(check_size(size));
  if (earlier > size) {
    return fail(Errc::InvalidArgument,
                fmt::format("a tree of {} leaves does not begin with {}", size, earlier));
  }
  return prove(consistency_ranges(earlier, size));
}

Result<> Tree::check() {
  TreeFrontier frontier;
  std::vector<Digest> hashes;
  std::vector<Digest> completed;
  for (std::uint64_t compared = 0; frontier.size() < size(); compared += completed.size()) {
    hashes.resize(std::min<std::uint64_t>(tree_batch_leaves, size() - frontier.size()));
    CAIRN_TRY(source_->read(frontier.size(), hashes));
    completed.clear();
    for (const Digest& hash : hashes) {
      frontier.add(leaf_hash(hash.bytes), completed);
    }
    CAIRN_TRY(compare(compared, completed));
  }
  if (frontier.root() != frontier_.root()) {
    return fail(Errc::Corrupt, "the head is not that of the journal's transactions");
  }
  return {};
}

Result<> Tree::compare(std::uint64_t first, std::span<const Digest> expected) {
  for (std::size_t i = 0; i < expected.size(); ++i) {
    CAIRN_TRY(const Digest kept, stored(first + i));
    if (kept != expected[i]) {
      return fail(Errc::Corrupt,
                  fmt::format("stored hash {} is {}, and the journal's transactions make {}",
                              first + i, kept.to_string(), expected[i].to_string()));
    }
  }
  return {};
}

}  // namespace cairn::journal
