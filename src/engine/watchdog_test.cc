// SPDX-License-Identifier: Apache-2.0
// Commands that do not end by themselves, and one that wants all memory there is. Where a process
// has to end, a child of this one does.
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <cairn/engine.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/limits.h"
#include "tests/dsl/shop.h"
#include "tests/support/temp_folder.h"
#include "watchdog/quarantine.h"

namespace shop {
namespace {

using cairn::Errc;
using cairn::FaultKind;
using cairn::OutcomeKind;
using ::testing::ElementsAre;
using ::testing::ExitedWithCode;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;
using ShopEngine = cairn::Engine<Shop>;
using Submitted = cairn::Submitted<Shop>;

constexpr Do endless = {.what = 1, .order = 1};
constexpr Do other = {.what = 2, .order = 1};

/// How often the handler of `Do` was called.
int& calls() {
  static int count = 0;
  return count;
}

/// Changes an order, and then calls nobody for ever.
Outcome spin(Tx& tx, const Do& cmd) {
  ++calls();
  tx.find(Id<Order>{cmd.order}).edit().edits = 77;
  for (volatile u64 turns = 0; cmd.what == endless.what;) {
    turns = turns + 1;
  }
  return ok;
}

/// The same with calls of the host.
Outcome look_for_ever(Tx& tx, const Do& cmd) {
  ++calls();
  tx.find(Id<Order>{cmd.order}).edit().edits = 77;
  while (cmd.what == endless.what) {
    static_cast<void>(tx.find(Id<Order>{1}));
  }
  return ok;
}

struct Watchdog : ::testing::Test {
  Watchdog() { calls() = 0; }

  [[nodiscard]] std::string path() const { return folder.path() + "/quarantine"; }

  [[nodiscard]] std::string file() const {
    std::ifstream in(path(), std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }

  /// Steps without end: only the clock ends a command. The limit is one that an honest command is
  /// far from, on a machine that has other things to do.
  [[nodiscard]] ShopEngine::Options options() {
    return {.budget = {.steps_max = ~std::uint64_t{0}},
            .watchdog = {.limit = cairn::milliseconds(400),
                         .quarantine_file = path(),
                         .tell = [this](auto line) { told.emplace_back(line); }}};
  }

  static Submitted place(ShopEngine& engine) { return engine.submit(Place{.price = 5}).value(); }

  /// The digest of an engine in which the second of three commands came to nothing.
  static cairn::Digest digest_without_second() {
    ShopEngine engine = ShopEngine::in_memory();
    place(engine);
    EXPECT_TRUE(engine.submit(Ship{.order = 99}).value().rejected());
    place(engine);
    return engine.digest();
  }

  cairn::test::TempFolder folder;
  std::vector<std::string> told;
};

using WatchdogDeath = Watchdog;

TEST_F(WatchdogDeath, ACommandThatCallsNothingEndsTheProcessAndIsRefusedByTheNext) {
  // A child places an order, and spins. This process then is the next one.
  do_this = spin;
  const auto in_child = [&] {
    ShopEngine::Options with_stderr = options();
    with_stderr.watchdog.tell = nullptr;
    ShopEngine engine = ShopEngine::in_memory(with_stderr);
    place(engine);
    EXPECT_TRUE(engine.submit(endless)) << "and never comes back";
  };
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EXIT(in_child(), ExitedWithCode(cairn::quarantine_exit_status),
              "cairn: Do of shop at position 2 ran longer than 0.4s; it is quarantined in "
              ".*/quarantine; the process ends with status 75\n");
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(20));
  EXPECT_THAT(file(), StartsWith("cairn quarantine 1\n"));
  EXPECT_THAT(file(), HasSubstr(" shop Do 2 "));

