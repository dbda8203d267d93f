// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "cairn/error.h"
#include "log/folder.h"
#include "log/segment.h"
#include "sys/disk.h"

namespace cairn::log {

enum class Compression : std::uint8_t { None, Zstd };

/// Called between the pieces of a long packing, on the thread that packs. An error ends it.
using PackPause = std::function<Result<>()>;

struct ArchiveOptions {
  Compression compression = Compression::Zstd;
  int level = 3;         ///< of zstd, 1 to 19
  PackPause pause = {};  ///< may be absent
};

/// In front of an archive; the table of chunks follows it.
struct ArchiveHeader {
  static constexpr std::uint64_t magic = archive_magic;

  Preamble preamble = {};
  std::uint64_t number = 0;
  std::uint64_t segment_bytes = 0;
  std::uint64_t chunk_bytes = 0;
  std::uint64_t chunks = 0;
  std::uint64_t table_checksum = 0;
  std::array<std::byte, 64> reserved = {};
  std::uint64_t checksum = 0;
};

/// A piece of the segment, as the archive holds it.
struct ArchiveChunk {
  std::uint64_t offset = 0;    ///< in the archive
  std::uint32_t size = 0;      ///< there
  std::uint32_t form = 0;      ///< 0: all zeros, 1: as it is, 2: zstd
  std::uint64_t checksum = 0;  ///< of the bytes in the archive, seeded with the chunk's number
};

static_assert(sizeof(ArchiveHeader) == 128 && sizeof(ArchiveChunk) == 24);

/// What was done with sealed segments.
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

/// The archive of a sealed segment, durable beside it under a name that no reader looks at.
struct PackedSegment {
  SegmentName name;         ///< of the segment
  Trailer trailer;          ///< its last bytes, which say what all of it is
  std::uint64_t bytes = 0;  ///< that the archive takes
};

/// Writes the archive of a sealed segment, and finds in it all that the segment has. Slow; any
/// thread, one at a time for a log, beside whatever else happens to the log. On failure: all is as
/// it was.
[[nodiscard]] Result<PackedSegment> pack(const Folder& folder, const SegmentName& name,
                                         const ArchiveOptions& options);

/// Puts an archive where its segment is, whose file becomes a spare. Quick. Any thread beside the
/// writer; one maintenance call at a time for a log. Conflict when the segment, or what is packed,
/// is another one by now.
[[nodiscard]] Result<> put_in_place(const Folder& folder, const PackedSegment& packed,
                                    std::size_t spares_max = 2);

/// Writes the archive of a sealed segment and syncs it; returns its size.
[[nodiscard]] Result<std::uint64_t> write_archive(sys::File& file, SegmentBytes& bytes,
                                                  const SegmentHeader& header,
                                                  const Trailer& trailer,
                                                  const ArchiveOptions& options);

/// The bytes of the segment that an archive holds. `label` names it in errors.
[[nodiscard]] Result<std::unique_ptr<SegmentBytes>> open_archive(std::unique_ptr<sys::File> file,
                                                                 std::string label);

}  // namespace cairn::log
