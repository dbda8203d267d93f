// SPDX-License-Identifier: Apache-2.0
#include "base/arena.h"

#include <algorithm>
#include <cstdint>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "tests/support/bytes.h"

namespace cairn {
namespace {

std::uintptr_t address(const void* place) {
  return reinterpret_cast<std::uintptr_t>(place);
}

RC_GTEST_PROP(Arena, HandsOutAlignedPiecesThatDoNotOverlap,
              (const std::vector<std::uint8_t>& sizes)) {
  // Random sizes and alignments until it is full; each piece is filled with its number, and all
  // still hold theirs at the end.
  Arena arena(1024);
  std::vector<std::span<std::byte>> pieces;
  for (const std::uint8_t size : sizes) {
    const std::size_t alignment = std::size_t{1} << (size % 5U);
    std::byte* const start = arena.allocate(size, alignment);
    if (start == nullptr) {
      RC_ASSERT(arena.capacity() - arena.used() < size + alignment);
      continue;
    }
    RC_ASSERT(address(start) % alignment == 0U);
    std::fill_n(start, size, static_cast<std::byte>(pieces.size()));
    pieces.emplace_back(start, size);
  }
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    RC_ASSERT(std::ranges::all_of(pieces[i],
                                  [i](std::byte b) { return b == static_cast<std::byte>(i); }));
  }
  RC_ASSERT(arena.high_water() == arena.used());
}

TEST(Arena, SaysNullWhenFullAndStaysUsable) {
  // To the last byte; then nothing, then, after a reset, everything again. Huge counts do not wrap.
  Arena arena(64);
  EXPECT_EQ(arena.allocate(65, 1), nullptr);
  EXPECT_NE(arena.allocate(60, 1), nullptr);
  EXPECT_EQ(arena.allocate(1, 8), nullptr);
  EXPECT_NE(arena.allocate(4, 1), nullptr);
  EXPECT_EQ(arena.allocate(1, 1), nullptr);
  EXPECT_EQ(arena.make_array<std::uint64_t>(SIZE_MAX / 8), nullptr);
  EXPECT_EQ(arena.make_array<std::uint64_t>(SIZE_MAX / 4), nullptr);
  arena.reset();
  EXPECT_EQ(arena.used(), 0U);
  EXPECT_EQ(arena.high_water(), 64U);
  EXPECT_NE(arena.allocate(64, 1), nullptr);
}

TEST(Arena, ArraysStartAsZeroes) {
  // Also on memory that held something else before.
  Arena arena(256);
  std::fill_n(arena.allocate(256, 1), 256, std::byte{0xff});
  arena.reset();
  const std::uint32_t* const numbers = arena.make_array<std::uint32_t>(10);
  ASSERT_NE(numbers, nullptr);
  EXPECT_TRUE(std::all_of(numbers, numbers + 10, [](std::uint32_t n) { return n == 0; }));
}

TEST(Arena, CopiesBytes) {
  // The copy has its own place; an empty one needs none, and one too large has none.
  Arena arena(16);
  const auto text = test::bytes_of_text("cairn");
  const auto copy = arena.copy(text);
  EXPECT_EQ(test::exact_copy(copy), text);
  EXPECT_NE(copy.data(), text.data());
  EXPECT_TRUE(arena.copy({}).empty());
  EXPECT_EQ(arena.copy(test::Bytes(12)).data(), nullptr);
}

TEST(Arena, RewindGivesBackWhatCameAfterTheMark) {
  // What was there before the mark stays; the space behind it is handed out again.
  Arena arena(64);
  std::byte* const kept = arena.allocate(8, 8);
  *kept = std::byte{7};
  const Arena::Mark mark = arena.mark();
  const std::byte* const first = arena.allocate(16, 8);
  arena.rewind(mark);
  EXPECT_EQ(arena.used(), 8U);
  EXPECT_EQ(arena.high_water(), 24U);
  EXPECT_EQ(arena.allocate(16, 8), first);
  EXPECT_EQ(*kept, std::byte{7});
}

#ifdef __SANITIZE_ADDRESS__
TEST(ArenaDeathTest, UseAfterRewindIsReported) {
  // Only with the address sanitizer: reading what was given back ends the process with a report.
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  Arena arena(64);
  const volatile std::byte* const stale = arena.allocate(8, 8);
  arena.reset();
  EXPECT_DEATH(static_cast<void>(*stale), "use-after-poison");
}
#endif

}  // namespace
}  // namespace cairn
