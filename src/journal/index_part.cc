// SPDX-License-Identifier: Apache-2.0
#include "journal/index_part.h"

#include <algorithm>

namespace cairn::journal {

std::optional<EventPlace> place_of(const IndexWords& ordinals, std::uint64_t first,
                                   std::uint32_t ordinal, std::uint32_t& near) {
  const std::uint32_t size = ordinals.size();
  const bool is_ahead = near < size && ordinals[near] <= ordinal;
  const std::uint32_t begin = is_ahead ? near : 0;
  const std::uint32_t end = is_ahead ? size : std::min(near, size);
  const std::uint32_t after = first_not_less(ordinals, begin, end, ordinal + 1);
  // What is not so in good ordinals: the event lies outside the transaction that was found.
  if (after == 0 || after == size || ordinals[after - 1] > ordinal || ordinals[after] <= ordinal) {
    return std::nullopt;
  }
  near = after - 1;
  return EventPlace{.transaction = Seq(first + near), .event = ordinal - ordinals[near]};
}

}  // namespace cairn::journal
