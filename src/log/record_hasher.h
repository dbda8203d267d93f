// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "base/limits.h"
#include "cairn/digest.h"
#include "log/format.h"

namespace cairn::log {

/// Hashes the records of one batch side by side in the processor's lanes. The hash of a record is
/// BLAKE3 over its frame (varint length, bytes), zero-padded to a multiple of 64 bytes: padding
/// hides no length, because the frame begins with it. Frames of equal padded size wait for each
/// other, sixteen at most, and are copied, so that they need not stay. Allocates when made and
/// never after. One thread.
class RecordHasher final {
 public:
  RecordHasher();

  /// Starts a batch whose hashes go to `out`, in the order of the frames.
  void begin(std::span<Digest> out) noexcept;
  /// Requires: fewer frames than `out` has room for.
  void add(Bytes frame) noexcept;
  /// Hashes what waits, and returns all hashes since `begin`.
  [[nodiscard]] std::span<const Digest> finish() noexcept;

 private:
  static constexpr std::size_t lanes = 16;
  static constexpr std::size_t classes = blake3_lane_bytes_max / blake3_block_bytes;

  /// Frames of one padded size that wait.
  struct Waiting {
    std::byte* memory = nullptr;  ///< of all its lanes
    std::size_t count = 0;
    std::array<std::uint32_t, lanes> index = {};  ///< where each hash goes
  };

  void hash(std::size_t blocks) noexcept;

  std::unique_ptr<std::byte[]> memory_;
  std::array<Waiting, classes + 1> waiting_ = {};  ///< by number of blocks
  std::span<Digest> out_;
  std::size_t count_ = 0;
};

/// What a batch header holds as `records`.
[[nodiscard]] Digest digest_of_hashes(std::span<const Digest> hashes) noexcept;

}  // namespace cairn::log
