// SPDX-License-Identifier: Apache-2.0
#include "log/folder.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "log/memory.h"

namespace cairn::log {

namespace {

constexpr sys::OpenOptions create_direct = {.mode = sys::OpenMode::CreateOrOpen, .direct = true};

void note(Listing& listing, const sys::Entry& entry) {
  listing.has_frontier |= entry.name == frontier_name;
  listing.has_floor |= entry.name == floor_name;
  listing.has_reserve |= entry.name == reserve_name;
  if (const std::uint64_t number = number_of(segment_prefix, entry.name); number != 0) {
    listing.segments.push_back({.number = number, .is_archived = false});
  }
  if (const std::uint64_t number = number_of(archive_prefix, entry.name); number != 0) {
    listing.segments.push_back({.number = number, .is_archived = true});
  }
  if (const std::uint64_t number = number_of(spare_prefix, entry.name); number != 0) {
    listing.spares.push_back(number);
  }
}

/// Sets the size of a file that is to be a segment, and writes what was never written.
Result<> make_space(sys::File& file, std::uint64_t bytes) {
  CAIRN_TRY(const std::uint64_t size, file.size());
  if (size > bytes) {
    CAIRN_TRY(file.resize(bytes));
  }
  return file.preallocate(bytes, sys::Allocation::WriteZeros);
}

Result<> write_block(sys::File& file, SegmentHeader header) {
  const AlignedBytes block(block_bytes);
  store(header, 0, block.span());
  CAIRN_TRY(file.write(0, sys::ConstBuffer(block.span())));
  return file.sync_data();
}

Result<> ensure_reserve(const Folder& folder, std::uint64_t bytes) {
  CAIRN_TRY(const bool is_there, folder.has(reserve_name));
  if (is_there) {
    return {};
  }
  // Under another name until it is whole: a reserve that lacks space would be none.
  CAIRN_TRY(const auto file, folder.open(next_name, create_direct));
  if (auto made = make_space(*file, bytes); !made) {
    // Best effort: the first failure is the one to tell.
    const auto removed = folder.remove(next_name);
    (void)removed;
    return made;
  }
  CAIRN_TRY(folder.rename(next_name, reserve_name));
  return folder.sync();
}

/// Turns a file that belongs to nothing into the segment that was ordered. Renames it once: of two
/// renames, a power loss may keep the second alone, and the file would have two names.
Result<PreparedSegment> make_segment(const Folder& folder, std::string_view source,
                                     const SegmentOrder& order) {
  PreparedSegment made;
  CAIRN_TRY(made.file, folder.open(source, create_direct));
  if (auto space = make_space(*made.file, order.segment_bytes); !space) {
    const auto removed = folder.remove(source);
    (void)removed;
    return fail(std::move(space).error());
  }
  made.header.number = order.number;
  made.header.salt = order.salt;
  made.header.segment_bytes = order.segment_bytes;
  // The header first, then the name: a segment's name never leads to another one's content.
  CAIRN_TRY(write_block(*made.file, made.header));
  CAIRN_TRY(folder.rename(source, numbered(segment_prefix, order.number)));
  CAIRN_TRY(folder.sync());
  return made;
}

}  // namespace

std::string Folder::path_of(std::string_view name) const {
  return path_.empty() ? std::string(name) : fmt::format("{}/{}", path_, name);
}

Result<std::unique_ptr<sys::File>> Folder::open(std::string_view name,
                                                sys::OpenOptions options) const {
  return disk_->open(path_of(name), options);
}

Result<> Folder::rename(std::string_view from, std::string_view to) const {
  return disk_->rename(path_of(from), path_of(to));
}

Result<> Folder::remove(std::string_view name) const {
  return disk_->remove(path_of(name));
}

Result<> Folder::sync() const {
  return disk_->sync_folder(path_);
}

Result<bool> Folder::has(std::string_view name) const {
  const auto entry = disk_->stat(path_of(name));
  if (!entry && entry.error().code() != Errc::NotFound) {
    return fail(entry.error());
  }
  return entry.has_value();
}

Result<Listing> list(const Folder& folder) {
  CAIRN_TRY(const std::vector<sys::Entry> entries, folder.disk().list(folder.path()));
  Listing listing;
  for (const sys::Entry& entry : entries) {
    note(listing, entry);
  }
  auto& segments = listing.segments;
  std::ranges::sort(segments, [](const SegmentName& a, const SegmentName& b) {
    return a.number != b.number ? a.number < b.number : !a.is_archived && b.is_archived;
  });
  const auto twice = std::ranges::unique(segments, {}, &SegmentName::number);
  segments.erase(twice.begin(), twice.end());
  for (std::size_t i = 1; i < segments.size(); ++i) {
    if (segments[i].number != segments[i - 1].number + 1) {
      return fail(Error(Errc::Corrupt, fmt::format("{} is missing, though {} is there",
                                                   folder.path_of(numbered(segment_prefix,
                                                                           segments[i].number - 1)),
                                                   segments[i].name()))
                      .advise("restore the file from a backup"));
    }
  }
  return listing;
}

Result<std::uint64_t> read_floor(const Folder& folder) {
  auto opened = folder.open(floor_name, {});
  if (!opened) {
    const bool is_missing = opened.error().code() == Errc::NotFound;
    return is_missing ? Result<std::uint64_t>(1) : fail(std::move(opened).error());
  }
  std::array<std::byte, sizeof(Floor) + 1> bytes = {};
  CAIRN_TRY(const std::size_t size, (*opened)->read(0, sys::MutableBuffer(bytes)));
  const Flaw flaw = judge<Floor>(Bytes(bytes).first(size), 0);
  if (flaw != Flaw::Nothing || size != sizeof(Floor) || load<Floor>(bytes).first == 0) {
    const Flaw told = flaw == Flaw::Newer ? flaw : Flaw::Damaged;
    return fail(flaw_error(told, bytes, folder.path_of(floor_name))
                    .advise("restore the file from a backup"));
  }
  return load<Floor>(bytes).first;
}

Result<> write_floor(const Folder& folder, std::uint64_t first) {
  std::array<std::byte, sizeof(Floor)> bytes = {};
  Floor floor{.first = first};
  store(floor, 0, bytes);
  {
    CAIRN_TRY(const auto draft, folder.open(floor_draft, {.mode = sys::OpenMode::CreateOrOpen}));
    CAIRN_TRY(draft->resize(0));
    CAIRN_TRY(draft->write(0, sys::ConstBuffer(bytes)));
    CAIRN_TRY(draft->sync_data());
  }
  CAIRN_TRY(folder.rename(floor_draft, floor_name));
  return folder.sync();
}

Result<PreparedSegment> prepare_segment(const Folder& folder, const SegmentOrder& order) {
  if (order.wants_reserve) {
    CAIRN_TRY(ensure_reserve(folder, order.segment_bytes));
  }
  if (order.number == 0) {
    return PreparedSegment{};
  }
  CAIRN_TRY(const Listing listing, list(folder));
  if (listing.spares.empty()) {
    return make_segment(folder, next_name, order);
  }
  // A spare is written to only when no power loss can bring its old name back.
  CAIRN_TRY(folder.sync());
  return make_segment(folder, numbered(spare_prefix, listing.spares.front()), order);
}

Result<PreparedSegment> take_reserve(const Folder& folder, const SegmentOrder& order) {
  CAIRN_TRY(folder.sync());
  return make_segment(folder, reserve_name, order);
}

}  // namespace cairn::log
