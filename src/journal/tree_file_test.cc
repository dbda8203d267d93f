// SPDX-License-Identifier: Apache-2.0
#include "journal/tree_file.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/checksum.h"
#include "journal/tree_sample.h"
#include "journal/tree_shape.h"

namespace cairn::journal {
namespace {

using sample::MemoryFile;
using sample::Source;
using Bytes = MemoryFile::Bytes;

/// Enough transactions for several pages and a part of one.
constexpr std::uint64_t leaves = 4'000;
constexpr std::size_t page = FileHashStore::page_bytes;

std::unique_ptr<FileHashStore> open_file(const std::shared_ptr<Bytes>& bytes) {
  return FileHashStore::open(std::make_unique<MemoryFile>(bytes)).value();
}

TreePoint true_head(std::uint64_t size) {
  MemoryHashStore store;
  Source source(sample::transaction_hashes(size));
  return Tree::open(store, source, size).value().head();
}

/// The file of a tree of `leaves` transactions, written in two steps and synced after the first or
/// after both.
std::shared_ptr<Bytes> written_file(bool is_synced) {
  auto bytes = std::make_shared<Bytes>();
  const auto store = open_file(bytes);
  Source source(sample::transaction_hashes(leaves));
  EXPECT_TRUE(Tree::open(*store, source, leaves / 3).value().sync().has_value());
  Tree tree = Tree::open(*store, source, leaves).value();
  if (is_synced) {
    EXPECT_TRUE(tree.sync().has_value());
  } else {
    EXPECT_TRUE(tree.cut(leaves).has_value());  // writes what waits, and syncs nothing
  }
  EXPECT_GT(bytes->size(), 4 * page);
  return bytes;
}

/// Opens whatever the file holds and expects the true tree, in the file too.
void expect_whole_tree(const std::shared_ptr<Bytes>& bytes) {
  static const TreePoint head = true_head(leaves);
  const auto store = open_file(bytes);
  Source source(sample::transaction_hashes(leaves));
  Tree tree = Tree::open(*store, source, leaves).value();
  ASSERT_EQ(tree.head(), head);
  const auto checked = tree.check();
  if (!checked) {
    // A page before the last sync is read only when it is asked for: then it is found and named.
    ASSERT_EQ(checked.error().code(), Errc::Corrupt);
    ASSERT_NE(checked.error().message().find("page"), std::string::npos);
    ASSERT_TRUE(tree.rebuild().has_value());
    ASSERT_TRUE(tree.check().has_value());
  }
  ASSERT_TRUE(tree.sync().has_value());
  ASSERT_EQ(open_file(bytes)->size(), stored_count(leaves));
}

TEST(FileHashStore, GivesBackWhatWasAppended) {
  // In pieces of many sizes, read over the borders of pages, and after opening again.
  auto bytes = std::make_shared<Bytes>();
  const std::vector<Digest> hashes = sample::transaction_hashes(1000);
  auto store = open_file(bytes);
  for (std::size_t at = 0, step = 1; at < hashes.size(); step = step * 2 % 301) {
    const std::size_t count = std::min(step, hashes.size() - at);
    ASSERT_TRUE(store->append(std::span(hashes).subspan(at, count)).has_value());
    at += count;
    if (at % 5 == 0) {
      store = open_file(bytes);
      ASSERT_EQ(store->size(), at);
    }
  }
  std::vector<Digest> read(777);
  ASSERT_TRUE(store->read(100, read).has_value());
  EXPECT_TRUE(std::ranges::equal(read, std::span(hashes).subspan(100, 777)));
}

TEST(FileHashStore, CutsToAnySize) {
  // And continues there, also after opening again; a cut below the last sync included.
  const std::vector<Digest> hashes = sample::transaction_hashes(400);
  for (const std::uint64_t size : {0U, 1U, 126U, 127U, 128U, 254U, 399U, 400U}) {
    auto bytes = std::make_shared<Bytes>();
    auto store = open_file(bytes);
    ASSERT_TRUE(store->append(hashes).has_value());
    ASSERT_TRUE(store->sync().has_value());
    ASSERT_TRUE(store->cut(size).has_value());
    store = open_file(bytes);
    ASSERT_EQ(store->size(), size);
    ASSERT_TRUE(store->append(std::span(hashes).subspan(size)).has_value());
    std::vector<Digest> read(400);
    ASSERT_TRUE(store->read(0, read).has_value());
    EXPECT_EQ(read, hashes);
  }
}

TEST(FileHashStore, AFileCutAnywhereIsMadeWhole) {
  // At each border of a page and many places between, synced or not.
  for (const bool is_synced : {false, true}) {
    const std::shared_ptr<Bytes> whole = written_file(is_synced);
    for (std::size_t size = 0; size <= whole->size(); size += 373) {
      auto bytes = std::make_shared<Bytes>(*whole);
      bytes->resize(size);
      expect_whole_tree(bytes);
    }
  }
}

TEST(FileHashStore, AFlippedBitAnywhereIsFoundOrHarmless) {
  // One bit in every 61st byte and in each byte of the header; what a reader of the store is given
  // is never wrong, which `check` shows.
  const std::shared_ptr<Bytes> whole = written_file(true);
  for (std::size_t at = 8; at < whole->size(); at += at < 64 ? 1 : 61) {
    auto bytes = std::make_shared<Bytes>(*whole);
    (*bytes)[at] ^= static_cast<std::byte>(1U << (at % 8));
    expect_whole_tree(bytes);
  }
}

TEST(FileHashStore, LostAndStalePagesAreFound) {
  // After a power cut any page behind the last sync may be missing, zero or an older one.
  const std::shared_ptr<Bytes> whole = written_file(false);
  const std::size_t pages = whole->size() / page;
  for (std::size_t lost = 1; lost < pages; ++lost) {
    auto zeroed = std::make_shared<Bytes>(*whole);
    std::fill_n(zeroed->begin() + static_cast<std::ptrdiff_t>(lost * page), page, std::byte{0});
    expect_whole_tree(zeroed);
    auto swapped = std::make_shared<Bytes>(*whole);
    const std::span all(*swapped);
    std::ranges::swap_ranges(all.subspan(lost * page, page),
                             all.subspan((lost % (pages - 1) + 1) * page, page));
    expect_whole_tree(swapped);
  }
}

TEST(FileHashStore, AnotherKindOfFileAndANewerVersionAreRefusedUntouched) {
  // The first by its magic, the second by its number and with its checksum right.
  auto other = std::make_shared<Bytes>(5000, std::byte{'x'});
  const Bytes before = *other;
  const auto refused = FileHashStore::open(std::make_unique<MemoryFile>(other));
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code(), Errc::Corrupt);
  EXPECT_EQ(*other, before);
  const std::shared_ptr<Bytes> newer = written_file(true);
  constexpr std::size_t version_at = 8;
  constexpr std::size_t sealed_bytes = 24;
  (*newer)[version_at] = std::byte{2};
  const Checksum128 checksum = checksum128(std::span(*newer).first(sealed_bytes), 0);
  std::memcpy(newer->data() + sealed_bytes, &checksum, sizeof(checksum));
  const Bytes untouched(newer->begin(), newer->end());
  const auto too_new = FileHashStore::open(std::make_unique<MemoryFile>(newer));
  ASSERT_FALSE(too_new.has_value());
  EXPECT_EQ(too_new.error().code(), Errc::Unsupported);
  EXPECT_NE(too_new.error().message().find("version 2"), std::string::npos);
  EXPECT_EQ(*newer, untouched);
}

}  // namespace
}  // namespace cairn::journal
