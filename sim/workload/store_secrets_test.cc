// SPDX-License-Identifier: Apache-2.0
// Secrets in the events of a store, on a disk that can be looked into and can lose its power: they
// open where they were sealed and nowhere else, until they are erased, and leave no trace.
#include <algorithm>
#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <cairn/store.h>
#include <cairn/store_projection.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "journal/history.h"
#include "journal/keys_ring.h"
#include "journal/payloads.h"
#include "journal/print.h"
#include "journal/receipt.h"
#include "journal/schemas.h"
#include "journal/secret_keyring.h"
#include "journal/verify.h"
#include "log/archive.h"
#include "sim/clock.h"
#include "sim/disk.h"
#include "sim/random.h"
#include "sim/workload/power_loss.h"
#include "sim/world.h"
#include "store/event_store.h"

namespace cairn::sim {

namespace club {
// NOLINTNEXTLINE(google-build-using-namespace): how every domain starts.
using namespace cairn::dsl;

struct Joined {
  Secret<Str<64>> name = {};
  Str<16> city = {};
  Secret<u64> number = {};
  using schema = Event<1>;
};

struct Moved {
  Secret<Str<64>> name = {};
  Secret<Str<64>> street = {};
  using schema = Event<2>;
};

struct Club : Domain<"club", 1, Events<Joined, Moved>> {};

/// What a projection keeps of names is sealed, too.
struct Names {
  Secret<Str<64>> last = {};
  u64 count = 0;
};

// NOLINTNEXTLINE(misc-use-internal-linkage): found by its types.
void apply(Names& names, const Joined& event, const store::EventRef& /*ref*/) {
  names.last = event.name;
  names.count += 1;
}

// NOLINTNEXTLINE(misc-use-internal-linkage): found by its types.
void apply(Names& /*names*/, const Moved& /*event*/, const store::EventRef& /*ref*/) {}
}  // namespace club

namespace {

using club::Club;
using club::Joined;
using club::Moved;
using store::Store;
using store::StoredEvent;
using ::testing::HasSubstr;
using Bytes = std::vector<std::byte>;

constexpr std::string_view ada = "Ada Lovelace of Ockham Park";

class ClubRig final {
 public:
  explicit ClubRig(std::uint64_t seed = 1) : world_(seed), disk_(world_, "disk") {
    options_.segment_bytes = 65'536;
    options_.batch_bytes_max = 8192;
    options_.indexed_in_memory_max = 10;
    options_.keyring = "keyring";
  }

  ~ClubRig() {
    if (store_ != nullptr && !disk_.crashed()) {
      disk_.kill();
    }
    store_.reset();
  }

  ClubRig(const ClubRig&) = delete;
  ClubRig& operator=(const ClubRig&) = delete;

  Result<> open() {
    CAIRN_TRY(close());
    CAIRN_TRY(auto opened,
              store::EventStore::open({.disk = disk_, .clock = clock_, .random = random_}, "store",
                                      domain_info<Club>(), options_));
    store_ = std::make_unique<Store<Club>>(std::move(opened));
    return {};
  }

  Result<> close() {
    const Result<> closed = store_ == nullptr ? Result<>() : store_->close();
    store_.reset();
    return closed;
  }

  /// Of a machine that died.
  void drop() { store_.reset(); }

  Store<Club>& operator*() { return *store_; }

  Store<Club>* operator->() { return store_.get(); }

  [[nodiscard]] SimDisk& disk() { return disk_; }

  [[nodiscard]] SimRandom& random() { return random_; }

  store::StoreOptions& options() { return options_; }

  /// A member joins, by his own name.
  Result<store::Appended> join(std::string_view entity, std::string_view name = ada) {
    CAIRN_TRY(const auto text, Str<64>::from(name));
    CAIRN_TRY(const auto sealed, store_->seal<&Joined::name>({.entity = entity}, text));
    return store_->append({.entity = entity}, Joined{.name = sealed, .city = "London"});
  }

