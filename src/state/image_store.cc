// SPDX-License-Identifier: Apache-2.0
#include "state/image_store.h"

#include <algorithm>
#include <cstddef>

namespace cairn::state {

static_assert(alignof(std::max_align_t) >= 16);

std::byte* ImageStore::take_from_next(std::size_t size) {
  while (block_ < blocks_.size()) {
    ++block_;
    used_ = 0;
    if (block_ < blocks_.size() && blocks_[block_].size >= size) {
      used_ = size;
      return blocks_[block_].memory.get();
    }
  }
  const std::size_t bytes = std::max(block_bytes, size);
  blocks_.push_back({.memory = std::make_unique_for_overwrite<std::byte[]>(bytes), .size = bytes});
  used_ = size;
  return blocks_[block_].memory.get();
}

}  // namespace cairn::state
