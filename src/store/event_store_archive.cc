// SPDX-License-Identifier: Apache-2.0
// Retention: what is old leaves the store, whole segment after whole segment.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "journal/archive.h"
#include "log/archive.h"
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
  order(tidying_index_);
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
  CAIRN_TRY(mend_index().all);
  CAIRN_TRY(seal_all());
  commit_->go_on();
  through = std::min(through, index_->covered());
  CAIRN_TRY(check_index(through));
  Archived done;
  const Result<> archived = archive_all(through, done);
  done.first = first_;
  // What has gone is gone for the index too, whatever became of the rest.
  CAIRN_TRY(index_->drop_through(done.first - 1, unless_closing_));
  CAIRN_TRY(archived);
  return done;
}

/// Every byte of the files that are to be all that is known of what leaves, and of those that are
/// already: what is damaged is made anew while there is something to make it of.
Result<> EventStore::check_index(std::uint64_t through) {
  const auto checked = index_->check_through(through, unless_closing_);
  if (checked || checked.error().code() != Errc::Corrupt) {
    return checked;
  }
  CAIRN_TRY(mend_index().all);
  return index_->check_through(through, unless_closing_);
}

Result<> EventStore::archive_all(std::uint64_t through, Archived& done) {
  while (true) {
    CAIRN_TRY(const std::uint64_t segments, archive_some(through, done));
    if (segments == 0) {
      return finish_archive();
    }
    CAIRN_TRY(unless_closing_());
  }
}

/// Has an archive that a power loss cut short say what is in it.
Result<> EventStore::finish_archive() {
  const log::Folder target(ground_.disk, journal::part_of(journal::part_of(folder_, archive_folder),
                                                          journal::log_folder));
  if (const auto there = ground_.disk.stat(target.path()); !there) {
    return there.error().code() == Errc::NotFound ? Result<>() : fail(there.error());
  }
  const MutexLock lock(maintenance_);
  CAIRN_TRY(log::move_through(writer_->folder(), first_ - 1, target));
  return {};
}

/// One segment, and those that an archiving that was cut short has left. Nobody else takes segments
/// out of the log, so what is sealed stays where it is without the mutex, which is held for what
/// takes no time: whoever makes segments is not kept waiting.
Result<std::uint64_t> EventStore::archive_some(std::uint64_t through, Archived& done) {
  const log::Folder& log = writer_->folder();
  CAIRN_TRY(const auto left, log::sealed_through(log, first_ - 1));
  CAIRN_TRY(const std::uint64_t next, log::first_after(log, through, 1));
  const std::uint64_t first = left.empty() ? next : first_.load();
  if (left.empty() && first <= first_) {
    return 0;
  }
  CAIRN_TRY(const log::Folder target,
            journal::prepare_archive(ground_.disk, folder_, schemas_->in_force()));
  CAIRN_TRY(proofs_->keep_before(first));
  CAIRN_TRY(pack_through(first - 1));
  const MutexLock lock(maintenance_);
  const auto moved = log::move_through(log, first - 1, target);
  if (!moved) {
    // The promise may have been taken back already.
    CAIRN_TRY(first_, log::first_after(log, 0, 0));
    return fail(moved.error());
  }
  first_ = moved->first;
  done.segments += moved->segments;
  done.plain_bytes += moved->plain_bytes;
  done.bytes += moved->bytes;
  return moved->segments;
}

/// What takes long, beside all else: until it is put in place, the log has the segment as it was.
Result<> EventStore::pack_through(std::uint64_t through) {
  const log::Folder& log = writer_->folder();
  const log::ArchiveOptions options = {.pause = unless_closing_};
  CAIRN_TRY(const auto names, log::sealed_through(log, through));
  for (const log::SegmentName& name : names) {
    if (name.is_archived) {
      continue;
    }
    CAIRN_TRY(const log::PackedSegment packed, log::pack(log, name, options));
    const MutexLock lock(maintenance_);
    CAIRN_TRY(log::put_in_place(log, packed));
  }
  return {};
}

}  // namespace cairn::store