  /// The name in an event, or why there is none.
  std::string name_in(const StoredEvent& event) {
    const auto name = store_->reveal<&Joined::name>(event);
    if (!name) {
      return std::string(to_string(name.error().code()));
    }
    const std::optional<Str<64>>& value = *name;
    return value ? std::string(value->view()) : "erased";
  }

  std::vector<std::string> names() {
    store::Cursor cursor;
    std::vector<std::string> names;
    const auto events = store_->page({.kinds = {1}}, cursor, 1000).value();
    names.reserve(events.size());
    for (const StoredEvent& event : events) {
      names.push_back(name_in(event));
    }
    return names;
  }

  /// All bytes of all files below a folder.
  Bytes bytes_below(const std::string& folder) {
    Bytes all;
    const std::vector<sys::Entry> entries = disk_.list(folder).value();
    for (const sys::Entry& entry : entries) {
      const std::string path = folder + "/" + entry.name;
      if (entry.kind == sys::EntryKind::Folder) {
        const Bytes more = bytes_below(path);
        all.insert(all.end(), more.begin(), more.end());
        continue;
      }
      const auto file = disk_.open(path, {}).value();
      Bytes bytes(file->size().value());
      EXPECT_TRUE(file->read(0, sys::MutableBuffer(bytes)));
      all.insert(all.end(), bytes.begin(), bytes.end());
    }
    return all;
  }

