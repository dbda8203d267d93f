// SPDX-License-Identifier: Apache-2.0
// The executor beside the model host of tests/support, which is too simple to be wrong: the same
// commands have to come to the same outcomes, events and states.
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "examples/bank/bank.h"
#include "examples/build/build.h"
#include "state/checkpoint.h"
#include "state/delta.h"
#include "tests/execution/rig.h"
#include "tests/execution/shop_script.h"
#include "tests/support/fake_host.h"

namespace cairn::execution {
namespace {

using test::FakeHost;
using test::ModelResult;
using test::ModelVerdict;

OutcomeKind outcome_of(ModelVerdict verdict) {
  switch (verdict) {
    case ModelVerdict::Accepted:
      return OutcomeKind::Accepted;
    case ModelVerdict::Rejected:
      return OutcomeKind::Rejected;
    case ModelVerdict::Denied:
      return OutcomeKind::Denied;
    case ModelVerdict::Faulted:
      return OutcomeKind::Faulted;
  }
  return OutcomeKind::Faulted;
}

std::uint64_t seed_of(const Digest& fingerprint) {
  std::uint64_t seed = 0;
  for (std::size_t i = 8; i-- > 0;) {
    seed = seed << 8U | std::to_integer<std::uint64_t>(fingerprint.bytes.at(i));
  }
  return seed;
}

/// How many commands a run has; more when asked to.
std::uint64_t commands_of(std::uint64_t usual) {
  const char* const times = std::getenv("CAIRN_TEST_TIMES");  // NOLINT(concurrency-mt-unsafe)
  return usual * (times == nullptr ? 1 : std::strtoull(times, nullptr, 10));
}

/// A random command, its numbers small so that commands meet.
struct Random {
  std::uint64_t state = 0;

  std::uint64_t below(std::uint64_t bound) {
    state = state * 6364136223846793005U + 1442695040888963407U;
    return (state >> 33U) % bound;
  }
};

struct Sent {
  std::uint16_t kind = 0;
  std::vector<std::byte> bytes;
};

template <typename C>
Sent sent(const C& command) {
  GrowingByteWriter writer;
  encode(writer, command);
  return {.kind = static_cast<std::uint16_t>(C::schema::kind),
          .bytes = {writer.written().begin(), writer.written().end()}};
}

/// The model, the executor, a twin that does not believe the domain and executes the same, and a
/// replica that gets the deltas.
class Quartet final {
 public:
  explicit Quartet(const cairn_domain& domain)
      : model_(domain),
        rig_(domain),
        twin_(domain, Trust::Checked),
        replica_(rig_.plan),
        follower_(replica_) {
    model_.seed = seed_of(rig_.schema.fingerprint());
    model_.steps_max = 1'000'000;
  }

  /// Sends a command to all four and compares all that shows.
  void send(const Sent& command, std::uint64_t timer = 0) {
    const std::string content = rig_.content();
    const std::size_t waiting = rig_.state.timers().size();
    const ModelResult expected = model_.execute(command.kind, command.bytes, timer);
    const std::uint64_t model_looked = shop::take_looked();
    const Command same = {.kind = command.kind, .bytes = command.bytes, .timer = timer};
    const Transaction& done = rig_.execute(same);
    EXPECT_EQ(shop::take_looked(), model_looked);
    compare(expected, done);
    EXPECT_EQ(text_of(twin_.execute(same)), text_of(done));
    shop::take_looked();
    follow(done);
    if (done.outcome != OutcomeKind::Accepted && timer == 0) {
      EXPECT_EQ(rig_.content(), content);
      EXPECT_TRUE(done.delta.empty());
    }
    if (timer != 0 && done.outcome != OutcomeKind::Accepted) {
      EXPECT_EQ(rig_.state.timers().size(), waiting - 1);
    }
    ++outcomes_[static_cast<std::size_t>(done.outcome)];
  }

  void set_time(std::int64_t time) {
    model_.time = time;
    rig_.time = time;
    twin_.time = time;
  }

  [[nodiscard]] const state::State& state() const { return rig_.state; }

  /// How often something came of a command.
  [[nodiscard]] std::uint64_t count(OutcomeKind outcome) const {
    return outcomes_[static_cast<std::size_t>(outcome)];
  }

 private:
  void compare(const ModelResult& expected, const Transaction& done) {
    EXPECT_EQ(to_string(done.outcome), to_string(outcome_of(expected.verdict)))
        << done.text << " / " << expected.text;
    const bool rejected = done.outcome == OutcomeKind::Rejected;
    EXPECT_EQ(done.code, rejected ? expected.code : 0);
    EXPECT_EQ(text_of(done.detail), rejected ? expected.detail : "");
    if (done.outcome == OutcomeKind::Faulted) {
      EXPECT_EQ(to_string(done.fault), to_string(expected.fault)) << done.text << expected.text;
    }
    if (done.outcome == OutcomeKind::Denied) {
      EXPECT_EQ(rig_.plan.domain().gates[done.gate].name, expected.text);
    }
    ASSERT_EQ(done.events.size(), expected.events.size());
    for (std::size_t i = 0; i < done.events.size(); ++i) {
      const Event& event = done.events[i];
      EXPECT_EQ(event.kind, expected.events[i].kind);
      EXPECT_EQ(text_of(event.bytes), expected.events[i].bytes);
      EXPECT_EQ(event.has_cause, expected.events[i].has_cause);
      EXPECT_EQ(event.cause.transaction, expected.events[i].cause.transaction);
      EXPECT_EQ(event.cause.event, expected.events[i].cause.event);
    }
    EXPECT_EQ(dump(rig_.state), model_.dump());
  }

