// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <span>
#include <type_traits>
#include <utility>

#include "base/check.h"
#include "base/limits.h"

namespace cairn {

/// A bounded queue from one thread to one other, without locks. One thread, the producer, calls the
/// push functions; one, the consumer, the pop functions; `size` any thread, as a hint. Never
/// blocks, never allocates after construction: what to do when it is full or empty is the callers'
/// affair. Owned by whoever outlives both threads. Items come out in the order they went in, each
/// once.
///
/// Both positions count up for ever; a slot is the position modulo the storage. Each side keeps a
/// copy of the other's position and looks at the real one only when the copy says full or empty, so
/// the cache line between the two cores moves once per lap rather than once per item.
template <typename T>
class SpscRing final {
  static_assert(std::is_nothrow_move_constructible_v<T> && std::is_nothrow_move_assignable_v<T> &&
                std::is_nothrow_destructible_v<T>);

 public:
  /// Requires: 1 <= capacity <= ring_capacity_max.
  explicit SpscRing(std::size_t capacity)
      : capacity_(checked(capacity)),
        mask_(std::bit_ceil(capacity) - 1),
        slots_(std::make_unique_for_overwrite<Slot[]>(mask_ + 1)) {}

  SpscRing(const SpscRing&) = delete;
  SpscRing& operator=(const SpscRing&) = delete;

  ~SpscRing() {
    for (std::uint64_t at = consumer_.position.load(); at != producer_.position.load(); ++at) {
      std::destroy_at(item(at));
    }
  }

  /// False, and `value` unchanged, when the ring is full.
  [[nodiscard]] bool try_push(T&& value) noexcept {
    const std::uint64_t at = producer_.position.load(std::memory_order_relaxed);
    if (free_slots(at, 1) == 0) {
      return false;
    }
    std::construct_at(raw(at), std::move(value));
    producer_.position.store(at + 1, std::memory_order_release);
    return true;
  }

  [[nodiscard]] bool try_push(const T& value) noexcept
    requires std::is_nothrow_copy_constructible_v<T>
  {
    return try_push(T(value));
  }

  /// Moves as many items as fit off the front of `values`; returns how many.
  [[nodiscard]] std::size_t push_some(std::span<T> values) noexcept {
    const std::uint64_t at = producer_.position.load(std::memory_order_relaxed);
    const std::size_t count = std::min(values.size(), free_slots(at, values.size()));
    for (std::size_t i = 0; i < count; ++i) {
      std::construct_at(raw(at + i), std::move(values[i]));
    }
    producer_.position.store(at + count, std::memory_order_release);
    return count;
  }

  /// False, and `out` unchanged, when the ring is empty.
  [[nodiscard]] bool try_pop(T& out) noexcept {
    const std::uint64_t at = consumer_.position.load(std::memory_order_relaxed);
    if (filled_slots(at, 1) == 0) {
      return false;
    }
    take(at, out);
    consumer_.position.store(at + 1, std::memory_order_release);
    return true;
  }

  /// Moves as many items as there are to the front of `out`; returns how many.
  [[nodiscard]] std::size_t pop_some(std::span<T> out) noexcept {
    const std::uint64_t at = consumer_.position.load(std::memory_order_relaxed);
    const std::size_t count = std::min(out.size(), filled_slots(at, out.size()));
    for (std::size_t i = 0; i < count; ++i) {
      take(at + i, out[i]);
    }
    consumer_.position.store(at + count, std::memory_order_release);
    return count;
  }

  [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }

  /// Exact when neither side is at work, else a value from the near past.
  [[nodiscard]] std::size_t size() const noexcept {
    const std::uint64_t popped = consumer_.position.load(std::memory_order_acquire);
    const std::uint64_t pushed = producer_.position.load(std::memory_order_acquire);
    return std::min(static_cast<std::size_t>(pushed - popped), capacity_);
  }

 private:
  static constexpr std::size_t cache_line_bytes = 64;

  struct Slot {
    alignas(T) std::byte bytes[sizeof(T)];
  };

  struct alignas(cache_line_bytes) Side {
    std::atomic<std::uint64_t> position = 0;
    std::uint64_t other_seen = 0;  // this side's copy of the other side's position
  };

  static std::size_t checked(std::size_t capacity) {
    CAIRN_CHECK(capacity >= 1);
    CAIRN_CHECK(capacity <= ring_capacity_max);
    return capacity;
  }

  T* raw(std::uint64_t at) noexcept { return reinterpret_cast<T*>(slots_[at & mask_].bytes); }

  T* item(std::uint64_t at) noexcept { return std::launder(raw(at)); }

  void take(std::uint64_t at, T& out) noexcept {
    out = std::move(*item(at));
    std::destroy_at(item(at));
  }

  std::size_t free_slots(std::uint64_t at, std::size_t wanted) noexcept {
    if (capacity_ - (at - producer_.other_seen) < wanted) {
      producer_.other_seen = consumer_.position.load(std::memory_order_acquire);
    }
    return capacity_ - (at - producer_.other_seen);
  }

  std::size_t filled_slots(std::uint64_t at, std::size_t wanted) noexcept {
    if (consumer_.other_seen - at < wanted) {
      consumer_.other_seen = producer_.position.load(std::memory_order_acquire);
    }
    return consumer_.other_seen - at;
  }

  Side producer_;
  Side consumer_;
  alignas(cache_line_bytes) std::size_t capacity_;
  std::size_t mask_;
  std::unique_ptr<Slot[]> slots_;
};

}  // namespace cairn
