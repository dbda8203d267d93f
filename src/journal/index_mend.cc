// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "journal/history.h"
#include "journal/index.h"
#include "journal/index_feed.h"

namespace cairn::journal {

EventIndex::Mended EventIndex::mend(const IndexHistory& history, std::uint64_t events_max,
                                    const IndexPause& pause) {
  const Snapshot parts = snapshot();
  Mended mended;
  for (const std::shared_ptr<const IndexFile>& file : parts->files) {
    if (!file->is_damaged()) {
      continue;
    }
    auto goes_on = take(pause);
    const bool is_over = !goes_on.has_value();
    auto remade = is_over ? std::move(goes_on)
                          : remake(file, history, {.events_max = events_max, .pause = pause});
    if (remade) {
      mended.names.push_back(file->name());
    } else if (mended.all) {
      mended.all = std::move(remade);
    }
    if (is_over) {
      break;
    }
  }
  return mended;
}

/// Until the new files are all there and the old one is aside, whoever opens the folder finds it as
/// if nothing had been tried.
Result<> EventIndex::remake(const std::shared_ptr<const IndexFile>& file,
                            const IndexHistory& history, const Pieces& pieces) {
  CAIRN_TRY(const Files made, remake_all({.first = file->first(),
                                          .last = file->last(),
                                          .level = file->header().level,
                                          .name = file->name()},
                                         history, pieces));
  if (made.size() > 1) {
    CAIRN_TRY(folder_.set_aside(*file));
  }
  replace(std::span(&file, 1), made);
  return {};
}

Result<> EventIndex::restore_dropped(HistoryReader& dropped, std::uint64_t events_max) {
  while (const std::optional<Stretch> lost = gap()) {
    CAIRN_TRY(const Files made, remake_all(*lost, {.kept = dropped, .dropped = &dropped},
                                           {.events_max = events_max}));
    change([&](Parts& parts) {
      const auto behind = std::ranges::upper_bound(parts.files, lost->last, {}, &IndexFile::first);
      parts.files.insert(behind, made.begin(), made.end());
    });
  }
  return {};
}

/// In pieces: none is of what was dropped and of what is kept.
Result<EventIndex::Files> EventIndex::remake_all(const Stretch& stretch,
                                                 const IndexHistory& history,
                                                 const Pieces& pieces) {
  const std::uint64_t first_kept = first_.load(std::memory_order_acquire);
  Files made;
  for (std::uint64_t next = stretch.first; next <= stretch.last;) {
    const bool is_dropped = next < first_kept;
    if (is_dropped && history.dropped == nullptr) {
      return fail(
          Error(Errc::NotFound, fmt::format("{}: what it knew of archived transactions cannot be "
                                            "made again without the archive",
                                            stretch.name))
              .advise("put the archive back to where it was, or restore the index from a backup"));
    }
    Stretch piece = stretch;
    piece.last = is_dropped ? std::min(stretch.last, first_kept - 1) : stretch.last;
    CAIRN_TRY(auto file,
              remake_some(piece, next, is_dropped ? *history.dropped : history.kept, pieces));
    next = file->last() + 1;
    made.push_back(std::move(file));
  }
  return made;
}

/// A file of the transactions of the stretch from this one on, or of some of them.
Result<std::shared_ptr<const IndexFile>> EventIndex::remake_some(const Stretch& stretch,
                                                                 std::uint64_t first,
                                                                 HistoryReader& reader,
                                                                 const Pieces& pieces) {
  Parts parts;
  parts.active = std::make_shared<IndexMemory>(first);
  EventIndex piece(folder_, {.first = first}, std::move(parts));
  IndexFeeder feeder(piece);
  CAIRN_TRY(reader.seek(Seq(first)));
  while (piece.last() < stretch.last && feeder.events() < pieces.events_max) {
    CAIRN_TRY(take(pieces.pause));
    CAIRN_TRY(const log::BatchView* const batch, reader.next_batch());
    if (batch == nullptr) {
      return fail(Errc::Truncated, fmt::format("{}: the log ends with {}, and it with {}",
                                               stretch.name, piece.last(), stretch.last));
    }
    CAIRN_TRY(feeder.add(*batch, stretch.last));
  }
  piece.freeze();
  const SortedMemory sorted(*piece.snapshot()->frozen.front());
  const IndexSource* const source = &sorted;
  const bool is_whole = first == stretch.first && piece.last() == stretch.last;
  return folder_.rewrite(std::span(&source, 1), is_whole ? stretch.level : 0, pieces.pause);
}

}  // namespace cairn::journal
