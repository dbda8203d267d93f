// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include <sys/uio.h>

#include "sys/io_queue.h"

namespace cairn::sys {

/// The buffers of one transfer as the system calls take them, and how far it has come.
class IoVector final {
 public:
  /// Takes the first buffers, as many as there is room for; returns how many.
  template <typename Byte>
  std::size_t assign(std::span<const std::span<Byte>> buffers) noexcept {
    first_ = 0;
    bytes_left_ = 0;
    count_ = buffers.size() < parts_.size() ? buffers.size() : parts_.size();
    for (std::size_t i = 0; i < count_; ++i) {
      // An iovec serves both directions, so it has no const; nothing writes through it in a write.
      auto* const bytes = const_cast<std::byte*>(buffers[i].data());
      parts_[i] = {.iov_base = bytes, .iov_len = buffers[i].size()};
      bytes_left_ += buffers[i].size();
    }
    return count_;
  }

  /// What is still to be moved.
  [[nodiscard]] std::span<const iovec> rest() const noexcept {
    return std::span(parts_).subspan(first_, count_ - first_);
  }

  [[nodiscard]] std::size_t bytes_left() const noexcept { return bytes_left_; }

  /// Requires: count <= bytes_left().
  void advance(std::size_t count) noexcept;

 private:
  std::array<iovec, io_buffers_max> parts_{};
  std::size_t first_ = 0;
  std::size_t count_ = 0;
  std::size_t bytes_left_ = 0;
};

/// One read, write or sync in progress: moved on by PosixFile, whoever makes the system calls.
struct Transfer {
  IoKind kind = IoKind::Read;
  bool durable = false;
  std::uint64_t offset = 0;  ///< of the next byte
  std::size_t done = 0;      ///< bytes moved
  int interruptions = 0;
  IoVector vector = {};
};

}  // namespace cairn::sys
