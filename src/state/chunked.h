// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <type_traits>
#include <vector>

namespace cairn::state {

/// An array that grows without moving what it holds, so that growing never takes long. One thread.
template <typename T>
class Chunked final {
  static_assert(std::is_trivially_destructible_v<T>);

 public:
  [[nodiscard]] std::uint32_t size() const noexcept { return size_; }

  T& operator[](std::uint32_t at) noexcept { return chunks_[at >> shift].get()[at & mask]; }

  const T& operator[](std::uint32_t at) const noexcept {
    return chunks_[at >> shift].get()[at & mask];
  }

  /// Makes room for items below `size`; new ones are value-initialised, each when it is asked for:
  /// a whole chunk at once would push what is in use out of the cache.
  void extend(std::uint32_t size) {
    while (size_ < size) {
      if (size_ >> shift == chunks_.size()) {
        chunks_.emplace_back(std::allocator<T>().allocate(chunk_size));
      }
      std::construct_at(chunks_[size_ >> shift].get() + (size_ & mask));
      ++size_;
    }
  }

  [[nodiscard]] std::size_t memory_bytes() const noexcept {
    return chunks_.size() * chunk_size * sizeof(T) + chunks_.capacity() * sizeof(chunks_[0]);
  }

 private:
  static constexpr unsigned shift = 12;
  static constexpr std::size_t chunk_size = std::size_t{1} << shift;
  static constexpr std::uint32_t mask = chunk_size - 1;

  struct Free {
    void operator()(T* chunk) const noexcept { std::allocator<T>().deallocate(chunk, chunk_size); }
  };

  std::vector<std::unique_ptr<T, Free>> chunks_;
  std::uint32_t size_ = 0;
};

}  // namespace cairn::state
