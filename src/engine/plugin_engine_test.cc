// SPDX-License-Identifier: Apache-2.0
// The engine in memory, with its rules from shared objects.
#include <array>
#include <cstring>
#include <initializer_list>
#include <string>
#include <vector>

#include <cairn/testing.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "examples/bank/bank.h"

namespace cairn {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

PluginFile plugin_file(const std::string& name) {
  return {.path = CAIRN_PLUGIN_FOLDER "/" + name + ".so"};
}

std::unique_ptr<EngineCore> engine_of(const std::string& name) {
  return make_memory_engine(plugin_file(name), {}).value();
}

std::string error_of(const PluginFile& plugin) {
  const auto core = make_memory_engine(plugin, {});
  return core ? "no error" : core.error().to_string();
}

TEST(PluginEngine, TypesOfTheProgramWorkOnRulesOfAPlugin) {
  // Submits, reads and subscribes as with the domain compiled in, and gets the same.
  auto loaded = Engine<bank::Bank>::in_memory(plugin_file("bank")).value();
  auto compiled = Engine<bank::Bank>::in_memory();
  std::string seen;
  const auto subscription =
      loaded.subscribe([&](const TransactionView& each) { seen += loaded.core().describe(each); });
  constexpr Id<bank::Account> ann = {1};
  const auto both = [&](const auto& command) {
    auto one = loaded.submit(command).value();
    const auto other = compiled.submit(command).value();
    EXPECT_TRUE(std::ranges::equal(one.delta(), other.delta()));
    EXPECT_EQ(one.outcome(), other.outcome());
    EXPECT_EQ(loaded.digest(), compiled.digest());
    return one;
  };
  EXPECT_TRUE(both(bank::OpenAccount{.account = ann, .owner = "ann", .opening = 100}).accepted());
  EXPECT_TRUE(
      both(bank::Withdraw{.account = ann, .amount = 101}).rejected(bank::InsufficientFunds));
  EXPECT_EQ(
      both(bank::Deposit{.account = ann, .amount = 5}).events_of<bank::Deposited>().at(0)->balance,
      105);
  EXPECT_EQ(loaded.find(ann).value().balance, 105);
  EXPECT_EQ(loaded.find(ann).value().owner.get(), Str<32>("ann"));
  EXPECT_THAT(seen, HasSubstr("rejected: InsufficientFunds"));
  EXPECT_EQ(loaded.position(), Seq(3));
}

TEST(PluginEngine, TypesOfAnotherDomainAreRefused) {
  // The bank's types on the plugin of another domain, and a plugin that is not there.
  const auto other = Engine<bank::Bank>::in_memory(plugin_file("build"));
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code(), Errc::Conflict);
  EXPECT_THAT(other.error().to_string(), HasSubstr("build.so"));
  EXPECT_THAT(error_of(plugin_file("nothing")), HasSubstr("nothing.so"));
  PluginFile wanted = plugin_file("counter");
  wanted.name = "bank";
  EXPECT_THAT(error_of(wanted), HasSubstr("\"counter\", not \"bank\""));
  wanted.name = "counter";
  EXPECT_EQ(error_of(wanted), "no error");
}

TEST(PluginEngine, AScenarioRunsOnAPlugin) {
  // The test kit with a plugin's rules: what holds of the types holds of the shared object.
  testing::Scenario<bank::Bank>(Engine<bank::Bank>::in_memory(plugin_file("bank")).value())
      .given(bank::OpenAccount{.account = {1}, .owner = "ann", .opening = 10})
      .when(bank::Withdraw{.account = {1}, .amount = 20})
      .rejected(bank::InsufficientFunds);
}

/// Canonical bytes of numbers, each of eight bytes.
std::vector<std::byte> numbers(std::initializer_list<std::uint64_t> values) {
  GrowingByteWriter writer;
  for (const std::uint64_t value : values) {
    writer.u64(value);
  }
  return {writer.written().begin(), writer.written().end()};
}

