// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <new>
#include <span>

#include "sys/disk.h"

namespace cairn::log {

/// Memory that direct I/O takes, zero at first. Allocated once; owned by one thread.
class AlignedBytes final {
 public:
  AlignedBytes() noexcept = default;

  explicit AlignedBytes(std::size_t size)
      : bytes_(new(std::align_val_t{sys::direct_alignment}) std::byte[size]()), size_(size) {}

  [[nodiscard]] std::span<std::byte> span() const noexcept { return {bytes_.get(), size_}; }

  [[nodiscard]] std::byte* data() const noexcept { return bytes_.get(); }

  [[nodiscard]] std::size_t size() const noexcept { return size_; }

 private:
  struct Free {
    void operator()(std::byte* bytes) const noexcept {
      ::operator delete[](bytes, std::align_val_t{sys::direct_alignment});
    }
  };

  std::unique_ptr<std::byte[], Free> bytes_;
  std::size_t size_ = 0;
};

}  // namespace cairn::log
