// SPDX-License-Identifier: Apache-2.0
// The power fails while a store records the key that signs, and the one that follows it.
#include <cstdint>
#include <memory>
#include <string>

#include <cairn/store.h>
#include <gtest/gtest.h>

#include "journal/history.h"
#include "journal/key_history.h"
#include "journal/keys.h"
#include "journal/verify.h"
#include "sim/clock.h"
#include "sim/disk.h"
#include "sim/random.h"
#include "sim/workload/power_loss.h"
#include "sim/world.h"
#include "store/event_store.h"

namespace cairn::sim {

namespace keyed {
// NOLINTNEXTLINE(google-build-using-namespace): how every domain starts.
using namespace cairn::dsl;

struct Put {
  u64 number = 0;
  using schema = Event<1>;
};

struct Keyed : Domain<"keyed", 1, Events<Put>> {};
}  // namespace keyed

namespace {

using journal::SignerKey;
using keyed::Keyed;

/// A store is opened with a key, written to, and opened with the next one.
class Rotation final {
 public:
  explicit Rotation(std::uint64_t operation) : world_(operation) {
    disk_.crash_at(operation);
    if (open(first_, nullptr)) {
      rotate();
    }
  }

  ~Rotation() {
    if (!disk_.crashed()) {
      disk_.kill();
    }
    store_.reset();
  }

  Rotation(const Rotation&) = delete;
  Rotation& operator=(const Rotation&) = delete;

  [[nodiscard]] bool has_crashed() const { return disk_.crashed(); }

  /// Tried again with the same options, it is done, and once. Empty: nothing is wrong.
  std::string judge(const DiskFaults& faults) {
    come_back(disk_, faults, [this] { store_.reset(); });
    if (const auto opened = open(second_, &first_); !opened) {
      return opened.error().to_string();
    }
    if (const auto closed = close(); !closed) {
      return closed.error().to_string();
    }
    const journal::VerifierKey trusted[] = {first_.verifier()};
    const auto verdict = journal::verify_journal(disk_, "store", {.keys = trusted});
    if (!verdict || !verdict->holds()) {
      return verdict ? verdict->broken.value_or(journal::BrokenPromise()).reason
                     : verdict.error().to_string();
    }
    return count_records() == 2 ? "" : "a key is recorded twice, or not at all";
  }

 private:
  Result<> open(const SignerKey& signing, const SignerKey* retiring) {
    store::StoreOptions options = {.segment_bytes = 65'536, .batch_bytes_max = 8192};
    options.signing_key = signing.to_text();
    options.retiring_key = retiring != nullptr ? retiring->to_text() : SecretText();
    CAIRN_TRY(auto opened,
              store::EventStore::open({.disk = disk_, .clock = clock_, .random = random_}, "store",
                                      domain_info<Keyed>(), options));
    store_ = std::make_unique<Store<Keyed>>(std::move(opened));
    return {};
  }

  Result<> close() {
    const auto closed = store_->close();
    store_.reset();
    return closed;
  }

  void rotate() {
    if (store_->append({.entity = "a"}, keyed::Put{.number = 1}) && close()) {
      const bool has_opened = open(second_, &first_).has_value();
      EXPECT_EQ(has_opened, !disk_.crashed());
    }
  }

  std::size_t count_records() {
    journal::KeyHistory history;
    std::size_t count = 0;
    auto reader = journal::HistoryReader::open(disk_, "store").value();
    while (const journal::HistoryEntry* const entry = reader.next().value()) {
      if (entry->record->kind == static_cast<std::uint16_t>(journal::SystemKind::KeyRotated)) {
        EXPECT_TRUE(history.add(entry->record->position, entry->record->command));
        ++count;
      }
    }
    EXPECT_EQ(history.in_force()->key, second_.verifier());
    return count;
  }

  World world_;
  SimDisk disk_{world_, "disk"};
  SimClock clock_{world_, "clock"};
  SimRandom random_{world_, "random"};
  SignerKey first_ = SignerKey::generate("example.org/keyed", random_);
  SignerKey second_ = SignerKey::generate("example.org/keyed", random_);
  std::unique_ptr<Store<Keyed>> store_;
};

TEST(StoreKeys, NoPowerLossLeavesAKeyHalfRecorded) {
  const PowerLosses losses = lose_power_everywhere<Rotation>();
  EXPECT_EQ(losses.wrong, "");
  EXPECT_GT(losses.last, 20U);
}

}  // namespace
}  // namespace cairn::sim