  ShopEngine engine = ShopEngine::in_memory(options());
  place(engine);
  const Submitted refused = engine.submit(endless).value();
  EXPECT_EQ(refused.outcome(), OutcomeKind::Faulted);
  EXPECT_EQ(refused.fault(), FaultKind::Quarantined);
  EXPECT_TRUE(refused.delta().empty());
  EXPECT_EQ(calls(), 0);
  EXPECT_TRUE(place(engine).accepted());
  EXPECT_EQ(engine.digest(), digest_without_second());
  EXPECT_TRUE(engine.submit(other).value().accepted()) << "another command of the same kind runs";
  EXPECT_EQ(calls(), 1);
  EXPECT_THAT(told, IsEmpty());
}

TEST_F(WatchdogDeath, WhatCannotBeWrittenEndsTheProcessAllTheSame) {
  // The file has no room for one line more.
  std::string full = cairn::watchdog::quarantine_head();
  for (u64 number = 1; full.size() + 150 < cairn::quarantine_bytes_max; ++number) {
    full += cairn::watchdog::to_line(cairn::watchdog::Quarantined{
        .command = {}, .domain = "shop", .name = "Do", .position = cairn::Seq(number), .time = {}});
  }
  std::ofstream(path(), std::ios::binary) << full;
  do_this = spin;
  const auto in_child = [&] {
    ShopEngine::Options with_stderr = options();
    with_stderr.watchdog.tell = nullptr;
    ShopEngine engine = ShopEngine::in_memory(with_stderr);
    place(engine);
    EXPECT_TRUE(engine.submit(endless)) << "and never comes back";
  };
  EXPECT_EXIT(in_child(), ExitedWithCode(cairn::quarantine_exit_status),
              "could not take it, so only this process refuses it: .*the process ends");
}

TEST_F(Watchdog, ACommandThatCallsItsHostEndsThereAndTheProcessGoesOn) {
  // It is quarantined at once, in this process and in the next; nothing of it stays.
  do_this = look_for_ever;
  ShopEngine engine = ShopEngine::in_memory(options());
  place(engine);
  const Submitted ended = engine.submit(endless).value();
  EXPECT_EQ(ended.fault(), FaultKind::Quarantined);
  EXPECT_EQ(ended.position(), cairn::Seq(2));
  EXPECT_EQ(calls(), 1);
  ASSERT_EQ(told.size(), 1U);
  EXPECT_THAT(told[0], HasSubstr("Do of shop at position 2 ran longer than 0.4s; it is quarant"));
  EXPECT_TRUE(place(engine).accepted());
  EXPECT_EQ(engine.digest(), digest_without_second());
  EXPECT_EQ(engine.submit(endless).value().fault(), FaultKind::Quarantined);
  EXPECT_EQ(calls(), 1);

  ShopEngine next = ShopEngine::in_memory(options());
  place(next);
  EXPECT_EQ(next.submit(endless).value().fault(), FaultKind::Quarantined);
  EXPECT_EQ(calls(), 1);
  EXPECT_EQ(told.size(), 1U);
}

TEST_F(Watchdog, ARefusedCommandIsRefusedHoweverItComes) {
  // Tried, asked about, in a group, and when its time comes; it leaves no trace where it should
  // not, and waits no longer where it waited.
  do_this = look_for_ever;
  {
    ShopEngine first = ShopEngine::in_memory(options());
    place(first);
    EXPECT_EQ(first.what_if(endless).value().fault(), FaultKind::Quarantined);
    EXPECT_EQ(first.position(), cairn::Seq(1));
  }
  do_this = [](Tx& tx, const Do& cmd) -> Outcome {
    ++calls();
    tx.schedule(tx.now() + Duration{5}, Do{.what = 1, .order = cmd.order});
    return ok;
  };
  calls() = 0;
  ShopEngine engine = ShopEngine::in_memory(options());
  place(engine);
  EXPECT_EQ(engine.try_step(endless).value().fault(), FaultKind::Quarantined);
  EXPECT_EQ(engine.what_if(endless).value().fault(), FaultKind::Quarantined);
  EXPECT_EQ(engine.position(), cairn::Seq(1));
  {
    auto group = engine.begin();
    EXPECT_EQ(group.apply(endless).value().fault(), FaultKind::Quarantined);
    group.commit();
  }
  EXPECT_EQ(engine.position(), cairn::Seq(2));
  EXPECT_EQ(calls(), 0);
  EXPECT_TRUE(engine.submit(other).value().accepted());
  engine.advance(Timestamp{5});
  EXPECT_EQ(engine.position(), cairn::Seq(4)) << "it came due, and was recorded";
  engine.advance(Timestamp{50});
  EXPECT_EQ(engine.position(), cairn::Seq(4));
  EXPECT_EQ(calls(), 1);
}

/// What the test of an own handler shares with the handler of the command.
std::atomic<bool>& may_end() {
  static std::atomic<bool> flag = false;
  return flag;
}

TEST_F(Watchdog, WhoeverHandlesItThemselvesLearnsWhatItIsWhileItRuns) {
  // The handler of the test lets the command end. It is still one that ran too long.
  may_end() = false;
  do_this = [](Tx&, const Do&) -> Outcome {
    while (!may_end()) {
    }
    return ok;
  };
  ShopEngine::Options own = options();
  std::string seen;
  auto thread = std::this_thread::get_id();
  own.watchdog.overdue = [&](const cairn::OverdueCommand& command) {
    seen = std::string(command.domain) + " " + std::string(command.name) + " at " +
           std::to_string(command.position.value()) + " " + std::to_string(command.bytes.size());
    thread = std::this_thread::get_id();
    may_end() = true;
  };
  ShopEngine engine = ShopEngine::in_memory(own);
  const Submitted ended = engine.submit(endless).value();
  EXPECT_EQ(ended.fault(), FaultKind::Quarantined);
  EXPECT_EQ(seen, "shop Do at 1 12");
  EXPECT_NE(thread, std::this_thread::get_id());
  EXPECT_THAT(file(), HasSubstr(" shop Do 1 "));
}

TEST_F(Watchdog, AFileThatIsDamagedIsRefusedByNameAndATornOneIsToldOf) {
  // The same command twice in the file, the first damaged or the second cut short.
  do_this = look_for_ever;
  {
    ShopEngine engine = ShopEngine::in_memory(options());
    place(engine);
    static_cast<void>(engine.submit(endless).value());
  }
  const std::string whole = file();
  told.clear();
  std::string damaged = whole;
  damaged.insert(whole.find('\n') + 3, "x");
  std::ofstream(path(), std::ios::binary) << damaged << whole.substr(whole.find('\n') + 1);
  const auto refused =
      cairn::make_memory_engine(cairn::domain_entry<Shop>, cairn::Trust::Compiled, options());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), Errc::Corrupt);
  EXPECT_THAT(refused.error().to_string(), HasSubstr(path()));
  EXPECT_THAT(refused.error().to_string(), HasSubstr("line 2"));
  EXPECT_THROW(static_cast<void>(ShopEngine::in_memory(options())), std::runtime_error);

