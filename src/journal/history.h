// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "cairn/digest.h"
#include "cairn/error.h"
#include "cairn/ids.h"
#include "journal/transaction.h"
#include "journal/tree.h"
#include "journal/tree_edge.h"
#include "log/reader.h"
#include "sys/disk.h"

namespace cairn::journal {

/// Where the parts of a journal lie in its folder: docs/formats/journal.md.
inline constexpr std::string_view log_folder = "log";
inline constexpr std::string_view index_folder = "index";
inline constexpr std::string_view schema_folder = "schema";
inline constexpr std::string_view tree_file = "tree";

/// The path of a part below the journal's folder, which may be the root.
[[nodiscard]] std::string part_of(std::string_view folder, std::string_view part);

/// A transaction as it was read. Views of the reader's memory.
struct HistoryEntry {
  const TransactionRecord* record = nullptr;
  std::span<const std::byte> bytes = {};  ///< of the record
  Digest hash = {};                       ///< of the transaction
};

/// Reads the transactions of a journal in order, from anywhere, while it is written by this process
/// or another. Sees what is durable and nothing else; everything is checked before it is shown. One
/// thread; the disk outlives it.
class HistoryReader final {
 public:
  /// NotFound when there is no journal in the folder.
  static Result<HistoryReader> open(sys::Disk& disk, std::string_view folder,
                                    const log::ReaderOptions& options = {});

  /// Looks again how far the journal is durable.
  Result<Seq> refresh();

  /// As far as it was durable at the last look.
  [[nodiscard]] Seq durable() const noexcept { return Seq(reader_->durable()); }

  /// Hash of the batch that `durable` ends with.
  [[nodiscard]] const Digest& head() const noexcept { return reader_->head(); }

  /// The oldest transaction that is kept.
  Result<Seq> first();

  /// The transaction that `next` returns next. InvalidArgument when it is beyond the one after the
  /// last durable one, NotFound when it is not kept any more. Cheap inside the batch that was read
  /// last, and right behind it.
  Result<> seek(Seq position);

  /// The transaction here, and steps over it; null when nothing more is durable. Valid until the
  /// next call. Corrupt names the place.
  Result<const HistoryEntry*> next();

  /// One transaction. NotFound when there is none at that position, or it is not kept any more.
  Result<const HistoryEntry*> at(Seq position);

  /// The batch with the transaction here, and steps over it; null when nothing more is durable.
  /// For whoever wants hashes and no records.
  Result<const log::BatchView*> next_batch();

 private:
  explicit HistoryReader(std::unique_ptr<log::Reader> reader) : reader_(std::move(reader)) {}

  [[nodiscard]] bool is_here(std::uint64_t sequence) const noexcept;
  Result<> load();

  std::unique_ptr<log::Reader> reader_;
  const log::BatchView* batch_ = nullptr;  ///< the last one read
  std::uint64_t next_ = 0;                 ///< sequence; 0: the oldest
  TransactionReader decoder_;
  HistoryEntry entry_;
};

/// The canonical bytes of a transaction, whose BLAKE3 is its hash: what a receipt shows.
[[nodiscard]] std::vector<std::byte> frame_of(std::span<const std::byte> record);

/// The hashes of the transactions, from the log: what the tree of a journal is made from.
class HistoryHashes final : public TransactionHashes {
 public:
  /// Of the journal in a folder, which `reader` reads and must outlive.
  static Result<HistoryHashes> open(sys::Disk& disk, std::string_view folder,
                                    HistoryReader& reader);

  Result<> read(std::uint64_t first, std::span<Digest> out) override;

  [[nodiscard]] std::uint64_t oldest() const noexcept override { return oldest_; }

  /// From now on these stand for transactions that were dropped, and none before them is there.
  void set_edge(TreeEdge edge) noexcept;

 private:
  explicit HistoryHashes(HistoryReader& reader) noexcept : reader_(&reader) {}

  HistoryReader* reader_;
  TreeEdge edge_;
  std::uint64_t oldest_ = 0;
};

}  // namespace cairn::journal
