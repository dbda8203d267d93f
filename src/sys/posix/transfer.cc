// SPDX-License-Identifier: Apache-2.0
#include "sys/posix/transfer.h"

#include "base/check.h"

namespace cairn::sys {

void IoVector::advance(std::size_t count) noexcept {
  CAIRN_CHECK(count <= bytes_left_);
  bytes_left_ -= count;
  while (first_ < count_ && parts_[first_].iov_len <= count) {
    count -= parts_[first_].iov_len;
    ++first_;
  }
  if (count > 0) {
    iovec& part = parts_[first_];
    part.iov_base = static_cast<std::byte*>(part.iov_base) + count;
    part.iov_len -= count;
  }
}

}  // namespace cairn::sys
