// SPDX-License-Identifier: Apache-2.0
#include "base/nearest.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <numeric>
#include <utility>

#include "base/limits.h"

namespace cairn {

namespace {

using Row = std::array<std::size_t, nearest_name_bytes_max + 1>;

/// The table's row for the prefix of `a` that ends at letter `i`, from the two rows before it.
Row next_row(std::string_view a, std::size_t i, std::string_view b, const Row& before_last,
             const Row& last) noexcept {
  Row row = {};
  row[0] = i;
  for (std::size_t j = 1; j <= b.size(); ++j) {
    const std::size_t replaced = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
    row[j] = std::min({last[j] + 1, row[j - 1] + 1, replaced});
    if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
      row[j] = std::min(row[j], before_last[j - 2] + 1);
    }
  }
  return row;
}

/// Edits that lead from one text to the other, where a swap of neighbours is one. Three rows of the
/// usual table are enough: a swap looks two rows back.
std::size_t edits_between(std::string_view a, std::string_view b) noexcept {
  Row before_last = {};
  Row last = {};
  std::iota(last.begin(), last.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    const Row row = next_row(a, i, b, before_last, last);
    before_last = std::exchange(last, row);
  }
  return last[b.size()];
}

}  // namespace

std::optional<std::string_view> nearest_name(std::string_view wrong,
                                             std::span<const std::string_view> known) noexcept {
  std::optional<std::string_view> best;
  if (wrong.empty() || wrong.size() > nearest_name_bytes_max) {
    return best;
  }
  std::size_t fewest = std::max<std::size_t>(1, wrong.size() / 3) + 1;
  for (const std::string_view name : known) {
    if (name.empty() || name.size() > nearest_name_bytes_max) {
      continue;
    }
    const std::size_t edits = edits_between(wrong, name);
    if (edits < fewest) {
      fewest = edits;
      best = name;
    }
  }
  return best;
}

}  // namespace cairn
