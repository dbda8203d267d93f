// SPDX-License-Identifier: Apache-2.0
#include "store/follower.h"

#include <algorithm>
#include <span>

#include <fmt/format.h>

namespace cairn::store {

namespace {

/// Transactions that are indexed at a time: more makes readers wait, fewer makes locks dear.
constexpr std::size_t chunk_max = 256;

}  // namespace

void append_coordinates(const journal::TransactionRecord& record,
                        std::vector<journal::Coordinate>& out) {
  for (const journal::EventRecord& event : record.events) {
    out.push_back(event.coordinate);
  }
}

Result<std::unique_ptr<Follower>> Follower::start(journal::EventIndex& index, Proofs& proofs,
                                                  journal::HistoryReader& reader) {
  std::unique_ptr<Follower> follower(new Follower(index, proofs, reader));
  follower->reached_ = index.last();
  follower->decoders_.resize(chunk_max);
  CAIRN_TRY(reader.refresh());
  CAIRN_TRY(reader.seek(Seq(follower->reached_ + 1)));
  return follower;
}

Result<bool> Follower::step() {
  CAIRN_TRY(const log::BatchView* const batch, reader_.next_batch());
  if (batch == nullptr) {
    return false;
  }
  proofs_.append(batch->first(), batch->hashes());
  std::uint64_t next = reached_ + 1;
  while (next <= batch->last()) {
    const std::size_t count = std::min<std::size_t>(chunk_max, batch->last() - next + 1);
    CAIRN_TRY(take_in(*batch, next, count));
    next += count;
    reached_ = next - 1;
  }
  return true;
}

Result<> Follower::take_in(const log::BatchView& batch, std::uint64_t first, std::size_t count) {
  records_.clear();
  coordinates_.clear();
  for (std::size_t i = 0; i < count; ++i) {
    auto record = decoders_[i].read(batch.record(first + i - batch.first()));
    if (!record) {
      return fail(std::move(record).error().at(fmt::format("transaction {}", first + i)));
    }
    records_.push_back(*record);
    append_coordinates(**record, coordinates_);
  }
  transactions_.clear();
  std::span<const journal::Coordinate> left = coordinates_;
  const auto hashes = batch.hashes().subspan(first - batch.first());
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t events = records_[i]->events.size();
    transactions_.push_back(
        {.record = records_[i], .coordinates = left.first(events), .hash = hashes[i]});
    left = left.subspan(events);
  }
  index_.add(transactions_);
  events_ += coordinates_.size();
  return {};
}

}  // namespace cairn::store
