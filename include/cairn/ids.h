// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <cstdint>

namespace cairn {

/// A number with a meaning of its own: a Seq is not a SegmentNumber, and the compiler knows.
/// Conversions are always spelled out. There is no arithmetic but `next()`, because that is all an
/// id has.
template <typename Tag, typename Rep = std::uint64_t>
class StrongId final {
 public:
  using rep = Rep;

  constexpr StrongId() noexcept = default;

  constexpr explicit StrongId(Rep value) noexcept : value_(value) {}

  [[nodiscard]] constexpr Rep value() const noexcept { return value_; }

  [[nodiscard]] constexpr StrongId next() const noexcept {
    return StrongId(static_cast<Rep>(value_ + 1));
  }

  friend constexpr auto operator<=>(StrongId, StrongId) noexcept = default;

 private:
  Rep value_ = 0;
};

/// Position of a transaction in the one global order. Dense, from 1; 0 means "before the first".
using Seq = StrongId<struct SeqTag>;

/// Number of a journal segment, from 1.
using SegmentNumber = StrongId<struct SegmentNumberTag>;

/// Number of a record, command or event kind inside a domain, from 1; 0 is never valid.
using KindNumber = StrongId<struct KindNumberTag, std::uint16_t>;

}  // namespace cairn
