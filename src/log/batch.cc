// SPDX-License-Identifier: Apache-2.0
#include "log/batch.h"

#include <algorithm>
#include <cstring>

#include "base/check.h"
#include "cairn/byte_reader.h"
#include "cairn/byte_writer.h"
#include "cairn/varint.h"

namespace cairn::log {

BatchBuilder::BatchBuilder(std::size_t bytes_max, std::uint32_t count_max)
    : memory_(bytes_max), hashes_(std::make_unique<Digest[]>(count_max)), count_max_(count_max) {
  clear();
}

bool BatchBuilder::has_room(std::size_t record_bytes) const noexcept {
  const std::size_t left = memory_.size() - end_;
  return count_ < count_max_ && record_bytes < left &&
         varint_size(record_bytes) + record_bytes <= left;
}

void BatchBuilder::add(Bytes record) noexcept {
  CAIRN_CHECK(has_room(record.size()));
  FixedByteWriter writer(memory_.span().subspan(end_));
  writer.varint(record.size());
  writer.bytes(record);
  hasher_.add(memory_.span().subspan(end_, writer.size()));
  end_ += writer.size();
  ++count_;
}

std::uint64_t BatchBuilder::size() const noexcept {
  return in_blocks(end_);
}

Bytes BatchBuilder::close(const Link& link, const Place& place, BatchHeader header) noexcept {
  CAIRN_CHECK(count_ > 0);
  header.first = link.last + 1;
  header.count = count_;
  header.frame_bytes = static_cast<std::uint32_t>(end_ - sizeof(BatchHeader));
  header.previous = link.hash;
  header.records = digest_of_hashes(hasher_.finish());
  header.salt = place.segment->salt;
  header.segment = place.segment->number;
  store(header, place.offset, memory_.span());
  header_ = header;
  std::memset(memory_.data() + end_, 0, size() - end_);
  return memory_.span().first(size());
}

void BatchBuilder::clear() noexcept {
  end_ = sizeof(BatchHeader);
  count_ = 0;
  hasher_.begin({hashes_.get(), count_max_});
}

const char* BatchChecker::check_place(Bytes block, const Place& place) noexcept {
  switch (judge<BatchHeader>(block, place.offset)) {
    case Flaw::Damaged:
      return "no batch header stands here";
    case Flaw::Newer:
      return "the batch is of a newer format version";
    case Flaw::Nothing:
      break;
  }
  const auto header = load<BatchHeader>(block);
  const SegmentHeader& segment = *place.segment;
  if (header.salt != segment.salt || header.segment != segment.number) {
    return "the batch belongs to another use of the segment";
  }
  const bool is_sane = header.count > 0 && header.count <= batch_count_limit && header.first > 0 &&
                       batch_size(header.frame_bytes) <= batch_bytes_limit &&
                       header.frame_bytes >= header.count &&
                       header.durable_through < header.first &&
                       place.offset + batch_size(header.frame_bytes) <= segment.segment_bytes &&
                       is_zero(header.reserved) && is_zero(header.place_reserved);
  return is_sane ? nullptr : "the batch header holds impossible values";
}

const char* BatchChecker::check_header(Bytes block, const Place& place, const Link& link) noexcept {
  if (const char* const wrong = check_place(block, place)) {
    return wrong;
  }
  const auto header = load<BatchHeader>(block);
  if (header.first != link.last + 1) {
    return "the batch does not begin with the sequence that follows";
  }
  if (header.previous != link.hash) {
    return "the batch does not name the hash of the batch before it";
  }
  return header.epoch < link.epoch ? "the batch was written before the one in front of it"
                                   : nullptr;
}

/// Whether the frames are as many records as the header says.
bool BatchChecker::split(Bytes frames) {
  view_.records_.clear();
  ByteReader reader(frames);
  while (reader.remaining() > 0 && view_.records_.size() < view_.header_.count) {
    const Bytes record = reader.sized_bytes(frames.size(), "record");
    if (reader.failed()) {
      return false;
    }
    view_.records_.push_back(record);
  }
  return reader.remaining() == 0 && view_.records_.size() == view_.header_.count;
}

const char* BatchChecker::check_records(Bytes batch) {
  const auto header = load<BatchHeader>(batch);
  view_.header_ = header;
  if (view_.hashes_.size() < header.count) {
    view_.hashes_.resize(header.count);
  }
  const Bytes frames = batch.subspan(sizeof(BatchHeader), header.frame_bytes);
  if (!split(frames)) {
    return "the records do not fill the batch";
  }
  hasher_.begin(view_.hashes_);
  std::size_t begin = 0;
  for (const Bytes record : view_.records_) {
    const auto end = static_cast<std::size_t>(record.data() - frames.data()) + record.size();
    hasher_.add(frames.subspan(begin, end - begin));
    begin = end;
  }
  if (digest_of_hashes(hasher_.finish()) != header.records) {
    return "the records are not those that were written";
  }
  if (!is_zero(batch.subspan(sizeof(BatchHeader) + header.frame_bytes))) {
    return "the padding is not zero";
  }
  view_.hash_ = batch_hash(header);
  return nullptr;
}

void BatchChecker::accept(Bytes batch, std::span<const Digest> hashes) {
  view_.header_ = load<BatchHeader>(batch);
  CAIRN_CHECK(split(batch.subspan(sizeof(BatchHeader))));
  view_.hashes_.assign(hashes.begin(), hashes.end());
  view_.hash_ = batch_hash(view_.header_);
}

}  // namespace cairn::log
