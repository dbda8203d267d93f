// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/log/rig.h"
#include "tests/support/allocations.h"

namespace cairn::log {
namespace {

TEST(LogAllocation, AppendingAllocatesNothing) {
  // Four hundred batches of one to fifty records of all sizes, with several under way, inside one
  // segment: stage, submit and poll. A full batch must not count either.
  Rig rig({.segment_bytes = std::uint64_t{8} << 20U,
           .batch_bytes_max = 65'536,
           .batch_count_max = 50,
           .depth = 3});
  ASSERT_TRUE(rig.open());
  Writer& writer = rig.writer();
  const test::Bytes record = record_of(1, 1500);
  std::uint64_t staged = 0;
  bool is_good = true;
  const std::size_t before = test::allocations();
  for (std::size_t i = 0; i < 400; ++i) {
    for (std::size_t k = 0; k <= i % 50; ++k) {
      const std::size_t size = (i * 131 + k * 17) % (i % 9 == 0 ? 1500 : 120);
      is_good = is_good && writer.stage(std::span(record).first(size)).has_value();
      ++staged;
    }
    while (writer.staged() > 0 && is_good) {
      const auto batch = writer.submit({});
      is_good = batch.has_value() && writer.poll(*batch ? Duration{} : seconds(1)).has_value();
    }
  }
  is_good = is_good && writer.flush({}).has_value();
  const std::size_t after = test::allocations();
  EXPECT_TRUE(is_good);
  EXPECT_EQ(writer.durable(), staged);
  EXPECT_EQ(writer.active_segment(), 1U);
  EXPECT_EQ(after, before);
}

}  // namespace
}  // namespace cairn::log
