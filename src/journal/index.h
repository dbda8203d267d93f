// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/mutex.h"
#include "cairn/bytes.h"
#include "cairn/region.h"
#include "cairn/time.h"
#include "journal/event_hasher.h"
#include "journal/index_file.h"
#include "journal/index_find.h"
#include "journal/index_folder.h"
#include "journal/index_memory.h"
#include "journal/index_pages.h"
#include "journal/index_write.h"
#include "journal/transaction.h"
#include "sys/disk.h"

namespace cairn::journal {

class HistoryReader;

/// Where the transactions of a journal are read again.
struct IndexHistory {
  HistoryReader& kept;
  HistoryReader* dropped = nullptr;  ///< what was dropped, up to what is kept; if it still is there
};

/// Finds events of a journal: docs/formats/index.md. What was fed last is in memory, what was
/// sealed in files that never change; both are asked by every query. All of it can be made again
/// from the journal: what is missing after opening is fed again. But for what it keeps of
/// transactions that were dropped: that is made again from their archive, if there is one.
///
/// Made by whoever opens the journal, who holds the journal's lock. One thread feeds (`add`), one
/// seals (`seal`), one looks after the files there are (`merge`, `drop_through`, `mend` …), any
/// number ask; all at the same time: however long a merge takes, what is fed goes into files. A
/// query sees everything that was fed before it began. Queries fail with Corrupt, by file and page,
/// when they meet damage, until the file is made anew (`mend`).
class EventIndex final {
 public:
  struct Options {
    /// The oldest sequence that the journal has: no event before it is found.
    std::uint64_t first = 1;
    /// Whether the journal's transaction with this sequence has this hash: asked of the last one of
    /// each file when opening, so that no index of another history is believed, as after a backup
    /// was restored. A file of which it says no is set aside. Absent: not asked.
    IndexRange::IsOfJournal is_of_journal = {};
    /// Look at every page of every file when opening, instead of when it is first needed.
    bool check_all = false;
    /// Neighbours of one level that are merged into one of the next. At least 2.
    std::size_t merge_width = 8;
  };

  struct Stats {
    std::size_t files = 0;
    std::uint64_t file_bytes = 0;
    std::size_t damaged_files = 0;  ///< found so far
    std::size_t memory_bytes = 0;   ///< of what is in no file, about
  };

  /// What became of the files that were damaged.
  struct Mended {
    std::vector<std::string> names;  ///< of those that were made anew
    Result<> all;                    ///< why the first of the others was not
  };

  /// Takes over the files in the folder, which is made when it is not there. `durable` is the last
  /// sequence that the journal has: files that say more are set aside, as are damaged ones. Reads
  /// headers and checksums only. Unsupported, by its number, for a file of a newer version.
  /// Requires: the disk outlives the index.
  static Result<std::unique_ptr<EventIndex>> open(sys::Disk& disk, std::string folder,
                                                  std::uint64_t durable, const Options& options);

  static Result<std::unique_ptr<EventIndex>> open(sys::Disk& disk, std::string folder,
                                                  std::uint64_t durable) {
    return open(disk, std::move(folder), durable, Options());
  }

  /// The last sequence that is in files; the one before `first` when none is. What follows it was
  /// fed, or is to be fed after opening.
  [[nodiscard]] std::uint64_t covered() const;

  /// Whether it still knows the heads and requests of all transactions that were dropped.
  [[nodiscard]] bool knows_dropped() const;

  /// The last sequence that a query sees.
  [[nodiscard]] std::uint64_t last() const noexcept {
    return last_.load(std::memory_order_acquire);
  }

  /// Adds transactions, under one lock for all of them. Requires: the first follows `last`, and
  /// each the one before; names of coordinates as a record may have them.
  void add(std::span<const IndexedTransaction> transactions);

  void add(const TransactionRecord& record, std::span<const Coordinate> coordinates,
           const Digest& hash = {}) {
    const IndexedTransaction transaction = {
        .record = &record, .coordinates = coordinates, .hash = hash};
    add(std::span(&transaction, 1));
  }

  /// Writes what is in memory now into a file, and drops it from memory. On failure: it stays in
  /// memory and is found there, and the next call tries again.
  Result<> seal();
  /// Merges some neighbours of one level, the lowest first. False when there is nothing to merge.
  /// `pause` may end it, and may seal. On failure: all is as it was.
  Result<bool> merge(const IndexPause& pause = {});
  /// From now on no event up to this sequence is found. Files that have no others keep what must be
  /// known of what is gone: the heads of coordinates, and requests. On failure: they keep all.
  Result<> drop_through(std::uint64_t sequence, const IndexPause& pause = {});
  /// Looks at every byte of the files that have transactions up to this sequence. Corrupt by file
  /// and place; then all that are damaged are known to be.
  Result<> check_through(std::uint64_t sequence, const IndexPause& pause = {});
  /// Makes the files in which damage was found anew from the journal, which must still have what
  /// they are about; in pieces of about so many events, which are in memory meanwhile. One that
  /// cannot be made stays as it was, and keeps none of the others from it; `pause` may end it for
  /// all that are left.
  Mended mend(const IndexHistory& history, std::uint64_t events_max, const IndexPause& pause = {});
  /// The same for what no file knows of the transactions that were dropped. `knows_dropped` then.
  Result<> restore_dropped(HistoryReader& dropped, std::uint64_t events_max);
  /// Renames the files in which damage was found, so that the next to open the folder does without
  /// them. How many. This index goes on with what it has.
  Result<std::size_t> set_aside_damaged();

