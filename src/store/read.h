// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "cairn/error.h"
#include "cairn/store_core.h"
#include "journal/history.h"
#include "journal/index.h"
#include "store/evolution.h"

namespace cairn::store {

/// What a reader of events reads from. One thread.
struct Source {
  const journal::EventIndex& index;
  journal::HistoryReader& reader;
  const TypeVersions& types;
};

/// Views of a transaction's event. Requires: it has it.
[[nodiscard]] EventRef event_of(const journal::TransactionRecord& record, const TypeVersions& types,
                                std::uint32_t event) noexcept;

/// One event, valid as long as the reader stays. NotFound when its transaction has no such event.
Result<EventRef> read_event(journal::HistoryReader& reader, const TypeVersions& types, EventId id);

/// Shows the events of a region up to a transaction, and moves the cursor behind those that were
/// taken. The store's own events are not shown.
Result<> scan(const Source& source, const Region& region, Cursor& cursor, std::uint64_t through,
              const TakeEvent& take);

/// A run of transactions.
struct SequenceRange {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
};

/// The first transaction of a run whose time is not before this; the one behind it when none is.
Result<std::uint64_t> first_at(journal::HistoryReader& reader, Timestamp time,
                               const SequenceRange& range);

}  // namespace cairn::store
