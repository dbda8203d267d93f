// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "cairn/limits.h"
#include "journal/own_event.h"
#include "store/event_store.h"
#include "store/mended.h"
#include "store/read.h"

namespace cairn::store {

namespace {

/// Counts one reader while it lives.
class Watching final {
 public:
  explicit Watching(std::atomic<std::uint32_t>& count) noexcept : count_(count) { ++count_; }

  ~Watching() { --count_; }

  Watching(const Watching&) = delete;
  Watching& operator=(const Watching&) = delete;

 private:
  std::atomic<std::uint32_t>& count_;
};

}  // namespace

Result<> EventStore::check_open() const {
  const MutexLock lock(mutex_);
  return is_closed_ ? Result<>(fail(Errc::Closed, "the store is closed")) : Result<>();
}

Result<std::uint64_t> EventStore::wait_until_visible() {
  const std::uint64_t durable = commit_->durable();
  if (ground_.threads == nullptr) {
    CAIRN_TRY(follow_step());
  }
  const MutexLock lock(mutex_);
  while (true) {
    if (failure_) {
      return fail(*failure_);
    }
    if (is_closed_) {
      return fail(Errc::Closed, "the store is closed");
    }
    if (visible_ >= durable) {
      return visible_;
    }
    order(following_);
    has_news_.wait(mutex_);
  }
}

Result<std::uint64_t> EventStore::wait_beyond(std::uint64_t sequence, Duration timeout) {
  if (ground_.threads == nullptr) {
    CAIRN_TRY(follow_step());
  }
  const Instant deadline = ground_.clock.monotonic_now() + std::min(timeout, patience_max);
  // From here on what becomes durable is followed at once; what was before is followed now.
  const Watching watching(watchers_);
  const MutexLock lock(mutex_);
  order(following_);
  while (true) {
    if (failure_) {
      return fail(*failure_);
    }
    if (is_closed_) {
      return fail(Errc::Closed, "the store is closed");
    }
    if (visible_ > sequence) {
      return visible_;
    }
    const Duration left = deadline - ground_.clock.monotonic_now();
    // Without threads nothing happens meanwhile.
    if (left <= Duration() || ground_.threads == nullptr) {
      return fail(Errc::TimedOut, "nothing new so far");
    }
    has_news_.wait_for(mutex_, left);
  }
}

Result<std::string> EventStore::signed_head() {
  CAIRN_TRY(wait_until_visible());
  return proofs_->signed_head();
}

Result<std::string> EventStore::receipt(std::uint64_t sequence) {
  CAIRN_TRY(wait_until_visible());
  CAIRN_TRY(check_kept(sequence));
  CAIRN_TRY(auto reader, readers_.lend());
  return proofs_->receipt(*reader, sequence);
}

Result<StoredEvent> EventStore::get(EventId id) {
  CAIRN_TRY(check_open());
  CAIRN_TRY(check_kept(id.sequence));
  CAIRN_TRY(auto reader, readers_.lend());
  CAIRN_TRY(const EventRef event, read_event(*reader, types_, id));
  if (event.kind > limits::kind_max) {
    return fail(Errc::NotFound, fmt::format("{}.{} is an event of the store's own, not a user's",
                                            id.sequence, id.event));
  }
  return keep(event);
}

Result<std::vector<StoredEvent>> EventStore::page(const Region& region, Cursor& cursor,
                                                  std::size_t limit) {
  std::vector<StoredEvent> events;
  if (limit == 0) {
    return events;
  }
  CAIRN_TRY(scan(region, cursor, every_sequence, [&](const EventRef& event) -> Result<bool> {
    events.push_back(keep(event));
    return events.size() < limit;
  }));
  return events;
}

Result<> EventStore::scan(const Region& region, Cursor& cursor, std::uint64_t through,
                          const TakeEvent& take) {
  CAIRN_TRY(const std::uint64_t visible, wait_until_visible());
  if (!cursor.backward && cursor.next != EventId()) {
    CAIRN_TRY(check_kept(cursor.next.sequence));
  }
  if (first_ > 1) {
    CAIRN_TRY(check_kept(through));
  }
  CAIRN_TRY(auto reader, readers_.lend());
  const auto ask = [&] {
    return store::scan({.index = *index_, .reader = *reader, .types = types_}, region, cursor,
                       std::min(through, visible), take);
  };
  return ask_mended(ask, [this] { return mend_if_damaged(); });
}

/// What is Corrupt may be something else than the index: then nothing can be mended.
bool EventStore::mend_if_damaged() {
  return index_->stats().damaged_files > 0 && wait_until_mended();
}

Result<std::optional<journal::CoordinateHead>> EventStore::head(
    const journal::Coordinate& coordinate) {
  return ask_mended([&] { return index_->head(coordinate); }, [this] { return mend_if_damaged(); });
}

Result<ConsumerPosition> EventStore::position(std::string_view consumer) {
  CAIRN_TRY(wait_until_visible());
  CAIRN_TRY(const auto head, this->head(journal::coordinate_of(consumer)));
  if (!head) {
    return ConsumerPosition();
  }
  if (head->place.transaction.value() < first_) {
    // Where it stood is gone; it was not behind its own move.
    return ConsumerPosition{.next = {.sequence = 1}, .moves = head->version};
  }
  CAIRN_TRY(auto reader, readers_.lend());
  CAIRN_TRY(const EventRef moved,
            read_event(*reader, types_,
                       {.sequence = head->place.transaction.value(), .event = head->place.event}));
  CAIRN_TRY(const EventId next, journal::decode_move(moved.bytes));
  return ConsumerPosition{.next = next, .moves = head->version};
}

Result<std::uint64_t> EventStore::version(std::string_view entity, std::string_view scope) {
  CAIRN_TRY(wait_until_visible());
  CAIRN_TRY(const auto head, this->head({.entity = entity, .scope = scope}));
  return head ? head->version : 0;
}

Result<std::uint64_t> EventStore::sequence_at(Timestamp time) {
  CAIRN_TRY(const std::uint64_t visible, wait_until_visible());
  CAIRN_TRY(const std::uint64_t bound, ask_mended([&] { return index_->first_at(time); },
                                                  [this] { return mend_if_damaged(); }));
  CAIRN_TRY(auto reader, readers_.lend());
  return first_at(*reader, time, {.first = bound, .last = visible});
}

}  // namespace cairn::store
