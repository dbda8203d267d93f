// SPDX-License-Identifier: Apache-2.0
#include "base/unique_id.h"

#include <algorithm>

#include "base/check.h"

namespace cairn {

namespace {

constexpr std::uint64_t nanoseconds_per_millisecond = 1'000'000;
constexpr std::uint64_t millisecond_end = std::uint64_t{1} << 48U;
constexpr std::uint64_t high_end = std::uint64_t{1} << 12U;
constexpr std::uint64_t low_end = std::uint64_t{1} << 62U;

std::uint64_t big_endian(std::span<const std::byte> bytes) noexcept {
  std::uint64_t value = 0;
  for (const std::byte byte : bytes) {
    value = value << 8U | std::to_integer<std::uint64_t>(byte);
  }
  return value;
}

void put_big_endian(std::uint64_t value, std::span<std::byte> out) noexcept {
  for (std::size_t i = out.size(); i > 0; --i) {
    out[i - 1] = static_cast<std::byte>(value);
    value >>= 8U;
  }
}

}  // namespace

Uuid UniqueIdGenerator::next(Timestamp now,
                             std::span<const std::byte, random_bytes> random) noexcept {
  const auto since_1970 = static_cast<std::uint64_t>(std::max<std::int64_t>(now.nanoseconds, 0));
  const std::uint64_t millisecond = since_1970 / nanoseconds_per_millisecond;
  if (!started_ || millisecond > millisecond_) {
    start_millisecond(millisecond, random);
  } else {
    low_ += 1 + (big_endian(random.first<4>()));
    high_ += low_ / low_end;
    low_ %= low_end;
    if (high_ >= high_end) {
      start_millisecond(millisecond_ + 1, random);
    }
  }
  Uuid id;
  const std::span<std::byte> bytes = id.bytes;
  put_big_endian(millisecond_, bytes.first(6));
  put_big_endian(0x7000U | high_, bytes.subspan(6, 2));
  put_big_endian(std::uint64_t{2} << 62U | low_, bytes.subspan(8));
  return id;
}

void UniqueIdGenerator::start_millisecond(
    std::uint64_t millisecond, std::span<const std::byte, random_bytes> random) noexcept {
  CAIRN_CHECK(millisecond < millisecond_end);
  started_ = true;
  millisecond_ = millisecond;
  high_ = big_endian(random.first<2>()) % high_end;
  low_ = big_endian(random.last<8>()) % low_end;
}

}  // namespace cairn
