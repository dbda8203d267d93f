// SPDX-License-Identifier: Apache-2.0
// The power fails at every operation of an index that is sealed, merged and cut. Whatever is left,
// opening it again and feeding what it lacks gives the right answers.
#include "journal/index.h"

#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "journal/index_sample.h"
#include "sim/disk.h"
#include "sim/world.h"

namespace cairn::sim {
namespace {

using journal::Cursor;
using journal::EventIndex;
using journal::sample::find_all;
using journal::sample::IndexModel;

constexpr std::uint64_t dropped = 45;

/// Four seals, with merges, during each of which there is one more seal; and the first sequences
/// go. Ends at the first failure.
Result<> work(EventIndex& index, IndexModel& model) {
  for (int i = 0; i < 4; ++i) {
    model.grow(30);
    model.feed(index);
    CAIRN_TRY(index.seal());
    int pauses = 0;
    CAIRN_TRY(index.merge([&]() -> Result<> {
      if (++pauses != 3) {
        return {};
      }
      model.grow(5);
      model.feed(index);
      return index.seal();
    }));
  }
  return index.drop_through(dropped);
}

void expect_right(const EventIndex& index, IndexModel& model, std::uint64_t first) {
  ASSERT_EQ(index.last(), model.last());
  for (int i = 0; i < 10; ++i) {
    const Region region = model.region();
    const auto found = find_all(index, region, Cursor{}, 20);
    ASSERT_TRUE(found.has_value()) << found.error().to_string();
    ASSERT_EQ(*found, model.find(region, first, model.last()));
    const journal::Coordinate coordinate = model.coordinate();
    // Of what was dropped it is known, or lost with the power: it cannot be made again.
    const auto head = index.head(coordinate).value();
    if (head || model.head(coordinate, first)) {
      ASSERT_EQ(head, model.head(coordinate));
    }
  }
}

DiskFaults power_faults(std::uint64_t seed) {
  return {.lose_one_in = 1 + seed % 3, .tear_one_in = 2, .reorder_one_in = 2};
}

/// False when the work ended before the operation came.
bool crash_at(std::uint64_t operation, std::uint64_t seed) {
  World world(seed);
  SimDisk disk(world, "disk", power_faults(seed));
  IndexModel model(seed);
  disk.crash_at(operation);
  bool is_done = false;
  if (auto opened = EventIndex::open(disk, "index", 0, {.merge_width = 2})) {
    is_done = work(**opened, model).has_value();
    disk.crash();
  } else {
    disk.crash();
  }
  // The journal kept all, or lost what it had not synced: the index may know more.
  const std::uint64_t durable = model.last() - (model.last() > 20 ? seed % 2 * 20 : 0);
  const std::uint64_t first = is_done ? dropped + 1 : 1;
  auto again = EventIndex::open(disk, "index", durable, {.first = first, .merge_width = 2});
  EXPECT_TRUE(again.has_value()) << again.error().to_string();
  EXPECT_LE((*again)->covered(), std::max(durable, first - 1));
  if (model.last() == 0) {
    return !is_done;
  }
  model.feed(**again);
  expect_right(**again, model, first);
  EXPECT_TRUE((*again)->seal().has_value());
  EXPECT_TRUE((*again)->merge().has_value());
  expect_right(**again, model, first);
  return !is_done;
}

TEST(IndexInSimulation, SurvivesAPowerLossAtEveryOperation) {
  // Unsynced changes are kept, lost or torn, in order or not, as each seed says.
  std::uint64_t operations = 0;
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    std::uint64_t operation = 1;
    while (crash_at(operation, seed)) {
      SCOPED_TRACE(::testing::Message() << "operation " << operation << " seed " << seed);
      ASSERT_FALSE(::testing::Test::HasFailure());
      ++operation;
    }
    operations += operation;
  }
  EXPECT_GT(operations, 12U * 25U);
}

TEST(IndexInSimulation, WhatItSealedIsThereAfterAPowerLoss) {
  // Not only mended: nothing that was sealed has to be fed again.
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    World world(seed);
    SimDisk disk(world, "disk", power_faults(seed));
    IndexModel model(seed);
    auto index = EventIndex::open(disk, "index", 0, {.merge_width = 2}).value();
    ASSERT_TRUE(work(*index, model).has_value());
    disk.crash();
    index = EventIndex::open(disk, "index", model.last(), {.first = dropped + 1}).value();
    EXPECT_EQ(index->covered(), model.last());
    expect_right(*index, model, dropped + 1);
  }
}

TEST(IndexInSimulation, AFailedSealLeavesEverythingInMemory) {
  // Each operation of a seal fails once: queries go on, and the next seal succeeds.
  std::size_t failed = 0;
  for (std::uint64_t nth = 1; nth < 12; ++nth) {
    World world(nth);
    SimDisk disk(world, "disk");
    IndexModel model(nth);
    model.grow(60);
    auto index = EventIndex::open(disk, "index", 0).value();
    model.feed(*index);
    disk.place_failure({.operation = disk.operations() + nth});
    const auto sealed = index->seal();
    expect_right(*index, model, 1);
    disk.place_failure({});
    model.grow(10);
    model.feed(*index);
    ASSERT_TRUE(index->seal().has_value());
    EXPECT_EQ(index->covered(), model.last());
    expect_right(*index, model, 1);
    failed += sealed ? 0U : 1U;
  }
  EXPECT_GE(failed, 5U);
}

}  // namespace
}  // namespace cairn::sim
