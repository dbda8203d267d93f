// SPDX-License-Identifier: Apache-2.0
#include "log/reader.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace cairn::log {

namespace {

constexpr std::string_view restore = "restore the file from a backup or a copy";

}  // namespace

Reader::Reader(Folder folder, FrontierFile frontier, const ReaderOptions& options)
    : folder_(std::move(folder)),
      frontier_(std::move(frontier)),
      handover_(options.handover),
      window_(std::max(options.window_bytes, block_bytes)) {}

Result<std::unique_ptr<Reader>> Reader::open(sys::Disk& disk, const std::string& folder,
                                             const ReaderOptions& options) {
  const Folder place(disk, folder);
  auto frontier = FrontierFile::open(place, sys::OpenMode::ReadOnly);
  if (!frontier) {
    return fail(std::move(frontier).error().advise("start the node that writes this log first"));
  }
  std::unique_ptr<Reader> reader(new Reader(place, *std::move(frontier), options));
  CAIRN_TRY(reader->refresh());
  return reader;
}

Result<std::uint64_t> Reader::refresh() {
  CAIRN_TRY(frontier_slot_, frontier_.read());
  return frontier_slot_.durable;
}

Result<> Reader::list_again() {
  CAIRN_TRY(Listing listing, list(folder_));
  segments_ = std::move(listing.segments);
  return {};
}

/// The first sequence of a listed segment; the highest number for one that is not in use.
Result<std::uint64_t> Reader::first_of(std::size_t index) {
  const std::uint64_t number = segments_[index].number;
  if (const auto known = firsts_.find(number); known != firsts_.end()) {
    return known->second;
  }
  auto read = open_segment(folder_, segments_[index]);
  // Behind what is durable, a header may be torn until the writer comes back.
  if (!read && read.error().code() == Errc::Corrupt && number > frontier_slot_.segment) {
    return ~std::uint64_t{0};
  }
  CAIRN_TRY(const OpenedSegment opened, std::move(read));
  if (!opened.header.is_in_use()) {
    return ~std::uint64_t{0};
  }
  firsts_[number] = opened.header.first;
  return opened.header.first;
}

Result<std::uint64_t> Reader::first() {
  CAIRN_TRY(list_again());
  CAIRN_TRY(const std::uint64_t floor, read_floor(folder_));
  if (segments_.empty()) {
    return floor;
  }
  CAIRN_TRY(const std::uint64_t first, first_of(0));
  if (first == ~std::uint64_t{0}) {
    return floor;
  }
  // Retention raises the floor before it takes a segment away, and the floor was read last.
  if (first > floor) {
    return fail(Error(Errc::Corrupt,
                      fmt::format("{}: the log begins with sequence {}, and must hold all from {} "
                                  "on",
                                  folder_.path(), first, floor))
                    .advise(restore));
  }
  return floor;
}

