// SPDX-License-Identifier: Apache-2.0
#include "log/retention.h"

#include <algorithm>

#include "log/segment.h"

namespace cairn::log {

namespace {

struct Sealed {
  std::vector<SegmentName> names;
  std::uint64_t first_kept = 0;  ///< the sequence that follows them
};

Result<Sealed> find_sealed(const Folder& folder, std::uint64_t through) {
  CAIRN_TRY(const Listing listing, list(folder));
  Sealed sealed;
  for (std::size_t i = 1; i < listing.segments.size(); ++i) {
    CAIRN_TRY(const OpenedSegment follower, open_segment(folder, listing.segments[i]));
    if (!follower.header.is_in_use() || follower.header.first - 1 > through) {
      break;
    }
    sealed.names.push_back(listing.segments[i - 1]);
    sealed.first_kept = follower.header.first;
  }
  return sealed;
}

}  // namespace

Result<std::vector<SegmentName>> sealed_through(const Folder& folder, std::uint64_t through) {
  CAIRN_TRY(Sealed sealed, find_sealed(folder, through));
  return std::move(sealed.names);
}

Result<> retire(const Folder& folder, const SegmentName& name, std::size_t spares_max) {
  CAIRN_TRY(const Listing listing, list(folder));
  // An archive is of no use as a spare; and one may be there beside the plain form.
  const std::string archive = numbered(archive_prefix, name.number);
  CAIRN_TRY(const bool has_archive, folder.has(archive));
  if (name.is_archived && has_archive) {
    CAIRN_TRY(folder.remove(archive));
  } else if (listing.spares.size() < spares_max) {
    CAIRN_TRY(folder.rename(name.name(), numbered(spare_prefix, name.number)));
  } else {
    CAIRN_TRY(folder.remove(name.name()));
  }
  // One at a time, so that no power loss leaves a hole between two segments; and before the spare
  // is written to.
  return folder.sync();
}

namespace {

/// The segment, and the archive of it that may lie beside.
Result<> retire_both(const Folder& folder, const SegmentName& name, std::size_t spares_max) {
  CAIRN_TRY(retire(folder, name, spares_max));
  CAIRN_TRY(const bool has_archive, folder.has(numbered(archive_prefix, name.number)));
  return has_archive && !name.is_archived
             ? retire(folder, {.number = name.number, .is_archived = true}, spares_max)
             : Result<>{};
}

}  // namespace

Result<std::uint64_t> drop_through(const Folder& folder, std::uint64_t through,
                                   std::size_t spares_max) {
  CAIRN_TRY(const std::uint64_t floor, read_floor(folder));
  CAIRN_TRY(const Sealed sealed, find_sealed(folder, through));
  if (sealed.first_kept > floor) {
    // The promise is taken back before anything is gone.
    CAIRN_TRY(write_floor(folder, sealed.first_kept));
  }
  for (const SegmentName& name : sealed.names) {
    CAIRN_TRY(retire_both(folder, name, spares_max));
  }
  return std::max(floor, sealed.first_kept);
}

}  // namespace cairn::log