 private:
  World world_;
  SimDisk disk_;
  SimClock clock_{world_, "clock"};
  SimRandom random_{world_, "random"};
  store::StoreOptions options_;
  std::unique_ptr<Store<Club>> store_;
};

bool holds(std::span<const std::byte> bytes, std::span<const std::byte> part) {
  return !std::ranges::search(bytes, part).empty();
}

bool holds(std::span<const std::byte> bytes, std::string_view text) {
  return holds(bytes, std::as_bytes(std::span(text)));
}

TEST(StoreSecrets, WhatWasSealedIsRevealedAfterReopeningToo) {
  // From an event as it was read, and from a field; a field of which nothing was sealed says so.
  ClubRig rig;
  ASSERT_TRUE(rig.open());
  const auto number = rig->seal<&Joined::number>({.entity = "member/1", .scope = "uk"}, 1815U);
  const auto done =
      rig->append({.entity = "member/1", .scope = "uk"}, Joined{.number = number.value()});
  ASSERT_TRUE(done) << done.error().to_string();
  ASSERT_TRUE(rig.join("member/2"));
  for (int round = 0; round < 2; ++round) {
    const StoredEvent event = rig->get(done->event()).value();
    EXPECT_EQ(rig->reveal<&Joined::number>(event).value(), 1815U);
    EXPECT_EQ(
        rig->reveal<&Joined::number>({.entity = "member/1", .scope = "uk"}, number.value()).value(),
        1815U);
    EXPECT_EQ(rig->reveal<&Joined::name>(event).error().code(), Errc::NotFound);
    EXPECT_EQ(rig->reveal<&Moved::name>(event).error().code(), Errc::InvalidArgument);
    EXPECT_EQ(rig.names(), (std::vector<std::string>{"not_found", std::string(ada)}));
    ASSERT_TRUE(rig.open());
  }
}

TEST(StoreSecrets, WhatWasShreddedIsErasedEverywhereAndEveryProofStillHolds) {
  // Two members; one is shredded. Her events say so, also after a restart and when she joins again,
  // under a new key; the other's are as they were. Verifying finds nothing, and receipts of before
  // and after hold.
  ClubRig rig;
  const auto key = journal::SignerKey::generate("example.org/club", rig.random());
  rig.options().signing_key = key.to_text();
  journal::Keyring ring;
  ASSERT_TRUE(ring.trust(key.verifier()));
  ASSERT_TRUE(rig.open());
  ASSERT_TRUE(rig.join("member/1"));
  const std::uint64_t sequence = rig.join("member/1").value().sequence;
  ASSERT_TRUE(rig.join("member/2", "Charles"));
  const std::string before = rig->receipt(sequence).value();
  EXPECT_TRUE(rig->shred("member/1").value());
  EXPECT_FALSE(rig->shred("member/1").value());
  EXPECT_FALSE(rig->shred("nobody").value());
  std::vector<std::string> expected = {"erased", "erased", "Charles"};
  for (int round = 0; round < 3; ++round) {
    EXPECT_EQ(rig.names(), expected) << round;
    for (const std::string& text : {before, rig->receipt(sequence).value()}) {
      const auto verdict = verify_receipt(journal::parse_receipt(text).value(), ring);
      EXPECT_TRUE(verdict.holds()) << verdict.reason;
    }
    if (round == 1) {
      ASSERT_TRUE(rig.join("member/1", "Augusta"));
      expected.emplace_back("Augusta");
    }
    ASSERT_TRUE(rig.open());
  }
  ASSERT_TRUE(rig.close());
  const auto verdict = journal::verify_journal(rig.disk(), "store", {.values = true});
  ASSERT_TRUE(verdict) << verdict.error().to_string();
  EXPECT_TRUE(verdict->holds()) << verdict->broken.value_or(journal::BrokenPromise()).reason;
}

/// Every transaction as an export has it, and as people are shown it.
std::string exported(sys::Disk& disk) {
  auto reader = journal::HistoryReader::open(disk, "store").value();
  const auto schemas = journal::Schemas::open(disk, "store", 1).value();
  journal::Payloads payloads(schemas);
  journal::Printer printer(schemas, payloads);
  std::string text;
  while (const journal::HistoryEntry* const entry = reader.next().value()) {
    text += printer.transaction_json(*entry);
    text += printer.transaction_text(*entry);
  }
  return text;
}

TEST(StoreSecrets, NoFileOfTheStoreHoldsThePlaintextOrAKey) {
  // Log, archived and not, index, tree, schema and sidecar, byte by byte; and what an export says.
  // Nothing is compressed, which would hide it.
  // That the search finds what is there is shown by the city and, in the keyring, by the keys.
  ClubRig rig;
  const auto signer = journal::SignerKey::generate("example.org/club", rig.random());
  rig.options().signing_key = signer.to_text();
  ASSERT_TRUE(rig.open());
  for (int i = 0; i < 300; ++i) {
    ASSERT_TRUE(rig.join("member/" + std::to_string(i % 5)));
  }
  ASSERT_EQ(rig.names().size(), 300U);
  ASSERT_TRUE(rig->receipt(100));
  {
    auto names = store::Projection<Club, club::Names>::open(rig->core(), "names", 1, {}).value();
    ASSERT_TRUE(names.update());
    ASSERT_TRUE(names.save());
    EXPECT_EQ(names->count, 300U);
  }
  ASSERT_TRUE(rig->shred("member/4").value());
  ASSERT_TRUE(rig.open());
  ASSERT_TRUE(rig.close());
  ASSERT_FALSE(rig.disk().list("store/index").value().empty());
  const std::string text = exported(rig.disk());
  Bytes all = rig.bytes_below("store");
  const auto packed =
      archive_through(log::Folder(rig.disk(), "store/log"), 250, {.compression = {}});
  ASSERT_TRUE(packed) << packed.error().to_string();
  EXPECT_GT(packed->segments, 0U);
  const Bytes after = rig.bytes_below("store");
  all.insert(all.end(), after.begin(), after.end());
  EXPECT_TRUE(holds(all, "London"));
  EXPECT_THAT(text, HasSubstr("London"));
  EXPECT_FALSE(holds(all, ada.substr(0, 8)));
  EXPECT_EQ(text.find(ada.substr(0, 8)), std::string::npos);

  const Bytes keys = rig.bytes_below("keyring");
  const auto keyring = journal::SecretKeyring::open(rig.disk(), "keyring", rig.random()).value();
  EXPECT_EQ(keyring->live_count(), 4U);
  for (int i = 0; i < 4; ++i) {
    const auto held = keyring->key_for("member/" + std::to_string(i)).value();
    const auto part = held.key->reveal().first<8>();
    EXPECT_TRUE(holds(keys, part));
    EXPECT_FALSE(holds(all, part));
  }
}

TEST(StoreSecrets, ASecretForAnotherPlaceIsNotStoredAndDoesNotOpen) {
  // Moved to another member, country, kind or field. The store that has the keyring refuses it; one
  // that has none knows only what is no sealed value at all; then opening says that it is corrupt.
  ClubRig rig;
  ASSERT_TRUE(rig.open());
  const auto name =
      rig->seal<&Joined::name>({.entity = "member/1", .scope = "uk"}, Str<64>::from(ada).value())
          .value();
  ASSERT_TRUE(rig->append({.entity = "member/1", .scope = "uk"}, Joined{.name = name}));
  ASSERT_TRUE(rig->seal<&Joined::name>({.entity = "member/2"}, "Charles"));
  const auto append_all = [&] {
    return std::vector{rig->append({.entity = "member/2", .scope = "uk"}, Joined{.name = name}),
                       rig->append({"member/1", "de"}, Joined{.name = name}),
                       rig->append({.entity = "member/1", .scope = "uk"}, Moved{.name = name}),
                       rig->append({.entity = "member/1", .scope = "uk"}, Moved{.street = name})};
  };
  for (const auto& refused : append_all()) {
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), Errc::InvalidArgument);
    EXPECT_THAT(refused.error().to_string(), HasSubstr("sealed for another"));
  }
  const auto broken = club::Joined{.name = Secret<Str<64>>::from_sealed(Bytes(20)).value()};
  EXPECT_THAT(rig->append({.entity = "member/1"}, broken).error().to_string(),
              HasSubstr("Joined: name: these bytes are no sealed value"));