/// The last segment that begins at or before the sequence.
Result<std::size_t> Reader::find_segment(std::uint64_t sequence) {
  std::size_t low = 0;
  std::size_t high = segments_.size();
  while (low < high) {
    const std::size_t middle = low + (high - low) / 2;
    CAIRN_TRY(const std::uint64_t first, first_of(middle));
    if (first <= sequence) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  if (low == 0) {
    return dropped(sequence);
  }
  return low - 1;
}

std::unexpected<Error> Reader::dropped(std::uint64_t sequence) const {
  return fail(Error(Errc::NotFound,
                    fmt::format("{}: sequence {} is not kept any more", folder_.path(), sequence))
                  .advise("begin with the oldest that is kept, or restore from a checkpoint"));
}

Result<> Reader::enter(const SegmentName& name) {
  const bool is_active = name.number == frontier_slot_.segment;
  CAIRN_TRY(OpenedSegment opened,
            open_segment(folder_, name, is_active ? Growth::GoesOn : Growth::Ended));
  current_ = Current{.name = name, .header = opened.header, .bytes = std::move(opened.bytes)};
  window_.clear();
  segment_ = opened.header.number;
  offset_ = batches_begin;
  link_ = link_before(opened.header);
  knows_hash_ = true;
  return {};
}

Result<> Reader::seek(std::uint64_t sequence) {
  CAIRN_TRY(refresh());
  CAIRN_TRY(const std::uint64_t oldest, first());
  if (sequence < oldest) {
    return dropped(sequence);
  }
  if (sequence > durable() + 1) {
    return fail(Errc::InvalidArgument,
                fmt::format("sequence {} is not there yet: {} is the last durable one", sequence,
                            durable()));
  }
  if (sequence == durable() + 1 && durable() > 0) {
    CAIRN_TRY(const bool is_there, seek_end());
    if (is_there) {
      return {};
    }
  }
  CAIRN_TRY(const std::size_t index, find_segment(sequence));
  CAIRN_TRY(enter(segments_[index]));
  return seek_inside(sequence);
}

/// Where the frontier leads. False when that segment was taken away: then the next one is in use,
/// and begins with what comes next.
Result<bool> Reader::seek_end() {
  const auto found = std::ranges::find(segments_, frontier_slot_.segment, &SegmentName::number);
  if (found == segments_.end()) {
    return false;
  }
  CAIRN_TRY(enter(*found));
  offset_ = frontier_slot_.end;
  link_ = {.last = durable(), .hash = frontier_slot_.hash, .epoch = 0};
  return true;
}

Result<> Reader::seek_inside(std::uint64_t sequence) {
  if (sequence <= link_.last + 1) {
    return {};
  }
  CAIRN_TRY(const bool is_found, seek_by_index(sequence));
  // Without an index: the active segment has none yet.
  return is_found ? Result<>{} : walk_to(sequence);
}

Result<bool> Reader::seek_by_index(std::uint64_t sequence) {
  const SegmentHeader& header = current_.header;
  CAIRN_TRY(const auto trailer, read_trailer(*current_.bytes, header));
  if (!trailer) {
    return false;
  }
  CAIRN_TRY(const auto entries, read_index(*current_.bytes, header, *trailer));
  if (!entries) {
    return false;
  }
  const auto wanted = static_cast<std::uint32_t>(sequence - header.first);
  const auto behind = std::ranges::upper_bound(*entries, wanted, {}, &IndexEntry::first);
  const IndexEntry& entry = *std::prev(behind);
  offset_ = std::uint64_t{entry.block} * block_bytes;
  link_ = {.last = header.first + entry.first - 1, .hash = {}, .epoch = 0};
  knows_hash_ = entry.first == 0;
  link_.hash = knows_hash_ ? header.previous : Digest{};
  return true;
}

Result<> Reader::walk_to(std::uint64_t sequence) {
  while (true) {
    CAIRN_TRY(const Bytes block, window_.at(*current_.bytes, offset_, block_bytes, readable_end()));
    if (const char* const reason = check_header(block)) {
      return damaged(reason);
    }
    const auto header = load<BatchHeader>(block);
    if (header.last() >= sequence) {
      return {};
    }
    link_ = {.last = header.last(), .hash = batch_hash(header), .epoch = header.epoch};
    offset_ += batch_size(header.frame_bytes);
  }
}

/// Behind what is durable, memory may hold what the disk does not.
std::uint64_t Reader::readable_end() const noexcept {
  const std::uint64_t number = current_.header.number;
  return frontier_slot_.segment == number ? frontier_slot_.end : current_.header.segment_bytes;
}

const char* Reader::check_header(Bytes block) const {
  const Place place{.segment = &current_.header, .offset = offset_};
  Link link = link_;
  if (!knows_hash_ && block.size() >= sizeof(BatchHeader)) {
    link.hash = load<BatchHeader>(block).previous;
  }
  return BatchChecker::check_header(block, place, link);
}

Result<const char*> Reader::try_batch() {
  CAIRN_TRY(const Bytes block, window_.at(*current_.bytes, offset_, block_bytes, readable_end()));
  if (const char* const reason = check_header(block)) {
    return reason;
  }
  const std::uint64_t size = batch_size(load<BatchHeader>(block).frame_bytes);
  CAIRN_TRY(const Bytes batch, window_.at(*current_.bytes, offset_, size, readable_end()));
  if (batch.size() < size) {
    return "the batch is longer than what is durable";
  }
  return checker_.check_records(batch);
}

Result<const BatchView*> Reader::next() {
  if (current_.bytes == nullptr) {
    CAIRN_TRY(const std::uint64_t oldest, first());
    CAIRN_TRY(seek(oldest));
  }
  if (take_over()) {
    return &checker_.view();
  }
  if (position() > durable()) {
    CAIRN_TRY(refresh());
  }
  if (position() > durable()) {
    return nullptr;
  }
  CAIRN_TRY(come_back());
  CAIRN_TRY(const char* reason, try_batch());
  if (reason != nullptr) {
    CAIRN_TRY(const bool has_moved, move_on());
    CAIRN_TRY(reason, has_moved ? try_batch() : try_elsewhere(reason));
  }
  if (reason != nullptr) {
    return damaged(reason);
  }
  const BatchView& view = checker_.view();
  link_ = {.last = view.last(), .hash = view.hash(), .epoch = view.header().epoch};
  offset_ += batch_size(view.header().frame_bytes);
  knows_hash_ = true;
  return &view;
}

/// Whether the next batch was handed over; then it is in the view, and stepped over.
bool Reader::take_over() {
  const auto batch = handover_ != nullptr ? handover_->take(position()) : std::nullopt;
  if (!batch) {
    return false;
  }
  checker_.accept(batch->bytes, batch->hashes);
  const BatchHeader& header = checker_.view().header();
  link_ = {.last = header.last(), .hash = checker_.view().hash(), .epoch = header.epoch};
  knows_hash_ = true;
  segment_ = batch->segment;
  offset_ = batch->offset + batch_size(header.frame_bytes);
  return true;
}

/// To the disk, where the batches that were taken over have led to.
Result<> Reader::come_back() {
  if (segment_ == current_.name.number) {
    return {};
  }
  const std::uint64_t offset = offset_;
  const Link before = link_;
  const auto entered = enter({.number = segment_, .is_archived = false});
  if (!entered && entered.error().code() != Errc::NotFound) {
    return entered;
  }
  offset_ = offset;
  if (!entered) {
    // It was packed, or dropped.
    CAIRN_TRY(seek(before.last + 1));
  }
  link_ = before;
  knows_hash_ = true;
  return {};
}

/// To the segment that begins with the next batch, if there is one.
Result<bool> Reader::move_on() {
  const SegmentName plain{.number = current_.name.number + 1, .is_archived = false};
  const SegmentName archived{.number = plain.number, .is_archived = true};
  const Link before = link_;
  for (const SegmentName& name : {plain, archived}) {
    auto opened = open_segment(folder_, name);
    if (!opened && opened.error().code() == Errc::NotFound) {
      continue;
    }
    CAIRN_TRY(const OpenedSegment segment, std::move(opened));
    if (segment.header.first != before.last + 1 ||
        (knows_hash_ && segment.header.previous != before.hash)) {
      return false;
    }
    CAIRN_TRY(enter(name));
    return true;
  }
  return false;
}

/// Retention and archival may take a file away under a reader: what is dropped lies below the
/// floor, and what is archived is found by seeking again. Else the reason stands.
Result<const char*> Reader::try_elsewhere(const char* reason) {
  CAIRN_TRY(const std::uint64_t floor, read_floor(folder_));
  if (position() < floor) {
    return dropped(position());
  }
  std::vector<std::byte> block(block_bytes);
  CAIRN_TRY(current_.bytes->read(0, block));
  const auto header = load<SegmentHeader>(block);
  if (header.number == current_.header.number && header.salt == current_.header.salt) {
    return reason;
  }
  const Link before = link_;
  CAIRN_TRY(seek(position()));
  if (link_.last == before.last && before.last > 0) {
    link_.hash = before.hash;
    knows_hash_ = true;
  }
  return try_batch();
}

std::unexpected<Error> Reader::damaged(const char* reason) const {
  return fail(Error(Errc::Corrupt,
                    fmt::format("{}: offset {}: sequence {} should follow, but {}",
                                folder_.path_of(current_.name.name()), offset_, position(), reason))
                  .advise(restore));
}

}  // namespace cairn::log
