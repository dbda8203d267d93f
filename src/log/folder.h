// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cairn/error.h"
#include "log/format.h"
#include "sys/disk.h"

namespace cairn::log {

/// The folder that a log lives in. Cheap to copy; the disk outlives it. Any thread.
class Folder final {
 public:
  Folder(sys::Disk& disk, std::string path) : disk_(&disk), path_(std::move(path)) {}

  [[nodiscard]] sys::Disk& disk() const noexcept { return *disk_; }

  [[nodiscard]] const std::string& path() const noexcept { return path_; }

  [[nodiscard]] std::string path_of(std::string_view name) const;
  [[nodiscard]] Result<std::unique_ptr<sys::File>> open(std::string_view name,
                                                        sys::OpenOptions options) const;
  [[nodiscard]] Result<> rename(std::string_view from, std::string_view to) const;
  [[nodiscard]] Result<> remove(std::string_view name) const;
  [[nodiscard]] Result<> sync() const;
  [[nodiscard]] Result<bool> has(std::string_view name) const;

 private:
  sys::Disk* disk_;
  std::string path_;
};

struct SegmentName {
  std::uint64_t number = 0;
  bool is_archived = false;

  [[nodiscard]] std::string name() const {
    return numbered(is_archived ? archive_prefix : segment_prefix, number);
  }
};

/// What a log's folder holds.
struct Listing {
  std::vector<SegmentName>
      segments;  ///< ascending; one that is there in both forms is not archived
  std::vector<std::uint64_t> spares;
  bool has_frontier = false;
  bool has_floor = false;
  bool has_reserve = false;
};

/// Corrupt when a segment is missing between two others.
[[nodiscard]] Result<Listing> list(const Folder& folder);

/// The oldest sequence that is promised to be there: 1 unless retention has dropped some.
[[nodiscard]] Result<std::uint64_t> read_floor(const Folder& folder);
[[nodiscard]] Result<> write_floor(const Folder& folder, std::uint64_t first);

/// A segment that has been made ready, and is not in use yet.
struct PreparedSegment {
  SegmentHeader header;
  std::unique_ptr<sys::File> file;  ///< direct
};

/// What a segment should be.
struct SegmentOrder {
  std::uint64_t number = 0;  ///< 0: no segment, only the reserve
  std::uint64_t segment_bytes = 0;
  Salt salt = {};
  bool wants_reserve = false;
};

/// Makes a segment under its name: out of a spare where there is one, else a new file, pre-written.
/// Slow: it writes and syncs. Any thread, one at a time for a log. NoSpace leaves nothing behind.
/// With a null file when only the reserve was ordered.
[[nodiscard]] Result<PreparedSegment> prepare_segment(const Folder& folder,
                                                      const SegmentOrder& order);
/// The same out of the reserve, which needs no space.
[[nodiscard]] Result<PreparedSegment> take_reserve(const Folder& folder, const SegmentOrder& order);

}  // namespace cairn::log
