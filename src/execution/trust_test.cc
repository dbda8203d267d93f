// SPDX-License-Identifier: Apache-2.0
// One domain, believed and not believed: what it does right comes to the same transactions, and so
// does what it does wrong.
#include <array>
#include <string>
#include <vector>

#include <cairn/domain.h>
#include <gtest/gtest.h>

#include "tests/execution/rig.h"

namespace paint {
// NOLINTNEXTLINE(google-build-using-namespace): how every domain starts.
using namespace cairn::dsl;

enum class Color : u8 { Red, Green, Blue };

struct Wall {
  enum Phase : u8 { Bare, Primed, Painted };

  using Lifecycle = Machine<Initial<Bare>, From<Bare>::To<Primed>, From<Primed>::To<Painted, Bare>>;
  Key<Id<Wall>> id = {};
  Indexed<Color> color = Color::Red;
  Option<Color> trim = {};
  State<Lifecycle> phase = {};
  using schema = Record<1>;
};

struct Do {
  u32 what = 0;
  Text<1000> note = {};
  using schema = Command<1>;
};

struct Repaint {
  Id<Wall> wall = {};
  Color color = {};
  using schema = Command<2>;
};

struct Painted {
  Id<Wall> wall = {};
  Color color = {};
  using schema = Event<1>;
};

struct Noted {
  Text<1000> note = {};
  using schema = Event<2>;
};

struct Counted {
  u64 walls = 0;
  using schema = Event<3>;
};

enum class Reject : u16 { Exists = 1, Clash };
using enum Reject;

struct With {
  Color color = {};
};

struct Paint : Domain<"paint", 1, Records<Wall>, Commands<Do, Repaint>,
                      Events<Painted, Noted, Counted>, Rejects<Reject, Detail<Clash, With>>> {};

using Tx = cairn::Tx<Paint>;
using Outcome = Tx::Outcome;
using Code = Outcome (*)(Tx&, const Do&);

constexpr Id<Wall> first = {1};
constexpr Id<Wall> second = {2};
constexpr auto no_color = static_cast<Color>(77);

/// What a handler may do, one thing each. The first makes the wall that others use.
constexpr std::array<Code, 14> things = {
    [](Tx& tx, const Do&) -> Outcome {
      const auto wall = tx.create(Wall{.id = first, .color = Color::Blue});
      wall.become<Wall::Primed>();
      tx.emit(Painted{.wall = first, .color = Color::Blue});
      return ok;
    },
    [](Tx& tx, const Do& cmd) -> Outcome {
      tx.emit(Noted{.note = cmd.note});
      tx.emit(Counted{.walls = 1});
      return tx.reject<Clash>({.color = Color::Green});
    },
    [](Tx& tx, const Do& cmd) -> Outcome {
      tx.emit(Noted{.note = cmd.note});
      tx.emit(Counted{.walls = 1});
      tx.schedule(Timestamp{5}, Repaint{.wall = first, .color = Color::Red});
      return ok;
    },
    // From here on each is wrong.
    [](Tx& tx, const Do&) -> Outcome {
      return tx.create(Wall{.id = second, .color = no_color}) ? Outcome(ok) : Exists;
    },
    [](Tx& tx, const Do&) -> Outcome {
      return tx.create(Wall{.id = second, .trim = no_color}) ? Outcome(ok) : Exists;
    },
    [](Tx& tx, const Do&) -> Outcome {
      Wall copy = *tx.find(first);  // where its machine stands comes along
      const Wall other = {.id = second, .phase = copy.phase};
      return tx.create(other) ? Outcome(ok) : Exists;
    },
    [](Tx& tx, const Do&) -> Outcome {
      tx.set<&Wall::color>(tx.find(first), no_color);
      return ok;
    },
    [](Tx& tx, const Do&) -> Outcome {
      tx.find(first).edit().trim = no_color;
      return ok;
    },
    [](Tx& tx, const Do&) -> Outcome {
      tx.emit(Painted{.wall = first, .color = no_color});
      return ok;
    },
    [](Tx& tx, const Do&) -> Outcome { return tx.reject<Clash>({.color = no_color}); },
    [](Tx& tx, const Do&) -> Outcome {
      tx.schedule(Timestamp{5}, Repaint{.wall = first, .color = no_color});
      return ok;
    },
    [](Tx& tx, const Do&) -> Outcome {
      std::string text = "fine";
      const auto note = *Text<1000>::from(text);
      text[0] = '\xff';  // no text any more
      tx.emit(Noted{.note = note});
      return ok;
    },
    // A wall that is none, and is gone again before anybody could see it.
    [](Tx& tx, const Do&) -> Outcome {
      tx.erase(tx.create(Wall{.id = second, .color = no_color}));
      return ok;
    },
    [](Tx& tx, const Do&) -> Outcome {
      const auto undo = tx.savepoint();
      tx.set<&Wall::color>(tx.find(first), no_color);
      undo.roll_back();
      return Clash;
    },
};

constexpr std::size_t things_right = 3;

static Outcome handle(Tx& tx, const Do& cmd) {
  return things.at(cmd.what)(tx, cmd);
}

static Outcome handle(Tx& tx, const Repaint& cmd) {
  tx.set<&Wall::color>(tx.find(cmd.wall), cmd.color);
  return ok;
}

}  // namespace paint