  void follow(const Transaction& done) {
    const Result<> applied =
        state::apply_delta(follower_, done.delta, done.context.position, done.context.time);
    EXPECT_TRUE(applied.has_value()) << applied.error().to_string();
    follower_.finish();
    EXPECT_EQ(state::digest_of(replica_), state::digest_of(rig_.state));
  }

  FakeHost model_;
  Rig rig_;
  Rig twin_;
  state::State replica_;
  state::Writer follower_;
  std::array<std::uint64_t, 4> outcomes_ = {};
};

Str<32> owner(std::uint64_t number) {
  return *Str<32>::from("owner " + std::to_string(number));
}

Sent bank_command(Random& random) {
  const auto account = [&] { return Id<bank::Account>{1 + random.below(6)}; };
  const auto amount = [&] {
    return static_cast<std::int64_t>(random.below(60)) - (random.below(9) == 0 ? 30 : 0);
  };
  switch (random.below(8)) {
    case 0:
    case 1:
      return sent(bank::OpenAccount{
          .account = account(), .owner = owner(random.below(3)), .opening = amount()});
    case 2:
      return sent(bank::Deposit{.account = account(), .amount = amount()});
    case 3:
      return sent(bank::Withdraw{.account = account(), .amount = amount()});
    case 4:
      return random.below(12) == 0
                 ? sent(bank::Freeze{.account = account()})
                 : sent(bank::Rename{.account = account(), .owner = owner(random.below(3))});
    default:
      return sent(bank::Transfer{.from = account(), .to = account(), .amount = amount()});
  }
}

TEST(Model, RandomBankCommandsComeToTheSame) {
  // Many commands on few accounts; every outcome, event, state, twin and replica is compared.
  Quartet all(domain_entry<bank::Bank>);
  Random random{.state = 1};
  for (std::uint64_t i = 0; i < commands_of(600) && !::testing::Test::HasFailure(); ++i) {
    SCOPED_TRACE(i);
    all.set_time(static_cast<std::int64_t>(i));
    all.send(bank_command(random));
  }
  EXPECT_GT(all.count(OutcomeKind::Accepted), 100U);
  EXPECT_GT(all.count(OutcomeKind::Rejected), 100U);
}

Sent build_command(Random& random) {
  using namespace databuild;  // NOLINT(google-build-using-namespace): a page of its names
  const auto ref = [&] { return *Str<64>::from("part/" + std::to_string(random.below(5))); };
  const auto want = [&] { return Id<Want>{1 + random.below(60)}; };
  const auto run = [&] { return Id<JobRun>{1 + random.below(40)}; };
  switch (random.below(8)) {
    case 0:
      return sent(AddPartition{.ref = ref()});
    case 1:
    case 2:
      return sent(MakeWant{.want = want(),
                           .partitions = {ref(), random.below(2) == 0 ? Str<64>() : ref()}});
    case 3:
    case 4:
      return sent(StartJob{.run = run(), .job = "job", .partition = ref()});
    case 5:
      return sent(CancelWant{.want = want()});
    default:
      return sent(FinishJob{.run = run(), .success = random.below(3) != 0});
  }
}

TEST(Model, RandomBuildCommandsComeToTheSame) {
  // Edges of every cardinality, walked while they change; guards.
  Quartet all(domain_entry<databuild::Databuild>);
  Random random{.state = 2};
  for (std::uint64_t i = 0; i < commands_of(600) && !::testing::Test::HasFailure(); ++i) {
    SCOPED_TRACE(i);
    all.send(build_command(random));
  }
  EXPECT_GT(all.count(OutcomeKind::Accepted), 50U);
  EXPECT_GT(all.count(OutcomeKind::Rejected), 100U);
}

/// Random handlers in the shop, and gates that look at everything.
struct ShopScripts : ::testing::Test {
  void SetUp() override {
    shop::do_this = &shop::run_script;
    shop::look_at_this = &shop::look_at_both;
  }

  void TearDown() override { shop::look_at_this = nullptr; }
};

Sent shop_command(Random& random) {
  if (random.below(30) == 0) {
    return sent(shop::Place{.price = static_cast<std::int64_t>(random.below(1'200'000))});
  }
  return sent(shop::Do{.what = static_cast<std::uint32_t>(random.state)});
}

TEST_F(ShopScripts, RandomHandlersComeToTheSame) {
  // Everything a Tx and a View can do, in random order; timers are fired as they fall due.
  Quartet all(domain_entry<shop::Shop>);
  Random random{.state = 3};
  const std::uint64_t count = commands_of(1500);
  for (std::uint64_t i = 0; i < count && !::testing::Test::HasFailure(); ++i) {
    SCOPED_TRACE(i);
    const auto now = static_cast<std::int64_t>(i);
    all.set_time(now);
    const state::Timers::Due due = all.state().timers().due(now);
    if (due.number != 0 && random.below(3) != 0) {
      const state::Timer timer = *due.timer;
      all.send({.kind = timer.kind, .bytes = timer.command}, due.number);
    } else {
      all.send(shop_command(random));
    }
  }
  EXPECT_GT(all.count(OutcomeKind::Accepted), 500U);
  EXPECT_GT(all.count(OutcomeKind::Rejected), 100U);
  EXPECT_GT(all.count(OutcomeKind::Faulted), 50U);
  EXPECT_GT(all.count(OutcomeKind::Denied), 5U);
}

}  // namespace
}  // namespace cairn::execution
