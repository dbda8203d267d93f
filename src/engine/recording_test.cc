// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <string_view>

#include <cairn/testing.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "examples/bank/bank.h"
#include "tests/support/temp_folder.h"

/// Boxes on trucks: a domain in which commands do what is hard to see from outside.
namespace depot {
// NOLINTNEXTLINE(google-build-using-namespace): how every domain starts.
using namespace cairn::dsl;

struct Truck {
  Key<Id<Truck>> id = {};
  Unique<Str<8>> plate = {};
  using schema = Record<1>;
};

struct Box {
  enum Status : u8 { Empty, Packed, Sent };

  using Lifecycle = Machine<Initial<Empty>, From<Empty>::To<Packed>, From<Packed>::To<Empty, Sent>>;
  Key<Id<Box>> id = {};
  i64 weight = 0;
  State<Lifecycle> status = {};
  using schema = Record<2>;
};

// NOLINTNEXTLINE(readability-identifier-naming): the edges of a domain are lower case.
struct on_truck : Edge<Many<Box>, One<Truck>, "boxes", OnErase::Cascade> {};

struct Buy {
  Id<Truck> truck;
  Str<8> plate = {};
  using schema = Command<1>;
};

struct Load {
  Id<Box> box;
  Id<Truck> truck;
  bool is_sent = false;
  using schema = Command<2>;
};

struct Scrap {
  Id<Truck> truck;
  using schema = Command<3>;
};

struct Weigh {
  Id<Box> box;
  i64 weight = 0;
  using schema = Command<4>;
};

/// Goes on, and comes back to a savepoint.
struct Dither {
  Id<Box> box;
  using schema = Command<5>;
};

struct Look {
  Id<Truck> truck;
  using schema = Command<6>;
};

enum class Reject : u16 { No = 1 };
using enum Reject;

struct Depot : Domain<"depot", 1, Records<Truck, Box>, Edges<on_truck>,
                      Commands<Buy, Load, Scrap, Weigh, Dither, Look>, Events<>, Rejects<Reject>> {
};

using Tx = cairn::Tx<Depot>;
using Outcome = Tx::Outcome;

// NOLINTBEGIN(misc-use-internal-linkage): handlers are found by their types.
inline Outcome handle(Tx& tx, const Buy& cmd) {
  return tx.create(Truck{.id = cmd.truck, .plate = cmd.plate}) ? Outcome(ok) : No;
}

inline Outcome handle(Tx& tx, const Load& cmd) {
  const auto truck = tx.find(cmd.truck);
  if (tx.find(cmd.box)) {
    return No;
  }
  const auto box = tx.create(Box{.id = cmd.box, .weight = 1});
  const auto packed = box.in<Box::Empty>().become<Box::Packed>();
  if (!truck) {
    return No;
  }
  tx.link<on_truck>(box, truck);
  if (cmd.is_sent) {
    packed.become<Box::Sent>();
  }
  return ok;
}

inline Outcome handle(Tx& tx, const Scrap& cmd) {
  tx.erase(tx.find(cmd.truck));
  return ok;
}

inline Outcome handle(Tx& tx, const Weigh& cmd) {
  const auto box = tx.find(cmd.box);
  box.edit().weight = cmd.weight;
  return cmd.weight > 0 ? Outcome(ok) : No;
}

inline Outcome handle(Tx& tx, const Dither& cmd) {
  const auto packed = tx.find(cmd.box).in<Box::Packed>();
  const auto mark = tx.savepoint();
  packed.become<Box::Sent>();
  static_cast<void>(tx.create(Box{.id = Id<Box>{99}}));
  mark.roll_back();
  packed.become<Box::Empty>().become<Box::Packed>();
  return ok;
}

inline Outcome handle(Tx& tx, const Look& cmd) {
  const auto truck = tx.find(cmd.truck);
  for (const auto& box : tx.in<on_truck>(truck)) {
    if (box->weight > 100) {
      return No;
    }
  }
  return tx.first<&Truck::plate>() ? Outcome(ok) : No;
}

// NOLINTEND(misc-use-internal-linkage)
}  // namespace depot

namespace cairn::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

struct Recorded : ::testing::Test {
  /// Records one command on what the others left, and gives back its run alone.
  template <typename C, typename... Before>
  std::string run(const C& command, const Before&... before) {
    Recording recording(domain_info<depot::Depot>());
    auto engine = Engine<depot::Depot>::in_memory({.recording = &recording});
    (static_cast<void>(engine.submit(before).value()), ...);
    const std::string earlier = recording.to_json().value();
    static_cast<void>(engine.submit(command).value());
    return without(recording.to_json().value(), earlier);
  }

  /// The one run of a recording that another lacks.
  static std::string without(const std::string& all, const std::string& earlier) {
    const auto each = [](std::string_view text) {
      std::vector<std::string> runs;
      for (std::size_t at = text.find(R"({"accepted")"); at != std::string_view::npos;) {
        const std::size_t next = text.find(R"({"accepted")", at + 1);
        const std::size_t end = next == std::string_view::npos ? text.rfind(']') : next - 1;
        runs.emplace_back(text.substr(at, end - at));
        at = next;
      }
      return runs;
    };
    std::string found;
    for (const std::string& one : each(all)) {
      if (!earlier.contains(one)) {
        found += one;
      }
    }
    return found;
  }
};

