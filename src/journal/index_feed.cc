// SPDX-License-Identifier: Apache-2.0
#include "journal/index_feed.h"

#include <algorithm>
#include <span>

#include <fmt/format.h>

namespace cairn::journal {

namespace {

/// Transactions that are indexed at a time: more makes readers wait, fewer makes locks dear.
constexpr std::size_t chunk_max = 256;

}  // namespace

IndexFeeder::IndexFeeder(EventIndex& index) : index_(index) {
  decoders_.resize(chunk_max);
}

Result<> IndexFeeder::add(const log::BatchView& batch, std::uint64_t through) {
  std::uint64_t next = index_.last() + 1;
  const std::uint64_t last = std::min(batch.last(), through);
  while (next <= last) {
    const std::size_t count = std::min<std::size_t>(chunk_max, last - next + 1);
    CAIRN_TRY(add_some(batch, next, count));
    next += count;
  }
  return {};
}

Result<> IndexFeeder::add_some(const log::BatchView& batch, std::uint64_t first,
                               std::size_t count) {
  records_.clear();
  coordinates_.clear();
  for (std::size_t i = 0; i < count; ++i) {
    auto record = decoders_[i].read(batch.record(first + i - batch.first()));
    if (!record) {
      return fail(std::move(record).error().at(fmt::format("transaction {}", first + i)));
    }
    records_.push_back(*record);
    for (const EventRecord& event : (*record)->events) {
      coordinates_.push_back(event.coordinate);
    }
  }
  transactions_.clear();
  std::span<const Coordinate> left = coordinates_;
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

}  // namespace cairn::journal
