// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace cairn {

/// Space for what decoded Text, Blob and List values point at: a bounded region of the caller's,
/// handed out front to back. It never grows, so hostile sizes allocate nothing. The caller keeps
/// the memory as long as the decoded values are used, and calls `clear` before the next one. One
/// thread at a time.
class Scratch final {
 public:
  /// No space at all: for types that need none.
  constexpr Scratch() noexcept = default;

  constexpr explicit Scratch(std::span<std::byte> memory) noexcept
      : begin_(memory.data()), cursor_(begin_), end_(begin_ + memory.size()) {}

  /// `size` bytes at a multiple of `align`, a power of two; null when they do not fit. What is in
  /// them is unspecified.
  [[nodiscard]] std::byte* take(std::size_t size, std::size_t align) noexcept {
    const std::size_t skip = (0 - reinterpret_cast<std::uintptr_t>(cursor_)) & (align - 1);
    const std::size_t left = remaining();
    if (left < skip || left - skip < size) {
      return nullptr;
    }
    std::byte* const start = cursor_ + skip;
    cursor_ = start + size;
    return start;
  }

  [[nodiscard]] std::size_t remaining() const noexcept {
    return static_cast<std::size_t>(end_ - cursor_);
  }

  void clear() noexcept { cursor_ = begin_; }

  /// Where the next `take` starts looking; `rewind` gives back all that was taken since.
  [[nodiscard]] std::byte* mark() const noexcept { return cursor_; }

  void rewind(std::byte* mark) noexcept { cursor_ = mark; }

 private:
  std::byte* begin_ = nullptr;
  std::byte* cursor_ = nullptr;
  std::byte* end_ = nullptr;
};

}  // namespace cairn
