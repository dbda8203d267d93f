// SPDX-License-Identifier: Apache-2.0
// Random commands on a state, on a second one that gets their deltas, and on a model of sorted
// maps.
#include <memory>
#include <string>

#include <fmt/core.h>
#include <gtest/gtest.h>

#include "base/check.h"
#include "cairn/bytes.h"
#include "schema/random_schema.h"
#include "state/checkpoint.h"
#include "state/random_state.h"
#include "state/sample_state.h"

namespace cairn::state {
namespace {

using schema::Choices;

struct Course {
  std::uint64_t seed = 1;
  std::size_t commands = 1000;
  std::size_t operations = 10;  ///< of a command, at most
  std::uint64_t digests = 8;    ///< one command in so many is compared by digest
  std::uint64_t compares = 8;   ///< one command in so many is compared with the model
  std::uint64_t reloads = 100;  ///< one command in so many is followed by a checkpoint's load
  Mix mix = {};
};

/// Two states of one history, the first by commands, the second by deltas.
class Twins final {
 public:
  Twins(const Plan& plan, const Course& course)
      : plan_(plan), course_(course), choices_(course.seed), model_(plan) {
    replace(first_, std::make_unique<State>(plan, State::Options{.hash_seed = course.seed}));
    replace(second_, std::make_unique<State>(plan, State::Options{.hash_seed = ~course.seed}));
  }

  void run() {
    for (std::size_t i = 0; i < course_.commands && !testing::Test::HasFatalFailure(); ++i) {
      SCOPED_TRACE(fmt::format("seed {} command {}", course_.seed, i));
      group();
    }
  }

  Made made;
  std::uint64_t commits = 0;

 private:
  struct Side {
    std::unique_ptr<State> state;
    std::unique_ptr<Writer> writer;
  };

  static void replace(Side& side, std::unique_ptr<State> state) {
    side.writer.reset();
    side.state = std::move(state);
    side.writer = std::make_unique<Writer>(*side.state);
  }

  /// A few commands that are finished, or undone, together.
  void group() {
    const bool looks = choices_.one_in(course_.digests);
    const Model before = model_;
    const Seq position = first_.state->position();
    const Digest digest = looks ? digest_of(*first_.state) : Digest();
    const std::size_t count = choices_.one_in(4) ? 1 + choices_.below(4) : 1;
    for (std::size_t i = 0; i < count && !testing::Test::HasFatalFailure(); ++i) {
      command();
    }
    if (choices_.one_in(6)) {
      first_.writer->roll_back_all();
      second_.writer->roll_back_all();
      model_ = before;
      ASSERT_EQ(first_.state->position(), position);
      ASSERT_EQ(looks ? digest_of(*first_.state) : digest, digest) << "the group was undone";
    } else {
      first_.writer->finish();
      second_.writer->finish();
    }
    if (looks) {
      ASSERT_EQ(digest_of(*first_.state), digest_of(*second_.state));
    }
    const bool compares = choices_.one_in(course_.compares);
    ASSERT_EQ(compares ? compare(*first_.state, model_, choices_) : "", "");
    ASSERT_EQ(compares ? compare(*second_.state, model_, choices_) : "", "");
    if (choices_.one_in(course_.reloads)) {
      reload();
    }
  }

  void command() {
    const Model before = model_;
    RandomCommand command(*first_.writer, model_, choices_, course_.mix, made);
    ASSERT_TRUE(command.run(choices_.below(course_.operations) + 1)) << command.difference();
    const bool whole = model_.is_whole(plan_);
    const bool rejects = choices_.one_in(8);
    if (rejects && choices_.one_in(2)) {
      first_.writer->roll_back_command();
      model_ = before;
      return;
    }
    const auto broken = first_.writer->settle();
    ASSERT_EQ(broken.has_value(), !whole || command.is_careless());
    const bool is_managed = broken && broken->rule == Broken::Rule::ManagedField;
    ASSERT_EQ(is_managed, command.is_careless());
    if (broken || rejects) {
      first_.writer->roll_back_command();
      model_ = before;
      return;
    }
    ASSERT_NO_FATAL_FAILURE(commit());
  }

  void commit() {
    delta_.clear();
    const Result<> encoded = encoder_.encode(*first_.writer, delta_);
    ASSERT_TRUE(encoded) << encoded.error().to_string();
    ++time_;
    ++commits;
    const Seq position(first_.state->position().value() + 1);
    first_.writer->commit(position, time_);
    const Result<> applied = apply_delta(*second_.writer, delta_.written(), position, time_);
    ASSERT_TRUE(applied) << applied.error().to_string();
    ASSERT_EQ(second_.state->position(), position);
  }

  /// From here on one of the two goes on from what it was stored as.
  void reload() {
    Side& side = choices_.one_in(2) ? first_ : second_;
    const std::vector<std::byte> bytes = checkpoint_of(*side.state);
    auto state = state_of(plan_, {.hash_seed = choices_.below(1U << 30U)}, bytes);
    ASSERT_TRUE(state) << state.error().to_string();
    ASSERT_EQ(checkpoint_of(**state), bytes);
    ASSERT_EQ(compare(**state, model_, choices_), "");
    replace(side, std::move(*state));
  }

