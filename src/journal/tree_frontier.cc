// SPDX-License-Identifier: Apache-2.0
#include "journal/tree_frontier.h"

#include <bit>

#include "base/check.h"
#include "journal/tree_hash.h"

namespace cairn::journal {

void TreeFrontier::add(const Digest& leaf, std::vector<Digest>& completed) {
  Digest root = leaf;
  unsigned level = 0;
  for (; ((size_ >> level) & 1U) != 0; ++level) {
    if (level >= stored_level) {
      completed.push_back(root);
    }
    root = node_hash(roots_[level], root);
  }
  if (level >= stored_level) {
    completed.push_back(root);
  }
  roots_[level] = root;
  ++size_;
}

void TreeFrontier::add_subtree(unsigned level, const Digest& root) noexcept {
  CAIRN_CHECK(level < roots_.size());
  const std::uint64_t leaves = std::uint64_t{1} << level;
  CAIRN_CHECK((size_ & (2 * leaves - 1)) == 0);
  roots_[level] = root;
  size_ += leaves;
}

Digest TreeFrontier::root() const noexcept {
  if (size_ == 0) {
    return empty_root();
  }
  auto level = static_cast<unsigned>(std::countr_zero(size_));
  Digest root = roots_[level];
  for (++level; level < roots_.size(); ++level) {
    if (((size_ >> level) & 1U) != 0) {
      root = node_hash(roots_[level], root);
    }
  }
  return root;
}

}  // namespace cairn::journal
