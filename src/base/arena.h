// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <type_traits>

#include "base/limits.h"

namespace cairn {

/// Memory for things that live and die together: one block taken at construction, handed out from
/// the front, given back all at once. For the scratch space of one command or one batch; its
/// capacity is that work's budget. One thread at a time. Everything handed out dies with the arena,
/// with `reset`, or with a `rewind` to before it; no destructors run.
///
/// When it is full the answer is null, not an Error: running out of a budget is an ordinary outcome
/// that the caller names in its own words, and costs nothing to find out.
///
/// Under the address sanitizer, what is not handed out is poisoned: a read of it is reported.
class Arena final {
 public:
  /// Requires: 1 <= capacity <= arena_capacity_max, in bytes.
  explicit Arena(std::size_t capacity);
  ~Arena();
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  /// `size` bytes at a multiple of `alignment`, uninitialised; null when they do not fit.
  /// Requires: `alignment` is a power of two, at most alignof(std::max_align_t).
  [[nodiscard]] std::byte* allocate(std::size_t size, std::size_t alignment) noexcept;

  /// `count` value-initialised items; null when they do not fit.
  template <typename T>
  [[nodiscard]] T* make_array(std::size_t count) noexcept {
    static_assert(std::is_trivially_destructible_v<T>, "an arena runs no destructors");
    static_assert(std::is_nothrow_default_constructible_v<T>);
    if (count > arena_capacity_max / sizeof(T)) {
      return nullptr;
    }
    std::byte* const start = allocate(count * sizeof(T), alignof(T));
    if (start == nullptr) {
      return nullptr;
    }
    T* const items = reinterpret_cast<T*>(start);
    std::uninitialized_value_construct_n(items, count);
    return items;
  }

  /// A copy that lives as long as the arena's other things. Null data when it does not fit, and for
  /// no bytes at all.
  [[nodiscard]] std::span<const std::byte> copy(std::span<const std::byte> bytes) noexcept;

  /// A place to come back to. Means something only to the arena it came from, until the next
  /// `reset` or `rewind` to before it.
  class Mark final {
   private:
    friend Arena;

    explicit Mark(std::size_t used) noexcept : used_(used) {}

    std::size_t used_;
  };

  [[nodiscard]] Mark mark() const noexcept { return Mark(used_); }

  /// Gives back everything handed out since the mark.
  void rewind(Mark mark) noexcept;

  /// Gives back everything.
  void reset() noexcept { rewind(Mark(0)); }

  [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }

  [[nodiscard]] std::size_t used() const noexcept { return used_; }

  /// The most that was ever used at once, padding included: what the budget should be.
  [[nodiscard]] std::size_t high_water() const noexcept { return high_water_; }

 private:
  std::size_t capacity_;
  std::size_t used_ = 0;
  std::size_t high_water_ = 0;
  std::unique_ptr<std::byte[]> block_;
};

}  // namespace cairn
