// SPDX-License-Identifier: Apache-2.0
#include "journal/index.h"

#include <algorithm>
#include <deque>
#include <utility>

#include "base/check.h"
#include "journal/index_reduce.h"
#include "journal/index_term.h"
#include "journal/index_write.h"

namespace cairn::journal {

namespace {

std::unexpected<Error> damage(const IndexPart& part, const IndexFlaw& flaw) {
  part.note_damage();
  return fail(flaw.error());
}

EventId after(const EventPlace& place) noexcept {
  return {.sequence = place.transaction.value(), .event = place.event + 1};
}

EventId before(const EventPlace& place) noexcept {
  const std::uint64_t sequence = place.transaction.value();
  return place.event != 0 ? EventId{.sequence = sequence, .event = place.event - 1}
                          : EventId{.sequence = sequence - 1, .event = UINT32_MAX};
}

/// The first transaction of the part that has the term, one of those whose postings are
/// transactions; 0 when none has.
std::uint64_t first_with(const IndexPart& part, std::string_view key, IndexFlaw& flaw) {
  const IndexWords postings = part.postings(key, flaw);
  if (postings.empty()) {
    return 0;
  }
  const std::uint64_t sequence = part.first() + postings[0];
  if (sequence > part.last()) {
    flaw.note(part.name(), "the transaction of a request", sequence);
  }
  return sequence;
}

}  // namespace

Result<std::unique_ptr<EventIndex>> EventIndex::open(sys::Disk& disk, std::string folder,
                                                     std::uint64_t durable,
                                                     const Options& options) {
  CAIRN_CHECK(options.first != 0);
  CAIRN_CHECK(options.merge_width >= 2);
  IndexFolder files(disk, std::move(folder));
  CAIRN_TRY(auto taken, files.take_over({.first = options.first,
                                         .durable = durable,
                                         .is_of_journal = options.is_of_journal,
                                         .check_all = options.check_all}));
  Parts parts;
  parts.files.assign(taken.begin(), taken.end());
  const std::uint64_t covered = taken.empty() ? 0 : taken.back()->last();
  const std::uint64_t next = std::max(options.first, covered + 1);
  parts.active = std::make_shared<IndexMemory>(next);
  return std::unique_ptr<EventIndex>(new EventIndex(std::move(files), options, std::move(parts)));
}

EventIndex::EventIndex(IndexFolder folder, const Options& options, Parts parts)
    : complaints_(folder.take_complaints()),
      folder_(std::move(folder)),
      merge_width_(options.merge_width),
      parts_(std::make_shared<const Parts>(std::move(parts))),
      first_(options.first),
      last_(parts_->active->first() - 1) {}

std::vector<const IndexPart*> EventIndex::Parts::all() const {
  std::vector<const IndexPart*> found;
  found.reserve(files.size() + frozen.size() + 1);
  for (const auto& file : files) {
    found.push_back(file.get());
  }
  for (const auto& memory : frozen) {
    found.push_back(memory.get());
  }
  found.push_back(active.get());
  return found;
}

EventIndex::Snapshot EventIndex::snapshot() const {
  const MutexLock lock(mutex_);
  return parts_;
}

/// Files that lie side by side give way to others that are about the same transactions.
void EventIndex::replace(std::span<const std::shared_ptr<const IndexFile>> files,
                         const Files& made) {
  change([&](Parts& parts) {
    const auto begin = std::ranges::find(parts.files, files.front());
    CAIRN_CHECK(parts.files.end() - begin >= std::ssize(files));
    parts.files.insert(parts.files.erase(begin, begin + std::ssize(files)), made.begin(),
                       made.end());
  });
}

std::uint64_t EventIndex::covered() const {
  const Snapshot parts = snapshot();
  const IndexPart& behind = parts->frozen.empty() ? static_cast<const IndexPart&>(*parts->active)
                                                  : *parts->frozen.front();
  return behind.first() - 1;
}

bool EventIndex::knows_dropped() const {
  return !gap();
}

std::optional<EventIndex::Stretch> EventIndex::gap() const {
  const std::uint64_t first = first_.load(std::memory_order_acquire);
  const Snapshot parts = snapshot();
  std::uint64_t known = 0;
  for (const IndexPart* const part : parts->all()) {
    const IndexPart::Lock lock = part->lock();
    if (part->first() != known + 1 && known + 1 < first) {
      return Stretch{
          .first = known + 1, .last = part->first() - 1, .name = "what was dropped before"};
    }
    known = part->last();
  }
  return std::nullopt;
}

Result<> EventIndex::check_through(std::uint64_t sequence, const IndexPause& pause) {
  const Snapshot parts = snapshot();
  Result<> checked;
  for (const std::shared_ptr<const IndexFile>& file : parts->files) {
    if (file->first() <= sequence) {
      CAIRN_TRY(take(pause));
      auto looked = file->check_all(pause);
      checked = checked ? std::move(looked) : std::move(checked);
    }
  }
  return checked;
}

void EventIndex::add(std::span<const IndexedTransaction> transactions) {
  if (transactions.empty()) {
    return;
  }
  const std::span<const EventHash> hashes = hash_events(transactions);
  // Frozen between the look and the call, or not: whoever freezes shows the next part before
  // anybody can look again.
  while (!snapshot()->active->add(transactions, hashes)) {
  }
  last_.store(transactions.back().record->position.value(), std::memory_order_release);
}

std::span<const EventHash> EventIndex::hash_events(
    std::span<const IndexedTransaction> transactions) {
  std::size_t count = 0;
  for (const IndexedTransaction& transaction : transactions) {
    count += transaction.coordinates.size();
  }
  hasher_.begin(count);
  for (const IndexedTransaction& transaction : transactions) {
    CAIRN_CHECK(transaction.coordinates.size() == transaction.record->events.size());
    for (std::size_t i = 0; i < transaction.coordinates.size(); ++i) {
      if (!transaction.coordinates[i].entity.empty()) {
        hasher_.add(transaction.record->events[i]);
      }
    }
  }
  return hasher_.finish();
}

void EventIndex::freeze() {
  const MutexLock lock(mutex_);
  if (!parts_->active->freeze()) {
    return;
  }
  auto parts = std::make_shared<Parts>(*parts_);
  parts->active = std::make_shared<IndexMemory>(parts_->active->last() + 1);
  parts->frozen.push_back(parts_->active);
  parts_ = std::move(parts);
}

Result<> EventIndex::seal() {
  freeze();
  return write_frozen();
}

Result<> EventIndex::write_frozen() {
  for (Snapshot parts = snapshot(); !parts->frozen.empty(); parts = snapshot()) {
    const SortedMemory sorted(*parts->frozen.front());
    CAIRN_TRY(const auto file, folder_.write(sorted));
    change([&](Parts& next) {
      next.files.push_back(file);
      next.frozen.erase(next.frozen.begin());
    });
  }
  return {};
}

std::span<const std::shared_ptr<const IndexFile>> EventIndex::to_merge(const Parts& parts) const {
  std::span<const std::shared_ptr<const IndexFile>> best;
  const std::span all(parts.files);
  for (std::size_t begin = 0; begin + merge_width_ <= all.size(); ++begin) {
    const auto run = all.subspan(begin, merge_width_);
    const std::uint32_t level = run.front()->header().level;
    const bool is_level = std::ranges::all_of(
        run, [level](const auto& file) { return file->header().level == level; });
    const bool has_gap = std::ranges::adjacent_find(run, [](const auto& one, const auto& next) {
                           return one->last() + 1 != next->first();
                         }) != run.end();
    if (!is_level || has_gap || (!best.empty() && best.front()->header().level <= level)) {
      continue;
    }
    std::vector<const IndexSource*> sources;
    for (const auto& file : run) {
      sources.push_back(file.get());
    }
    best = fit_together(sources) ? run : best;
  }
  return best;
}

Result<bool> EventIndex::merge(const IndexPause& pause) {
  const Snapshot parts = snapshot();
  const auto run = to_merge(*parts);
  if (run.empty()) {
    return false;
  }
  std::vector<const IndexSource*> sources;
  for (const auto& file : run) {
    CAIRN_TRY(file->check_all(pause));
    sources.push_back(file.get());
  }
  auto merged = folder_.rewrite(sources, run.front()->header().level + 1, pause);
  if (!merged) {
    const bool is_damage = merged.error().code() == Errc::Corrupt;
    for (const auto& file : is_damage ? run : run.first(0)) {
      file->note_damage();
    }
    return fail(std::move(merged).error());
  }
  replace(run, {*std::move(merged)});
  for (const auto& file : run) {
    CAIRN_TRY(folder_.remove(*file));
  }
  return true;
}

Result<> EventIndex::drop_through(std::uint64_t sequence, const IndexPause& pause) {
  first_.store(std::max(first_.load(std::memory_order_relaxed), sequence + 1),
               std::memory_order_release);
  const Snapshot parts = snapshot();
  Files run;
  for (const std::shared_ptr<const IndexFile>& file : parts->files) {
    if (file->last() > sequence || (!run.empty() && run.back()->last() + 1 != file->first())) {
      break;
    }
    run.push_back(file);
  }
  const bool is_done = run.size() == 1 && is_reduced(run.front()->header());
  return run.empty() || is_done ? Result<>() : reduce(run, pause);
}

/// The files become one, of what must be known of them when their transactions are gone.
Result<> EventIndex::reduce(const Files& run, const IndexPause& pause) {
  IndexFlaw flaw;
  std::deque<ReducedSource> reduced;
  std::vector<const IndexSource*> sources;
  std::uint32_t level = 0;
  for (const std::shared_ptr<const IndexFile>& file : run) {
    CAIRN_TRY(file->check_all(pause));
    sources.push_back(&reduced.emplace_back(*file, flaw));
    level = std::max(level, file->header().level);
  }
  if (flaw.is_found()) {
    return fail(flaw.error());
  }
  if (!fit_together(sources)) {
    return {};
  }
  CAIRN_TRY(auto made, folder_.rewrite(sources, level + 1, pause));
  replace(run, {std::move(made)});
  // The one that they became may have the name of one of them: when it was the only one.
  for (const std::shared_ptr<const IndexFile>& file : run.size() > 1 ? run : Files()) {
    CAIRN_TRY(folder_.remove(*file));
  }
  return {};
}

Result<std::size_t> EventIndex::set_aside_damaged() {
  const Snapshot parts = snapshot();
  std::size_t count = 0;
  for (const auto& file : parts->files) {
    if (!file->is_damaged()) {
      continue;
    }
    CAIRN_TRY(folder_.set_aside(*file));
    ++count;
  }
  return count;
}

Result<std::optional<CoordinateHead>> EventIndex::head(const Coordinate& coordinate) const {
  if (coordinate.entity.empty() || !is_index_name(coordinate.entity) ||
      !is_index_name(coordinate.scope)) {
    return std::nullopt;
  }
  std::string key;
  set_coordinate_key(key, coordinate);
  const Snapshot parts = snapshot();
  const std::vector<const IndexPart*> all = parts->all();
  for (auto it = all.rbegin(); it != all.rend(); ++it) {
    const IndexPart& part = **it;
    const IndexPart::Lock lock = part.lock();
    IndexFlaw flaw;
    const auto head = part.head(key, flaw);
    if (flaw.is_found()) {
      return damage(part, flaw);
    }
    if (head) {
      return head;
    }
  }
  return std::nullopt;
}

Result<std::optional<std::uint64_t>> EventIndex::find_request(const RequestHash& request) const {
  std::string key;
  set_request_key(key, request);
  const Snapshot parts = snapshot();
  for (const IndexPart* const part : parts->all()) {
    const IndexPart::Lock lock = part->lock();
    IndexFlaw flaw;
    const std::uint64_t sequence = first_with(*part, key, flaw);
    if (flaw.is_found()) {
      return damage(*part, flaw);
    }
    if (sequence != 0) {
      return sequence;
    }
  }
  return std::nullopt;
}

Result<std::uint32_t> EventIndex::events_of(std::uint64_t sequence) const {
  const Snapshot parts = snapshot();
  for (const IndexPart* const part : parts->all()) {
    const IndexPart::Lock lock = part->lock();
    if (sequence < part->first() || sequence > part->last()) {
      continue;
    }
    IndexFlaw flaw;
    const IndexWords ordinals = part->ordinals(flaw);
    const auto number = static_cast<std::uint32_t>(sequence - part->first());
    const std::uint32_t begin = ordinals[number];
    const std::uint32_t end = ordinals[number + 1];
    if (!flaw.is_found() && begin > end) {
      flaw.note(part->name(), "the events of transaction", sequence);
    }
    if (flaw.is_found()) {
      return damage(*part, flaw);
    }
    return end - begin;
  }
  return 0;
}

Result<> EventIndex::find(const Region& region, Cursor& cursor, std::size_t limit,
                          std::vector<EventPlace>& out) const {
  const std::size_t before_size = out.size();
  auto found = cursor.direction == Direction::Forward ? find_forward(region, cursor, limit, out)
                                                      : find_backward(region, cursor, limit, out);
  if (!found) {
    out.resize(before_size);
  }
  return found;
}

Result<> EventIndex::find_forward(const Region& region, Cursor& cursor, std::size_t limit,
                                  std::vector<EventPlace>& out) const {
  const std::uint64_t first = first_.load(std::memory_order_acquire);
  Cursor at = cursor;
  at.next = std::max(at.next, EventId{.sequence = first, .event = 0});
  const Snapshot parts = snapshot();
  const bool is_possible_region = is_possible(region);
  const std::size_t end = out.size() + limit;
  std::uint64_t last = 0;
  for (const IndexPart* const part : parts->all()) {
    const IndexPart::Lock lock = part->lock();
    last = part->last();
    const bool is_beside = part->first() > at.through || last < at.next.sequence;
    if (is_beside || !is_possible_region || out.size() == end) {
      continue;
    }
    CAIRN_TRY(find_in_part(*part, region, at, end - out.size(), out));
  }
  const bool is_full = out.size() == end;
  const EventId behind = {.sequence = std::min(at.through, last) + 1, .event = 0};
  if (!is_full) {
    cursor.next = std::max(at.next, behind);
  } else if (limit != 0) {
    cursor.next = after(out.back());
  }
  return {};
}

Result<> EventIndex::find_backward(const Region& region, Cursor& cursor, std::size_t limit,
                                   std::vector<EventPlace>& out) const {
  const std::uint64_t first = first_.load(std::memory_order_acquire);
  Cursor at = cursor;
  at.through = std::max(at.through, first);
  const Snapshot parts = snapshot();
  const std::vector<const IndexPart*> all = parts->all();
  const std::size_t end = out.size() + limit;
  for (auto it = all.rbegin(); it != all.rend() && is_possible(region); ++it) {
    const IndexPart& part = **it;
    const IndexPart::Lock lock = part.lock();
    const bool is_beside = part.last() < at.through || part.first() > at.next.sequence;
    if (is_beside || out.size() == end) {
      continue;
    }
    CAIRN_TRY(find_in_part(part, region, at, end - out.size(), out));
  }
  const bool is_full = out.size() == end;
  const EventId behind = {.sequence = at.through - 1, .event = UINT32_MAX};
  if (!is_full) {
    cursor.next = std::min(at.next, behind);
  } else if (limit != 0) {
    cursor.next = before(out.back());
  }
  return {};
}

Result<std::uint64_t> EventIndex::first_at(Timestamp time) const {
  const Snapshot parts = snapshot();
  std::uint64_t found = 0;
  std::uint64_t last = 0;
  for (const IndexPart* const part : parts->all()) {
    const IndexPart::Lock lock = part->lock();
    IndexFlaw flaw;
    found = part->first_at(time.nanoseconds, flaw);
    if (flaw.is_found()) {
      return damage(*part, flaw);
    }
    last = part->last();
    if (found != 0) {
      break;
    }
  }
  return std::max(found != 0 ? found : last + 1, first_.load(std::memory_order_acquire));
}

EventIndex::Stats EventIndex::stats() const {
  const Snapshot parts = snapshot();
  Stats stats = {.files = parts->files.size()};
  for (const auto& file : parts->files) {
    stats.file_bytes += file->file_bytes();
    stats.damaged_files += file->is_damaged() ? 1U : 0U;
  }
  for (const auto& memory : parts->frozen) {
    stats.memory_bytes += memory->bytes();
  }
  stats.memory_bytes += parts->active->bytes();
  return stats;
}

}  // namespace cairn::journal
