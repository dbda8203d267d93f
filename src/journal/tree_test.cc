// SPDX-License-Identifier: Apache-2.0
#include "journal/tree.h"

#include <string_view>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/text.h"
#include "journal/tree_sample.h"
#include "journal/tree_shape.h"
#include "tests/support/bytes.h"

namespace cairn::journal {
namespace {

using sample::Source;
using test::bytes_of_hex;

/// The leaves and roots of the reference tests of Certificate Transparency.
constexpr std::string_view ct_entries[] = {"",
                                           "00",
                                           "10",
                                           "2021",
                                           "3031",
                                           "40414243",
                                           "5051525354555657",
                                           "606162636465666768696a6b6c6d6e6f"};
constexpr std::string_view ct_roots[] = {
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"};

std::vector<Digest> ct_leaves() {
  std::vector<Digest> leaves;
  for (const std::string_view entry : ct_entries) {
    leaves.push_back(leaf_hash(bytes_of_hex(entry)));
  }
  return leaves;
}

/// A tree over the sample's hashes, with all it stands on.
class Rig final {
 public:
  explicit Rig(std::uint64_t size)
      : source_(sample::transaction_hashes(size)), leaves_(source_.hashes()) {
    leaf_hashes(leaves_, leaves_);
  }

  Tree open(std::uint64_t size) { return Tree::open(store_, source_, size).value(); }

  Tree open() { return open(leaves_.size()); }

  MemoryHashStore& store() { return store_; }

  Source& source() { return source_; }

  std::span<const Digest> leaves(std::uint64_t size) { return std::span(leaves_).first(size); }

  TreePoint head(std::uint64_t size) { return {.size = size, .root = sample::mth(leaves(size))}; }

 private:
  MemoryHashStore store_;
  Source source_;
  std::vector<Digest> leaves_;
};

TEST(TreeHash, MatchesCertificateTransparency) {
  // The frontier, and the recursive definition that other tests trust, over the known leaves.
  EXPECT_EQ(empty_root().to_string(),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  TreeFrontier frontier;
  std::vector<Digest> completed;
  const std::vector<Digest> leaves = ct_leaves();
  for (std::size_t size = 1; size <= leaves.size(); ++size) {
    frontier.add(leaves[size - 1], completed);
    EXPECT_EQ(frontier.root().to_string(), ct_roots[size - 1]);
    EXPECT_EQ(sample::mth(std::span(leaves).first(size)).to_string(), ct_roots[size - 1]);
  }
}

TEST(TreeHash, ProofsMatchCertificateTransparency) {
  // Inclusion of leaves 0 and 5 of 8, 2 of 3 and 1 of 5; consistency of 1, 2 and 6 with 8, 2
  // with 5.
  const std::vector<Digest> leaves = ct_leaves();
  const auto last_of = [&](const Proof& proof) { return proof.back().to_string(); };
  EXPECT_EQ(sample::path(0, leaves).front().to_string(),
            "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7");
  EXPECT_EQ(last_of(sample::path(0, leaves)),
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4");
  EXPECT_EQ(last_of(sample::path(5, leaves)), ct_roots[3]);
  EXPECT_EQ(last_of(sample::path(2, std::span(leaves).first(3))), ct_roots[1]);
  EXPECT_EQ(last_of(sample::path(1, std::span(leaves).first(5))),
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b");
  EXPECT_EQ(sample::subproof(6, leaves, true).size(), 3U);
  EXPECT_EQ(last_of(sample::subproof(6, leaves, true)), ct_roots[3]);
  for (std::size_t size = 1; size <= leaves.size(); ++size) {
    const TreePoint tree{.size = size, .root = Digest::parse(ct_roots[size - 1]).value()};
    for (std::size_t i = 0; i < size; ++i) {
      EXPECT_TRUE(
          verify_inclusion(leaves[i], i, tree, sample::path(i, std::span(leaves).first(size))));
      const TreePoint earlier{.size = i + 1, .root = Digest::parse(ct_roots[i]).value()};
      EXPECT_TRUE(verify_consistency(earlier, tree,
                                     sample::subproof(i + 1, std::span(leaves).first(size), true)));
    }
  }
}

TEST(Tree, GivesTheRootOfEverySize) {
  // All sizes up to past several groups, asked of the finished tree, against the definition.
  Rig rig(150);
  Tree tree = rig.open();
  for (std::uint64_t size = 0; size <= 150; ++size) {
    EXPECT_EQ(tree.head_at(size).value(), rig.head(size)) << size;
  }
  EXPECT_EQ(tree.head(), rig.head(150));
}

TEST(Tree, GivesTheProofsOfTheDefinition) {
  // Every index of every size up to 70, and every pair of sizes; each verifies.
  Rig rig(70);
  Tree tree = rig.open();
  for (std::uint64_t size = 1; size <= 70; ++size) {
    const TreePoint head = rig.head(size);
    for (std::uint64_t i = 0; i < size; ++i) {
      const Proof inclusion = tree.inclusion(i, size).value();
      ASSERT_EQ(inclusion, sample::path(i, rig.leaves(size))) << i << " of " << size;
      ASSERT_TRUE(verify_inclusion(rig.leaves(size)[i], i, head, inclusion));
      const Proof consistency = tree.consistency(i + 1, size).value();
      ASSERT_EQ(consistency, sample::subproof(i + 1, rig.leaves(size), true));
      ASSERT_TRUE(verify_consistency(rig.head(i + 1), head, consistency));
    }
  }
}

RC_GTEST_PROP(Tree, GivesTheProofsOfTheDefinitionAtRandomSizes, ()) {
  const auto leaves = *rc::gen::inRange<std::uint64_t>(1, 3000);
  const auto size = *rc::gen::inRange<std::uint64_t>(1, leaves + 1);
  const auto index = *rc::gen::inRange<std::uint64_t>(0, size);
  Rig rig(leaves);
  const auto stored = *rc::gen::inRange<std::uint64_t>(0, leaves + 1);
  RC_ASSERT(rig.open(stored).sync().has_value());
  Tree tree = rig.open();
  RC_ASSERT(tree.head_at(size).value() == rig.head(size));
  RC_ASSERT(tree.inclusion(index, size).value() == sample::path(index, rig.leaves(size)));
  RC_ASSERT(tree.consistency(index + 1, size).value() ==
            sample::subproof(index + 1, rig.leaves(size), true));
}

TEST(Tree, NeedsFewReadsForAProof) {
  // Of a large tree: at most two groups of transactions, and no more stored hashes than levels.
  Rig rig(100'000);
  Tree tree = rig.open();
  ASSERT_TRUE(tree.sync().has_value());
  const std::uint64_t before = rig.source().read_count();
  ASSERT_TRUE(tree.inclusion(31'337, 99'991).has_value());
  EXPECT_LE(rig.source().read_count() - before, 2 * group_leaves);
  EXPECT_EQ(rig.store().size(), stored_count(100'000));
  EXPECT_LT(rig.store().size() * sizeof(Digest), 4U * 100'000);
}

TEST(Tree, ContinuesWithWhatIsStored) {
  // Opened again it reads two groups to see that the store is its own, and what is not stored.
  Rig rig(10'007);
  ASSERT_TRUE(rig.open().sync().has_value());
  const std::uint64_t before = rig.source().read_count();
  EXPECT_EQ(rig.open().head(), rig.head(10'007));
  EXPECT_LE(rig.source().read_count() - before, 3 * group_leaves);
}

TEST(Tree, MakesAStoreOfAnotherHistoryAnew) {
  // Stored hashes of a journal that has other transactions, at the start or at the end.
  for (const std::uint64_t different : {0U, 990U}) {
    Rig rig(1000);
    std::vector<Digest> other = rig.source().hashes();
    for (std::uint64_t i = different; i < other.size(); ++i) {
      other[i] = sample::transaction_hash(i, 1);
    }
    Source foreign(other);
    ASSERT_TRUE(Tree::open(rig.store(), foreign, 1000).value().sync().has_value());
    Tree tree = rig.open(992);
    EXPECT_EQ(tree.head(), rig.head(992));
    EXPECT_TRUE(tree.check().has_value());
  }
}

TEST(Tree, GoesBackAndGrowsAgain) {
  // Cut to each size, then on with other transactions: as if the others had never been.
  for (std::uint64_t size = 0; size <= 100; ++size) {
    Rig rig(100);
    Tree tree = rig.open();
    ASSERT_TRUE(tree.cut(size).has_value());
    EXPECT_EQ(tree.head(), rig.head(size));
    std::vector<Digest> more = sample::transaction_hashes(60, 1);
    ASSERT_TRUE(tree.append(more).has_value());
    rig.source().hashes().resize(size);
    rig.source().hashes().insert(rig.source().hashes().end(), more.begin(), more.end());
    ASSERT_TRUE(tree.check().has_value());
    std::vector<Digest> all = rig.source().hashes();
    leaf_hashes(all, all);
    EXPECT_EQ(tree.head().root, sample::mth(all));
  }
}

TEST(Tree, CheckNamesTheStoredHashThatIsWrong) {
  // One bit flipped in each stored hash in turn; rebuilding makes it right.
  Rig rig(200);
  Tree tree = rig.open();
  ASSERT_TRUE(tree.sync().has_value());
  for (std::size_t i = 0; i < rig.store().hashes().size(); ++i) {
    rig.store().hashes()[i].bytes[7] ^= std::byte{1};
    const auto checked = tree.check();
    ASSERT_FALSE(checked.has_value());
    EXPECT_EQ(checked.error().code(), Errc::Corrupt);
    EXPECT_NE(checked.error().message().find("stored hash " + std::to_string(i) + " "),
              std::string::npos);
    ASSERT_TRUE(tree.rebuild().has_value());
    EXPECT_TRUE(tree.check().has_value());
  }
  EXPECT_EQ(tree.head(), rig.head(200));
}

TEST(Tree, RefusesWhatItHasNotReached) {
  // Sizes and indexes past the end, and an earlier size that is later.
  Rig rig(5);
  Tree tree = rig.open();
  for (const auto& refused : {tree.inclusion(0, 6), tree.inclusion(5, 5), tree.inclusion(0, 0),
                              tree.consistency(1, 6), tree.consistency(4, 3)}) {
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().code(), Errc::InvalidArgument);
  }
  EXPECT_FALSE(tree.head_at(6).has_value());
}

TEST(TreeShape, StoredPositionsFollowTheOrderOfCompletion) {
  // Completed one leaf after the other, each subtree gets the next place; and counts agree.
  std::uint64_t next = 0;
  for (std::uint64_t leaves = 1; leaves <= 4096; ++leaves) {
    for (unsigned level = stored_level; leaves % (std::uint64_t{1} << level) == 0; ++level) {
      EXPECT_EQ(stored_position({.level = level, .index = (leaves >> level) - 1}), next++);
    }
    EXPECT_EQ(stored_count(leaves), next);
    EXPECT_EQ(leaves_stored(next), leaves / group_leaves * group_leaves);
  }
}

}  // namespace
}  // namespace cairn::journal
