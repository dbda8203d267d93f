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

/// The segments whose records are all at most `through` and that another one follows.
[[nodiscard]] Result<std::vector<SegmentName>> sealed_through(const Folder& folder,
                                                              std::uint64_t through);

/// Takes a segment's file out of the log.
[[nodiscard]] Result<> retire(const Folder& folder, const SegmentName& name,
                              std::size_t spares_max);

}  // namespace cairn::log
