// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "cairn/error.h"
#include "log/folder.h"

namespace cairn::log {

// What happens to sealed segments. Any thread beside the writer, one call at a time for a log.
// Blocks: files are read, renamed and synced.

/// Drops whole segments whose records are all at most `through`, oldest first, and makes their
/// files spares (`spares_max` of them, the rest are removed). Returns the oldest sequence that is
/// kept. Readers that stand on a dropped segment are told so. Never drops the active segment.
[[nodiscard]] Result<std::uint64_t> drop_through(const Folder& folder, std::uint64_t through,
                                                 std::size_t spares_max = 2);

/// The oldest sequence that would be kept if all up to `through`, but at most `count` segments,
/// were dropped.
[[nodiscard]] Result<std::uint64_t> first_after(const Folder& folder, std::uint64_t through,
                                                std::size_t count = SIZE_MAX);

/// What was moved out of a log.
struct Moved {
  std::uint64_t first = 0;        ///< the oldest sequence that is kept
  std::uint64_t segments = 0;     ///< that were moved
  std::uint64_t plain_bytes = 0;  ///< that their data took
  std::uint64_t bytes = 0;        ///< that it takes now
};

/// Drops as `drop_through` does, but first turns the segments into archives, and puts them into
/// `archive`, a folder of the same disk that is a log of its own then: whoever reads finds all that
/// was moved there so far. Conflict when that does not end where the moved ones begin. A power loss
/// leaves each segment in one of them at least, and the next call goes on.
[[nodiscard]] Result<Moved> move_through(const Folder& folder, std::uint64_t through,
                                         const Folder& archive);

/// The segments whose records are all at most `through` and that another one follows.
[[nodiscard]] Result<std::vector<SegmentName>> sealed_through(const Folder& folder,
                                                              std::uint64_t through);

/// Takes a segment's file out of the log.
[[nodiscard]] Result<> retire(const Folder& folder, const SegmentName& name,
                              std::size_t spares_max);

}  // namespace cairn::log
