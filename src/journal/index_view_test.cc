// SPDX-License-Identifier: Apache-2.0
#include "journal/index_view.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "journal/index.h"
#include "journal/index_sample.h"
#include "tests/log/rig.h"

namespace cairn::journal {
namespace {

using sample::IndexModel;

/// An index of three files, and behind them some transactions that are in none.
class IndexViewTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto index = EventIndex::open(disk(), "index", 0).value();
    for (int i = 0; i < 3; ++i) {
      model_.grow(50);
      model_.feed(*index);
      ASSERT_TRUE(index->seal());
    }
    model_.grow(20);
  }

  sys::Disk& disk() { return rig_.disk(); }

  IndexView view(IndexRange range = {}) {
    range.durable = model_.last();
    return IndexView::open(disk(), "index", range);
  }

  std::vector<sys::Entry> entries() { return disk().list("index").value(); }

  void spoil(const std::string& name, std::uint64_t at) {
    const auto file = disk().open("index/" + name, {.mode = sys::OpenMode::ReadWrite}).value();
    std::array<std::byte, 1> byte = {};
    ASSERT_EQ(file->read(at, sys::MutableBuffer(byte)).value(), 1U);
    byte[0] ^= std::byte{16};
    ASSERT_TRUE(file->write(at, sys::ConstBuffer(byte)));
  }

  /// What the view finds where it is indexed, and what the model has where it is not.
  std::vector<EventPlace> find(IndexView& view, const Region& region, Cursor cursor,
                               std::size_t limit) {
    std::vector<EventPlace> found;
    const bool is_forward = cursor.direction == Direction::Forward;
    const std::uint64_t end = is_forward ? model_.last() : 1;
    while (is_forward ? cursor.next.sequence <= end : cursor.next.sequence >= end) {
      const IndexView::Run run = view.run_at(cursor.next.sequence);
      cursor.through = is_forward ? std::min(run.last, model_.last()) : run.first;
      if (run.is_indexed) {
        EXPECT_TRUE(view.find(region, cursor, limit, found));
        continue;
      }
      auto here = model_.find(region, is_forward ? cursor.next.sequence : run.first,
                              is_forward ? cursor.through : cursor.next.sequence);
      if (is_forward) {
        cursor.next = {.sequence = cursor.through + 1};
      } else {
        std::ranges::reverse(here);
        cursor.next = {.sequence = run.first - 1, .event = UINT32_MAX};
      }
      found.insert(found.end(), here.begin(), here.end());
    }
    return found;
  }

  void expect_same(IndexView& view) {
    for (int i = 0; i < 60; ++i) {
      const Region region = model_.region();
      if (!is_possible(region)) {
        continue;
      }
      auto expected = model_.find(region, 1, model_.last());
      const std::size_t limit = 1 + model_.below(40);
      EXPECT_EQ(find(view, region, {.next = {.sequence = 1}}, limit), expected) << i;
      std::ranges::reverse(expected);
      const Cursor newest = {.next = {.sequence = model_.last(), .event = UINT32_MAX},
                             .direction = Direction::Backward};
      EXPECT_EQ(find(view, region, newest, limit), expected) << i;
    }
  }

  log::Rig rig_;
  IndexModel model_{7};
};

TEST_F(IndexViewTest, FindsTheSameInBothDirectionsAndKnowsWhereItEnds) {
  IndexView files = view();
  EXPECT_EQ(files.files(), 3U);
  EXPECT_TRUE(files.run_at(150).is_indexed);
  const IndexView::Run rest = files.run_at(151);
  EXPECT_FALSE(rest.is_indexed);
  EXPECT_EQ(rest.first, 151U);
  EXPECT_EQ(rest.last, UINT64_MAX);
  expect_same(files);
  EXPECT_TRUE(files.take_complaints().empty());
}

