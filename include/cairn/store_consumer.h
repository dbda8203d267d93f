// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cairn/byte_writer.h"
#include "cairn/codec.h"
#include "cairn/error.h"
#include "cairn/region.h"
#include "cairn/store_core.h"
#include "cairn/time.h"

/// Those who follow a store. Each pulls at its own pace: nothing is pushed, so nothing piles up in
/// memory and nothing is dropped; and each sleeps until there is something new. docs/store.md.
namespace cairn::store {

/// Catches up with a region and then follows it: every event once, in order. Keeps its place in
/// memory only. One thread; the store outlives it.
class Follow final {
 public:
  Follow(StoreCore& core, Region region, Cursor from = {})
      : core_(&core), region_(std::move(region)), cursor_(from) {}

  /// The next events, at most `limit`; waits up to `timeout` for the first. None: the time was
  /// over. Closed when the store is.
  Result<std::vector<StoredEvent>> next(std::size_t limit, Duration timeout);

  /// Where it stands: behind everything it has given.
  [[nodiscard]] const Cursor& cursor() const noexcept { return cursor_; }

 private:
  StoreCore* core_;
  Region region_;
  Cursor cursor_;
};

/// Which part of a region's events somebody gets: those of each entity go to the same share, so
/// that their order is kept.
struct Share {
  std::uint32_t number = 0;
  std::uint32_t of = 1;

  [[nodiscard]] bool has(std::string_view entity) const noexcept;

  friend bool operator==(const Share&, const Share&) = default;
};

/// Follows a region under a name, and remembers in the store how far it has come: whoever takes up
/// the name goes on from there. What was given and not committed comes again. One thread at a time;
/// two that go by one name are told so (Conflict) when they commit. The store outlives it.
class Consumer final {
 public:
  static Result<Consumer> open(StoreCore& core, std::string name, Region region, Share share = {});

  /// The next events, at most `limit`; waits up to `timeout` for the first.
  Result<std::vector<StoredEvent>> next(std::size_t limit, Duration timeout);

  /// Everything that `next` gave is dealt with: durable when it returns. When nothing was given,
  /// there is nothing to do until very much has been looked through.
  Result<> commit();

  /// The same, and these events are appended with it or not at all. What has no cause of its own
  /// is caused by what `next` gave last.
  Result<Appended> commit_with(std::span<const NewEvent> events);

  /// Where `next` says that what should come was archived (NotFound): goes on with the oldest event
  /// that is kept. What was in between is in the store's archive, and is not given.
  void skip_archived() noexcept;

  /// Forgets what was given and not committed: it comes again.
  void rewind() noexcept { cursor_ = committed_; }

  [[nodiscard]] const std::string& name() const noexcept { return name_; }

 private:
  Consumer(StoreCore& core, std::string name, Region region, Share share)
      : core_(&core), name_(std::move(name)), region_(std::move(region)), share_(share) {}

  StoreCore* core_;
  std::string name_;
  Region region_;
  Share share_;
  Cursor cursor_;
  Cursor committed_;
  std::uint64_t moves_ = 0;
  std::optional<EventId> last_given_;
};

/// Several consumers in one process that share a region: its entities are split into a fixed number
/// of shares, each with a place of its own in the store, and every member works on those that are
/// free. A member that ends gives its shares back. Any thread; the store outlives it.
class ConsumerGroup final {
 public:
  /// `shares`: how many members can work at once. The same for as long as the name is used.
  ConsumerGroup(StoreCore& core, std::string name, Region region, std::uint32_t shares);

  /// A share of the group, held until it is destroyed.
  class Member final {
   public:
    Member(Member&&) noexcept = default;
    Member& operator=(Member&&) = delete;
    ~Member();

    Consumer* operator->() noexcept { return &consumer_; }

    [[nodiscard]] std::uint32_t share() const noexcept { return share_; }

   private:
    friend ConsumerGroup;

    struct Free;

    Member(std::shared_ptr<Free> free, std::uint32_t share, Consumer consumer)
        : free_(std::move(free)), share_(share), consumer_(std::move(consumer)) {}

    std::shared_ptr<Free> free_;
    std::uint32_t share_;
    Consumer consumer_;
  };

  /// Takes a share that nobody holds; Busy when all are held.
  Result<Member> join();

 private:
  StoreCore* core_;
  std::string name_;
  Region region_;
  std::uint32_t shares_;
  std::shared_ptr<Member::Free> free_;
};

/// Makes events of events: for each one in the region a function says which follow from it, and
/// they are appended together with the reactor's place, each caused by the one it follows from. So
/// each event is reacted to exactly once, whatever fails in between. One thread at a time.
class Reactor final {
 public:
  /// Collects what follows. Copies it.
  class Out final {
   public:
    void add(const NewEvent& event);

    template <typename E>
    void add(std::string_view entity, std::string_view scope, const E& event) {
      GrowingByteWriter writer;
      encode(writer, event);
      add(NewEvent{.entity = entity,
                   .scope = scope,
                   .kind = static_cast<std::uint16_t>(E::schema::kind),
                   .bytes = writer.written()});
    }

   private:
    friend Reactor;

    std::vector<StoredEvent> events_;
    std::vector<Expected> expected_;
    EventId cause_;
  };

  using React = std::function<Result<>(const StoredEvent&, Out&)>;

  static Result<Reactor> open(StoreCore& core, std::string name, Region region, React react);

  /// Reacts to the next events, at most `limit`, in one append; how many it reacted to. On an error
  /// nothing of it is there, and the next call begins with the same events.
  Result<std::size_t> step(std::size_t limit, Duration timeout);

  /// As that of a consumer.
  void skip_archived() noexcept { consumer_.skip_archived(); }

 private:
  Reactor(Consumer consumer, React react)
      : consumer_(std::move(consumer)), react_(std::move(react)) {}

  Consumer consumer_;
  React react_;
};

}  // namespace cairn::store
