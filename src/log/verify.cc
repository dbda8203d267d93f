// SPDX-License-Identifier: Apache-2.0
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "log/reader.h"
#include "log/segment.h"

namespace cairn::log {

namespace {

std::unexpected<Error> damaged(const Folder& folder, const SegmentName& name,
                               const std::string& what) {
  return fail(Error(Errc::Corrupt, fmt::format("{}: {}", folder.path_of(name.name()), what))
                  .advise("restore the file from a backup or a copy"));
}

/// A writer that dies while it puts a segment into use leaves this; nothing durable lies in it.
bool is_torn_header(const Result<OpenedSegment>& read, const SegmentName& name,
                    const FrontierSlot& frontier) {
  return !read && read.error().code() == Errc::Corrupt && name.number > frontier.segment;
}

bool says(const Trailer& trailer, const SegmentScan& scan) {
  return trailer.last == scan.link.last && trailer.data_end == scan.end &&
         trailer.last_hash == scan.link.hash && trailer.batches == scan.index.entries.size() &&
         trailer.first_time == scan.index.first_time && trailer.last_time == scan.index.last_time;
}

bool is_same(const std::vector<IndexEntry>& a, const std::vector<IndexEntry>& b) {
  const auto bytes = [](const auto& entries) { return std::as_bytes(std::span(entries)); };
  return std::ranges::equal(bytes(a), bytes(b));
}

/// Of a segment that another one follows: it must be sealed, and its footer must be right.
Result<> check_footer(const Folder& folder, const SegmentName& name, const OpenedSegment& segment,
                      const SegmentScan& scan) {
  CAIRN_TRY(const auto trailer, read_trailer(*segment.bytes, segment.header));
  if (!trailer) {
    return damaged(folder, name, "the trailer is damaged");
  }
  CAIRN_TRY(const auto entries, read_index(*segment.bytes, segment.header, *trailer));
  if (!entries || !says(*trailer, scan) || !is_same(*entries, scan.index.entries)) {
    return damaged(folder, name, "index or trailer do not say what the segment holds");
  }
  return {};
}

/// The frontier may be old, and what lies behind it in the active segment is not durable yet.
Result<> check_end(const Folder& folder, const SegmentName& name, const FrontierSlot& frontier,
                   const SegmentScan& scan) {
  if (frontier.durable > scan.link.last) {
    return damaged(folder, name,
                   fmt::format("offset {}: sequence {} should follow, but {}", scan.end,
                               scan.link.last + 1, scan.reason));
  }
  const bool is_here = frontier.segment == name.number;
  if (is_here && (!scan.watched || scan.watched->last != frontier.durable ||
                  scan.watched->hash != frontier.hash)) {
    return damaged(folder, name,
                   fmt::format("sequence {} does not end the batch that the frontier names",
                               frontier.durable));
  }
  return {};
}

}  // namespace

Result<Verified> verify_log(sys::Disk& disk, const std::string& folder_path) {
  const Folder folder(disk, folder_path);
  CAIRN_TRY(FrontierFile frontier_file, FrontierFile::open(folder, sys::OpenMode::ReadOnly));
  CAIRN_TRY(const FrontierSlot frontier, frontier_file.read());
  CAIRN_TRY(const std::uint64_t floor, read_floor(folder));
  CAIRN_TRY(const Listing listing, list(folder));
  Verified verified;
  std::optional<Link> link;
  for (std::size_t i = 0; i < listing.segments.size(); ++i) {
    const SegmentName& name = listing.segments[i];
    auto read = open_segment(folder, name);
    if (is_torn_header(read, name, frontier)) {
      break;
    }
    CAIRN_TRY(const OpenedSegment segment, std::move(read));
    if (!segment.header.is_in_use()) {
      break;
    }
    const Link before = link_before(segment.header);
    if (link && (link->last != before.last || link->hash != before.hash)) {
      return damaged(folder, name, "does not follow the segment before it");
    }
    if (!link && (before.last >= floor || (before.last == 0 && before.hash != Digest{}))) {
      return damaged(folder, name,
                     fmt::format("the log begins here, and must hold all from {} on", floor));
    }
    const std::uint64_t watched = frontier.segment == name.number ? frontier.end : 0;
    CAIRN_TRY(const SegmentScan scan,
              scan_segment(*segment.bytes, segment.header, before, watched));
    verified.first = link ? verified.first : before.last + 1;
    verified.batches += scan.index.entries.size();
    verified.bytes += scan.end;
    link = scan.link;
    bool is_followed = false;
    if (i + 1 < listing.segments.size()) {
      auto follower = open_segment(folder, listing.segments[i + 1]);
      if (!is_torn_header(follower, listing.segments[i + 1], frontier)) {
        CAIRN_TRY(const OpenedSegment opened, std::move(follower));
        is_followed = opened.header.is_in_use();
      }
    }
    CAIRN_TRY(is_followed ? check_footer(folder, name, segment, scan)
                          : check_end(folder, name, frontier, scan));
  }
  if (!link && frontier.durable > 0) {
    return fail(Error(Errc::Corrupt, folder_path + ": no segment is there")
                    .advise("restore the folder from a backup or a copy"));
  }
  verified.last = link ? link->last : 0;
  verified.head = link ? link->hash : Digest{};
  return verified;
}

}  // namespace cairn::log
