// SPDX-License-Identifier: Apache-2.0
#include "journal/tree_shape.h"

#include <algorithm>
#include <bit>

#include "base/check.h"

namespace cairn::journal {

namespace {

/// Where RFC 9162 splits a tree of that many leaves: the largest power of two below it.
std::uint64_t split_of(std::uint64_t leaves) noexcept {
  return std::bit_floor(leaves - 1);
}

std::uint64_t ones(std::uint64_t value) noexcept {
  return static_cast<std::uint64_t>(std::popcount(value));
}

/// Hashes stored for that many complete groups: each group's own, and one for each pair joined.
std::uint64_t count_of_groups(std::uint64_t groups) noexcept {
  return 2 * groups - ones(groups);
}

}  // namespace

std::vector<LeafRange> inclusion_ranges(std::uint64_t index, std::uint64_t size) {
  CAIRN_CHECK(index < size);
  std::vector<LeafRange> ranges;
  LeafRange rest{.begin = 0, .end = size};
  while (rest.end - rest.begin > 1) {
    const std::uint64_t middle = rest.begin + split_of(rest.end - rest.begin);
    if (index < middle) {
      ranges.push_back({.begin = middle, .end = rest.end});
      rest.end = middle;
    } else {
      ranges.push_back({.begin = rest.begin, .end = middle});
      rest.begin = middle;
    }
  }
  std::ranges::reverse(ranges);
  return ranges;
}

std::vector<LeafRange> consistency_ranges(std::uint64_t earlier, std::uint64_t size) {
  CAIRN_CHECK(earlier <= size);
  std::vector<LeafRange> ranges;
  LeafRange rest{.begin = 0, .end = size};
  if (earlier == 0) {
    return ranges;
  }
  while (earlier != rest.end) {
    const std::uint64_t middle = rest.begin + split_of(rest.end - rest.begin);
    if (earlier <= middle) {
      ranges.push_back({.begin = middle, .end = rest.end});
      rest.end = middle;
    } else {
      ranges.push_back({.begin = rest.begin, .end = middle});
      rest.begin = middle;
    }
  }
  // The whole earlier tree needs no hash of its own: whoever asks has its root.
  if (rest.begin != 0) {
    ranges.push_back(rest);
  }
  std::ranges::reverse(ranges);
  return ranges;
}

std::vector<Subtree> complete_subtrees(LeafRange range) {
  std::vector<Subtree> subtrees;
  while (range.begin != range.end) {
    const auto level = static_cast<unsigned>(std::bit_width(range.end - range.begin)) - 1;
    CAIRN_CHECK((range.begin >> level) << level == range.begin);
    subtrees.push_back({.level = level, .index = range.begin >> level});
    range.begin += std::uint64_t{1} << level;
  }
  return subtrees;
}

std::uint64_t stored_count(std::uint64_t leaves) noexcept {
  return count_of_groups(leaves / group_leaves);
}

std::uint64_t stored_position(Subtree subtree) noexcept {
  CAIRN_CHECK(subtree.level >= stored_level);
  const unsigned height = subtree.level - stored_level;
  const std::uint64_t groups_before = ((subtree.index + 1) << height) - 1;
  return count_of_groups(groups_before) + height;
}

std::uint64_t leaves_stored(std::uint64_t stored) noexcept {
  // At least half of the hashes are those of groups, so the answer is in this small window.
  std::uint64_t groups = stored / 2;
  while (count_of_groups(groups + 1) <= stored) {
    ++groups;
  }
  return groups * group_leaves;
}

}  // namespace cairn::journal
