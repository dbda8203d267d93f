// SPDX-License-Identifier: Apache-2.0
// What the benchmark compares with does the same work: same answers, same deltas, same events.
#include <array>
#include <cstdint>
#include <map>
#include <random>
#include <string>

#include <gtest/gtest.h>

#include "examples/build/build.h"
#include "tests/execution/hand_build.h"
#include "tests/execution/rig.h"

namespace cairn::execution {
namespace {

using databuild::Databuild;

/// The engine and the program by hand, which are given the same commands.
struct Both {
  Both() : rig(domain_entry<Databuild>) {}

  template <typename C>
  void submit(const C& command) {
    GrowingByteWriter bytes;
    encode(bytes, command);
    const auto kind = static_cast<std::uint16_t>(C::schema::kind);
    const std::uint64_t position = rig.next().position.value();
    const Transaction& done = rig.execute({.kind = kind, .bytes = bytes.written()});
    const bool accepted = hand.execute(kind, bytes.written(), position);
    ASSERT_EQ(accepted, done.outcome == OutcomeKind::Accepted);
    const auto rejection = hand.rejection();
    const std::uint16_t code =
        rejection ? static_cast<std::uint16_t>(*rejection) : std::uint16_t{0};
    ASSERT_EQ(code, done.code);
    ASSERT_EQ(text_of(hand.delta()), text_of(done.delta));
    ASSERT_EQ(events_by_hand(), events_of(done));
    ++answers[code];
  }

  static std::string events_of(const Transaction& done) {
    std::string text;
    for (const Event& event : done.events) {
      text += std::to_string(event.kind) + " " + text_of(event.bytes) + "\n";
    }
    return text;
  }

  [[nodiscard]] std::string events_by_hand() const {
    std::string text;
    for (const HandBuild::Emitted& event : hand.events()) {
      text += std::to_string(event.kind) + " " + text_of(hand.event_bytes(event)) + "\n";
    }
    return text;
  }

  /// Of a row in the state of the engine; 0 when it is not there.
  template <typename R, typename K>
  std::uint32_t revision_of(const K& key) {
    std::array<std::byte, key_size_max<K>> memory;
    constexpr auto record = detail::record_position<Databuild, R>;
    const state::ConstRow row = rig.state.find(record, encode_key(memory, key));
    return row == nullptr ? 0 : state::header_of(row).revision;
  }

  Rig rig;
  HandBuild hand;
  std::map<std::uint16_t, int> answers;  ///< how often each was given; 0 for an accepted command
};

constexpr std::uint32_t partitions = 12;
constexpr std::uint32_t names = 14;  ///< two of which are no partition's

Str<64> ref(std::uint32_t number) {
  return *Str<64>::from("warehouse/orders/day=" + std::to_string(number));
}

/// A command about few rows, so that it often is one that cannot be.
void submit_random(Both& both, std::mt19937& random) {
  const auto below = [&](std::uint32_t bound) {
    return static_cast<std::uint32_t>(random() % bound);
  };
  const auto any_ref = [&] { return ref(below(names)); };
  const Id<databuild::Want> want = {below(400) + 1};
  const Id<databuild::JobRun> run = {below(400) + 1};
  switch (below(5)) {
    case 0:
      return both.submit(databuild::AddPartition{.ref = ref(below(partitions))});
    case 1:
      return both.submit(databuild::MakeWant{
          .want = want, .partitions = {any_ref(), below(4) == 0 ? Str<64>() : any_ref()}});
    case 2:
      return both.submit(databuild::StartJob{
          .run = run, .job = below(2) == 0 ? "daily" : "again", .partition = any_ref()});
    case 3:
      return both.submit(databuild::FinishJob{.run = run, .success = below(2) == 0});
    default:
      return both.submit(databuild::CancelWant{.want = want});
  }
}

TEST(HandBuild, AnswersChangesAndStatesTheSameByteForByteAsTheEngine) {
  // Random commands, most of which are rejected somewhere on their way; each rejection is met.
  constexpr std::uint32_t seed = 20;
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  Both both;
  for (int i = 0; i < 20'000 && !HasFatalFailure(); ++i) {
    submit_random(both, random);
  }
  for (std::uint16_t code = 0; code <= static_cast<std::uint16_t>(databuild::WantFinished);
       ++code) {
    EXPECT_GT(both.answers[code], 20) << code;
  }
}

TEST(HandBuild, CountsRevisionsAsTheEngineDoes) {
  // A want that was served twice, its partition, its runs, and rows that are not there.
  Both both;
  both.submit(databuild::AddPartition{.ref = ref(1)});
  both.submit(databuild::MakeWant{.want = {1}, .partitions = {ref(1)}});
  both.submit(databuild::MakeWant{.want = {2}, .partitions = {ref(1), ref(1)}});
  both.submit(databuild::StartJob{.run = {1}, .job = "daily", .partition = ref(1)});
  both.submit(databuild::FinishJob{.run = {1}, .success = false});
  both.submit(databuild::StartJob{.run = {2}, .job = "again", .partition = ref(1)});
  EXPECT_EQ(both.hand.revision_of(ref(1).view()), 4U);
  EXPECT_EQ(both.hand.revision_of(ref(1).view()), both.revision_of<databuild::Partition>(ref(1)));
  for (const Id<databuild::Want> want : {Id<databuild::Want>{1}, Id<databuild::Want>{2}}) {
    EXPECT_EQ(both.hand.revision_of(want), both.revision_of<databuild::Want>(want));
  }
  for (const Id<databuild::JobRun> run : {Id<databuild::JobRun>{1}, Id<databuild::JobRun>{2}}) {
    EXPECT_EQ(both.hand.revision_of(run), both.revision_of<databuild::JobRun>(run));
  }
  EXPECT_EQ(both.hand.revision_of(Id<databuild::Want>{1}), 4U);
  EXPECT_EQ(both.hand.revision_of(Id<databuild::Want>{2}), 0U);
}

}  // namespace
}  // namespace cairn::execution
