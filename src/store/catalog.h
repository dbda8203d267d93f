// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <utility>

#include "cairn/byte_writer.h"
#include "cairn/error.h"
#include "journal/history.h"
#include "journal/index.h"
#include "store/lookup.h"

namespace cairn::store {

/// What the committer looks up in the index and, where that is not enough, in the log. One
/// thread at a time, that which drives the committer; index and reader outlive it, and the reader
/// is its own.
class Catalog final : public Lookup {
 public:
  /// `mend` is called when the index is damaged, and says whether it made any of it anew.
  Catalog(const journal::EventIndex& index, journal::HistoryReader& reader,
          std::function<bool()> mend) noexcept
      : index_(index), reader_(reader), mend_(std::move(mend)) {}

  [[nodiscard]] std::uint64_t settled() const noexcept override { return index_.last(); }

  Result<Head> head(const journal::Coordinate& coordinate) override;

  Result<std::uint32_t> events_of(std::uint64_t sequence) override;

  Result<std::optional<Answer>> answer(const journal::RequestHash& request) override;

 private:
  const journal::EventIndex& index_;
  journal::HistoryReader& reader_;
  const std::function<bool()> mend_;
  GrowingByteWriter scratch_;
};

/// What became of the append that a transaction records.
[[nodiscard]] Answer answer_of(const journal::TransactionRecord& record,
                               GrowingByteWriter& scratch);

}  // namespace cairn::store
