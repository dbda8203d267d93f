// SPDX-License-Identifier: Apache-2.0
#include "cairn/byte_writer.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/check.h"

namespace cairn {

namespace {

constexpr std::size_t first_capacity = 256;

}  // namespace

Result<std::span<const std::byte>> FixedByteWriter::finish(std::string_view what) const {
  if (overflowed_) {
    return fail(Errc::TooLarge, fmt::format("{} does not fit into {} bytes", what, end_ - begin_));
  }
  return std::span<const std::byte>(begin_, size());
}

void GrowingByteWriter::reserve(std::size_t size) noexcept {
  if (size > capacity_) {
    grow(size - size_);
  }
}

void GrowingByteWriter::grow(std::size_t more) noexcept {
  CAIRN_CHECK(size_ <= capacity_);
  const std::size_t wanted = std::max({first_capacity, capacity_ * 2, size_ + more});
  auto bigger = std::make_unique_for_overwrite<std::byte[]>(wanted);
  if (size_ != 0) {
    std::memcpy(bigger.get(), buffer_.get(), size_);
  }
  buffer_ = std::move(bigger);
  capacity_ = wanted;
}

}  // namespace cairn
