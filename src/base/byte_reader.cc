// SPDX-License-Identifier: Apache-2.0
#include "cairn/byte_reader.h"

#include <algorithm>
#include <string>

#include <fmt/format.h>

#include "base/check.h"

namespace cairn {

std::uint64_t ByteReader::long_varint(std::string_view what) noexcept {
  std::uint64_t value = 0;
  const std::size_t size_max = std::min(remaining(), varint_bytes_max);
  for (std::size_t i = 0; i < size_max; ++i) {
    const auto byte = std::to_integer<std::uint64_t>(cursor_[i]);
    value |= (byte & 0x7fU) << (7 * i);
    if (byte >= 0x80) {
      continue;
    }
    cursor_ += i + 1;
    const bool overlong = byte == 0 && i > 0;
    const bool over_64_bits = i + 1 == varint_bytes_max && byte > 1;
    if (overlong || over_64_bits) [[unlikely]] {
      refuse(Errc::Corrupt, what,
             overlong ? "is a number with needless bytes" : "is a number over 64 bits", i + 1);
      return 0;
    }
    return value;
  }
  if (size_max == varint_bytes_max) {
    refuse(Errc::Corrupt, what, "is a number over 64 bits", 0);
  } else {
    refuse_short(size_max + 1, what);
  }
  return 0;
}

void ByteReader::refuse(Errc code, std::string_view what, const char* why,
                        std::size_t back) noexcept {
  if (failed()) {
    return;
  }
  CAIRN_CHECK(what.data() != nullptr);
  CAIRN_CHECK(back <= offset());
  failed_at_ = offset() - back;
  code_ = code;
  what_ = what;
  why_ = why;
  cursor_ = end_;
}

void ByteReader::refuse_short(std::size_t wanted, std::string_view what) noexcept {
  if (!failed()) {
    got_ = remaining();
    limit_ = wanted;
    refuse(Errc::Truncated, what, nullptr, 0);
  }
}

void ByteReader::refuse_over(const std::byte* start, std::uint64_t value, std::uint64_t max,
                             std::string_view what) noexcept {
  if (!failed()) {
    got_ = value;
    limit_ = max;
    refuse(Errc::TooLarge, what, nullptr, static_cast<std::size_t>(cursor_ - start));
  }
}

Result<> ByteReader::status() const {
  if (!failed()) {
    return {};
  }
  const std::string place = fmt::format("{} at offset {}: ", what_, failed_at_);
  if (code_ == Errc::Truncated) {
    return fail(code_, place + fmt::format("needs {} bytes, {} are left", limit_, got_));
  }
  if (why_ == nullptr) {
    return fail(code_, place + fmt::format("{} is over the limit of {}", got_, limit_));
  }
  return fail(code_, place + why_);
}

Result<> ByteReader::expect_end(std::string_view what) const {
  CAIRN_TRY(status());
  if (remaining() != 0) {
    return fail(Errc::Corrupt, fmt::format("{} ends at offset {}, and {} more bytes follow", what,
                                           offset(), remaining()));
  }
  return {};
}

}  // namespace cairn
