// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "cairn/region.h"
#include "journal/index.h"
#include "schema/random_schema.h"
#include "sys/mapping.h"

/// For tests, fuzz targets and benchmarks: transactions to feed an index with, and what a query of
/// it must give, by looking at every event.
namespace cairn::journal::sample {

/// A transaction with everything it refers to.
struct FedTransaction {
  TransactionRecord record;
  std::vector<EventRecord> events;
  std::vector<Coordinate> coordinates;
};

/// A journal of few names, so that everything meets everything: entities of which one begins as
/// another does, one with a zero byte, some hundreds that begin alike, the empty scope, kinds,
/// correlations and causes that repeat, transactions without events, clocks that go back.
class IndexModel final {
 public:
  explicit IndexModel(std::uint64_t seed);

  /// Adds transactions to the model; they stay where they are.
  void grow(std::size_t count);

  [[nodiscard]] std::uint64_t last() const noexcept { return transactions_.size(); }

  /// By sequence, from 1.
  [[nodiscard]] const FedTransaction& at(std::uint64_t sequence) const {
    return transactions_[sequence - 1];
  }

  /// Feeds an index with all that it lacks, in batches of many sizes.
  void feed(EventIndex& index);

  /// Any of all shapes; most have some events.
  [[nodiscard]] Region region();
  [[nodiscard]] Coordinate coordinate();

  /// All events of the region from one sequence to another, in the order of commit.
  [[nodiscard]] std::vector<EventPlace> find(const Region& region, std::uint64_t first,
                                             std::uint64_t last) const;
  [[nodiscard]] std::optional<CoordinateHead> head(const Coordinate& coordinate,
                                                   std::uint64_t first = 1) const;
  /// The first sequence from one on whose time is not less; the one after the last if none is.
  [[nodiscard]] std::uint64_t first_at(std::int64_t time, std::uint64_t first = 1) const;

  [[nodiscard]] std::uint64_t below(std::uint64_t end) { return choices_.below(end); }

 private:
  struct Place {
    Coordinate coordinate;
    EventPlace last;
    EventHash hash = {};
    std::uint64_t version = 0;
  };

  void add_event(FedTransaction& transaction);
  [[nodiscard]] EventPlace earlier();

  schema::Choices choices_;
  std::vector<std::string> items_;
  std::deque<FedTransaction> transactions_;
  std::vector<Place> places_;
};

/// Every page of `limit` events, one after the other, from the cursor on until there are no more.
Result<std::vector<EventPlace>> find_all(const EventIndex& index, const Region& region,
                                         Cursor cursor, std::size_t limit);

/// A mapping of bytes that somebody else may spoil.
class MemoryMapping final : public sys::Mapping {
 public:
  explicit MemoryMapping(std::vector<std::byte> bytes) : bytes_(std::move(bytes)) {}

  [[nodiscard]] std::span<const std::byte> bytes() const noexcept override { return bytes_; }

 private:
  std::vector<std::byte> bytes_;
};

/// The bytes of an index file of all transactions of the model.
[[nodiscard]] std::vector<std::byte> index_file_of(const IndexModel& model);

/// Makes the checksums of pages and header fit, whatever the bytes are: what only judging the
/// numbers can find then. Requires: a file as it was written, but for its contents.
void refresh_index_checksums(std::span<std::byte> file);

/// Asks a part everything that can be asked. The number of events found. Errors are fine.
std::size_t ask_everything(const IndexFile& file);

}  // namespace cairn::journal::sample