  rig.options().keyring.clear();
  ASSERT_TRUE(rig.open());
  EXPECT_THAT(rig->append({.entity = "member/1"}, broken).error().to_string(),
              HasSubstr("Joined: name: these bytes are no sealed value"));
  std::vector<store::Appended> taken;
  for (const auto& done : append_all()) {
    ASSERT_TRUE(done) << done.error().to_string();
    taken.push_back(*done);
  }
  EXPECT_EQ(rig->reveal<&Joined::name>({.entity = "member/1", .scope = "uk"}, name).error().code(),
            Errc::InvalidArgument);
  rig.options().keyring = "keyring";
  ASSERT_TRUE(rig.open());
  const auto event = [&](std::size_t i) { return rig->get(taken[i].event()).value(); };
  EXPECT_EQ(rig->reveal<&Joined::name>(event(0)).error().code(), Errc::Corrupt);
  EXPECT_EQ(rig->reveal<&Joined::name>(event(1)).error().code(), Errc::Corrupt);
  EXPECT_EQ(rig->reveal<&Moved::name>(event(2)).error().code(), Errc::Corrupt);
  EXPECT_EQ(rig->reveal<&Moved::street>(event(3)).error().code(), Errc::Corrupt);
}

TEST(StoreSecrets, WhatIsShreddedBeforeItIsAppendedIsStoredErased) {
  // The two may come at once; nobody is told that his append failed for it.
  ClubRig rig;
  ASSERT_TRUE(rig.open());
  const auto name = rig->seal<&Joined::name>({.entity = "member/1"}, "Ada").value();
  ASSERT_TRUE(rig->shred("member/1").value());
  ASSERT_TRUE(rig->append({.entity = "member/1"}, Joined{.name = name}));
  EXPECT_EQ(rig.names(), std::vector<std::string>{"erased"});
}

TEST(StoreSecrets, AStoreWithoutAKeyringSaysSo) {
  ClubRig rig;
  rig.options().keyring.clear();
  ASSERT_TRUE(rig.open());
  EXPECT_THAT(rig->seal<&Joined::name>({.entity = "a"}, "Ada").error().to_string(),
              HasSubstr("StoreOptions::keyring"));
  EXPECT_EQ(rig->shred("a").error().code(), Errc::InvalidArgument);
  EXPECT_TRUE(rig->append({.entity = "a"}, Joined{.city = "London"}));
  EXPECT_EQ(rig.disk().list("keyring").error().code(), Errc::NotFound);
}

