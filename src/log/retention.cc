// SPDX-License-Identifier: Apache-2.0
#include "log/retention.h"

#include <algorithm>
#include <memory>
#include <optional>

#include <fmt/format.h>

#include "log/archive.h"
#include "log/frontier.h"
#include "log/segment.h"

namespace cairn::log {

namespace {

struct Sealed {
  std::vector<SegmentName> names;
  std::uint64_t first_kept = 0;  ///< the sequence that follows them
};

Result<Sealed> find_sealed(const Folder& folder, std::uint64_t through,
                           std::size_t count = SIZE_MAX) {
  CAIRN_TRY(const Listing listing, list(folder));
  Sealed sealed;
  for (std::size_t i = 1; i < listing.segments.size() && i <= count; ++i) {
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

Result<std::uint64_t> first_after(const Folder& folder, std::uint64_t through, std::size_t count) {
  CAIRN_TRY(const std::uint64_t floor, read_floor(folder));
  CAIRN_TRY(const Sealed sealed, find_sealed(folder, through, count));
  return std::max(floor, sealed.first_kept);
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

namespace {

/// That the archive ends where the segments begin, or is empty: then it begins with them.
Result<> join(const Folder& folder, const SegmentName& next, const Folder& archive) {
  CAIRN_TRY(const Listing there, list(archive));
  if (there.segments.empty()) {
    CAIRN_TRY(const OpenedSegment opened, open_segment(folder, next));
    return write_floor(archive, opened.header.first);
  }
  // One may be in both, when the power failed.
  const std::uint64_t last = there.segments.back().number;
  return last == next.number || last + 1 == next.number
             ? Result<>()
             : fail(Error(Errc::Conflict,
                          fmt::format("{} ends with segment {}, and {} would be the next",
                                      archive.path(), last, next.number))
                        .advise("move it away: another one is begun"));
}

/// Says that all that is there is durable.
Result<> publish(const Folder& archive) {
  CAIRN_TRY(const Listing there, list(archive));
  if (there.segments.empty()) {
    return {};
  }
  CAIRN_TRY(const OpenedSegment last, open_segment(archive, there.segments.back()));
  CAIRN_TRY(const auto trailer, read_trailer(*last.bytes, last.header));
  if (!trailer) {
    return fail(Errc::Corrupt,
                archive.path_of(there.segments.back().name()) + " has no valid trailer");
  }
  CAIRN_TRY(FrontierFile frontier, there.has_frontier
                                       ? FrontierFile::open(archive, sys::OpenMode::ReadWrite)
                                       : FrontierFile::create(archive));
  auto before = frontier.read();
  if (!before && before.error().code() == Errc::Corrupt) {
    // The power failed while it was made. What it says is known without it.
    CAIRN_TRY(frontier, FrontierFile::create(archive));
    before = frontier.read();
  }
  CAIRN_TRY(const FrontierSlot newest, std::move(before));
  FrontierSlot slot = {.generation = newest.generation,
                       .durable = trailer->last,
                       .segment = trailer->number,
                       .end = trailer->data_end,
                       .hash = trailer->last_hash};
  return frontier.write_both(slot);
}

}  // namespace

Result<Moved> move_through(const Folder& folder, std::uint64_t through, const Folder& archive) {
  CAIRN_TRY(archive_through(folder, through, {}));
  CAIRN_TRY(const std::uint64_t floor, read_floor(folder));
  CAIRN_TRY(const Sealed sealed, find_sealed(folder, through));
  Moved moved = {.first = std::max(floor, sealed.first_kept)};
  if (!sealed.names.empty()) {
    CAIRN_TRY(join(folder, sealed.names.front(), archive));
  }
  if (sealed.first_kept > floor) {
    CAIRN_TRY(write_floor(folder, sealed.first_kept));
  }
  for (const SegmentName& name : sealed.names) {
    CAIRN_TRY(const OpenedSegment opened, open_segment(folder, name));
    CAIRN_TRY(const auto trailer, read_trailer(*opened.bytes, opened.header));
    CAIRN_TRY(const auto file, folder.open(name.name(), {}));
    CAIRN_TRY(const std::uint64_t bytes, file->size());
    CAIRN_TRY(folder.disk().rename(folder.path_of(name.name()), archive.path_of(name.name())));
    CAIRN_TRY(archive.sync());
    CAIRN_TRY(folder.sync());
    moved.segments += 1;
    moved.bytes += bytes;
    moved.plain_bytes += trailer ? trailer->data_end : 0;
  }
  CAIRN_TRY(publish(archive));
  return moved;
}

}  // namespace cairn::log
