// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace cairn::state {

/// An array that grows without moving what it holds, so that growing never takes long. One thread.
template <typename T>
class Chunked final {
 public:
  [[nodiscard]] std::uint32_t size() const noexcept { return size_; }

  T& operator[](std::uint32_t at) noexcept { return chunks_[at >> shift][at & mask]; }

  const T& operator[](std::uint32_t at) const noexcept { return chunks_[at >> shift][at & mask]; }

  /// Makes room for items below `size`; new ones are value-initialised.
  void extend(std::uint32_t size) {
    while (chunks_.size() << shift < size) {
      chunks_.push_back(std::make_unique<T[]>(std::size_t{1} << shift));
    }
    size_ = std::max(size_, size);
  }

  [[nodiscard]] std::size_t memory_bytes() const noexcept {
    return (chunks_.size() << shift) * sizeof(T) + chunks_.capacity() * sizeof(chunks_[0]);
  }

 private:
  static constexpr unsigned shift = 12;
  static constexpr std::uint32_t mask = (1U << shift) - 1;

  std::vector<std::unique_ptr<T[]>> chunks_;
  std::uint32_t size_ = 0;
};

}  // namespace cairn::state
