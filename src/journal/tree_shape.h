// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

namespace cairn::journal {

// Where things lie in the tree: arithmetic only, no hashes.

/// Leaves [begin, end) whose hash is one element of a proof. The range begins at a multiple of the
/// smallest power of two that is not below its size, so it is a subtree, complete or at the right
/// edge.
struct LeafRange {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;

  friend bool operator==(const LeafRange&, const LeafRange&) = default;
};

/// A subtree over 2^level leaves, all of them there: from leaf index * 2^level on.
struct Subtree {
  unsigned level = 0;
  std::uint64_t index = 0;

  friend bool operator==(const Subtree&, const Subtree&) = default;
};

/// What the inclusion proof PATH(index, D[size]) of RFC 9162 holds, in its order. Requires: index <
/// size.
[[nodiscard]] std::vector<LeafRange> inclusion_ranges(std::uint64_t index, std::uint64_t size);

/// What the consistency proof PROOF(earlier, D[size]) holds, in its order: nothing when both are
/// the same, or `earlier` is 0. Requires: earlier <= size.
[[nodiscard]] std::vector<LeafRange> consistency_ranges(std::uint64_t earlier, std::uint64_t size);

/// The complete subtrees that a range is put together from, left to right, largest first.
[[nodiscard]] std::vector<Subtree> complete_subtrees(LeafRange range);

/// Only subtrees of this level and above are stored: one hash for each 16 leaves and for each pair
/// of them, about 4 bytes per leaf instead of 64. What is below is hashed again when it is asked
/// for.
inline constexpr unsigned stored_level = 4;
inline constexpr std::uint64_t group_leaves = std::uint64_t{1} << stored_level;

/// How many hashes are stored for a tree of that many leaves.
[[nodiscard]] std::uint64_t stored_count(std::uint64_t leaves) noexcept;

/// Which of the stored hashes belongs to the subtree. They lie in the order in which subtrees are
/// completed, so the storage of a tree begins with that of every smaller one, and only ever grows.
/// Requires: level >= stored_level.
[[nodiscard]] std::uint64_t stored_position(Subtree subtree) noexcept;

/// The most leaves, a multiple of `group_leaves`, whose hashes are all among the first `stored`.
[[nodiscard]] std::uint64_t leaves_stored(std::uint64_t stored) noexcept;

}  // namespace cairn::journal
