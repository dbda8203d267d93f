// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

namespace cairn::state {

/// Memory for what rows were: taken front to back, given back all at once or down to a mark, kept
/// for the next transaction. What was taken stays where it is. One thread.
class ImageStore final {
 public:
  struct Mark {
    std::size_t block = 0;
    std::size_t used = 0;
    std::size_t taken = 0;
  };

  /// `size` bytes, aligned for every row.
  [[nodiscard]] std::byte* take(std::size_t size) {
    const std::size_t rounded = (size + align - 1) / align * align;
    taken_ += rounded;
    if (block_ < blocks_.size() && blocks_[block_].size - used_ >= rounded) [[likely]] {
      std::byte* const start = blocks_[block_].memory.get() + used_;
      used_ += rounded;
      return start;
    }
    return take_from_next(rounded);
  }

  [[nodiscard]] Mark mark() const noexcept {
    return {.block = block_, .used = used_, .taken = taken_};
  }

  void rewind(const Mark& mark) noexcept {
    block_ = mark.block;
    used_ = mark.used;
    taken_ = mark.taken;
  }

  /// Bytes taken since all was given back.
  [[nodiscard]] std::size_t taken() const noexcept { return taken_; }

 private:
  static constexpr std::size_t align = 16;
  static constexpr std::size_t block_bytes = std::size_t{256} * 1024;

  struct Block {
    std::unique_ptr<std::byte[]> memory;  // operator new aligns it for every row
    std::size_t size = 0;
  };

  [[nodiscard]] std::byte* take_from_next(std::size_t size);

  std::vector<Block> blocks_;
  std::size_t block_ = 0;
  std::size_t used_ = 0;
  std::size_t taken_ = 0;
};

}  // namespace cairn::state
