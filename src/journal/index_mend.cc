// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "journal/history.h"
#include "journal/index.h"
#include "journal/index_feed.h"

namespace cairn::journal {

Result<std::vector<std::string>> EventIndex::mend(HistoryReader& reader, std::uint64_t events_max) {
  const Snapshot parts = snapshot();
  std::vector<std::string> mended;
  for (const std::shared_ptr<const IndexFile>& file : parts->files) {
    if (file->is_damaged()) {
      CAIRN_TRY(remake(file, reader, events_max));
      mended.push_back(file->name());
    }
  }
  return mended;
}

/// Until the new files are all there and the old one is aside, whoever opens the folder finds it as
/// if nothing had been tried.
Result<> EventIndex::remake(const std::shared_ptr<const IndexFile>& file, HistoryReader& reader,
                            std::uint64_t events_max) {
  Files made;
  for (std::uint64_t next = file->first(); next <= file->last();) {
    CAIRN_TRY(auto piece, remake_some(*file, next, reader, events_max));
    next = piece->last() + 1;
    made.push_back(std::move(piece));
  }
  if (made.size() > 1) {
    CAIRN_TRY(folder_.set_aside(*file));
  }
  replace(std::span(&file, 1), made);
  return {};
}

/// A file of the transactions from this one on that the damaged one was about, or of some of them.
Result<std::shared_ptr<const IndexFile>> EventIndex::remake_some(const IndexFile& file,
                                                                 std::uint64_t first,
                                                                 HistoryReader& reader,
                                                                 std::uint64_t events_max) {
  Parts parts;
  parts.active = std::make_shared<IndexMemory>(first);
  EventIndex piece(folder_, {.first = first}, std::move(parts));
  IndexFeeder feeder(piece);
  CAIRN_TRY(reader.seek(Seq(first)));
  while (piece.last() < file.last() && feeder.events() < events_max) {
    CAIRN_TRY(const log::BatchView* const batch, reader.next_batch());
    if (batch == nullptr) {
      return fail(Errc::Truncated, fmt::format("{}: the log ends with {}, and the file with {}",
                                               file.name(), piece.last(), file.last()));
    }
    CAIRN_TRY(feeder.add(*batch, file.last()));
  }
  piece.freeze();
  const SortedMemory sorted(*piece.snapshot()->frozen.front());
  const IndexSource* const source = &sorted;
  const bool is_whole = first == file.first() && piece.last() == file.last();
  return folder_.rewrite(std::span(&source, 1), is_whole ? file.header().level : 0);
}

}  // namespace cairn::journal
