// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <utility>
#include <vector>

#include "base/check.h"

namespace cairn::store {

/// First in, first out, in one piece of memory that is kept: once it has been as long as it gets,
/// it asks for no more. One thread.
template <typename T>
class Fifo final {
 public:
  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }

  [[nodiscard]] std::size_t size() const noexcept { return size_; }

  /// Counted from the front. Requires: index < size.
  [[nodiscard]] const T& operator[](std::size_t index) const noexcept {
    return items_[place_of(index)];
  }

  /// Requires: not empty.
  [[nodiscard]] T& front() noexcept {
    CAIRN_CHECK(size_ > 0);
    return items_[begin_];
  }

  void push_back(T item) {
    if (size_ == items_.size()) {
      grow();
    }
    items_[place_of(size_)] = std::move(item);
    ++size_;
  }

  template <typename Range>
  void append(const Range& range) {
    for (const T& item : range) {
      push_back(item);
    }
  }

  /// Requires: not empty.
  void pop_front() noexcept {
    CAIRN_CHECK(size_ > 0);
    items_[begin_] = T();
    begin_ = place_of(1);
    --size_;
  }

 private:
  [[nodiscard]] std::size_t place_of(std::size_t index) const noexcept {
    return (begin_ + index) & (items_.size() - 1);
  }

  /// To the next power of two.
  void grow() {
    std::vector<T> more(std::bit_ceil(std::max<std::size_t>(size_ + 1, 16)));
    for (std::size_t i = 0; i < size_; ++i) {
      more[i] = std::move(items_[place_of(i)]);
    }
    items_ = std::move(more);
    begin_ = 0;
  }

  std::vector<T> items_;
  std::size_t begin_ = 0;
  std::size_t size_ = 0;
};

}  // namespace cairn::store
