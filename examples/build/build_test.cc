// SPDX-License-Identifier: Apache-2.0
#include "examples/build/build.h"

#include <gtest/gtest.h>

#include "tests/support/fake_host.h"

namespace databuild {
namespace {

using cairn::test::event_as;
using cairn::test::ModelResult;
using cairn::test::ModelVerdict;
using Host = cairn::test::TypedHost<Databuild>;

constexpr Id<Want> want = {1};
constexpr Id<JobRun> run = {10};

/// Partitions "a" and "b", and a want for both.
struct OneWant : ::testing::Test {
  OneWant() {
    expect_accepted(AddPartition{.ref = "a"});
    expect_accepted(AddPartition{.ref = "b"});
    expect_accepted(MakeWant{.want = want, .partitions = {Str<64>("a"), Str<64>("b")}});
  }

  template <typename C>
  ModelResult expect_accepted(const C& command) {
    ModelResult result = host.submit(command);
    EXPECT_EQ(result.verdict, ModelVerdict::Accepted) << result.code << " " << result.text;
    return result;
  }

  template <typename C>
  void expect_rejected(const C& command, Reject code) {
    const std::string before = host.dump();
    const ModelResult result = host.submit(command);
    EXPECT_EQ(result.verdict, ModelVerdict::Rejected) << result.text;
    EXPECT_EQ(result.code, static_cast<u16>(code));
    EXPECT_EQ(host.dump(), before);
  }

  Want::Status want_status() { return host.row<Want>(want)->status; }

  Partition::Status partition_status(const Str<64>& ref) {
    return host.row<Partition>(ref)->status;
  }

  Host host;
};

TEST_F(OneWant, AWantForAnUnknownPartitionLeavesNothingBehind) {
  // The want and its first link are made before the second partition turns out to be unknown.
  expect_rejected(MakeWant{.want = Id<Want>{2}, .partitions = {Str<64>("a"), Str<64>("x")}},
                  UnknownPartition);
  EXPECT_EQ(host.row<Want>(Id<Want>{2}), nullptr);
  expect_rejected(MakeWant{.want = want}, Exists);
}

TEST_F(OneWant, AJobServesEveryIdleWantOfItsPartition) {
  // A second want for "a" is served by the same run; one for "b" only is not.
  expect_accepted(MakeWant{.want = Id<Want>{2}, .partitions = {Str<64>("a")}});
  expect_accepted(MakeWant{.want = Id<Want>{3}, .partitions = {Str<64>("b")}});
  const ModelResult result =
      expect_accepted(StartJob{.run = run, .job = "make-a", .partition = "a"});
  EXPECT_EQ(event_as<JobStarted>(result.events.at(0)).wants, 2U);
  EXPECT_EQ(want_status(), Want::Building);
  EXPECT_EQ(host.row<Want>(want)->attempts, 1U);
  EXPECT_EQ(host.row<Want>(Id<Want>{3})->status.get(), Want::Idle);
  EXPECT_EQ(partition_status("a"), Partition::Building);
}

TEST_F(OneWant, AWantSucceedsOnlyWhenAllItsPartitionsAreLive) {
  // The guard of Building -> Successful says no after "a", and yes after "b".
  expect_accepted(StartJob{.run = run, .job = "make-a", .partition = "a"});
  const ModelResult first = expect_accepted(FinishJob{.run = run, .success = true});
  EXPECT_EQ(event_as<PartitionLive>(first.events.at(0)).ref, Str<64>("a"));
  EXPECT_EQ(first.events.size(), 1U);
  EXPECT_EQ(want_status(), Want::Building);

  const Id<JobRun> second_run = {11};
  expect_accepted(AddPartition{.ref = "c"});
  expect_accepted(MakeWant{.want = Id<Want>{2}, .partitions = {Str<64>("c")}});
  expect_accepted(StartJob{.run = second_run, .job = "make-c", .partition = "c"});
  const ModelResult second = expect_accepted(FinishJob{.run = second_run, .success = true});
  ASSERT_EQ(second.events.size(), 2U);
  EXPECT_TRUE(event_as<WantDone>(second.events[1]).success);
  EXPECT_EQ(host.row<Want>(Id<Want>{2})->status.get(), Want::Successful);
}

TEST_F(OneWant, AFailedJobPutsItsWantsBackToIdle) {
  // Building -> Failed -> Idle in one handler, and the partition can be built again.
  expect_accepted(StartJob{.run = run, .job = "make-a", .partition = "a"});
  expect_rejected(StartJob{.run = Id<JobRun>{11}, .partition = "a"}, PartitionBusy);
  expect_accepted(FinishJob{.run = run, .success = false});
  EXPECT_EQ(want_status(), Want::Idle);
  EXPECT_EQ(partition_status("a"), Partition::Missing);
  expect_rejected(FinishJob{.run = run, .success = true}, JobNotRunning);
  expect_accepted(StartJob{.run = Id<JobRun>{11}, .job = "again", .partition = "a"});
  EXPECT_EQ(host.row<Want>(want)->attempts, 2U);
}

TEST_F(OneWant, AWantIsCanceledFromEveryStateThatAllowsIt) {
  // While its job runs; then the job finishes and finds nothing to do for it.
  expect_accepted(StartJob{.run = run, .job = "make-a", .partition = "a"});
  const ModelResult result = expect_accepted(CancelWant{.want = want});
  EXPECT_FALSE(event_as<WantDone>(result.events.at(0)).success);
  EXPECT_EQ(want_status(), Want::Canceled);
  expect_rejected(CancelWant{.want = want}, WantFinished);
  expect_accepted(FinishJob{.run = run, .success = true});
  EXPECT_EQ(want_status(), Want::Canceled);
}

}  // namespace
}  // namespace databuild
