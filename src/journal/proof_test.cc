// SPDX-License-Identifier: Apache-2.0
#include "journal/proof.h"

#include <gtest/gtest.h>

#include "journal/tree_sample.h"

namespace cairn::journal {
namespace {

/// A tree small enough to try everything on.
class Small final {
 public:
  explicit Small(std::uint64_t size) : leaves_(sample::transaction_hashes(size)) {
    leaf_hashes(leaves_, leaves_);
  }

  std::span<const Digest> leaves(std::uint64_t size) { return std::span(leaves_).first(size); }

  TreePoint head(std::uint64_t size) { return {.size = size, .root = sample::mth(leaves(size))}; }

 private:
  std::vector<Digest> leaves_;
};

/// Runs `still_holds` with each hash of the proof changed, with one left out, doubled, and added.
template <typename Verify>
void expect_no_other_proof(const Proof& proof, Verify still_holds) {
  for (std::size_t i = 0; i < proof.size(); ++i) {
    Proof changed = proof;
    changed[i].bytes[i % 32] ^= std::byte{0x10};
    EXPECT_FALSE(still_holds(changed)) << "hash " << i << " changed";
    Proof shorter = proof;
    shorter.erase(shorter.begin() + static_cast<std::ptrdiff_t>(i));
    EXPECT_FALSE(still_holds(shorter)) << "hash " << i << " left out";
    Proof longer = proof;
    longer.insert(longer.begin() + static_cast<std::ptrdiff_t>(i), proof[i]);
    EXPECT_FALSE(still_holds(longer)) << "hash " << i << " doubled";
  }
  Proof more = proof;
  more.push_back(Digest{});
  EXPECT_FALSE(still_holds(more));
}

void expect_one_place(Small& small, std::uint64_t i, std::uint64_t size) {
  const TreePoint head = small.head(size);
  const Proof proof = sample::path(i, small.leaves(size));
  const Digest leaf = small.leaves(size)[i];
  ASSERT_TRUE(verify_inclusion(leaf, i, head, proof));
  for (std::uint64_t other = 0; other <= size + 1; ++other) {
    EXPECT_EQ(verify_inclusion(leaf, other, head, proof), other == i);
  }
  EXPECT_FALSE(verify_inclusion(leaf_hash(leaf.bytes), i, head, proof));
  EXPECT_FALSE(verify_inclusion(leaf, i, {.size = size, .root = leaf_hash({})}, proof));
  expect_no_other_proof(
      proof, [&](const Proof& changed) { return verify_inclusion(leaf, i, head, changed); });
}

void expect_these_trees(Small& small, std::uint64_t earlier, std::uint64_t size) {
  const TreePoint from = small.head(earlier);
  const TreePoint to = small.head(size);
  const Proof proof = sample::subproof(earlier, small.leaves(size), true);
  ASSERT_TRUE(verify_consistency(from, to, proof));
  EXPECT_EQ(verify_consistency(to, from, proof), earlier == size);
  TreePoint forked = from;
  forked.root.bytes[0] ^= std::byte{1};
  EXPECT_FALSE(verify_consistency(forked, to, proof));
  TreePoint other = to;
  other.root.bytes[31] ^= std::byte{1};
  EXPECT_FALSE(verify_consistency(from, other, proof));
  expect_no_other_proof(
      proof, [&](const Proof& changed) { return verify_consistency(from, to, changed); });
}

TEST(Proof, InclusionHoldsForOnePlaceAndOneProofOnly) {
  // Every leaf of trees up to 18: any other index, any other proof, leaf or root is refused. (The
  // size alone is not bound by a proof: it is the signed head that binds size and root together.)
  Small small(18);
  for (std::uint64_t size = 1; size <= 18; ++size) {
    for (std::uint64_t i = 0; i < size; ++i) {
      expect_one_place(small, i, size);
    }
  }
}

TEST(Proof, ConsistencyHoldsForTheTwoTreesOnly) {
  // Every pair of sizes up to 18, and every change of the proof, of a root, of the order.
  Small small(18);
  for (std::uint64_t size = 1; size <= 18; ++size) {
    for (std::uint64_t earlier = 1; earlier <= size; ++earlier) {
      expect_these_trees(small, earlier, size);
    }
  }
}

TEST(Proof, NothingIsConsistentWithEverything) {
  // From the tree without leaves: the empty proof, and its root must be the right one.
  Small small(3);
  const TreePoint nothing{.size = 0, .root = empty_root()};
  EXPECT_TRUE(verify_consistency(nothing, small.head(3), {}));
  EXPECT_TRUE(verify_consistency(nothing, nothing, {}));
  EXPECT_FALSE(verify_consistency({.size = 0, .root = {}}, small.head(3), {}));
  EXPECT_FALSE(verify_consistency(nothing, small.head(3), small.leaves(1)));
}

TEST(Proof, InclusionInALargeTreeTakesSixtyFourHashesAtMost) {
  // The largest size there can be: the climb ends, whatever the hashes are.
  const std::uint64_t size = ~std::uint64_t{0};
  for (std::size_t count = 0; count <= proof_hashes_max; ++count) {
    const Proof proof(count);
    EXPECT_FALSE(verify_inclusion({}, size - 1, {.size = size, .root = {}}, proof));
    EXPECT_FALSE(verify_consistency({.size = 1, .root = {}}, {.size = size, .root = {}}, proof));
  }
}

}  // namespace
}  // namespace cairn::journal
