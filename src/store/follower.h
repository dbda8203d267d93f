// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "cairn/error.h"
#include "journal/history.h"
#include "journal/index.h"
#include "journal/transaction.h"
#include "store/proofs.h"

namespace cairn::store {

/// Reads what has become durable and puts it into the index and the tree, batch by batch: what it
/// has done is visible. One thread; all that is handed in outlives it, and the reader is its own.
class Follower final {
 public:
  /// Begins behind what the index has.
  static Result<std::unique_ptr<Follower>> start(journal::EventIndex& index, Proofs& proofs,
                                                 journal::HistoryReader& reader);

  /// Takes in the next batch; false when nothing more is durable, as far as was looked.
  Result<bool> step();

  /// The last transaction taken in.
  [[nodiscard]] std::uint64_t reached() const noexcept { return reached_; }

  /// How many events it has taken in. Any thread.
  [[nodiscard]] std::uint64_t events() const noexcept { return events_.load(); }

 private:
  Follower(journal::EventIndex& index, Proofs& proofs, journal::HistoryReader& reader) noexcept
      : index_(index), proofs_(proofs), reader_(reader) {}

  Result<> take_in(const log::BatchView& batch, std::uint64_t first, std::size_t count);

  journal::EventIndex& index_;
  Proofs& proofs_;
  journal::HistoryReader& reader_;
  std::atomic<std::uint64_t> events_ = 0;
  std::uint64_t reached_ = 0;
  std::vector<journal::TransactionReader> decoders_;  ///< one for each transaction of a chunk
  std::vector<const journal::TransactionRecord*> records_;
  std::vector<journal::Coordinate> coordinates_;
  std::vector<journal::IndexedTransaction> transactions_;
};

/// The coordinates of a transaction's events, as the index takes them.
void append_coordinates(const journal::TransactionRecord& record,
                        std::vector<journal::Coordinate>& out);

}  // namespace cairn::store
