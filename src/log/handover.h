// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "cairn/digest.h"
#include "log/format.h"
#include "log/memory.h"

namespace cairn::log {

/// Hands batches that have become durable to one reader in the same process, who need not read from
/// the disk what was just written. One thread at a time puts in, one takes out, and neither waits
/// nor allocates. What finds no room is not put in: the reader has the disk for that.
class Handover final {
 public:
  /// A batch as it lies in a segment, without its padding.
  struct Written {
    std::uint64_t segment = 0;
    std::uint64_t offset = 0;
    Bytes bytes = {};
    std::span<const Digest> hashes = {};  ///< of its records
  };

  explicit Handover(std::size_t bytes);

  /// A copy of it; false when there is no room. Batches are put in as they follow each other.
  bool put(const Written& batch) noexcept;

  /// So much waits that it should be taken out soon.
  [[nodiscard]] bool is_half_full() const noexcept;

  /// The batch that begins with this sequence, if it was put in; lets go of those before it. Valid
  /// until the next call. The sequences asked for never go back.
  [[nodiscard]] std::optional<Written> take(std::uint64_t first) noexcept;

 private:
  /// In front of each batch: its hashes and its bytes follow.
  struct Entry {
    std::uint64_t size = 0;   ///< of all of it
    std::uint64_t first = 0;  ///< 0: nothing more before the end of the memory
    std::uint64_t segment = 0;
    std::uint64_t offset = 0;
    std::uint32_t bytes = 0;
    std::uint32_t hashes = 0;
  };

  [[nodiscard]] std::byte* place(std::uint64_t at) const noexcept;
  [[nodiscard]] std::size_t left_behind(std::uint64_t at) const noexcept;
  [[nodiscard]] std::optional<Entry> entry(std::uint64_t at) const noexcept;

  // Both count bytes since the beginning, those left out at the end of the memory included.
  AlignedBytes memory_;
  alignas(64) std::atomic<std::uint64_t> put_ = 0;
  alignas(64) std::atomic<std::uint64_t> taken_ = 0;  ///< whoever takes out moves it
  std::uint64_t shown_ = 0;                           ///< how far is let go of next
};

}  // namespace cairn::log
