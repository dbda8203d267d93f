// SPDX-License-Identifier: Apache-2.0
// Many threads on one store: every history that they see is one of some single order.
#include <algorithm>
#include <array>
#include <atomic>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <cairn/store_consumer.h>
#include <gtest/gtest.h>

#include "tests/store/gate_disk.h"
#include "tests/store/posix_ground.h"
#include "tests/store/sample_shop.h"

namespace cairn::store {
namespace {

using sample_shop::Named;
using sample_shop::Ordered;
using sample_shop::Shipped;
using sample_shop::Shop;

constexpr int threads_count = 6;

/// A store with its threads, in a folder of its own.
class ThreadRig {
 public:
  ThreadRig() : disk_(sys::make_posix_disk(temp_.path()).value()) { open(); }

  void open() {
    store_.reset();
    const StoreOptions options = {.segment_bytes = std::uint64_t{1} << 17U,
                                  .batch_bytes_max = std::size_t{1} << 15U,
                                  .remembered_max = 64,
                                  .indexed_in_memory_max = 200,
                                  .keyring = "keyring"};
    auto opened = EventStore::open(ground_.on(*disk_), "shop", domain_info<Shop>(), options);
    ASSERT_TRUE(opened) << opened.error().to_string();
    store_ = std::make_unique<Store<Shop>>(*std::move(opened));
  }

  Store<Shop>* operator->() { return store_.get(); }

  [[nodiscard]] sys::Disk& disk() { return *disk_; }

  std::vector<StoredEvent> all(const Region& region = {}) {
    Cursor cursor;
    return store_->page(region, cursor, 10'000'000).value();
  }