  std::ofstream(path(), std::ios::binary) << whole << whole.substr(whole.find('\n') + 1, 40);
  ShopEngine engine = ShopEngine::in_memory(options());
  EXPECT_THAT(told, ElementsAre("cairn: " + path() +
                                ": line 3 is cut short or damaged, and counts for nothing"));
  place(engine);
  EXPECT_EQ(engine.submit(endless).value().fault(), FaultKind::Quarantined);
}

TEST_F(Watchdog, OptionsThatMakeNoSenseAreRefused) {
  // A limit and nowhere to write to, less than nothing, a folder that is not there.
  const auto made = [&](const cairn::WatchdogOptions& watchdog) {
    return cairn::make_memory_engine(cairn::domain_entry<Shop>, cairn::Trust::Compiled,
                                     {.watchdog = watchdog});
  };
  EXPECT_EQ(made({.limit = Duration{1}}).error().code(), Errc::InvalidArgument);
  EXPECT_EQ(made({.limit = Duration{-1}, .quarantine_file = path()}).error().code(),
            Errc::InvalidArgument);
  EXPECT_THAT(made({.quarantine_file = folder.path() + "/none/q"}).error().to_string(),
              HasSubstr("/none/q"));
  EXPECT_TRUE(made({.quarantine_file = path()})) << "refusing needs no watching";
}

/// A sanitizer reserves more of the address space than any bound would leave.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool can_bound_memory = false;
#elif defined(__has_feature)
constexpr bool can_bound_memory =
    !__has_feature(address_sanitizer) && !__has_feature(thread_sanitizer);
#else
constexpr bool can_bound_memory = true;
#endif

/// Lets the address space of this process grow by so many bytes and no more.
void bound_memory(std::size_t more) {
  std::size_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  const rlim_t most = pages * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE)) + more;
  const rlimit bound = {.rlim_cur = most, .rlim_max = most};
  ASSERT_EQ(::setrlimit(RLIMIT_AS, &bound), 0);
}

/// Asks for memory until there is none.
Outcome take_all_memory(Tx& tx, const Do& cmd) {
  tx.find(Id<Order>{cmd.order}).edit().edits = 77;
  std::vector<std::unique_ptr<std::string>> all;
  while (cmd.what == endless.what) {
    all.push_back(std::make_unique<std::string>(std::size_t{1} << 20U, 'm'));
  }
  return ok;
}

TEST_F(WatchdogDeath, AHandlerThatTakesAllMemoryFaultsAndTheNextCommandWorks) {
  // In a child whose address space is bounded: the same command twice, then others.
  if constexpr (!can_bound_memory) {
    GTEST_SKIP() << "the address space cannot be bounded under a sanitizer";
  }
  do_this = take_all_memory;
  const auto in_child = [&] {
    ShopEngine engine = ShopEngine::in_memory();
    place(engine);
    bound_memory(std::size_t{64} << 20U);
    const Submitted faulted = engine.submit(endless).value();
    place(engine);
    const bool is_right = faulted.faulted() && faulted.fault() == FaultKind::Threw &&
                          faulted.fault_text().contains("bad_alloc") &&
                          engine.digest() == digest_without_second() &&
                          engine.submit(endless).value().fault() == FaultKind::Threw &&
                          engine.submit(other).value().accepted();
    std::_Exit(is_right ? 0 : 1);
  };
  EXPECT_EXIT(in_child(), ExitedWithCode(0), "");
}

}  // namespace
}  // namespace shop
