// SPDX-License-Identifier: Apache-2.0
#include "journal/index_file.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/text.h"
#include "journal/index_filter.h"
#include "journal/index_find.h"
#include "journal/index_sample.h"
#include "journal/index_term.h"
#include "journal/index_write.h"
#include "journal/tree_sample.h"
#include "tests/support/golden.h"

namespace cairn::journal {
namespace {

using sample::IndexModel;
using sample::MemoryMapping;
using Bytes = std::vector<std::byte>;

Result<std::shared_ptr<IndexFile>> open(const Bytes& bytes) {
  return IndexFile::open(std::make_unique<MemoryMapping>(bytes), "index-1-2");
}

/// All events of the region, compared with those of the model.
Result<> compare_region(const IndexFile& file, IndexModel& model, const Region& region) {
  if (!is_possible(region)) {
    return {};
  }
  std::vector<EventPlace> found;
  CAIRN_TRY(find_in_part(file, region, {}, SIZE_MAX, found));
  EXPECT_EQ(found, model.find(region, 1, model.last()));
  return {};
}

Result<> compare_head_and_time(const IndexFile& file, IndexModel& model) {
  const Coordinate coordinate = model.coordinate();
  std::string key;
  set_coordinate_key(key, coordinate);
  IndexFlaw flaw;
  const auto head = file.head(key, flaw);
  const auto time = static_cast<std::int64_t>(model.below(model.last() * 10));
  const std::uint64_t at = file.first_at(time, flaw);
  if (flaw.is_found()) {
    return fail(flaw.error());
  }
  EXPECT_EQ(head, model.head(coordinate));
  EXPECT_LE(at, model.first_at(time));
  return {};
}

/// Asks for much of what is in the file, and compares it with the model. An error is returned as it
/// is; a wrong answer fails the test.
Result<> compare(const IndexFile& file, IndexModel& model) {
  for (int i = 0; i < 12; ++i) {
    CAIRN_TRY(compare_region(file, model, model.region()));
    CAIRN_TRY(compare_head_and_time(file, model));
  }
  return {};
}

TEST(IndexFile, AFlippedBitAnywhereIsNamedOrHarmless) {
  // One bit in every byte: it is refused when opening, or by name and page when asked, or the
  // answers are right because nothing that was asked had needed the byte.
  IndexModel model(31);
  model.grow(120);
  const Bytes whole = sample::index_file_of(model);
  ASSERT_TRUE(compare(**open(whole), model).has_value());
  std::size_t refused = 0;
  std::size_t named = 0;
  for (std::size_t at = 0; at < whole.size(); ++at) {
    Bytes bytes = whole;
    bytes[at] ^= static_cast<std::byte>(1U << (at % 8));
    const auto file = open(bytes);
    if (!file) {
      ASSERT_TRUE(file.error().code() == Errc::Corrupt) << file.error().to_string();
      ASSERT_NE(file.error().to_string().find("index-1-2"), std::string::npos);
      ++refused;
      continue;
    }
    const auto compared = compare(**file, model);
    if (!compared) {
      ASSERT_EQ(compared.error().code(), Errc::Corrupt);
      ASSERT_NE(compared.error().to_string().find(fmt::format("page {}", at / index_page_bytes)),
                std::string::npos)
          << compared.error().to_string();
      ASSERT_TRUE((*file)->is_damaged());
      ++named;
    }
    ASSERT_FALSE((*file)->check_all().has_value()) << at;
    ASSERT_FALSE(::testing::Test::HasFailure()) << at;
  }
  EXPECT_GE(refused, index_page_bytes);
  EXPECT_GE(named, index_page_bytes);
}

TEST(IndexFile, CutAnywhereIsRefused) {
  // And so is one with something behind its end.
  IndexModel model(32);
  model.grow(60);
  const Bytes whole = sample::index_file_of(model);
  for (std::size_t size = 0; size < whole.size(); size += 97) {
    const auto refused = open(Bytes(whole.begin(), whole.begin() + static_cast<long>(size)));
    ASSERT_FALSE(refused.has_value());
    ASSERT_EQ(refused.error().code(), Errc::Corrupt);
  }
  Bytes longer = whole;
  longer.push_back(std::byte{0});
  EXPECT_EQ(open(longer).error().code(), Errc::Corrupt);
}

/// Whether a file of these bytes opens. If so, it is asked everything, and every place that it
/// gives is one of its own.
bool expect_judged(const Bytes& bytes, const Region& region) {
  const auto file = open(bytes);
  if (!file) {
    return false;
  }
  std::vector<EventPlace> found;
  if (find_in_part(**file, region, {}, 10'000, found)) {
    EXPECT_TRUE(std::ranges::all_of(found, [&](const EventPlace& place) {
      return place.transaction.value() >= (*file)->first() &&
             place.transaction.value() <= (*file)->last();
    }));
  }
  sample::ask_everything(**file);
  return true;
}

TEST(IndexFile, WhatItSaysIsJudgedEvenWhenTheChecksumsFit) {
  // Each byte changed to others, with the checksums made right: an answer or an error, no crash and
  // no endless loop.
  IndexModel model(33);
  model.grow(40);
  const Bytes whole = sample::index_file_of(model);
  std::size_t opened = 0;
  for (std::size_t at = 16; at < whole.size(); at += at < sizeof(IndexHeader) ? 1 : 3) {
    for (const unsigned mask : {0x01U, 0x80U, 0xffU}) {
      Bytes bytes = whole;
      bytes[at] ^= static_cast<std::byte>(mask);
      sample::refresh_index_checksums(bytes);
      opened += expect_judged(bytes, model.region()) ? 1U : 0U;
    }
    ASSERT_FALSE(::testing::Test::HasFailure()) << at;
  }
  EXPECT_GT(opened, 1000U);
}

TEST(IndexFilter, HasAllThatWasAddedAndFewOthers) {
  // Of ten thousand strangers at most one in fifty.
  IndexFilter filter(5000);
  const auto may_have = [&filter](const std::string& key) {
    const std::uint32_t block = IndexFilter::block_of(key, filter.blocks());
    return IndexFilter::may_have(
        filter.bytes().subspan(block * filter_block_bytes, filter_block_bytes), key);
  };
  for (int i = 0; i < 5000; ++i) {
    filter.add(fmt::format("user:{}", i));
  }
  std::size_t strangers = 0;
  for (int i = 0; i < 5000; ++i) {
    ASSERT_TRUE(may_have(fmt::format("user:{}", i)));
  }
  for (int i = 5000; i < 15'000; ++i) {
    strangers += may_have(fmt::format("user:{}", i)) ? 1U : 0U;
  }
  EXPECT_LE(strangers, 200U);
}

/// What each part of the file is, so that a change of the format shows where it is.
std::string describe(const Bytes& bytes) {
  IndexHeader header;
  std::memcpy(&header, bytes.data(), sizeof(header));
  const IndexLayout layout = layout_of(header);
  constexpr std::array names = {"terms",    "keys",   "postings", "heads", "filter",
                                "ordinals", "column", "times",    "pages"};
  std::string text = fmt::format("file of {} bytes\nheader {}\n", bytes.size(),
                                 to_hex(std::span(bytes).first(sizeof(header))));
  for (std::size_t i = 0; i < names.size(); ++i) {
    const IndexLayout::Part& part = layout.parts[i];
    text += fmt::format("{} at {}: {}\n", names[i], part.offset,
                        to_hex(std::span(bytes).subspan(part.offset, part.bytes)));
  }
  return text;
}

/// A small file, pinned in tests/golden/index.txt; CAIRN_UPDATE_GOLDEN=1 writes it instead of
/// comparing.
TEST(IndexGolden, BytesAreTheOnesOnFile) {
  IndexModel model(2026);
  model.grow(130);
  std::string text = describe(sample::index_file_of(model));
  test::expect_golden("index.txt", text);
}

}  // namespace
}  // namespace cairn::journal
