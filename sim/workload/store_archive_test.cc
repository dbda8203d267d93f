// SPDX-License-Identifier: Apache-2.0
// The power fails while the oldest transactions leave a store.
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <cairn/store.h>
#include <gtest/gtest.h>

#include "journal/archive.h"
#include "journal/history.h"
#include "journal/verify.h"
#include "sim/clock.h"
#include "sim/disk.h"
#include "sim/random.h"
#include "sim/workload/power_loss.h"
#include "sim/world.h"
#include "store/event_store.h"

namespace cairn::sim {

namespace archived {
// NOLINTNEXTLINE(google-build-using-namespace): how every domain starts.
using namespace cairn::dsl;

struct Put {
  u64 number = 0;
  Bytes<4000> bytes = {};
  using schema = Event<1>;
};

struct Archived : Domain<"archived", 1, Events<Put>> {};
}  // namespace archived

namespace {

using archived::Archived;
using archived::Put;

constexpr const char* folder = "store";
constexpr std::uint64_t count = 14;  // of appends, in three segments and a bit
constexpr std::size_t events_each = 4;
constexpr std::uint64_t through = 12;

/// A store of some segments, of which the oldest are taken out.
class TakeOut final {
 public:
  explicit TakeOut(std::uint64_t operation) : TakeOut() {
    disk_.crash_at(operation);
    run();
  }

  ~TakeOut() {
    if (!disk_.crashed()) {
      disk_.kill();
    }
    store_.reset();
  }

  TakeOut(const TakeOut&) = delete;
  TakeOut& operator=(const TakeOut&) = delete;

  /// The operations of a run in which nothing fails: the first of taking out.
  static std::uint64_t first_operation() {
    TakeOut whole;
    const auto before = whole.run();
    EXPECT_GT(whole.store_->status().first, 1U);
    return before + 1;
  }

  [[nodiscard]] bool has_crashed() const { return disk_.crashed(); }

  /// Opened and asked again, everything that was answered is in the store or in its archive, and
  /// both hold all that a journal promises.
  std::string judge(const DiskFaults& faults) {
    come_back(disk_, faults, [this] { store_.reset(); });
    if (const auto opened = open(); !opened) {
      return opened.error().to_string();
    }
    if (const std::string wrong = look_at(folder, store_->status().first, count + 1);
        !wrong.empty()) {
      return wrong;
    }
    const auto done = store_->archive_through(through);
    if (!done) {
      return done.error().to_string();
    }
    if (!append(count) || !close()) {
      return "it takes no append any more";
    }
    const std::string archive = journal::part_of(folder, journal::archive_folder);
    std::string wrong = look_at(archive, 1, done->first - 1);
    wrong = wrong.empty() ? look_at(folder, done->first, count + 2) : wrong;
    wrong = wrong.empty() ? verify(archive) : wrong;
    return wrong.empty() ? verify(folder) : wrong;
  }

 private:
  TakeOut() = default;

  /// How many operations there were before the taking out.
  std::uint64_t run() {
    if (!open()) {
      return 0;
    }
    for (std::uint64_t number = 0; number < count; ++number) {
      if (!append(number)) {
        return 0;
      }
    }
    const std::uint64_t before = disk_.operations();
    const bool is_done = store_->archive_through(through).has_value();
    EXPECT_EQ(is_done, !disk_.crashed());
    return before;
  }

  Result<> open() {
    CAIRN_TRY(
        auto opened,
        store::EventStore::open(
            {.disk = disk_, .clock = clock_, .random = random_}, folder, domain_info<Archived>(),
            {.segment_bytes = 65'536, .batch_bytes_max = 16'384, .indexed_in_memory_max = 20}));
    store_ = std::make_unique<Store<Archived>>(std::move(opened));
    return {};
  }

  bool append(std::uint64_t number) {
    Put put = {.number = number};
    put.bytes = Bytes<4000>::from(std::vector<std::byte>(3500, std::byte{7})).value();
    store::Batch<Archived> batch;
    for (std::size_t i = 0; i < events_each; ++i) {
      batch.add({i % 2 == 0 ? "a" : "b"}, put);
    }
    return store_->append(batch).has_value();
  }

  Result<> close() {
    const auto closed = store_->close();
    store_.reset();
    return closed;
  }

  /// The transactions from one to another, each with what was appended as that. The first
  /// is the schema's.
  std::string look_at(const std::string& where, std::uint64_t first, std::uint64_t last) {
    auto reader = journal::HistoryReader::open(disk_, where);
    if (!reader) {
      return where + ": " + reader.error().to_string();
    }
    for (std::uint64_t sequence = first; sequence <= last; ++sequence) {
      const auto entry = reader->at(Seq(sequence));
      if (!entry) {
        return where + ": " + entry.error().to_string();
      }
      const auto& events = (*entry)->record->events;
      const bool is_right = sequence == 1 ? events.empty()
                                          : events.size() == events_each &&
                                                number_in(events.front().payload) == sequence - 2;
      if (!is_right) {
        return where + ": something else is at " + std::to_string(sequence);
      }
    }
    return {};
  }

  static std::uint64_t number_in(std::span<const std::byte> payload) {
    return (*Decoded<Put>::from<Archived>(payload)).number;
  }

  std::string verify(const std::string& where) {
    const auto verdict = journal::verify_journal(disk_, where, {.values = true});
    if (!verdict) {
      return where + ": " + verdict.error().to_string();
    }
    return verdict->broken ? where + ": " + verdict->broken->reason : "";
  }

  World world_{1};
  SimDisk disk_{world_, "disk"};
  SimClock clock_{world_, "clock"};
  SimRandom random_{world_, "random"};
  std::unique_ptr<Store<Archived>> store_;
};

TEST(StoreArchive, NoPowerLossLosesWhatIsTakenOut) {
  // In each operation of taking out two of three segments.
  const std::uint64_t first = TakeOut::first_operation();
  const PowerLosses losses = lose_power_everywhere<TakeOut>(first);
  EXPECT_EQ(losses.wrong, "");
  EXPECT_GT(losses.last, first + 20);
}

}  // namespace
}  // namespace cairn::sim
