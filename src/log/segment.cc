// SPDX-License-Identifier: Apache-2.0
#include "log/segment.h"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "base/check.h"
#include "base/checksum.h"
#include "log/archive.h"

namespace cairn::log {

namespace {

constexpr std::size_t scan_window_bytes = std::size_t{1} << 20U;

bool is_possible(const SegmentHeader& header) noexcept {
  return header.segment_bytes % block_bytes == 0 && header.segment_bytes <= segment_bytes_limit &&
         header.segment_bytes >= batches_begin + block_bytes + footer_size(1) &&
         is_zero(header.reserved);
}

bool is_possible(const Trailer& trailer, const SegmentHeader& header) noexcept {
  return trailer.number == header.number && trailer.salt == header.salt &&
         trailer.first == header.first && trailer.last >= trailer.first && trailer.batches > 0 &&
         trailer.batches <= header.segment_bytes / block_bytes &&
         trailer.data_end % block_bytes == 0 && trailer.data_end > batches_begin &&
         trailer.data_end <= header.segment_bytes &&
         footer_size(trailer.batches) <= header.segment_bytes - trailer.data_end &&
         is_zero(trailer.reserved);
}

Result<bool> read_whole(SegmentBytes& bytes, std::uint64_t offset, std::span<std::byte> out) {
  CAIRN_TRY(const std::size_t size, bytes.read(offset, out));
  return size == out.size();
}

}  // namespace

Result<Bytes> ReadWindow::at(SegmentBytes& segment, std::uint64_t offset, std::size_t size,
                             std::uint64_t end) {
  const bool is_inside = offset >= base_ && offset - base_ <= size_;
  if (!is_inside || size_ - (offset - base_) < size) {
    keep_from(offset, size);
    const std::uint64_t next = base_ + size_;
    const std::uint64_t wanted =
        std::min<std::uint64_t>(memory_.size() - size_, end > next ? end - next : 0);
    CAIRN_TRY(const std::size_t count, segment.read(next, memory_.span().subspan(size_, wanted)));
    size_ += count;
  }
  const std::size_t begin = offset - base_;
  return memory_.span().subspan(begin, std::min(size, size_ - begin));
}

void ReadWindow::keep_from(std::uint64_t offset, std::size_t size) {
  const bool is_inside = offset >= base_ && offset - base_ <= size_;
  const std::size_t begin = is_inside ? offset - base_ : size_;
  const std::size_t kept = size_ - begin;
  if (size > memory_.size()) {
    AlignedBytes larger(size);
    std::memcpy(larger.data(), memory_.data() + begin, kept);
    memory_ = std::move(larger);
  } else if (kept > 0) {
    std::memmove(memory_.data(), memory_.data() + begin, kept);
  }
  base_ = offset;
  size_ = kept;
}

Result<OpenedSegment> open_segment(const Folder& folder, const SegmentName& name, Growth growth) {
  const std::string label = folder.path_of(name.name());
  CAIRN_TRY(auto file, folder.open(name.name(), {.reads_ahead = growth == Growth::Ended}));
  OpenedSegment opened;
  if (name.is_archived) {
    CAIRN_TRY(opened.bytes, open_archive(std::move(file), label));
  } else {
    opened.bytes = std::make_unique<PlainBytes>(std::move(file));
  }
  std::vector<std::byte> block(block_bytes);
  CAIRN_TRY(const bool is_whole, read_whole(*opened.bytes, 0, block));
  if (const Flaw flaw = judge<SegmentHeader>(block, 0); !is_whole || flaw != Flaw::Nothing) {
    return fail(flaw_error(is_whole ? flaw : Flaw::Damaged, block, label)
                    .advise("restore the file from a backup"));
  }
  opened.header = load<SegmentHeader>(block);
  const bool is_blank_behind = is_zero(Bytes(block).subspan(sizeof(SegmentHeader)));
  if (opened.header.number != name.number || !is_possible(opened.header) || !is_blank_behind) {
    return fail(Error(Errc::Corrupt, fmt::format("{} has the header of segment {}, or an "
                                                 "impossible one",
                                                 label, opened.header.number))
                    .advise("restore the file from a backup"));
  }
  return opened;
}

Result<bool> holds_batches(const Folder& folder, const SegmentName& name) {
  CAIRN_TRY(auto file, folder.open(name.name(), {}));
  PlainBytes bytes(std::move(file));
  ReadWindow window(scan_window_bytes);
  for (std::uint64_t offset = batches_begin;; offset += block_bytes) {
    CAIRN_TRY(const Bytes block, window.at(bytes, offset, block_bytes, segment_bytes_limit));
    if (block.size() < block_bytes) {
      return false;
    }
    if (judge<BatchHeader>(block, offset) == Flaw::Nothing &&
        load<BatchHeader>(block).segment == name.number) {
      return true;
    }
  }
}

void SegmentIndex::add(const BatchHeader& header, std::uint64_t segment_first,
                       std::uint64_t offset) {
  first_time = entries.empty() ? header.time : first_time;
  last_time = header.time;
  entries.push_back({.block = static_cast<std::uint32_t>(offset / block_bytes),
                     .first = static_cast<std::uint32_t>(header.first - segment_first)});
}

Footer build_footer(const SegmentHeader& header, const SegmentIndex& index, std::uint64_t end,
                    const Link& link, AlignedBytes& memory) {
  const std::size_t size = footer_size(index.entries.size());
  CAIRN_CHECK(!index.entries.empty());
  CAIRN_CHECK(end + size <= header.segment_bytes);
  if (memory.size() < size) {
    memory = AlignedBytes(size);
  }
  const std::span<std::byte> out = memory.span().first(size);
  std::ranges::fill(out, std::byte{0});
  std::ranges::copy(std::as_bytes(std::span(index.entries)), out.begin());
  Trailer trailer{.number = header.number,
                  .salt = header.salt,
                  .first = header.first,
                  .last = link.last,
                  .data_end = end,
                  .batches = index.entries.size(),
                  .first_time = index.first_time,
                  .last_time = index.last_time,
                  .index_checksum = checksum64(out.first(size - block_bytes), header.number),
                  .last_hash = link.hash};
  store(trailer, header.number, out.subspan(size - block_bytes));
  return {.offset = header.segment_bytes - size, .bytes = out};
}

Result<std::optional<Trailer>> read_trailer(SegmentBytes& bytes, const SegmentHeader& header) {
  std::vector<std::byte> block(block_bytes);
  CAIRN_TRY(const bool is_whole, read_whole(bytes, header.segment_bytes - block_bytes, block));
  const auto trailer = load<Trailer>(block);
  if (!is_whole || judge<Trailer>(block, header.number) != Flaw::Nothing ||
      !is_possible(trailer, header) || !is_zero(Bytes(block).subspan(sizeof(Trailer)))) {
    return std::nullopt;
  }
  return trailer;
}

Result<std::optional<std::vector<IndexEntry>>> read_index(SegmentBytes& bytes,
                                                          const SegmentHeader& header,
                                                          const Trailer& trailer) {
  const std::uint64_t size = footer_size(trailer.batches) - block_bytes;
  std::vector<IndexEntry> entries(size / sizeof(IndexEntry));
  const std::span<std::byte> out = std::as_writable_bytes(std::span(entries));
  CAIRN_TRY(const bool is_whole, read_whole(bytes, header.segment_bytes - block_bytes - size, out));
  if (!is_whole || checksum64(out, header.number) != trailer.index_checksum) {
    return std::nullopt;
  }
  entries.resize(trailer.batches);
  const bool is_sorted =
      std::ranges::is_sorted(entries, std::ranges::less_equal{}, &IndexEntry::block) &&
      std::ranges::is_sorted(entries, std::ranges::less_equal{}, &IndexEntry::first);
  const bool is_inside = entries.front().block == batches_begin / block_bytes &&
                         entries.front().first == 0 &&
                         std::uint64_t{entries.back().block} * block_bytes < trailer.data_end;
  return is_sorted && is_inside ? std::optional(std::move(entries)) : std::nullopt;
}

Result<SegmentScan> scan_segment(SegmentBytes& bytes, const SegmentHeader& header,
                                 const Link& before, std::uint64_t watched_end,
                                 const BatchVisitor& visit) {
  SegmentScan scan{.link = before};
  ReadWindow window(std::min<std::uint64_t>(scan_window_bytes, header.segment_bytes));
  BatchChecker checker;
  if (watched_end == scan.end) {
    scan.watched = before;
  }
  while (true) {
    const Place place{.segment = &header, .offset = scan.end};
    CAIRN_TRY(const Bytes block, window.at(bytes, scan.end, block_bytes, header.segment_bytes));
    scan.reason = BatchChecker::check_header(block, place, scan.link);
    if (scan.reason != nullptr) {
      scan.is_newer = judge<BatchHeader>(block, scan.end) == Flaw::Newer;
      return scan;
    }
    const std::uint64_t size = batch_size(load<BatchHeader>(block).frame_bytes);
    CAIRN_TRY(const Bytes batch, window.at(bytes, scan.end, size, header.segment_bytes));
    scan.reason = batch.size() == size ? checker.check_records(batch) : "the segment ends early";
    if (scan.reason != nullptr) {
      return scan;
    }
    const BatchView& view = checker.view();
    if (visit) {
      CAIRN_TRY(visit(view));
    }
    scan.index.add(view.header(), header.first, scan.end);
    scan.link = {.last = view.last(), .hash = view.hash(), .epoch = view.header().epoch};
    scan.end += size;
    if (scan.end == watched_end) {
      scan.watched = scan.link;
    }
  }
}

Result<Remains> search_remains(SegmentBytes& bytes, const SegmentHeader& header,
                               std::uint64_t from) {
  Remains remains;
  ReadWindow window(std::min<std::uint64_t>(scan_window_bytes, header.segment_bytes));
  for (std::uint64_t offset = from; offset < header.segment_bytes; offset += block_bytes) {
    CAIRN_TRY(const Bytes block, window.at(bytes, offset, block_bytes, header.segment_bytes));
    if (BatchChecker::check_place(block, {.segment = &header, .offset = offset}) != nullptr) {
      continue;
    }
    const auto batch = load<BatchHeader>(block);
    remains.epoch = std::max(remains.epoch, batch.epoch);
    if (batch.durable_through >= remains.durable_through) {
      remains.durable_through = batch.durable_through;
      remains.offset = offset;
    }
  }
  return remains;
}

}  // namespace cairn::log
