// SPDX-License-Identifier: Apache-2.0
#include "journal/history.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/hash.h"
#include "cairn/byte_writer.h"

namespace cairn::journal {

std::string part_of(std::string_view folder, std::string_view part) {
  return folder.empty() ? std::string(part) : fmt::format("{}/{}", folder, part);
}

Result<HistoryReader> HistoryReader::open(sys::Disk& disk, std::string_view folder,
                                          const log::ReaderOptions& options) {
  CAIRN_TRY(auto reader, log::Reader::open(disk, part_of(folder, log_folder), options));
  return HistoryReader(std::move(reader));
}

Result<Seq> HistoryReader::refresh() {
  CAIRN_TRY(const std::uint64_t durable, reader_->refresh());
  return Seq(durable);
}

Result<Seq> HistoryReader::first() {
  CAIRN_TRY(const std::uint64_t first, reader_->first());
  return Seq(first);
}

bool HistoryReader::is_here(std::uint64_t sequence) const noexcept {
  return batch_ != nullptr && sequence >= batch_->first() && sequence <= batch_->last();
}

Result<> HistoryReader::seek(Seq position) {
  const bool is_next = batch_ != nullptr && position.value() == batch_->last() + 1;
  if (!is_here(position.value()) && !is_next) {
    batch_ = nullptr;
    CAIRN_TRY(reader_->seek(position.value()));
  }
  next_ = position.value();
  return {};
}

/// Reads the batch with the transaction here; none when that is not durable.
Result<> HistoryReader::load() {
  while (next_ == 0 || !is_here(next_)) {
    batch_ = nullptr;
    CAIRN_TRY(batch_, reader_->next());
    if (batch_ == nullptr) {
      return {};
    }
    next_ = std::max(next_, batch_->first());
  }
  return {};
}

Result<const log::BatchView*> HistoryReader::next_batch() {
  CAIRN_TRY(load());
  if (batch_ != nullptr) {
    next_ = batch_->last() + 1;
  }
  return batch_;
}

Result<const HistoryEntry*> HistoryReader::next() {
  CAIRN_TRY(load());
  if (batch_ == nullptr) {
    return nullptr;
  }
  const std::size_t index = next_ - batch_->first();
  entry_.bytes = batch_->record(index);
  entry_.hash = batch_->hashes()[index];
  auto record = decoder_.read(entry_.bytes);
  if (!record) {
    return fail(std::move(record).error().at(fmt::format("transaction {}", next_)));
  }
  if ((*record)->position.value() != next_) {
    return fail(Errc::Corrupt, fmt::format("transaction {}: its record says that it is {}", next_,
                                           (*record)->position.value()));
  }
  entry_.record = *record;
  ++next_;
  return &entry_;
}

Result<const HistoryEntry*> HistoryReader::at(Seq position) {
  if (position > durable()) {
    CAIRN_TRY(refresh());
  }
  if (position == Seq() || position > durable()) {
    return fail(Errc::NotFound, fmt::format("there is no transaction {}: {} is the last one",
                                            position.value(), durable().value()));
  }
  CAIRN_TRY(seek(position));
  CAIRN_TRY(const HistoryEntry* const entry, next());
  if (entry == nullptr) {
    return fail(Errc::NotFound, fmt::format("there is no transaction {}", position.value()));
  }
  return entry;
}

std::vector<std::byte> frame_of(std::span<const std::byte> record) {
  GrowingByteWriter writer;
  writer.varint(record.size());
  writer.bytes(record);
  std::vector<std::byte> frame(blake3_padded_size(writer.size()));
  std::ranges::copy(writer.written(), frame.begin());
  return frame;
}

Result<HistoryHashes> HistoryHashes::open(sys::Disk& disk, std::string_view folder,
                                          HistoryReader& reader) {
  HistoryHashes hashes(reader);
  CAIRN_TRY(const Seq first, reader.first());
  CAIRN_TRY(TreeEdge edge, load_tree_edge(disk, folder));
  // One that was written for a drop that did not come to pass begins the log's own, or before it.
  const bool reaches = edge.first + edge.hashes.size() + 1 >= first.value();
  hashes.oldest_ = first.value() - 1;
  if (reaches && edge.first < hashes.oldest_) {
    hashes.set_edge(std::move(edge));
  }
  return hashes;
}

void HistoryHashes::set_edge(TreeEdge edge) noexcept {
  edge_ = std::move(edge);
  oldest_ = edge_.first;
}

Result<> HistoryHashes::read(std::uint64_t first, std::span<Digest> out) {
  while (!out.empty() && first >= edge_.first && first - edge_.first < edge_.hashes.size()) {
    out.front() = edge_.hashes[first - edge_.first];
    out = out.subspan(1);
    ++first;
  }
  if (out.empty()) {
    return {};
  }
  if (const Seq last(first + out.size()); last > reader_->durable()) {
    CAIRN_TRY(reader_->refresh());
  }
  CAIRN_TRY(reader_->seek(Seq(first + 1)));
  while (!out.empty()) {
    CAIRN_TRY(const log::BatchView* const batch, reader_->next_batch());
    if (batch == nullptr) {
      return fail(Errc::NotFound, fmt::format("the journal ends with transaction {}", first));
    }
    const std::size_t skipped = first + 1 - batch->first();
    const auto hashes = batch->hashes().subspan(skipped);
    const std::size_t count = std::min(hashes.size(), out.size());
    std::ranges::copy(hashes.first(count), out.begin());
    out = out.subspan(count);
    first += count;
  }
  return {};
}

}  // namespace cairn::journal
