// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cairn/byte_writer.h"
#include "cairn/digest.h"
#include "journal/index_part.h"
#include "journal/index_table.h"

namespace cairn::journal {

/// A transaction to be indexed. For each of its events the coordinate, of those with a declared one
/// too; an empty entity stands for none. Borrowed.
struct IndexedTransaction {
  const TransactionRecord* record = nullptr;
  std::span<const Coordinate> coordinates = {};
  /// Of the transaction; by it an index file is known to be of this journal when it is opened.
  Digest hash = {};
};

/// The part of the index that is not in a file yet. One thread adds, any number read; frozen, it
/// never changes again.
class IndexMemory final : public IndexPart {
 public:
  /// Of the transactions from this one on.
  explicit IndexMemory(std::uint64_t first) : first_(first), last_(first - 1), ordinals_{0} {}

  /// Adds all of them under one lock. `hashes` has one for each of their events that has a
  /// coordinate, in order. False, and nothing is added, when the part is frozen.
  /// Requires: the sequences follow those that are there.
  [[nodiscard]] bool add(std::span<const IndexedTransaction> transactions,
                         std::span<const EventHash> hashes);
  /// From now on `add` says no. False when there is nothing in it: then it stays as it is.
  [[nodiscard]] bool freeze();

  /// About: what it takes of memory.
  [[nodiscard]] std::size_t bytes() const;

  [[nodiscard]] std::string name() const override { return "the index in memory"; }

  void note_damage() const noexcept override {}

  [[nodiscard]] Lock lock() const override;

  [[nodiscard]] std::uint64_t first() const noexcept override { return first_; }

  /// Requires for this and what follows: the lock is held, or the part is frozen.
  [[nodiscard]] std::uint64_t last() const noexcept override { return last_; }

  [[nodiscard]] IndexWords ordinals(IndexFlaw& flaw) const override;
  [[nodiscard]] IndexWords column(IndexFlaw& flaw) const override;
  [[nodiscard]] IndexWords postings(std::string_view key, IndexFlaw& flaw) const override;
  [[nodiscard]] CoordinateRange coordinates(std::string_view key_prefix,
                                            IndexFlaw& flaw) const override;
  [[nodiscard]] bool is_in(const CoordinateRange& range, std::uint32_t number) const override;
  [[nodiscard]] std::optional<CoordinateHead> head(std::string_view key,
                                                   IndexFlaw& flaw) const override;
  [[nodiscard]] std::uint64_t first_at(std::int64_t time, IndexFlaw& flaw) const override;

 private:
  friend class SortedMemory;

  struct Place {
    std::uint32_t scope = 0;  ///< term
    IndexHead head = {};
  };

  void add_transaction(const IndexedTransaction& transaction, std::span<const EventHash>& hashes);
  void add_event(const TransactionRecord& record, const EventRecord& event);
  [[nodiscard]] std::uint32_t place(const EventRecord& event, const Coordinate& coordinate,
                                    const EventHash& hash);
  void add_request(const TransactionRecord& record);
  void add_time(std::int64_t time);

  const std::uint64_t first_;
  std::uint64_t last_;
  /// Who wants to read or to add goes through the door one by one, so that those who read all the
  /// time cannot keep the one out who adds.
  mutable std::mutex door_;
  mutable std::shared_mutex mutex_;
  bool is_frozen_ = false;
  std::vector<std::uint32_t> ordinals_;
  std::vector<std::uint32_t> column_;
  IndexTable coordinates_;
  std::vector<Place> places_;  ///< by coordinate
  std::map<std::string_view, std::uint32_t> by_name_;
  IndexTable others_;
  std::uint32_t last_kind_term_ = 0;
  std::uint32_t last_kind_ = 0;  ///< 0: none yet
  std::vector<std::int64_t> times_;
  Digest last_hash_;
  std::string key_;  ///< of whoever adds
  GrowingByteWriter scratch_;
  std::uint32_t requests_ = 0;
};

/// A frozen part in the order of the file.
class SortedMemory final : public IndexSource {
 public:
  /// Requires: frozen, and outlives this.
  explicit SortedMemory(const IndexMemory& memory);

  [[nodiscard]] std::string source_name() const override { return memory_.name(); }

  [[nodiscard]] const IndexHeader& header() const noexcept override { return header_; }

  [[nodiscard]] Term term(std::uint32_t number, IndexFlaw& flaw) const override;
  [[nodiscard]] IndexHead head(std::uint32_t coordinate, IndexFlaw& flaw) const override;
  [[nodiscard]] std::uint32_t ordinal(std::uint32_t transaction, IndexFlaw& flaw) const override;
  [[nodiscard]] std::uint32_t coordinate(std::uint32_t ordinal, IndexFlaw& flaw) const override;
  [[nodiscard]] std::int64_t time(std::uint32_t step, IndexFlaw& flaw) const override;

 private:
  const IndexMemory& memory_;
  IndexHeader header_;
  std::vector<std::uint32_t> coordinates_;  ///< numbers in the memory's table, sorted by key
  std::vector<std::uint32_t> ranks_;        ///< the other way round
  std::vector<std::uint32_t> others_;
};

}  // namespace cairn::journal
