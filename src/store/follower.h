// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "cairn/error.h"
#include "journal/history.h"
#include "journal/index.h"
#include "journal/index_feed.h"
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
  [[nodiscard]] std::uint64_t reached() const noexcept { return index_.last(); }

  /// How many events it has taken in. Any thread.
  [[nodiscard]] std::uint64_t events() const noexcept { return events_.load(); }

 private:
  Follower(journal::EventIndex& index, Proofs& proofs, journal::HistoryReader& reader) noexcept
      : index_(index), proofs_(proofs), reader_(reader), feeder_(index) {}

  journal::EventIndex& index_;
  Proofs& proofs_;
  journal::HistoryReader& reader_;
  journal::IndexFeeder feeder_;
  std::atomic<std::uint64_t> events_ = 0;
};

}  // namespace cairn::store
