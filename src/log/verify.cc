// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <optional>
#include <string>
#include <utility>
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

/// Goes through the segments, oldest first.
class Verifier final {
 public:
  Verifier(Folder folder, const BatchVisitor& visit) : folder_(std::move(folder)), visit_(visit) {}

  Result<Verified> run();

 private:
  Result<bool> is_in_use(std::size_t index) const;
  Result<> check_segment(std::size_t index);
  Result<> check_follows(const SegmentName& name, const Link& before) const;

  const Folder folder_;
  const BatchVisitor& visit_;
  FrontierSlot frontier_;
  std::uint64_t floor_ = 1;
  std::vector<SegmentName> segments_;
  std::optional<Link> link_;  ///< after the last segment that was checked
  Verified verified_;
};

/// A segment that is not in use holds nothing durable; nor does one whose header was torn when the
/// writer died while it put it into use.
Result<bool> Verifier::is_in_use(std::size_t index) const {
  if (index == segments_.size()) {
    return false;
  }
  const auto opened = open_segment(folder_, segments_[index]);
  if (opened.has_value()) {
    return opened->header.is_in_use();
  }
  const bool is_torn =
      opened.error().code() == Errc::Corrupt && segments_[index].number > frontier_.segment;
  return is_torn ? Result<bool>(false) : fail(opened.error());
}

Result<> Verifier::check_follows(const SegmentName& name, const Link& before) const {
  if (link_ && (link_->last != before.last || link_->hash != before.hash)) {
    return damaged(folder_, name, "does not follow the segment before it");
  }
  const bool is_beginning = before.last == 0;
  if (!link_ && (before.last >= floor_ || (is_beginning && before.hash != Digest{}))) {
    return damaged(folder_, name,
                   fmt::format("the log begins here, and must hold all from {} on", floor_));
  }
  return {};
}

Result<> Verifier::check_segment(std::size_t index) {
  const SegmentName& name = segments_[index];
  CAIRN_TRY(const OpenedSegment segment, open_segment(folder_, name));
  const Link before = link_before(segment.header);
  CAIRN_TRY(check_follows(name, before));
  const std::uint64_t watched = frontier_.segment == name.number ? frontier_.end : 0;
  CAIRN_TRY(const SegmentScan scan,
            scan_segment(*segment.bytes, segment.header, before, watched, visit_));
  verified_.first = link_ ? verified_.first : before.last + 1;
  verified_.batches += scan.index.entries.size();
  verified_.bytes += scan.end;
  link_ = scan.link;
  CAIRN_TRY(const bool is_followed, is_in_use(index + 1));
  return is_followed ? check_footer(folder_, name, segment, scan)
                     : check_end(folder_, name, frontier_, scan);
}

Result<Verified> Verifier::run() {
  CAIRN_TRY(FrontierFile frontier_file, FrontierFile::open(folder_, sys::OpenMode::ReadOnly));
  CAIRN_TRY(frontier_, frontier_file.read());
  CAIRN_TRY(floor_, read_floor(folder_));
  CAIRN_TRY(Listing listing, list(folder_));
  segments_ = std::move(listing.segments);
  for (std::size_t i = 0; i < segments_.size(); ++i) {
    CAIRN_TRY(const bool is_used, is_in_use(i));
    if (!is_used) {
      break;
    }
    CAIRN_TRY(check_segment(i));
  }
  if (!link_ && frontier_.durable > 0) {
    return fail(Error(Errc::Corrupt, folder_.path() + ": no segment is there")
                    .advise("restore the folder from a backup or a copy"));
  }
  verified_.last = link_ ? link_->last : 0;
  verified_.head = link_ ? link_->hash : Digest{};
  return verified_;
}

}  // namespace

Result<Verified> verify_log(sys::Disk& disk, const std::string& folder, const BatchVisitor& visit) {
  return Verifier(Folder(disk, folder), visit).run();
}

}  // namespace cairn::log
