// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "cairn/digest.h"

namespace cairn::journal {

/// The hashes of an inclusion or consistency proof, in the order of RFC 9162.
using Proof = std::vector<Digest>;

/// More hashes than any tree of 2^64 leaves needs in a proof.
inline constexpr std::size_t proof_hashes_max = 65;

/// A tree at one size. What a signed head states, and what an anchor remembers.
struct TreePoint {
  std::uint64_t size = 0;
  Digest root;

  friend bool operator==(const TreePoint&, const TreePoint&) = default;
};

/// Whether the proof shows that the leaf with this hash is the one at `index` of the tree: RFC
/// 9162, section 2.1.3.2. Takes any input, and no other proof than the one the RFC defines.
[[nodiscard]] bool verify_inclusion(const Digest& leaf, std::uint64_t index, const TreePoint& tree,
                                    std::span<const Digest> proof) noexcept;

/// Whether the proof shows that `later` begins with all of `earlier`: RFC 9162, section 2.1.4.2.
/// Beyond the RFC: between equal sizes, and from a tree without leaves, the proof is empty and the
/// roots must be right.
[[nodiscard]] bool verify_consistency(const TreePoint& earlier, const TreePoint& later,
                                      std::span<const Digest> proof) noexcept;

}  // namespace cairn::journal
