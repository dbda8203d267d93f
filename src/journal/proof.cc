// SPDX-License-Identifier: Apache-2.0
#include "journal/proof.h"

#include <bit>

#include "journal/tree_hash.h"

namespace cairn::journal {

namespace {

/// The way from a node up to the root of a tree whose last node on the same level is `last`.
struct Climb {
  std::uint64_t node = 0;
  std::uint64_t last = 0;

  /// Whether the next hash of the proof belongs to the left.
  [[nodiscard]] bool is_right() const noexcept { return (node & 1U) != 0 || node == last; }

  /// One level up; from a node at the right edge that has no sibling, as far as it has none.
  void step() noexcept {
    if (is_right()) {
      while ((node & 1U) == 0 && node != 0) {
        up();
      }
    }
    up();
  }

  void up() noexcept {
    node >>= 1U;
    last >>= 1U;
  }
};

bool climb_to_both(const TreePoint& earlier, const TreePoint& later,
                   std::span<const Digest> proof) noexcept {
  Climb climb{.node = earlier.size - 1, .last = later.size - 1};
  while ((climb.node & 1U) != 0) {
    climb.up();
  }
  // A complete earlier tree is a subtree of the later one, and its root starts the climb.
  const bool is_complete = std::has_single_bit(earlier.size);
  Digest old_root = is_complete ? earlier.root : proof.front();
  Digest new_root = old_root;
  for (const Digest& hash : proof.subspan(is_complete ? 0 : 1)) {
    if (climb.last == 0) {
      return false;
    }
    if (climb.is_right()) {
      old_root = node_hash(hash, old_root);
      new_root = node_hash(hash, new_root);
    } else {
      new_root = node_hash(new_root, hash);
    }
    climb.step();
  }
  return climb.last == 0 && old_root == earlier.root && new_root == later.root;
}

}  // namespace

bool verify_inclusion(const Digest& leaf, std::uint64_t index, const TreePoint& tree,
                      std::span<const Digest> proof) noexcept {
  if (index >= tree.size) {
    return false;
  }
  Climb climb{.node = index, .last = tree.size - 1};
  Digest root = leaf;
  for (const Digest& hash : proof) {
    if (climb.last == 0) {
      return false;
    }
    root = climb.is_right() ? node_hash(hash, root) : node_hash(root, hash);
    climb.step();
  }
  return climb.last == 0 && root == tree.root;
}

bool verify_consistency(const TreePoint& earlier, const TreePoint& later,
                        std::span<const Digest> proof) noexcept {
  if (earlier.size > later.size) {
    return false;
  }
  if (earlier.size == later.size) {
    return proof.empty() && earlier.root == later.root;
  }
  if (earlier.size == 0) {
    return proof.empty() && earlier.root == empty_root();
  }
  return !proof.empty() && climb_to_both(earlier, later, proof);
}

}  // namespace cairn::journal