 private:
  test::TempFolder temp_;
  std::unique_ptr<sys::Disk> disk_;
  PosixGround ground_;
  std::unique_ptr<Store<Shop>> store_;
};

/// Runs a function on several threads at once, with the number of each.
template <typename F>
void on_threads(F run) {
  std::vector<std::jthread> threads;
  for (int number = 0; number < threads_count; ++number) {
    threads.emplace_back([run, number] { run(number); });
  }
}

/// An append as its caller saw it, in ticks of a common clock.
struct Seen {
  std::uint64_t started = 0;
  std::uint64_t ended = 0;
  std::uint64_t sequence = 0;
  std::uint64_t version = 0;
  std::string entity;
};

TEST(StoreThreads, AppendsAreLinearizable) {
  // Each thread reads a version and appends behind it, or is told that another was faster. What
  // ended before another began has the lower sequence, and no version is given twice.
  ThreadRig rig;
  std::atomic<std::uint64_t> ticks = 0;
  std::array<std::vector<Seen>, threads_count> seen;
  on_threads([&](int number) {
    auto& mine = seen[static_cast<std::size_t>(number)];
    for (int i = 0; mine.size() < 60; ++i) {
      const std::string entity = "e" + std::to_string((number + i) % 3);
      const std::uint64_t started = ++ticks;
      const std::uint64_t version = rig->version({entity}).value();
      const Expected expected = version == 0 ? Expected::none() : Expected::exactly(version);
      const auto done = rig->append({entity}, Ordered{}, {.expected = expected});
      if (!done) {
        ASSERT_EQ(done.error().code(), Errc::Conflict) << done.error().to_string();
        continue;
      }
      ASSERT_EQ(done->version, version + 1);
      mine.push_back({.started = started,
                      .ended = ++ticks,
                      .sequence = done->sequence,
                      .version = done->version,
                      .entity = entity});
    }
  });
  std::vector<Seen> all;
  for (const auto& each : seen) {
    all.insert(all.end(), each.begin(), each.end());
  }
  std::ranges::sort(all, {}, &Seen::sequence);
  std::map<std::string, std::uint64_t> versions;
  std::uint64_t latest_start = 0;
  for (const Seen& each : all) {
    EXPECT_EQ(each.version, ++versions[each.entity]);
    // Nobody who comes later in the order was done before somebody earlier had begun.
    EXPECT_GT(each.ended, latest_start);
    latest_start = std::max(latest_start, each.started);
  }
  EXPECT_EQ(rig.all().size(), all.size());
}

TEST(StoreThreads, WhatWasAnsweredIsSeenByWhoeverAsksNext) {
  ThreadRig rig;
  on_threads([&](int number) {
    const std::string entity = "own" + std::to_string(number);
    for (std::uint64_t i = 1; i <= 40; ++i) {
      const auto done = rig->append({entity}, Ordered{});
      ASSERT_TRUE(done) << done.error().to_string();
      EXPECT_EQ(rig->version({entity}).value(), i);
      EXPECT_EQ(rig->get(done->event()).value().version, i);
      Cursor newest = Cursor::newest_first();
      const auto last = rig->page({.entity = entity}, newest, 1).value();
      ASSERT_EQ(last.size(), 1U);
      EXPECT_EQ(last.front().id, done->event());
    }
  });
}

TEST(StoreThreads, AppendsThatRunAheadOfTheIndexWaitForItThoughNobodyReads) {
  // Far more events, in few writes, than may be in no index file.
  ThreadRig rig;
  Batch<Shop> batch;
  for (int i = 0; i < 50; ++i) {
    batch.add({i % 2 == 0 ? "even" : "odd"}, Ordered{});
  }
  std::vector<std::unique_ptr<Pending>> started;
  for (int i = 0; i < 200; ++i) {
    started.push_back(rig->core().start(batch.view()).value());
  }
  for (const auto& each : started) {
    EXPECT_TRUE(each->wait(seconds(60)));
  }
  EXPECT_EQ(rig.all().size(), 10'000U);
}

/// Events in batches of 25, as many as asked; false when one is not answered in a minute.
bool append_batches(Store<Shop>& store, int count) {
  Batch<Shop> batch;
  for (int i = 0; i < 25; ++i) {
    batch.add({i % 2 == 0 ? "even" : "odd"}, Ordered{});
  }
  for (int i = 0; i < count; ++i) {
    const auto started = store.core().start(batch.view());
    if (!started || !(*started)->wait(seconds(60))) {
      return false;
    }
  }
  return true;
}

TEST(StoreThreads, AppendsGoOnWhileAMergeOfTheIndexIsStopped) {
  // A merge stands still at its first write: far more events are appended, sealed and read than may
  // be in no index file. Then it goes on, or is given up because the store closes.
  for (const bool goes_on : {true, false}) {
    const test::TempFolder temp;
    const auto disk = sys::make_posix_disk(temp.path()).value();
    Gate gate;
    GateDisk gated(*disk, "merged.tmp", gate);
    PosixGround ground;
    const auto open = [&] {
      return Store<Shop>(EventStore::open(ground.on(gated), "shop", domain_info<Shop>(),
                                          {.indexed_in_memory_max = 50})
                             .value());
    };
    {
      Store<Shop> store = open();
      ASSERT_TRUE(append_batches(store, 80));
      ASSERT_TRUE(gate.wait_for_somebody());
      ASSERT_TRUE(append_batches(store, 120));
      EXPECT_EQ(store.version({"even"}).value(), 200 * 13U);
      EXPECT_EQ(store.status().trouble, "");
      const std::jthread opener([&] { gate.open(); });
      if (goes_on) {
        ASSERT_TRUE(append_batches(store, 40));
      }
      ASSERT_TRUE(store.close());
    }
    Store<Shop> store = open();
    EXPECT_EQ(store.version({"odd"}).value(), (goes_on ? 240 : 200) * 12U);
  }
}

/// A store whose archiving stands still while it packs its first segment.
class StoppedArchiving {
 public:
  StoppedArchiving() { open(); }

  void open() {
    store_.emplace(EventStore::open(ground_.on(gated_), "shop", domain_info<Shop>(),
                                    {.segment_bytes = std::uint64_t{1} << 17U,
                                     .batch_bytes_max = std::size_t{1} << 15U})
                       .value());
  }

  Store<Shop>& store() { return *store_; }

  Gate& gate() { return gate_; }

  /// On a thread of its own; returns when it stands still.
  std::jthread begin(std::optional<Result<Archived>>& done) {
    EXPECT_TRUE(append_batches(*store_, 200));
    std::jthread archiving([this, &done] { done = store_->archive_through(100); });
    EXPECT_TRUE(gate_.wait_for_somebody());
    return archiving;
  }

 private:
  test::TempFolder temp_;
  std::unique_ptr<sys::Disk> disk_ = sys::make_posix_disk(temp_.path()).value();
  Gate gate_;
  GateDisk gated_{*disk_, "archive.tmp", gate_};
  PosixGround ground_;
  std::optional<Store<Shop>> store_;
};

TEST(StoreThreads, SegmentsAreMadeWhileOneIsPacked) {
  // Far more is appended than the segments take that were made before.
  StoppedArchiving rig;
  std::optional<Result<Archived>> done;
  {
    const std::jthread archiving = rig.begin(done);
    EXPECT_TRUE(append_batches(rig.store(), 400));
    rig.gate().open();
  }
  ASSERT_TRUE(*done) << done->error().to_string();
  EXPECT_GT((*done)->first, 1U);
  EXPECT_EQ(rig.store().version({"even"}).value(), 600 * 13U);
}

TEST(StoreThreads, ClosingDoesNotWaitUntilASegmentIsPacked) {
  // Who archives is told that the store closes; only then the packing may go on, and does not.
  StoppedArchiving rig;
  std::optional<Result<Archived>> done;
  std::jthread archiving = rig.begin(done);
  std::jthread closing([&] { EXPECT_TRUE(rig.store().close()); });
  archiving.join();
  ASSERT_FALSE(*done);
  EXPECT_EQ(done->error().code(), Errc::Closed);
  rig.gate().open();
  closing.join();
  rig.open();
  EXPECT_EQ(rig.store().status().first, 1U);
  EXPECT_EQ(rig.store().version({"even"}).value(), 200 * 13U);
}

TEST(StoreThreads, ClosingDoesNotWaitUntilTheIndexIsMended) {
  // The first file is damaged, and is being made anew in many pieces when the store closes. Who
  // waits for that is told; only then it may go on, and does not: the next opening does the rest.
  const test::TempFolder temp;
  const auto disk = sys::make_posix_disk(temp.path()).value();
  Gate gate;
  GateDisk gated(*disk, "merged.tmp", gate);
  PosixGround ground;
  const auto open = [&](sys::Disk& on, std::uint64_t indexed_in_memory_max) {
    return Store<Shop>(
        EventStore::open(ground.on(on), "shop", domain_info<Shop>(),
                         {.remembered_max = 1, .indexed_in_memory_max = indexed_in_memory_max})
            .value());
  };
  {
    Store<Shop> store = open(*disk, 1000);
    ASSERT_TRUE(store.append({"once"}, Shipped{}));
    ASSERT_TRUE(append_batches(store, 200));
    ASSERT_TRUE(store.close());
  }
  open(*disk, 1000).close().value();
  const std::vector<sys::Entry> entries = disk->list("shop/index").value();
  const auto first = std::ranges::find_if(
      entries, [](const sys::Entry& entry) { return entry.name.contains("000000000001-"); });
  ASSERT_NE(first, entries.end());
  const std::uint64_t size = disk->stat("shop/index/" + first->name).value().size;
  for (std::uint64_t at = 4096; at < size - 4096; at += 4096) {
    ShopRig::spoil(*disk, "shop/index/" + first->name, at);
  }
  {
    Store<Shop> store = open(gated, 10);
    std::jthread asking([&] {
      const auto version = store.version({"once"});
      EXPECT_EQ(version.error().code(), Errc::Corrupt);
    });
    ASSERT_TRUE(gate.wait_for_somebody());
    std::jthread closing([&] { EXPECT_TRUE(store.close()); });
    asking.join();
    gate.open();
  }
  Store<Shop> store = open(*disk, 1000);
  EXPECT_NE(store.status().mended, "");
  EXPECT_EQ(store.version({"once"}).value(), 1U);
  EXPECT_EQ(store.version({"odd"}).value(), 200 * 12U);
}

TEST(StoreThreads, WhatWasStartedIsToldAfterTheStoreIsGone) {
  const test::TempFolder temp;
  const auto disk = sys::make_posix_disk(temp.path()).value();
  std::unique_ptr<Pending> started;
  {
    PosixGround ground;
    const auto store =
        EventStore::open(ground.on(*disk), "shop", domain_info<Shop>(), StoreOptions{}).value();
    Batch<Shop> batch;
    started = store->start(batch.add({"a"}, Ordered{}).view()).value();
    ASSERT_TRUE(store->close());
    ASSERT_TRUE(store->close());
  }
  const auto done = started->wait(seconds(1));
  ASSERT_TRUE(done) << done.error().to_string();
  EXPECT_EQ(done->version, 1U);
}

TEST(StoreThreads, OneRequestFromManyThreadsIsOneAppend) {
  ThreadRig rig;
  std::array<std::vector<std::uint64_t>, threads_count> sequences;
  on_threads([&](int number) {
    for (int i = 0; i < 30; ++i) {
      const std::string key = "request" + std::to_string(i);
      const auto done = rig->append({"a"}, Ordered{.pieces = 1}, {}, {.request = {.key = key}});
      ASSERT_TRUE(done) << done.error().to_string();
      sequences[static_cast<std::size_t>(number)].push_back(done->sequence);
    }
  });
  for (const auto& each : sequences) {
    EXPECT_EQ(each, sequences.front());
  }
  EXPECT_EQ(rig.all().size(), 30U);
}

TEST(StoreThreads, FollowersSeeEveryEventOnceInOrderWhileItIsWritten) {
  ThreadRig rig;
  constexpr std::size_t total = threads_count * 80;
  std::vector<EventId> followed;
  std::vector<EventId> of_even;
  {
    const auto follow_into = [&](Region region, std::size_t count, std::vector<EventId>& into) {
      return std::jthread([&rig, region = std::move(region), count, &into] {
        Follow follow(rig->core(), region);
        while (into.size() < count) {
          const auto events = follow.next(7, seconds(20));
          ASSERT_TRUE(events && !events->empty());
          for (const StoredEvent& event : *events) {
            into.push_back(event.id);
          }
        }
      });
    };
    const std::jthread all = follow_into({}, total, followed);
    const std::jthread even = follow_into({.scope = "even"}, total / 2, of_even);
    on_threads([&](int number) {
      for (int i = 0; i < 80; ++i) {
        ASSERT_TRUE(
            rig->append({"e" + std::to_string(number), i % 2 == 0 ? "even" : "odd"}, Ordered{}));
      }
    });
  }
  std::vector<EventId> expected;
  std::vector<EventId> expected_even;
  for (const StoredEvent& event : rig.all()) {
    expected.push_back(event.id);
    if (event.scope == "even") {
      expected_even.push_back(event.id);
    }
  }
  EXPECT_EQ(followed, expected);
  EXPECT_EQ(of_even, expected_even);
}

TEST(StoreThreads, ClosingAnswersEverybodyAndKeepsWhatWasAnswered) {
  ThreadRig rig;
  std::array<std::vector<std::uint64_t>, threads_count> kept;
  std::atomic<int> working = 0;
  {
    std::vector<std::jthread> threads;
    for (std::size_t number = 0; number < threads_count; ++number) {
      threads.emplace_back([&, number] {
        while (true) {
          const auto done = rig->append({"a"}, Ordered{});
          if (!done) {
            EXPECT_EQ(done.error().code(), Errc::Closed) << done.error().to_string();
            return;
          }
          if (kept[number].empty()) {
            ++working;
          }
          kept[number].push_back(done->sequence);
        }
      });
    }
    while (working < threads_count) {
      std::ignore = rig->core().wait_beyond(rig->status().visible, milliseconds(5));
    }
    ASSERT_TRUE(rig->close());
  }
  rig.open();
  std::set<std::uint64_t> there;
  for (const StoredEvent& event : rig.all()) {
    there.insert(event.id.sequence);
  }
  for (const auto& each : kept) {
    for (const std::uint64_t sequence : each) {
      EXPECT_TRUE(there.contains(sequence));
    }
  }
}

TEST(StoreThreads, ProducersSealAndShredAtOnceAndEachReadsWhatIsLeft) {
  // Each thread seals for one entity of its own and one of all, which is shredded again and again:
  // there an event is open or erased, and no append fails for it.
  ThreadRig rig;
  const auto name_of = [](std::string_view entity) { return Str<32>::from(entity).value(); };
  const auto append = [&](const std::string& entity) {
    const auto sealed = rig->seal<&Named::customer>({entity}, name_of(entity));
    ASSERT_TRUE(sealed) << sealed.error().to_string();
    const auto done = rig->append({entity}, Named{.customer = *sealed});
    ASSERT_TRUE(done) << done.error().to_string();
    const StoredEvent event = rig->get(done->event()).value();
    const auto name = rig->reveal<&Named::customer>(event);
    ASSERT_TRUE(name) << name.error().to_string();
    EXPECT_EQ(name->value_or(name_of(entity)), name_of(entity));
  };
  on_threads([&](int number) {
    const std::string own = "own" + std::to_string(number);
    for (int i = 0; i < 20; ++i) {
      append(own);
      append("everybody");
      if (number == 0) {
        ASSERT_TRUE(rig->shred("everybody"));
      }
    }
  });
  rig.open();
  const std::vector<StoredEvent> all = rig.all();
  EXPECT_EQ(all.size(), threads_count * 40U);
  for (const StoredEvent& event : all) {
    const auto name = rig->reveal<&Named::customer>(event);
    ASSERT_TRUE(name) << name.error().to_string();
    EXPECT_EQ(name->value_or(name_of(event.entity)), name_of(event.entity));
    EXPECT_TRUE(name->has_value() || event.entity == "everybody");
  }
}

TEST(StoreThreads, ADamagedIndexIsMadeAnewWhileEverybodyAsks) {
  // Readers and writers meet a damaged page at the same time, and none hears of it.
  ThreadRig rig;
  for (int i = 0; i < 900; ++i) {
    ASSERT_FALSE(rig->start({"old/" + std::to_string(i % 300)}, Shipped{.pieces = 1}).is_error());
  }
  ASSERT_TRUE(rig->close());
  rig.open();
  rig->append({"last"}, Shipped{}).value();
  ASSERT_TRUE(rig->close());
  int spoilt = 0;
  const std::vector<sys::Entry> entries = rig.disk().list("shop/index").value();
  for (const sys::Entry& entry : entries) {
    const auto file =
        rig.disk().open("shop/index/" + entry.name, {.mode = sys::OpenMode::ReadWrite}).value();
    std::array<std::byte, 1> byte = {};
    ASSERT_TRUE(file->read(4096, std::span(byte)));
    byte[0] ^= std::byte{4};
    ASSERT_TRUE(file->write(4096, byte));
    ++spoilt;
  }
  ASSERT_GT(spoilt, 0);
  rig.open();
  on_threads([&](int thread) {
    for (int i = 0; i < 50; ++i) {
      const std::string entity = "old/" + std::to_string((i * 7 + thread) % 300);
      const auto version = rig->version({entity});
      ASSERT_TRUE(version) << version.error().to_string();
      EXPECT_GE(*version, 3U);
      EXPECT_TRUE(rig->append({entity}, Shipped{}, {.expected = Expected::exists()}));
    }
  });
  EXPECT_NE(rig->status().mended, "");
  EXPECT_EQ(rig->status().trouble, "");
}

TEST(StoreThreads, WhatIsOldLeavesWhileEverybodyGoesOn) {
  // Writers and a reader of the newest; the oldest goes out again and again. Nobody who asks for
  // what is kept hears of it, and no two archive at once.
  ThreadRig rig;
  for (int i = 0; i < 6000; ++i) {
    ASSERT_FALSE(rig->start({"old"}, Ordered{.article = "bolt"}).is_error());
  }
  rig->append({"old"}, Shipped{}).value();
  std::atomic<std::uint64_t> first = 1;
  on_threads([&](int thread) {
    for (int i = 0; i < 20; ++i) {
      const auto done = rig->append({"new/" + std::to_string(thread)}, Shipped{.pieces = 1});
      ASSERT_TRUE(done) << done.error().to_string();
      EXPECT_TRUE(rig->get(done->event()));
      if (thread == 0) {
        const auto archived = rig->archive_through(300 * static_cast<std::uint64_t>(i));
        ASSERT_TRUE(archived) << archived.error().to_string();
        EXPECT_GE(archived->first, first);
        first = archived->first;
      }
    }
  });
  EXPECT_GT(first, 1U);
  EXPECT_EQ(rig->status().first, first);
  EXPECT_EQ(rig->version({"old"}).value(), 6001U);
  ASSERT_TRUE(rig->close());
  rig.open();
  EXPECT_EQ(rig.all().front().id.sequence, first);
}

TEST(StoreThreads, StartedAppendsAreDecidedWithoutAnybodyWaiting) {
  ThreadRig rig;
  std::vector<Outcome<Appended>> started;
  for (int i = 0; i < 500; ++i) {
    started.push_back(rig->start({"a"}, Shipped{.pieces = 1}));
    ASSERT_FALSE(started.back().is_error());
  }
  auto joined = Outcome<Appended>::batch(started).join();
  while (joined.is_pending()) {
    std::ignore = rig->core().wait_beyond(rig->status().visible, milliseconds(5));
    joined = joined.poll();
  }
  ASSERT_TRUE(joined.is_ok());
  for (std::size_t i = 0; i < joined.value()->size(); ++i) {
    EXPECT_EQ((*joined.value())[i].version, i + 1);
  }
  // Forgotten, they go on.
  for (int i = 0; i < 100; ++i) {
    std::ignore = rig->start({"b"}, Shipped{.pieces = 1});
  }
  ASSERT_TRUE(rig->close());
  rig.open();
  EXPECT_EQ(rig->version({"b"}).value(), 100U);
}

}  // namespace
}  // namespace cairn::store