std::int64_t value_of(EngineCore& core, std::uint64_t counter) {
  std::int64_t value = -1;
  core.read(
      [&](const detail::Call& call) {
        std::array<std::byte, 8> key = {};
        key[7] = static_cast<std::byte>(counter);
        cairn_row row = nullptr;
        if (call.host->find(call.call, 0, 0, {.data = key.data(), .size = key.size()}, &row) ==
            CAIRN_OK) {
          std::memcpy(&value, static_cast<const std::byte*>(row) + 8, sizeof(value));
        }
      },
      nullptr);
  return value;
}

TEST(PluginEngine, ADomainInPlainCRunsWithoutTypes) {
  // Commands as bytes, state by key bytes, transactions as text made from the schema alone.
  const auto core = engine_of("counter");
  EXPECT_EQ(core->domain().name, "counter");
  std::vector<std::string> seen;
  const auto subscription =
      core->subscribe([&](const TransactionView& each) { seen.push_back(core->describe(each)); });
  const auto submit = [&](std::uint16_t kind, const std::vector<std::byte>& bytes) {
    OutcomeKind outcome = {};
    const auto done = core->execute({.kind = kind, .bytes = bytes},
                                    [&](const TransactionView& each) { outcome = each.outcome; });
    EXPECT_TRUE(done.has_value());
    return outcome;
  };
  EXPECT_EQ(submit(1, numbers({7})), OutcomeKind::Accepted);
  EXPECT_EQ(submit(2, numbers({7, 30})), OutcomeKind::Accepted);
  EXPECT_EQ(submit(2, numbers({7, 2000})), OutcomeKind::Rejected);
  EXPECT_EQ(submit(2, numbers({7})), OutcomeKind::Faulted);
  EXPECT_EQ(value_of(*core, 7), 30);
  EXPECT_EQ(value_of(*core, 8), -1);
  core->unsubscribe(subscription);
  EXPECT_EQ(core->execute({.kind = 9}, [](const TransactionView&) {}).error().code(),
            Errc::NotFound);
  EXPECT_THAT(seen, ElementsAre("1 at 0: Open{counter: 7}\n"
                                "  accepted\n"
                                "  created Counter{id: 7, value: 0}\n",
                                "2 at 0: Add{counter: 7, amount: 30}\n"
                                "  accepted\n"
                                "  changed Counter 7: value: 30\n"
                                "  event Changed{counter: 7, value: 30}\n",
                                "3 at 0: Add{counter: 7, amount: 2000}\n"
                                "  rejected: TooMuch Room{left: 970}\n",
                                HasSubstr("faulted")));
}

TEST(PluginEngine, EveryEngineHasAnObjectOfItsOwn) {
  // Two engines of one file, and one whose file is another version: none sees the others, and each
  // is unloaded with its engine.
  const auto one = engine_of("counter");
  {
    const auto other = engine_of("counter");
    EXPECT_TRUE(other->execute({.kind = 1, .bytes = numbers({7})}, [](const auto&) {}));
    EXPECT_EQ(value_of(*other, 7), 0);
  }
  EXPECT_EQ(value_of(*one, 7), -1);
  EXPECT_TRUE(one->execute({.kind = 1, .bytes = numbers({7})}, [](const auto&) {}));
  EXPECT_EQ(engine_of("oracle_1")->domain().version, 1U);
  EXPECT_EQ(engine_of("oracle_2")->domain().version, 2U);
}

TEST(PluginEngine, ThePluginOfADomainIsSearchedLikeTheDomain) {
  // The test kit without types: a plugin does the same twice, and nothing it does is a fault.
  const testing::MakeEngine make = [](const EngineOptions& options) {
    return make_memory_engine(plugin_file("bank"), options).value();
  };
  const auto core = make({});
  const testing::SearchOptions options = {.runs = 2, .steps = 200};
  const auto twice = testing::run_twice(core->domain(), make, options);
  EXPECT_TRUE(twice) << twice.text;
  EXPECT_GT(twice.accepted, 50U);
}

}  // namespace
}  // namespace cairn
