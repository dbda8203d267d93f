// SPDX-License-Identifier: Apache-2.0
#include "tests/contract/clock_contract.h"

#include <array>
#include <thread>

namespace cairn::test {

ClockContract::ClockContract() : clock_(GetParam().make()) {}

std::string clock_name(const ::testing::TestParamInfo<ClockFactory>& info) {
  return info.param.name;
}

TEST_P(ClockContract, MonotonicTimeNeverGoesBack) {
  // Many readings in a row are in order.
  Instant last = clock().monotonic_now();
  for (int i = 0; i < 10'000; ++i) {
    const Instant now = clock().monotonic_now();
    ASSERT_GE(now, last);
    last = now;
  }
}

TEST_P(ClockContract, TimeThatPassesShowsOnBothClocks) {
  // After some milliseconds both have moved on by at least nearly that much.
  const Instant instant = clock().monotonic_now();
  const Timestamp time = clock().wall_now();
  GetParam().pass(clock(), milliseconds(5));
  EXPECT_GE(clock().monotonic_now() - instant, milliseconds(5));
  EXPECT_GT(clock().wall_now() - time, Duration{});
}

TEST_P(ClockContract, CivilTimeIsInThisAge) {
  // Later than the year 2000: seconds or milliseconds taken for nanoseconds would be 1970.
  EXPECT_GT(clock().wall_now(), Timestamp{seconds(946'684'800).nanoseconds});
}

TEST_P(ClockContract, AnyThreadMayAsk) {
  // Four threads read at once, each in order; the thread sanitizer watches.
  std::array<bool, 4> in_order{};
  {
    std::array<std::jthread, 4> threads;
    for (std::size_t i = 0; i < threads.size(); ++i) {
      threads.at(i) = std::jthread([this, &ok = in_order.at(i)] {
        const Instant first = clock().monotonic_now();
        (void)clock().wall_now();
        ok = clock().monotonic_now() >= first;
      });
    }
  }
  EXPECT_EQ(in_order, (std::array<bool, 4>{true, true, true, true}));
}

}  // namespace cairn::test