TEST(StoreSecrets, AKeyringInsideTheStoreIsRefused) {
  ClubRig rig;
  for (const auto* const folder : {"store", "store/keyring", "store/log/keys"}) {
    rig.options().keyring = folder;
    const auto opened = rig.open();
    ASSERT_FALSE(opened) << folder;
    EXPECT_EQ(opened.error().code(), Errc::InvalidArgument);
    EXPECT_THAT(opened.error().to_string(), HasSubstr("keep it apart"));
  }
  rig.options().keyring = "store.keys";
  EXPECT_TRUE(rig.open());
}

TEST(StoreSecrets, AClosedStoreGivesItsKeyringBack) {
  ClubRig rig;
  ASSERT_TRUE(rig.open());
  ASSERT_TRUE(rig.join("member/1"));
  EXPECT_EQ(journal::SecretKeyring::open(rig.disk(), "keyring", rig.random()).error().code(),
            Errc::Busy);
  ASSERT_TRUE(rig->close());
  EXPECT_EQ(rig->seal<&Joined::name>({.entity = "a"}, "Ada").error().code(), Errc::Closed);
  EXPECT_TRUE(journal::SecretKeyring::open(rig.disk(), "keyring", rig.random()));
}

/// Members join, one is shredded and joins again; the power fails in one operation. What was
/// acknowledged, by event and by what its name is then.
class PowerLoss final {
 public:
  explicit PowerLoss(std::uint64_t operation) : rig_(operation) {
    rig_.disk().crash_at(operation);
    if (!rig_.open()) {
      return;
    }
    for (const std::string_view entity : {"a", "b", "a", "c"}) {
      join(entity);
    }
    if (rig_->shred("a")) {
      erase("a");
    }
    join("a");
    join("b");
  }

  [[nodiscard]] bool has_crashed() { return rig_.disk().crashed(); }

  /// Empty: nothing is wrong.
  std::string judge(const DiskFaults& faults) {
    come_back(rig_.disk(), faults, [this] { rig_.drop(); });
    if (const auto opened = rig_.open(); !opened) {
      return opened.error().to_string();
    }
    for (const Known& known : known_) {
      const auto event = rig_->get(known.id);
      if (!event) {
        return event.error().to_string();
      }
      const std::string name = rig_.name_in(*event);
      const bool may_be_erased = known.entity == "a" && !was_shredded_;
      if (name != known.name && !(may_be_erased && name == "erased")) {
        return known.entity + " is " + name + ", and should be " + known.name;
      }
    }
    store::Cursor cursor;
    const auto all = rig_->page({}, cursor, 100);
    if (!all) {
      return all.error().to_string();
    }
    for (const StoredEvent& event : *all) {
      // Also of those that nobody was told of: the key was durable first.
      const std::string name = rig_.name_in(event);
      if (name != "erased" && name != name_of(event.entity)) {
        return event.entity + ", not acknowledged, is " + name;
      }
    }
    return {};
  }

 private:
  struct Known {
    cairn::EventId id;
    std::string entity;
    std::string name;
  };

  static std::string name_of(std::string_view entity) { return "name of " + std::string(entity); }

  void join(std::string_view entity) {
    const std::string name = name_of(entity);
    if (const auto done = rig_.join(entity, name)) {
      known_.push_back({.id = done->event(), .entity = std::string(entity), .name = name});
    }
  }

  void erase(std::string_view entity) {
    was_shredded_ = true;
    for (Known& known : known_) {
      if (known.entity == entity) {
        known.name = "erased";
      }
    }
  }

  ClubRig rig_;
  std::vector<Known> known_;
  bool was_shredded_ = false;
};

TEST(StoreSecrets, NoPowerLossPartsAnAcknowledgedEventFromItsKey) {
  const PowerLosses losses = lose_power_everywhere<PowerLoss>();
  EXPECT_EQ(losses.wrong, "");
  EXPECT_GT(losses.last, 40U);
}

}  // namespace
}  // namespace cairn::sim