namespace cairn::execution {
namespace {

struct BothTrusts : ::testing::Test {
  /// Sends it to both, which have to agree.
  const Transaction& send(std::size_t what, std::string_view note = {}) {
    const paint::Do command = {.what = static_cast<std::uint32_t>(what),
                               .note = *Text<1000>::from(note)};
    const Transaction& done = compiled.submit(command);
    EXPECT_EQ(text_of(checked.submit(command)), text_of(done));
    EXPECT_EQ(checked.content(), compiled.content());
    return done;
  }

  Rig compiled = Rig(domain_entry<paint::Paint>, Trust::Compiled);
  Rig checked = Rig(domain_entry<paint::Paint>, Trust::Checked);
};

TEST_F(BothTrusts, AreTheSameForWhatIsRight) {
  // Rows, states, events, texts, details and commands that wait.
  EXPECT_EQ(send(0).outcome, OutcomeKind::Accepted);
  EXPECT_EQ(send(1, "a note").outcome, OutcomeKind::Rejected);
  EXPECT_EQ(send(2, "a note").outcome, OutcomeKind::Accepted);
}

TEST_F(BothTrusts, RefuseWhatIsNoValue) {
  // Everything that a program can make wrong without undefined behaviour: enums that were cast, a
  // text whose bytes changed, a state that was copied. Nothing of it gets into state or history.
  ASSERT_EQ(send(0).outcome, OutcomeKind::Accepted);
  for (std::size_t i = paint::things_right; i < paint::things.size(); ++i) {
    SCOPED_TRACE(i);
    const std::string before = compiled.content();
    const Transaction& done = send(i);
    EXPECT_EQ(to_string(done.outcome), "faulted");
    EXPECT_EQ(to_string(done.fault), "malformed") << done.text;
    EXPECT_FALSE(done.text.empty());
    EXPECT_EQ(compiled.content(), before);
    EXPECT_EQ(send(2).outcome, OutcomeKind::Accepted);
  }
}

TEST_F(BothTrusts, RunOutOfTheSameBudgetAtTheSamePlace) {
  // Every number of bytes, from too few to enough: to look at a value costs nobody more.
  ASSERT_EQ(send(0).outcome, OutcomeKind::Accepted);
  const std::string note(100, 'n');
  std::size_t accepted = 0;
  for (std::size_t bytes = 0; bytes < 700; ++bytes) {
    compiled.executor.set_budget({.bytes_max = bytes});
    checked.executor.set_budget({.bytes_max = bytes});
    accepted += send(2, note).outcome == OutcomeKind::Accepted ? 1U : 0U;
  }
  EXPECT_GT(accepted, 0U);
  EXPECT_LT(accepted, 700U);
}

TEST(ExecutorDeathTest, ATableWithoutAFunctionThatItsSchemaAsksForIsRefused) {
  // What would crash in the middle of a command ends when the executor is made, and says why.
  cairn_domain table = domain_entry<paint::Paint>;
  table.execute = nullptr;
  EXPECT_DEATH(Rig(table, Trust::Checked), "the table of paint has the function `execute`");
}

}  // namespace
}  // namespace cairn::execution
