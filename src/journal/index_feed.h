// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "cairn/error.h"
#include "journal/index.h"
#include "journal/transaction.h"
#include "log/batch.h"

namespace cairn::journal {

/// Feeds batches of the log to an index. Keeps its memory from one to the next. One thread, the one
/// that feeds; the index outlives it.
class IndexFeeder final {
 public:
  explicit IndexFeeder(EventIndex& index);

  /// The transactions of a batch that the index lacks, up to one. Corrupt names the transaction
  /// that is none. Requires: the batch has the first of them, or none.
  Result<> add(const log::BatchView& batch, std::uint64_t through = UINT64_MAX);

  /// How many events it has added.
  [[nodiscard]] std::uint64_t events() const noexcept { return events_; }

 private:
  Result<> add_some(const log::BatchView& batch, std::uint64_t first, std::size_t count);

  EventIndex& index_;
  std::uint64_t events_ = 0;
  std::vector<TransactionReader> decoders_;  ///< one for each transaction of a chunk
  std::vector<const TransactionRecord*> records_;
  std::vector<Coordinate> coordinates_;
  std::vector<IndexedTransaction> transactions_;
};

}  // namespace cairn::journal
