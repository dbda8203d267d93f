// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

#include "journal/index_format.h"
#include "journal/index_words.h"
#include "journal/transaction.h"

namespace cairn::journal {

/// The last event of a coordinate: what the next one there has to name.
struct CoordinateHead {
  EventPlace place;
  std::uint64_t version = 0;
  EventHash hash = {};

  friend bool operator==(const CoordinateHead&, const CoordinateHead&) noexcept = default;
};

/// The coordinates whose keys begin in one way, as one part of the index has them.
struct CoordinateRange {
  std::string prefix = {};
  /// Their numbers in the column, of a part that has them in order.
  bool has_numbers = false;
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
  /// Where their events are; absent when it is cheaper to look at all events of the part.
  std::optional<std::vector<IndexWords>> lists = {};
  std::uint64_t events = 0;  ///< about: for choosing what to look at first

  [[nodiscard]] bool empty() const noexcept { return lists.has_value() && lists->empty(); }
};

/// The index of a run of transactions: in memory or in a file. Events in it have numbers, their
/// ordinals, in the order of commit from 0. Any thread; what is handed out is good while the lock
/// is held and the part lives.
class IndexPart {
 public:
  /// Held while something in a part is read, when it may still grow.
  using Lock = std::shared_lock<std::shared_mutex>;

  IndexPart() = default;
  virtual ~IndexPart() = default;
  IndexPart(const IndexPart&) = delete;
  IndexPart& operator=(const IndexPart&) = delete;

  /// For errors.
  [[nodiscard]] virtual std::string name() const = 0;
  /// Notes for whoever looks after the parts that this one is not as it was written.
  virtual void note_damage() const noexcept = 0;
  [[nodiscard]] virtual Lock lock() const = 0;

  /// Sequences; `last` is before `first` in an empty part.
  [[nodiscard]] virtual std::uint64_t first() const noexcept = 0;
  [[nodiscard]] virtual std::uint64_t last() const noexcept = 0;

  /// For each transaction the ordinal of its first event, and behind them the number of events.
  [[nodiscard]] virtual IndexWords ordinals(IndexFlaw& flaw) const = 0;
  /// For each event the number of its coordinate.
  [[nodiscard]] virtual IndexWords column(IndexFlaw& flaw) const = 0;
  /// The events that have the term, ascending.
  [[nodiscard]] virtual IndexWords postings(std::string_view key, IndexFlaw& flaw) const = 0;
  [[nodiscard]] virtual CoordinateRange coordinates(std::string_view key_prefix,
                                                    IndexFlaw& flaw) const = 0;
  /// Whether the coordinate with this number in the column belongs to a range without numbers.
  [[nodiscard]] virtual bool is_in(const CoordinateRange& range, std::uint32_t number) const = 0;

  [[nodiscard]] virtual std::optional<CoordinateHead> head(std::string_view key,
                                                           IndexFlaw& flaw) const = 0;
  /// No sequence of the part that is less than this has a time that is not less than `time`; 0 when
  /// none has.
  [[nodiscard]] virtual std::uint64_t first_at(std::int64_t time, IndexFlaw& flaw) const = 0;
};

/// The same, as it is read to write it into a file: in the order in which it lies there.
class IndexSource {
 public:
  struct Term {
    std::string_view key;
    IndexWords postings;
  };

  IndexSource() = default;
  virtual ~IndexSource() = default;
  IndexSource(const IndexSource&) = delete;
  IndexSource& operator=(const IndexSource&) = delete;

  /// For errors.
  [[nodiscard]] virtual std::string source_name() const = 0;
  /// Its counts and sequences.
  [[nodiscard]] virtual const IndexHeader& header() const noexcept = 0;
  [[nodiscard]] virtual Term term(std::uint32_t number, IndexFlaw& flaw) const = 0;
  [[nodiscard]] virtual IndexHead head(std::uint32_t coordinate, IndexFlaw& flaw) const = 0;
  /// Ordinal of the first event of a transaction, counted from 0 in this source.
  [[nodiscard]] virtual std::uint32_t ordinal(std::uint32_t transaction, IndexFlaw& flaw) const = 0;
  /// The term that is the event's coordinate, or `no_coordinate`.
  [[nodiscard]] virtual std::uint32_t coordinate(std::uint32_t ordinal, IndexFlaw& flaw) const = 0;
  /// The latest time up to the end of a step of the times.
  [[nodiscard]] virtual std::int64_t time(std::uint32_t step, IndexFlaw& flaw) const = 0;
};

/// The event with this ordinal; nothing when the ordinals are damaged. `near` is where the last
/// answer was found, and where the search begins.
[[nodiscard]] std::optional<EventPlace> place_of(const IndexWords& ordinals, std::uint64_t first,
                                                 std::uint32_t ordinal, std::uint32_t& near);

}  // namespace cairn::journal