using depot::Buy;
using depot::Dither;
using depot::Load;
using depot::Look;
using depot::Scrap;
using depot::Weigh;

constexpr Buy buy = {.truck = {1}, .plate = "A"};
constexpr Load load = {.box = {1}, .truck = {1}};

TEST_F(Recorded, ARowThatWasLookedForAndThenMadeIsOneRowWithTheStatesItPassed) {
  // The box is made, packed and sent at once; the truck was only looked at.
  EXPECT_EQ(run(Load{.box = {1}, .truck = {1}, .is_sent = true}, buy),
            R"({"accepted":true,"command":"Load","followed":[],"linked":["on_truck"],"rows":[)"
            R"({"after":true,"before":true,"changed":false,"record":"Truck","states":[]},)"
            R"({"after":true,"before":false,"changed":true,"record":"Box",)"
            R"("states":[["Empty","Packed","Sent"]]}],"scanned":[],"times":1})");
}

TEST_F(Recorded, ARefusedCommandReadAndDidNothing) {
  // The truck is not there, so the box that was made is not there either.
  EXPECT_EQ(run(load),
            R"({"accepted":false,"command":"Load","followed":[],"linked":[],"rows":[)"
            R"({"after":false,"before":false,"changed":false,"record":"Truck","states":[]},)"
            R"({"after":false,"before":false,"changed":false,"record":"Box","states":[]}],)"
            R"("scanned":[],"times":1})");
}

TEST_F(Recorded, ARefusedChangeOfARowIsALookAtIt) {
  // A weight that is none is written and taken back.
  EXPECT_THAT(run(Weigh{.box = {1}, .weight = -1}, buy, load),
              HasSubstr(R"({"after":true,"before":true,"changed":false,"record":"Box",)"
                        R"("states":[["Packed"]]}])"));
}

TEST_F(Recorded, WritingWhatIsThereAlreadyIsNoChange) {
  // The weight is 1 already; 2 is another.
  EXPECT_THAT(run(Weigh{.box = {1}, .weight = 1}, buy, load), HasSubstr(R"("changed":false)"));
  EXPECT_THAT(run(Weigh{.box = {1}, .weight = 2}, buy, load), HasSubstr(R"("changed":true)"));
}

TEST_F(Recorded, RowsThatAnEraseTakesAlongAreThere) {
  // Two boxes go with their truck, and no handler ever saw them.
  const std::string text =
      run(Scrap{.truck = {1}}, buy, load, Load{.box = {2}, .truck = {1}, .is_sent = true});
  EXPECT_THAT(text, HasSubstr(R"("linked":["on_truck"])"));
  EXPECT_THAT(text, HasSubstr(R"("after":false,"before":true,"changed":true,"record":"Truck")"));
  EXPECT_THAT(text, HasSubstr(R"("record":"Box","states":[["Packed"]])"));
  EXPECT_THAT(text, HasSubstr(R"("record":"Box","states":[["Sent"]])"));
}

TEST_F(Recorded, WhatWasTakenBackToASavepointWasNotDone) {
  // The box was sent and a second one made, both taken back; then it went there and back again.
  const std::string text = run(Dither{.box = {1}}, buy, load);
  EXPECT_THAT(text, HasSubstr(R"("states":[["Packed","Empty","Packed"]])"));
  EXPECT_THAT(text, HasSubstr(R"("after":true,"before":true,"changed":true,"record":"Box")"));
  EXPECT_THAT(text, HasSubstr(R"("after":false,"before":false,"changed":false,"record":"Box")"));
}

TEST_F(Recorded, LinksThatWereFollowedAndRecordsThatWereScannedAreThere) {
  // Looks at the boxes of a truck and at the first of all trucks.
  const std::string text = run(Look{.truck = {1}}, buy, load);
  EXPECT_THAT(text, HasSubstr(R"("followed":["on_truck"])"));
  EXPECT_THAT(text, HasSubstr(R"("scanned":["Truck"])"));
  EXPECT_THAT(text, HasSubstr(R"("changed":false,"record":"Box","states":[["Packed"]])"));
}

TEST_F(Recorded, AKeyThatIsTakenHangsOnARowThatWasNotMet) {
  // The plate is another truck's.
  EXPECT_THAT(run(Buy{.truck = {2}, .plate = "A"}, buy), HasSubstr(R"("scanned":["Truck"])"));
}

TEST_F(Recorded, AFaultIsARunThatWasNotAccepted) {
  // There is no such box.
  EXPECT_THAT(run(Weigh{.box = {7}, .weight = 1}),
              HasSubstr(R"({"accepted":false,"command":"Weigh")"));
}

