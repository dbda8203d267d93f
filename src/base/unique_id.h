// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "cairn/time.h"
#include "cairn/uuid.h"

namespace cairn {

/// Makes ids that sort by the time they were made: version 7 UUIDs, a millisecond of civil time and
/// then 74 random bits. Each is greater than all before it from the same generator, even while the
/// clock stands still or after it went back: then the milliseconds stay and the random part grows
/// by a random step; should it overflow, the millisecond runs ahead of the clock by one.
///
/// Time and randomness come as arguments, so the same arguments give the same ids. One thread at a
/// time. Ids from different generators are told apart by their random bits alone.
class UniqueIdGenerator final {
 public:
  static constexpr std::size_t random_bytes = 10;

  /// A `now` before 1970 counts as 1970.
  [[nodiscard]] Uuid next(Timestamp now, std::span<const std::byte, random_bytes> random) noexcept;

 private:
  void start_millisecond(std::uint64_t millisecond,
                         std::span<const std::byte, random_bytes> random) noexcept;

  bool started_ = false;
  std::uint64_t millisecond_ = 0;  // 48 bits are used
  std::uint64_t high_ = 0;         // upper 12 of the 74 bits
  std::uint64_t low_ = 0;          // lower 62
};

}  // namespace cairn
