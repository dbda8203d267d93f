// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>

#include "cairn/error.h"
#include "journal/index_pages.h"
#include "journal/index_part.h"
#include "sys/disk.h"

namespace cairn::journal {

/// Whether all of these fit into one file.
[[nodiscard]] bool fit_together(std::span<const IndexSource* const> sources) noexcept;

/// Writes the index of the sources' transactions into the file, which is empty, and syncs it. Reads
/// each source several times from its beginning to its end, and keeps little more in memory than a
/// number for each coordinate. `pause` may be absent. On failure: Corrupt when a source is, and the
/// file is of no use. Requires: they follow each other without a gap, and fit together.
Result<> write_index(sys::File& file, std::span<const IndexSource* const> sources,
                     std::uint32_t level, const IndexPause& pause = {});

}  // namespace cairn::journal