TEST(Recording, OfAnEngineThatKeepsNothingIsTheSame) {
  // The same command tried, asked about, and done in a group that is dropped.
  using bank::Bank;
  constexpr bank::OpenAccount open = {.account = {1}, .owner = "ann", .opening = 1};
  const auto recorded = [&](auto&& how) {
    Recording recording(domain_info<Bank>());
    auto engine = Engine<Bank>::in_memory({.recording = &recording});
    how(engine);
    return recording.to_json().value();
  };
  const std::string done = recorded([&](auto& engine) { EXPECT_TRUE(engine.submit(open)); });
  EXPECT_THAT(done, HasSubstr(R"("command":"OpenAccount")"));
  EXPECT_EQ(recorded([&](auto& engine) { EXPECT_TRUE(engine.try_step(open)); }), done);
  EXPECT_EQ(recorded([&](auto& engine) { EXPECT_TRUE(engine.what_if(open)); }), done);
  EXPECT_EQ(recorded([&](auto& engine) { EXPECT_TRUE(engine.begin().apply(open)); }), done);
}

/// The text of some random transactions, and the digest of what they left.
std::string random_history(Recording* recording) {
  std::string text;
  auto engine = Engine<depot::Depot>::in_memory({.recording = recording});
  const auto all =
      engine.subscribe([&](const TransactionView& each) { text += engine.core().describe(each); });
  for (std::uint64_t i = 0; i < 400; ++i) {
    const Step step = random_step(domain_info<depot::Depot>(), {.seed = 7, .ids = 3}, i);
    EXPECT_TRUE(engine.core().execute({.kind = step.kind, .bytes = step.bytes},
                                      [](const TransactionView&) {}));
  }
  return text + engine.digest().to_string();
}

TEST(Recording, ChangesNothingOfWhatIsRecorded) {
  // The same random commands with and without; the transactions are the same, byte by byte.
  Recording recording(domain_info<depot::Depot>());
  EXPECT_EQ(random_history(&recording), random_history(nullptr));
  EXPECT_THAT(recording.to_json().value(), HasSubstr(R"("command":"Dither")"));
}

TEST(Recording, TellsWhatIsMissing) {
  // One command of the bank was run; with the rest of its own tests nothing is missing.
  Recording recording(domain_info<bank::Bank>());
  Scenario<bank::Bank>({.recording = &recording})
      .given(bank::OpenAccount{.account = {1}, .owner = "ann", .opening = 1},
             bank::Freeze{.account = {1}});
  const std::string missing = recording.missing();
  EXPECT_THAT(missing, HasSubstr("never-accepted: command Transfer\n"));
  EXPECT_THAT(missing, HasSubstr("never-fired: Account.status: Frozen to Open\n"));
  EXPECT_THAT(missing, Not(HasSubstr("command OpenAccount")));
}

TEST(Recording, IsWrittenAndReadAndAddedUp) {
  // Two recordings of different commands become one, through files.
  const test::TempFolder folder;
  const auto written = [&](const std::string& name, const auto& command) {
    Recording recording(domain_info<depot::Depot>());
    static_cast<void>(
        Engine<depot::Depot>::in_memory({.recording = &recording}).submit(command).value());
    EXPECT_TRUE(recording.write(folder.path() + "/" + name));
  };
  written("buy.json", buy);
  written("load.json", load);
  written("load.json", load);
  Recording all(domain_info<depot::Depot>());
  ASSERT_TRUE(all.read(folder.path() + "/buy.json"));
  ASSERT_TRUE(all.read(folder.path() + "/load.json"));
  EXPECT_THAT(all.to_json().value(), HasSubstr(R"("command":"Buy")"));
  EXPECT_THAT(all.to_json().value(), HasSubstr(R"("command":"Load")"));
  EXPECT_THAT(all.to_json().value(), Not(HasSubstr(R"("times":2)")));
}

TEST(Recording, SaysWhichFileItCannotReadOrWrite) {
  // No such file, no such folder, a path that is none, and a file of another domain.
  const test::TempFolder folder;
  Recording depot(domain_info<depot::Depot>());
  Recording bank(domain_info<bank::Bank>());
  for (const char* const name : {"/none.json", "/no/file.json"}) {
    const std::string path = folder.path() + name;
    const auto read = depot.read(path);
    ASSERT_FALSE(read);
    EXPECT_THAT(read.error().to_string(), HasSubstr(path));
  }
  EXPECT_FALSE(depot.write(folder.path() + "/no/file.json"));
  EXPECT_FALSE(depot.write(folder.path() + "/"));
  ASSERT_TRUE(bank.write(folder.path() + "/bank.json"));
  const auto read = depot.read(folder.path() + "/bank.json");
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code(), Errc::Conflict);
  EXPECT_THAT(read.error().to_string(), HasSubstr("bank.json"));
}

TEST(Recording, OfAnotherDomainIsNotTakenByAnEngine) {
  // The recording is of the bank.
  Recording bank(domain_info<bank::Bank>());
  const auto made =
      make_memory_engine(domain_entry<depot::Depot>, Trust::Compiled, {.recording = &bank});
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code(), Errc::InvalidArgument);
}

}  // namespace
}  // namespace cairn::testing
