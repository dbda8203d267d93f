// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "cairn/error.h"
#include "log/folder.h"
#include "log/segment.h"
#include "sys/disk.h"

namespace cairn::log {

enum class Compression : std::uint8_t { None, Zstd };

struct ArchiveOptions {
  Compression compression = Compression::Zstd;
  int level = 3;  ///< of zstd, 1 to 19
};

/// What was done with a sealed segment.
struct Archived {
  std::uint64_t segments = 0;
  std::uint64_t plain_bytes = 0;  ///< that their data takes unarchived
  std::uint64_t bytes = 0;        ///< that it takes now
};

/// Turns the sealed segments whose records are all at most `through` into archives, oldest first,
/// and their files into spares (`spares_max` of them, the rest are removed). Readers go on. Any
/// thread beside the writer; one maintenance call at a time for a log.
[[nodiscard]] Result<Archived> archive_through(const Folder& folder, std::uint64_t through,
                                               const ArchiveOptions& options,
                                               std::size_t spares_max = 2);

/// The bytes of the segment that an archive holds. `label` names it in errors.
[[nodiscard]] Result<std::unique_ptr<SegmentBytes>> open_archive(std::unique_ptr<sys::File> file,
                                                                 std::string label);

}  // namespace cairn::log
