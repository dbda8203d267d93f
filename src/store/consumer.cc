// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/checksum.h"
#include "base/mutex.h"
#include "cairn/store_consumer.h"

namespace cairn::store {

namespace {

/// Transactions without an event for a consumer, after which it notes where it is all the same: so
/// many may be looked through again when it begins anew.
constexpr std::uint64_t looked_through_max = 100'000;

/// The next events from a cursor on that are in the share, waiting for the first.
Result<std::vector<StoredEvent>> pull(StoreCore& core, const Region& region, const Share& share,
                                      Cursor& cursor, std::size_t limit, Duration timeout) {
  while (true) {
    const std::uint64_t visible = core.status().visible;
    std::vector<StoredEvent> events;
    if (limit > 0) {
      CAIRN_TRY(
          core.scan(region, cursor, every_sequence, [&](const EventRef& event) -> Result<bool> {
            if (share.has(event.entity)) {
              events.push_back(keep(event));
            }
            return events.size() < limit;
          }));
    }
    if (!events.empty() || limit == 0) {
      return events;
    }
    // What became visible while it was looked has been seen, or is waited for no longer.
    if (const auto waited = core.wait_beyond(visible, timeout); !waited) {
      if (waited.error().code() == Errc::TimedOut) {
        return events;
      }
      return fail(waited.error());
    }
  }
}

}  // namespace

Result<std::vector<StoredEvent>> Follow::next(std::size_t limit, Duration timeout) {
  return pull(*core_, region_, Share(), cursor_, limit, timeout);
}

bool Share::has(std::string_view entity) const noexcept {
  return of == 1 || checksum64(std::as_bytes(std::span(entity))) % of == number;
}

Result<Consumer> Consumer::open(StoreCore& core, std::string name, Region region, Share share) {
  if (share.of == 0 || share.number >= share.of) {
    return fail(Errc::InvalidArgument,
                fmt::format("share {} of {}: they count from 0", share.number, share.of));
  }
  Consumer consumer(core, std::move(name), std::move(region), share);
  CAIRN_TRY(const ConsumerPosition position, core.position(consumer.name_));
  consumer.cursor_.next = position.next;
  consumer.committed_ = consumer.cursor_;
  consumer.moves_ = position.moves;
  return consumer;
}

Result<std::vector<StoredEvent>> Consumer::next(std::size_t limit, Duration timeout) {
  CAIRN_TRY(auto events, pull(*core_, region_, share_, cursor_, limit, timeout));
  if (!events.empty()) {
    last_given_ = events.back().id;
  }
  return events;
}

void Consumer::skip_archived() noexcept {
  const std::uint64_t first = core_->status().first;
  if (committed_.next.sequence < first) {
    committed_ = Cursor::at_sequence(first);
    cursor_ = committed_;
    last_given_.reset();
  }
}

Result<> Consumer::commit() {
  // To note each step over others' events would make more of those.
  const bool has_come_far = cursor_.next.sequence - committed_.next.sequence > looked_through_max;
  if (!last_given_ && !has_come_far) {
    return {};
  }
  CAIRN_TRY(commit_with({}));
  return {};
}

Result<Appended> Consumer::commit_with(std::span<const NewEvent> events) {
  std::vector<NewEvent> caused(events.begin(), events.end());
  for (NewEvent& event : caused) {
    if (!event.cause) {
      event.cause = last_given_;
    }
  }
  CAIRN_TRY(Appended done,
            core_->append(
                {.events = caused,
                 .move = ConsumerMove{.consumer = name_, .next = cursor_.next, .moves = moves_}}));
  committed_ = cursor_;
  last_given_.reset();
  ++moves_;
  return done;
}

/// Which shares nobody holds. Lives as long as the group or a member of it.
struct ConsumerGroup::Member::Free {
  Mutex mutex;
  std::vector<std::uint32_t> shares CAIRN_GUARDED_BY(mutex);
};

ConsumerGroup::ConsumerGroup(StoreCore& core, std::string name, Region region, std::uint32_t shares)
    : core_(&core),
      name_(std::move(name)),
      region_(std::move(region)),
      shares_(shares),
      free_(std::make_shared<Member::Free>()) {
  const MutexLock lock(free_->mutex);
  for (std::uint32_t share = shares; share > 0; --share) {
    free_->shares.push_back(share - 1);
  }
}

ConsumerGroup::Member::~Member() {
  if (free_ != nullptr) {
    const MutexLock lock(free_->mutex);
    // Behind the others, so that every share has its turn.
    free_->shares.insert(free_->shares.begin(), share_);
  }
}

Result<ConsumerGroup::Member> ConsumerGroup::join() {
  std::uint32_t share = 0;
  {
    const MutexLock lock(free_->mutex);
    if (free_->shares.empty()) {
      return fail(Error(Errc::Busy, fmt::format("all {} shares of {} are held", shares_, name_))
                      .advise("wait for a member to end"));
    }
    share = free_->shares.back();
    free_->shares.pop_back();
  }
  auto consumer = Consumer::open(*core_, fmt::format("{}/{}of{}", name_, share, shares_), region_,
                                 {.number = share, .of = shares_});
  if (!consumer) {
    const MutexLock lock(free_->mutex);
    free_->shares.push_back(share);
    return fail(std::move(consumer).error());
  }
  return Member(free_, share, *std::move(consumer));
}

void Reactor::Out::add(const NewEvent& event) {
  events_.push_back({.kind = event.kind,
                     .entity = std::string(event.entity),
                     .scope = std::string(event.scope),
                     .bytes = {event.bytes.begin(), event.bytes.end()},
                     .cause = event.cause.value_or(cause_)});
  expected_.push_back(event.expected);
}

Result<Reactor> Reactor::open(StoreCore& core, std::string name, Region region, React react) {
  CAIRN_TRY(Consumer consumer, Consumer::open(core, std::move(name), std::move(region)));
  return Reactor(std::move(consumer), std::move(react));
}

Result<std::size_t> Reactor::step(std::size_t limit, Duration timeout) {
  consumer_.rewind();
  CAIRN_TRY(const auto events, consumer_.next(limit, timeout));
  if (events.empty()) {
    return 0;
  }
  Out out;
  for (const StoredEvent& event : events) {
    out.cause_ = event.id;
    if (auto reacted = react_(event, out); !reacted) {
      return fail(std::move(reacted).error().at(
          fmt::format("{} at event {}.{}", consumer_.name(), event.id.sequence, event.id.event)));
    }
  }
  std::vector<NewEvent> follow;
  follow.reserve(out.events_.size());
  for (std::size_t i = 0; i < out.events_.size(); ++i) {
    const StoredEvent& event = out.events_[i];
    follow.push_back({.entity = event.entity,
                      .scope = event.scope,
                      .kind = event.kind,
                      .bytes = event.bytes,
                      .expected = out.expected_[i],
                      .cause = event.cause});
  }
  CAIRN_TRY(consumer_.commit_with(follow));
  return events.size();
}

}  // namespace cairn::store
