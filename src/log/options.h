// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

namespace cairn::log {

class Handover;

/// How a log is written. All may differ from one opening to the next.
struct Options {
  /// Of each new segment, a multiple of 4096. Opening reads one segment whole.
  std::uint64_t segment_bytes = std::uint64_t{64} << 20U;
  /// Most that one batch takes on disk, header and padding included; a multiple of 4096.
  std::size_t batch_bytes_max = std::size_t{1} << 20U;
  std::uint32_t batch_count_max = 8192;  ///< records in a batch
  std::uint32_t depth = 4;               ///< writes under way at once, 1 to 16
  /// Keep a file of a segment's size, with which the log goes on when the disk is full.
  bool keeps_reserve = true;
  /// Make a missing or damaged `frontier` anew from the segments instead of refusing to open. What
  /// it said about acknowledged records is lost then.
  bool rebuilds_frontier = false;
  /// Where batches are put once they are durable, for a reader in this process; may be null.
  /// Outlives the writer.
  Handover* handover = nullptr;
};

inline constexpr std::uint32_t depth_limit = 16;

}  // namespace cairn::log
