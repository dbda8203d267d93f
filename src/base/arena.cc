// SPDX-License-Identifier: Apache-2.0
#include "base/arena.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "base/check.h"
#include "base/limits.h"

#if defined(__SANITIZE_ADDRESS__)
#define CAIRN_ARENA_POISONS
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define CAIRN_ARENA_POISONS
#endif
#endif

#ifdef CAIRN_ARENA_POISONS
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(start, size) (static_cast<void>(start), static_cast<void>(size))
#define ASAN_UNPOISON_MEMORY_REGION(start, size) (static_cast<void>(start), static_cast<void>(size))
#endif

namespace cairn {

Arena::Arena(std::size_t capacity) : capacity_(capacity) {
  CAIRN_CHECK(capacity >= 1);
  CAIRN_CHECK(capacity <= arena_capacity_max);
  block_ = std::make_unique_for_overwrite<std::byte[]>(capacity);
  ASAN_POISON_MEMORY_REGION(block_.get(), capacity_);
}

Arena::~Arena() {
  ASAN_UNPOISON_MEMORY_REGION(block_.get(), capacity_);
}

std::byte* Arena::allocate(std::size_t size, std::size_t alignment) noexcept {
  CAIRN_CHECK(std::has_single_bit(alignment) && alignment <= alignof(std::max_align_t));
  const std::size_t start = (used_ + alignment - 1) & ~(alignment - 1);
  if (start > capacity_ || capacity_ - start < size) {
    return nullptr;
  }
  used_ = start + size;
  high_water_ = std::max(high_water_, used_);
  ASAN_UNPOISON_MEMORY_REGION(block_.get() + start, size);
  return block_.get() + start;
}

std::span<const std::byte> Arena::copy(std::span<const std::byte> bytes) noexcept {
  std::byte* const start = bytes.empty() ? nullptr : allocate(bytes.size(), 1);
  if (start == nullptr) {
    return {};
  }
  std::memcpy(start, bytes.data(), bytes.size());
  return {start, bytes.size()};
}

void Arena::rewind(Mark mark) noexcept {
  CAIRN_CHECK(mark.used_ <= used_);
  ASAN_POISON_MEMORY_REGION(block_.get() + mark.used_, used_ - mark.used_);
  used_ = mark.used_;
}

}  // namespace cairn
