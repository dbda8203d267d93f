// SPDX-License-Identifier: Apache-2.0
#include "tests/contract/random_contract.h"

#include <algorithm>
#include <array>
#include <bit>
#include <set>
#include <thread>
#include <vector>

namespace cairn::test {

RandomContract::RandomContract() : random_(GetParam().make()) {}

std::string random_name(const ::testing::TestParamInfo<RandomFactory>& info) {
  return info.param.name;
}

TEST_P(RandomContract, FillsEverySizeAndNothingBeside) {
  // Sizes around every edge: over some rounds each byte inside changes, the guards outside never.
  for (const std::size_t size : {0U, 1U, 7U, 8U, 9U, 255U, 256U, 257U, 1000U, 70'000U}) {
    std::vector<std::byte> seen(size);
    for (int round = 0; round < 16; ++round) {
      std::vector<std::byte> bytes(size + 2, std::byte{0});
      random().fill(std::span(bytes).subspan(1, size));
      ASSERT_EQ(bytes.front(), std::byte{0});
      ASSERT_EQ(bytes.back(), std::byte{0});
      for (std::size_t i = 0; i < size; ++i) {
        seen[i] |= bytes[i + 1];
      }
    }
    EXPECT_EQ(std::ranges::count(seen, std::byte{0}), 0) << "size " << size;
  }
}

TEST_P(RandomContract, NoTwoDrawsAreEqual) {
  // A thousand draws of 16 bytes, as ids are made, are all different.
  std::set<std::array<std::byte, 16>> draws;
  for (int i = 0; i < 1000; ++i) {
    std::array<std::byte, 16> draw{};
    random().fill(draw);
    draws.insert(draw);
  }
  EXPECT_EQ(draws.size(), 1000U);
}

TEST_P(RandomContract, HalfOfTheBitsAreSet) {
  // In 64 KiB the share of ones is within six standard deviations (of 362 bits) of one half.
  std::vector<std::byte> bytes(65'536);
  random().fill(bytes);
  int ones = 0;
  for (const std::byte byte : bytes) {
    ones += std::popcount(std::to_integer<unsigned>(byte));
  }
  EXPECT_NEAR(ones, 262'144, 6 * 362);
}

TEST_P(RandomContract, AnyThreadMayAsk) {
  // Four threads draw at once and get different bytes; the thread sanitizer watches.
  std::array<std::array<std::byte, 32>, 4> draws{};
  {
    std::array<std::jthread, 4> threads;
    for (std::size_t i = 0; i < threads.size(); ++i) {
      threads.at(i) = std::jthread([this, &draw = draws.at(i)] { random().fill(draw); });
    }
  }
  EXPECT_EQ(std::set(draws.begin(), draws.end()).size(), 4U);
}

}  // namespace cairn::test