TEST_F(IndexViewTest, NothingInTheFolderIsTouched) {
  // Not what is left of an earlier time, nor what cannot be used.
  spoil("index-000000000051-000000000100", 20);
  const auto draft = disk().open("index/index.tmp", {.mode = sys::OpenMode::CreateNew}).value();
  const auto aside = disk().open("index/aside-x", {.mode = sys::OpenMode::CreateNew}).value();
  const std::vector<sys::Entry> before = entries();
  IndexView files = view();
  expect_same(files);
  EXPECT_EQ(entries(), before);
}

TEST_F(IndexViewTest, WhereAFileIsMissingTheRestIsStillUsed) {
  ASSERT_TRUE(disk().remove("index/index-000000000051-000000000100"));
  IndexView files = view();
  EXPECT_TRUE(files.run_at(50).is_indexed);
  EXPECT_FALSE(files.run_at(51).is_indexed);
  EXPECT_EQ(files.run_at(75).first, 51U);
  EXPECT_EQ(files.run_at(75).last, 100U);
  EXPECT_TRUE(files.run_at(101).is_indexed);
  expect_same(files);
  EXPECT_TRUE(files.take_complaints().empty());
}

TEST_F(IndexViewTest, ADamagedFileIsLeftOutAndNamedOnce) {
  // Its header, found when it is opened, or a page, found when it is read.
  const std::string name = "index-000000000051-000000000100";
  spoil(name, 20);
  IndexView files = view();
  EXPECT_EQ(files.files(), 2U);
  const auto complaints = files.take_complaints();
  ASSERT_EQ(complaints.size(), 1U);
  EXPECT_NE(complaints[0].to_string().find(name), std::string::npos);
  EXPECT_TRUE(files.take_complaints().empty());
  spoil(name, 20);
  spoil(name, 4100);
  IndexView later = view();
  ASSERT_EQ(later.files(), 3U);
  Cursor cursor = {.next = {.sequence = 51}};
  const Cursor before = cursor;
  std::vector<EventPlace> found;
  const auto failed = later.find({.scope = "no such scope"}, cursor, 10, found);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code(), Errc::Corrupt);
  EXPECT_EQ(cursor, before);
  EXPECT_FALSE(later.run_at(51).is_indexed);
  EXPECT_EQ(later.take_complaints().size(), 1U);
  expect_same(later);
}

TEST_F(IndexViewTest, OfTwoFilesAboutTheSameTheLongerOneIsUsed) {
  // As between the moment when files were merged and the one when they are removed.
  std::vector<std::byte> first(
      disk().open("index/index-000000000001-000000000050", {}).value()->size().value());
  ASSERT_TRUE(disk()
                  .open("index/index-000000000001-000000000050", {})
                  .value()
                  ->read(0, sys::MutableBuffer(first)));
  {
    const auto index = EventIndex::open(disk(), "index", model_.last(), {.merge_width = 3}).value();
    ASSERT_TRUE(index->merge().value());
  }
  const auto copy =
      disk()
          .open("index/index-000000000001-000000000050", {.mode = sys::OpenMode::CreateNew})
          .value();
  ASSERT_TRUE(copy->write(0, sys::ConstBuffer(first)));
  IndexView files = view();
  EXPECT_EQ(files.files(), 1U);
  expect_same(files);
}

TEST_F(IndexViewTest, WhatIsNotOfThisJournalIsLeftOut) {
  IndexView other = view({.is_of_journal = [](std::uint64_t sequence, const Digest&) {
    return Result<bool>(sequence != 100);
  }});
  EXPECT_EQ(other.files(), 2U);
  EXPECT_EQ(other.take_complaints().size(), 1U);
  const IndexView shorter = IndexView::open(disk(), "index", {.durable = 120});
  EXPECT_EQ(shorter.files(), 2U);
  IndexView none = IndexView::open(disk(), "nowhere", {.durable = 120});
  EXPECT_EQ(none.files(), 0U);
  EXPECT_TRUE(none.take_complaints().empty());
}

}  // namespace
}  // namespace cairn::journal