  const Plan& plan_;
  Course course_;
  Choices choices_;
  Model model_;
  Side first_;
  Side second_;
  DeltaEncoder encoder_;
  GrowingByteWriter delta_;
  std::int64_t time_ = 0;
};

const Plan& depot_plan() {
  static const Result<schema::Schema> schema = schema::Schema::from_domain(depot::info);
  CAIRN_CHECK(schema.has_value());
  static const Plan plan(*schema);
  return plan;
}

Made run(const Course& course) {
  Twins twins(depot_plan(), course);
  twins.run();
  EXPECT_GT(twins.commits, course.commands / 2) << "most commands have to be accepted";
  return twins.made;
}

TEST(StateModel, RowsAndKeysAreThoseOfASortedMap) {
  // Shown by: rows made and erased at random, few values, so that keys meet.
  const Made made = run({.seed = 11,
                         .commands = 40'000,
                         .operations = 60,
                         .digests = 200,
                         .compares = 100,
                         .reloads = 5000,
                         .mix = {.create = 20,
                                 .edit = 1,
                                 .set = 0,
                                 .become = 0,
                                 .erase = 14,
                                 .link = 1,
                                 .unlink = 0,
                                 .number = 1,
                                 .timer = 0}});
  EXPECT_GT(made.rows, 1'000'000U);
}

TEST(StateModel, IndexesAreThoseOfSortedKeys) {
  // Shown by: fields set at random, so that every index moves, and every question about them asked.
  const Made made = run({.seed = 12,
                         .commands = 45'000,
                         .operations = 60,
                         .digests = 200,
                         .compares = 30,
                         .reloads = 5000,
                         .mix = {.create = 1,
                                 .edit = 2,
                                 .set = 20,
                                 .become = 4,
                                 .erase = 1,
                                 .link = 1,
                                 .unlink = 0,
                                 .number = 0,
                                 .timer = 0,
                                 .mark = 0}});
  EXPECT_GT(made.fields, 1'000'000U);
}

TEST(StateModel, LinksAreThoseOfAList) {
  // Shown by: links of every cardinality and erase rule, made, cut and lost with their rows.
  const Made made = run({.seed = 13,
                         .commands = 40'000,
                         .operations = 60,
                         .digests = 200,
                         .compares = 50,
                         .reloads = 5000,
                         .mix = {.create = 3,
                                 .edit = 0,
                                 .set = 0,
                                 .become = 0,
                                 .erase = 1,
                                 .link = 24,
                                 .unlink = 10,
                                 .number = 0,
                                 .timer = 0,
                                 .mark = 0}});
  EXPECT_GT(made.links, 1'000'000U);
}

TEST(StateModel, NumbersAndTimersAreThoseOfAMap) {
  // Shown by: numbers taken, used and not used; commands that wait and come due.
  const Made made = run({.seed = 14,
                         .commands = 40'000,
                         .operations = 120,
                         .digests = 200,
                         .compares = 100,
                         .reloads = 5000,
                         .mix = {.create = 1,
                                 .edit = 0,
                                 .set = 0,
                                 .become = 0,
                                 .erase = 1,
                                 .link = 1,
                                 .unlink = 0,
                                 .number = 20,
                                 .timer = 20,
                                 .mark = 0}});
  EXPECT_GT(made.numbers, 1'000'000U);
  EXPECT_GT(made.timers, 1'000'000U);
}

TEST(StateModel, RollingBackRestoresTheStateExactly) {
  // Shown by: nested marks, rolled back in any order that is allowed, in groups of commands that
  // end accepted, refused or undone together.
  const Made made = run({.seed = 15,
                         .commands = 45'000,
                         .operations = 60,
                         .digests = 20,
                         .compares = 50,
                         .reloads = 5000,
                         .mix = {.mark = 3, .roll_back = 3, .rows = 12}});
  EXPECT_GT(made.rows + made.fields + made.links + made.numbers + made.timers, 1'000'000U);
  EXPECT_GT(made.marks, 150'000U);
}

TEST(StateModel, DeltasMakeTheSameStateAsCommands) {
  // Shown by: a bit of everything; each state's digest after nearly every group, before and after
  // rollbacks, and often a load of what was stored.
  const Made made = run({.seed = 16,
                         .commands = 6'000,
                         .operations = 24,
                         .digests = 1,
                         .compares = 4,
                         .reloads = 40});
  EXPECT_GT(made.fields, 10'000U);
}

TEST(StateModel, WritingAroundTheWriterIsFoundAndUndone) {
  // Shown by: managed fields written through `edit`, then more of everything, marks and rollbacks
  // included. Each such command ends as broken, and what follows agrees with the model.
  const Made made = run({.seed = 17,
                         .commands = 20'000,
                         .operations = 24,
                         .digests = 4,
                         .compares = 8,
                         .reloads = 500,
                         .mix = {.mark = 2, .roll_back = 2, .careless = 1}});
  EXPECT_GT(made.careless, 5'000U);
}

TEST(StateModel, AnyDomainWillDo) {
  // Shown by: random domains, each with its random commands.
  std::uint64_t rows = 0;
  for (std::uint64_t seed = 1; seed <= 150 && !testing::Test::HasFatalFailure(); ++seed) {
    Choices choices(seed);
    const auto schema = schema::Schema::from_idl(stamped(random_idl(choices)));
    ASSERT_TRUE(schema) << seed;
    if (schema->domain().records.empty()) {
      continue;
    }
    const Plan plan(*schema);
    Twins twins(plan, {.seed = seed, .commands = 40, .digests = 2, .compares = 2, .reloads = 10});
    twins.run();
    rows += twins.made.rows;
  }
  EXPECT_GT(rows, 5'000U);
}

}  // namespace
}  // namespace cairn::state
