// SPDX-License-Identifier: Apache-2.0
// The files of the index, beside the appends: one thread writes what is new into files, another one
// looks after those that are there, so that no merge holds up what appends wait for.
#include <fmt/format.h>

#include "journal/archive.h"
#include "store/event_store.h"

namespace cairn::store {

bool EventStore::is_closing() const {
  const MutexLock lock(mutex_);
  return is_closing_;
}

bool EventStore::is_index_full() const {
  return follower_->events() - indexed_events_ > options_.indexed_in_memory_max;
}

Result<> EventStore::seal_index() {
  return is_index_full() ? seal_all() : Result<>();
}

/// Also for whoever takes old segments out, beside the thread that seals.
Result<> EventStore::seal_all() {
  const MutexLock lock(sealing_);
  // What is fed while it is written counts as not written yet.
  const std::uint64_t events = follower_->events();
  CAIRN_TRY(index_->seal());
  indexed_events_ = events;
  return proofs_->sync();
}

void EventStore::seal_indexes() {
  while (wait_for(&EventStore::sealing_index_)) {
    note_sealed(seal_index());
    const MutexLock lock(mutex_);
    order(tidying_index_);
  }
}

/// What could not be written stays in memory, and is tried again when there is more of it.
void EventStore::note_sealed(const Result<>& sealed) {
  const MutexLock lock(mutex_);
  seal_trouble_ = sealed ? std::string() : sealed.error().to_string();
  is_in_trouble_ = !sealed || failure_.has_value();
  commit_->go_on();
}

void EventStore::note_merged(const Result<>& merged) {
  const MutexLock lock(mutex_);
  merge_trouble_ = merged ? std::string() : merged.error().to_string();
}

/// One merge at a time: what somebody waits for comes between two.
void EventStore::tidy_indexes() {
  while (wait_for(&EventStore::tidying_index_)) {
    mend_for_all();
    do_archive();
    const Result<bool> merged = merge_some();
    if (merged.value_or(false)) {
      const MutexLock lock(mutex_);
      order(tidying_index_);
    }
  }
}

/// The same for whoever has no threads.
void EventStore::maintain_index() {
  note_sealed(seal_index());
  while (merge_some().value_or(false)) {
  }
}

/// False when there is nothing to merge now.
Result<bool> EventStore::merge_some() {
  Result<bool> merged = index_->merge([this] {
    return is_closing() || is_mend_wanted() ? fail(Errc::Cancelled, "something else is more urgent")
                                            : Result<>();
  });
  if (!merged && merged.error().code() == Errc::Cancelled) {
    return false;
  }
  note_merged(merged ? Result<>() : fail(merged.error()));
  return merged;
}

/// What cannot be mended holds up no merge.
bool EventStore::is_mend_wanted() const {
  const MutexLock lock(mutex_);
  return can_mend_ && mends_done_ < mends_asked_;
}

/// For everybody who has asked by now.
void EventStore::mend_for_all() {
  std::uint64_t asked = 0;
  {
    const MutexLock lock(mutex_);
    asked = mends_asked_;
  }
  const journal::EventIndex::Mended mended = mend_index();
  can_mend_ = mended.all || !mended.names.empty();
  const MutexLock lock(mutex_);
  mend_trouble_ = mended.all ? std::string() : mended.all.error().to_string();
  mends_done_ = asked;
  files_mended_ += mended.names.size();
  has_news_.notify_all();
}

/// Makes again what was found damaged, as far as that can be.
journal::EventIndex::Mended EventStore::mend_index() {
  journal::EventIndex::Mended mended;
  if (index_->stats().damaged_files == 0) {
    return mended;
  }
  auto all = mend_damaged(mended);
  if (mended.all) {
    mended.all = std::move(all);
  }
  return mended;
}

Result<> EventStore::mend_damaged(journal::EventIndex::Mended& mended) {
  CAIRN_TRY(auto reader, readers_.lend());
  const std::uint64_t first = first_;
  auto archive = open_archive(*reader);
  mended = index_->mend({.kept = *reader, .dropped = archive ? &*archive : nullptr},
                        options_.indexed_in_memory_max, unless_closing_);
  for (const std::string& name : mended.names) {
    note_mended(name);
  }
  return mended.names.empty() ? Result<>() : index_->drop_through(first - 1, unless_closing_);
}

/// What was taken out, if it is where it was put.
Result<journal::HistoryReader> EventStore::open_archive(journal::HistoryReader& kept) {
  return journal::open_archive(ground_.disk, folder_, first_, kept);
}

/// When the index is opened: what it lost of archived transactions is made again, or `lost_` says
/// why not.
void EventStore::restore_dropped() {
  const Result<> restored = journal::restore_dropped(
      *index_, ground_.disk, folder_, *lookup_reader_, options_.indexed_in_memory_max);
  if (!restored) {
    lost_ = "versions and requests of archived transactions begin anew: " +
            restored.error().to_string();
  }
}

void EventStore::note_mended(std::string_view what) {
  const MutexLock lock(mutex_);
  mended_ += mended_.empty() ? "" : "; ";
  mended_ += what;
}

/// Whoever met damage waits for the thread that looks after the index. Whether any was mended.
bool EventStore::wait_until_mended() {
  if (ground_.threads == nullptr) {
    return !mend_index().names.empty();
  }
  const MutexLock lock(mutex_);
  const std::uint64_t mine = ++mends_asked_;
  const std::uint64_t before = files_mended_;
  order(tidying_index_);
  while (mends_done_ < mine && !is_closing_) {
    has_news_.wait(mutex_);
  }
  return files_mended_ != before;
}

}  // namespace cairn::store
