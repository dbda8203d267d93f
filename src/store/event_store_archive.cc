// SPDX-License-Identifier: Apache-2.0
// Retention: what is old leaves the store, whole segment after whole segment.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "journal/archive.h"
#include "log/retention.h"
#include "store/event_store.h"

namespace cairn::store {

Result<> EventStore::check_kept(std::uint64_t sequence) const {
  const std::uint64_t first = first_;
  if (sequence >= first || sequence == 0) {
    return {};
  }
  return fail(Error(Errc::NotFound,
                    fmt::format("transaction {} is not kept any more: {} is the oldest, and those "
                                "before it are in {}",
                                sequence, first, journal::part_of(folder_, archive_folder)))
                  .advise("`cairn log` and `cairn export` read that folder, wherever it is moved"));
}

Result<Archived> EventStore::archive_through(std::uint64_t through) {
  CAIRN_TRY(const std::uint64_t visible, wait_until_visible());
  through = std::min(through, visible);
  if (ground_.threads == nullptr) {
    return archive(through);
  }
  const MutexLock lock(mutex_);
  if (is_archiving_) {
    return fail(Errc::Busy, "the store is being archived");
  }
  is_archiving_ = true;
  archive_order_ = through;
  order(writing_index_);
  while (!archived_ && !is_closing_) {
    has_news_.wait(mutex_);
  }
  is_archiving_ = false;
  Result<Archived> done =
      archived_ ? *std::move(archived_) : Result<Archived>(fail(Errc::Closed, "the store closes"));
  archived_.reset();
  return done;
}

/// On the thread that looks after the index.
void EventStore::do_archive() {
  std::optional<std::uint64_t> through;
  {
    const MutexLock lock(mutex_);
    through = std::exchange(archive_order_, std::nullopt);
  }
  if (!through) {
    return;
  }
  auto done = archive(*through);
  const MutexLock lock(mutex_);
  archived_.emplace(std::move(done));
  has_news_.notify_all();
}

/// What cannot be read again is durable elsewhere before the log lets go of it: the heads of
/// coordinates and the requests in the index, the hashes in the tree.
Result<Archived> EventStore::archive(std::uint64_t through) {
  CAIRN_TRY(mend_index());
  const std::uint64_t events = follower_->events();
  CAIRN_TRY(index_->seal());
  indexed_events_ = events;
  through = std::min(through, index_->covered());
  const log::Folder& log = writer_->folder();
  CAIRN_TRY(const std::uint64_t first, log::first_after(log, through));
  if (first <= first_) {
    return Archived{.first = first_};
  }
  CAIRN_TRY(const log::Folder target,
            journal::prepare_archive(ground_.disk, folder_, schemas_->in_force()));
  CAIRN_TRY(proofs_->keep_before(first));
  CAIRN_TRY(const log::Moved moved, log::move_through(log, through, target));
  first_ = moved.first;
  CAIRN_TRY(index_->drop_through(moved.first - 1));
  return Archived{.first = moved.first,
                  .segments = moved.segments,
                  .plain_bytes = moved.plain_bytes,
                  .bytes = moved.bytes};
}

}  // namespace cairn::store
