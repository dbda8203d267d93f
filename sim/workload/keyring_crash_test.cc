// SPDX-License-Identifier: Apache-2.0
// The keyring of secrets under every crash of one script: a key that was acknowledged is there, and
// one that was shredded never comes back.
#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "journal/secret_keyring.h"
#include "sim/disk.h"
#include "sim/random.h"
#include "sim/world.h"

namespace cairn::sim {
namespace {

using journal::SecretKeyring;
using Key = std::vector<std::byte>;

struct Known {
  std::string entity;
  Key key;
};

bool holds(const std::vector<std::byte>& bytes, std::span<const std::byte> part) {
  return !std::ranges::search(bytes, part).empty();
}

// What a script was told before the power failed.
struct Told {
  std::map<std::uint64_t, Known> live;      // acknowledged, by id
  std::map<std::uint64_t, Known> shredded;  // acknowledged
  std::optional<std::uint64_t> in_doubt;    // being shredded when it failed
};

class KeyringRun {
 public:
  KeyringRun(std::uint64_t seed, std::uint64_t crash_at) : world_(seed) {
    disk_.crash_at(crash_at);
    run();
  }

  ~KeyringRun() {
    if (!disk_.crashed()) {
      disk_.kill();
    }
    keyring_.reset();
  }

  KeyringRun(const KeyringRun&) = delete;
  KeyringRun& operator=(const KeyringRun&) = delete;

  [[nodiscard]] bool crashed() const { return disk_.crashed(); }

  // Opens after the power loss, with every unsynced change kept, lost or torn as the faults say; a
  // second loss of power may come while that mends things. Empty: nothing is wrong.
  std::string judge(const DiskFaults& faults, std::uint64_t second_crash) {
    disk_.set_faults(faults);
    disk_.crash();
    keyring_.reset();
    disk_.crash_at(disk_.operations() + second_crash);
    const auto first = reopen();
    if (!first && !disk_.crashed()) {
      return first.error().to_string();
    }
    disk_.crash();
    keyring_.reset();
    disk_.set_faults({});
    disk_.crash_at(~std::uint64_t{0});
    if (const auto again = reopen(); !again) {
      return again.error().to_string();
    }
    return look();
  }

 private:
  Result<> reopen() {
    CAIRN_TRY(keyring_, SecretKeyring::open(disk_, "journal/keyring", random_));
    return {};
  }

  // False from the first failure on: then the power is off.
  void run() {
    if (!reopen()) {
      return;
    }
    const bool is_done = make("a") && make("b") && make("c") && shred("b") && make("b") &&
                         compact() && make("d") && shred("a") && shred("b") && make("a") &&
                         compact() && shred("d") && make("e");
    EXPECT_EQ(is_done, !disk_.crashed());
  }

  bool make(const std::string& entity) {
    const auto held = keyring_->key_for(entity);
    if (held) {
      const auto bytes = held->key->reveal();
      told_.live.emplace(held->id, Known{.entity = entity, .key = {bytes.begin(), bytes.end()}});
    }
    return held.has_value();
  }

  bool shred(const std::string& entity) {
    const std::uint64_t id = keyring_->key_for(entity).value().id;
    told_.in_doubt = id;
    const auto done = keyring_->shred(entity);
    if (done) {
      EXPECT_TRUE(*done);
      told_.shredded.insert(told_.live.extract(id));
      told_.in_doubt.reset();
    }
    return done.has_value();
  }

  bool compact() { return keyring_->compact().has_value(); }

  std::string look() {
    for (const auto& [id, known] : told_.live) {
      const auto found = keyring_->find(known.entity, id);
      const bool is_gone = found.presence == SecretKeyring::Presence::Shredded;
      if (is_gone && told_.in_doubt == id) {
        continue;
      }
      if (found.presence != SecretKeyring::Presence::Live ||
          !std::ranges::equal(found.key->reveal(), known.key)) {
        return "the key of " + known.entity + " is not there";
      }
    }
    const std::vector<std::byte> all = files();
    for (const auto& [id, known] : told_.shredded) {
      if (keyring_->find(known.entity, id).presence != SecretKeyring::Presence::Shredded) {
        return "the key of " + known.entity + " came back";
      }
      if (holds(all, std::span(known.key).first(8))) {
        return "the shredded key of " + known.entity + " is in a file";
      }
    }
    return new_keys_are_new();
  }

  std::string new_keys_are_new() {
    const auto held = keyring_->key_for("b");
    if (!held) {
      return held.error().to_string();
    }
    const bool is_known = told_.live.contains(held->id);
    const bool was_known = told_.shredded.contains(held->id);
    return was_known || (is_known && told_.live.at(held->id).entity != "b") ? "an id came back"
                                                                            : "";
  }

  std::vector<std::byte> files() {
    std::vector<std::byte> all;
    const std::vector<sys::Entry> entries = disk_.list("journal/keyring").value();
    for (const sys::Entry& entry : entries) {
      const auto file = disk_.open("journal/keyring/" + entry.name, {}).value();
      std::vector<std::byte> bytes(file->size().value());
      EXPECT_TRUE(file->read(0, sys::MutableBuffer(bytes)));
      all.insert(all.end(), bytes.begin(), bytes.end());
    }
    return all;
  }

  World world_;
  SimDisk disk_{world_, "disk"};
  SimRandom random_{world_, "random"};
  std::unique_ptr<SecretKeyring> keyring_;
  Told told_;
};

// A crash in one operation, with every outcome and every second crash; whether it came to that.
bool try_crash_at(std::uint64_t operation) {
  const std::vector<DiskFaults> outcomes = {
      {},
      {.lose_one_in = 1},
      {.lose_one_in = 2, .tear_one_in = 2, .reorder_one_in = 1},
      {.lose_one_in = 3, .tear_one_in = 3, .reorder_one_in = 1},
  };
  bool crashed = false;
  for (std::size_t outcome = 0; outcome < outcomes.size(); ++outcome) {
    for (const std::uint64_t second : {1U, 2U, 3U, 5U, 1000U}) {
      KeyringRun run(1000 * operation + outcome, operation);
      crashed = run.crashed();
      EXPECT_EQ(run.judge(outcomes[outcome], second), "")
          << "operation " << operation << ", outcome " << outcome << ", then " << second;
    }
  }
  return crashed;
}

TEST(KeyringCrash, EveryCrashPointKeepsWhatWasAcknowledgedAndGivesNothingBack) {
  // Each operation of the script, for power losses that keep all, lose all, and tear and reorder;
  // and for each a second loss of power while the first is mended.
  constexpr std::uint64_t operations_max = 200;
  std::uint64_t points = 0;
  while (points < operations_max && try_crash_at(points + 1)) {
    ++points;
  }
  EXPECT_GE(points, 50U);
  EXPECT_LT(points, operations_max);
}

}  // namespace
}  // namespace cairn::sim