  /// The last event of a coordinate, if there is one.
  [[nodiscard]] Result<std::optional<CoordinateHead>> head(const Coordinate& coordinate) const;

  /// The transaction that answered a request first, if there is one.
  [[nodiscard]] Result<std::optional<std::uint64_t>> find_request(const RequestHash& request) const;

  /// How many events a transaction has. Requires: it was fed.
  [[nodiscard]] Result<std::uint32_t> events_of(std::uint64_t sequence) const;

  /// Appends up to `limit` events of the region from the cursor on, in its direction, and moves the
  /// cursor behind them. With fewer there are no more now; then the cursor is behind all that was
  /// looked at, so that a later call goes on with what was fed since. On failure: neither changes.
  Result<> find(const Region& region, Cursor& cursor, std::size_t limit,
                std::vector<EventPlace>& out) const;

  /// A sequence before which every transaction has a time less than this. The first that has not is
  /// one of the `index_times_step` from there on, unless it was dropped. The sequence after the
  /// last when there is none.
  [[nodiscard]] Result<std::uint64_t> first_at(Timestamp time) const;

  [[nodiscard]] Stats stats() const;

  /// Why files were set aside when this was opened: for the log.
  [[nodiscard]] std::span<const Error> set_aside_when_opened() const noexcept {
    return complaints_;
  }

 private:
  using Files = std::vector<std::shared_ptr<const IndexFile>>;

  /// All parts at one moment, in order.
  struct Parts {
    Files files;
    std::vector<std::shared_ptr<const IndexMemory>> frozen;  ///< on their way into files
    std::shared_ptr<IndexMemory> active;

    [[nodiscard]] std::vector<const IndexPart*> all() const;
  };

  /// Shared, because queries go on with the parts that they began with.
  using Snapshot = std::shared_ptr<const Parts>;

  EventIndex(IndexFolder folder, const Options& options, Parts parts);

  [[nodiscard]] Snapshot snapshot() const;

  /// Shows other parts, from the next query on. Whoever changes them knows only of his own: another
  /// thread may have changed the rest since he looked.
  template <typename Edit>
  void change(const Edit& edit) {
    // The old ones end outside the lock: they may be the last to know a file.
    Snapshot before;
    const MutexLock lock(mutex_);
    auto made = std::make_shared<Parts>(*parts_);
    edit(*made);
    before = std::exchange(parts_, std::move(made));
  }

  void replace(std::span<const std::shared_ptr<const IndexFile>> files, const Files& made);
  [[nodiscard]] std::span<const EventHash> hash_events(
      std::span<const IndexedTransaction> transactions);
  void freeze();
  Result<> write_frozen();
  Result<> reduce(const Files& run, const IndexPause& pause);

  /// Transactions that are to be indexed again.
  struct Stretch {
    std::uint64_t first = 0;
    std::uint64_t last = 0;
    std::uint32_t level = 0;  ///< of the file that is to have all of them
    std::string name = {};    ///< for errors
  };

  /// How they are indexed again.
  struct Pieces {
    std::uint64_t events_max = 0;  ///< in one of them, about
    IndexPause pause = {};
  };

  /// Where nobody knows of what was dropped; nothing when `knows_dropped`.
  [[nodiscard]] std::optional<Stretch> gap() const;
  Result<> remake(const std::shared_ptr<const IndexFile>& file, const IndexHistory& history,
                  const Pieces& pieces);
  Result<Files> remake_all(const Stretch& stretch, const IndexHistory& history,
                           const Pieces& pieces);
  Result<std::shared_ptr<const IndexFile>> remake_some(const Stretch& stretch, std::uint64_t first,
                                                       HistoryReader& reader, const Pieces& pieces);
  /// The files that are to be merged next: where they begin, and how many.
  [[nodiscard]] std::span<const std::shared_ptr<const IndexFile>> to_merge(
      const Parts& parts) const;
  Result<> find_forward(const Region& region, Cursor& cursor, std::size_t limit,
                        std::vector<EventPlace>& out) const;
  Result<> find_backward(const Region& region, Cursor& cursor, std::size_t limit,
                         std::vector<EventPlace>& out) const;

  const std::vector<Error> complaints_;
  const IndexFolder folder_;
  const std::size_t merge_width_;
  mutable Mutex mutex_;
  Snapshot parts_ CAIRN_GUARDED_BY(mutex_);
  std::atomic<std::uint64_t> first_;
  std::atomic<std::uint64_t> last_;
  EventHasher hasher_;  ///< of whoever feeds
};

}  // namespace cairn::journal
