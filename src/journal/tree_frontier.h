// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "cairn/digest.h"
#include "journal/tree_shape.h"

namespace cairn::journal {

/// What a growing tree must remember: the roots of the complete subtrees that its leaves make up,
/// at most one of each level. A plain value of 2 KB; copying it keeps the tree as it was. One
/// thread at a time.
class TreeFrontier final {
 public:
  TreeFrontier() noexcept = default;

  /// Adds a leaf by its hash. The hashes of the subtrees it completes, of `stored_level` and above,
  /// are appended to `completed` in the order of `stored_position`.
  void add(const Digest& leaf, std::vector<Digest>& completed);

  /// Adds a complete subtree that is known already. Requires: the size is a multiple of 2^level,
  /// and no subtree of that level is waiting for its right neighbour.
  void add_subtree(unsigned level, const Digest& root) noexcept;

  [[nodiscard]] std::uint64_t size() const noexcept { return size_; }

  [[nodiscard]] Digest root() const noexcept;

 private:
  std::uint64_t size_ = 0;
  /// By level; only those whose bit is set in `size_` mean anything.
  std::array<Digest, 64> roots_ = {};
};

}  // namespace cairn::journal
