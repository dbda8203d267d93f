// SPDX-License-Identifier: Apache-2.0
#include "examples/build/build.h"

#include <cairn/testing.h>
#include <gtest/gtest.h>

namespace databuild {
namespace {

using cairn::testing::Scenario;

constexpr Id<Want> want = {1};
constexpr Id<Want> other_want = {2};
constexpr Id<JobRun> run = {10};
constexpr Id<JobRun> next_run = {11};

/// Partitions "a" and "b", and a want for both.
struct OneWant : ::testing::Test {
  OneWant() {
    build.given(AddPartition{.ref = "a"}, AddPartition{.ref = "b"},
                MakeWant{.want = want, .partitions = {Str<64>("a"), Str<64>("b")}});
  }

  Want find(Id<Want> id) { return build.engine().find(id).value(); }

  Partition::Status partition(const Str<64>& ref) {
    return build.engine().find<Partition>(ref).value().status;
  }

  Scenario<Databuild> build;
};

TEST_F(OneWant, AWantForAnUnknownPartitionLeavesNothingBehind) {
  // The want and its first link are made before the second partition turns out to be unknown.
  build.when(MakeWant{.want = other_want, .partitions = {Str<64>("a"), Str<64>("x")}})
      .rejected(UnknownPartition);
  EXPECT_FALSE(build.engine().find(other_want));
  build.when(MakeWant{.want = want}).rejected(Exists);
}

TEST_F(OneWant, AJobServesEveryIdleWantOfItsPartition) {
  // A second want for "a" is served by the same run; one for "b" only is not.
  constexpr Id<Want> for_b = {3};
  build
      .given(MakeWant{.want = other_want, .partitions = {Str<64>("a")}},
             MakeWant{.want = for_b, .partitions = {Str<64>("b")}})
      .when(StartJob{.run = run, .job = "make-a", .partition = "a"})
      .stated(JobStarted{.run = run, .partition = "a", .wants = 2});
  EXPECT_EQ(find(want).status, Want::Building);
  EXPECT_EQ(find(want).attempts, 1U);
  EXPECT_EQ(find(for_b).status, Want::Idle);
  EXPECT_EQ(partition("a"), Partition::Building);
}

TEST_F(OneWant, AWantSucceedsOnlyWhenAllItsPartitionsAreLive) {
  // The guard of Building -> Successful says no while "b" is missing; a want for "c" alone is done.
  build.given(StartJob{.run = run, .job = "make-a", .partition = "a"})
      .when(FinishJob{.run = run, .success = true})
      .stated(PartitionLive{.ref = "a"});
  EXPECT_EQ(find(want).status, Want::Building);

  build
      .given(AddPartition{.ref = "c"}, MakeWant{.want = other_want, .partitions = {Str<64>("c")}},
             StartJob{.run = next_run, .job = "make-c", .partition = "c"})
      .when(FinishJob{.run = next_run, .success = true})
      .stated(PartitionLive{.ref = "c"}, WantDone{.want = other_want, .success = true});
  EXPECT_EQ(find(other_want).status, Want::Successful);
}

TEST_F(OneWant, AFailedJobPutsItsWantsBackToIdle) {
  // Building -> Failed -> Idle in one handler, and the partition can be built again.
  build.given(StartJob{.run = run, .job = "make-a", .partition = "a"})
      .when(StartJob{.run = next_run, .partition = "a"})
      .rejected(PartitionBusy)
      .when(FinishJob{.run = run, .success = false})
      .stated();
  EXPECT_EQ(find(want).status, Want::Idle);
  EXPECT_EQ(partition("a"), Partition::Missing);
  build.when(FinishJob{.run = run, .success = true})
      .rejected(JobNotRunning)
      .given(StartJob{.run = next_run, .job = "again", .partition = "a"});
  EXPECT_EQ(find(want).attempts, 2U);
}

TEST_F(OneWant, AWantIsCanceledFromEveryStateThatAllowsIt) {
  // While its job runs; then the job finishes and finds nothing to do for it.
  build.given(StartJob{.run = run, .job = "make-a", .partition = "a"})
      .when(CancelWant{.want = want})
      .stated(WantDone{.want = want, .success = false})
      .when(CancelWant{.want = want})
      .rejected(WantFinished)
      .when(FinishJob{.run = run, .success = true})
      .stated(PartitionLive{.ref = "a"});
  EXPECT_EQ(find(want).status, Want::Canceled);
}

TEST(Databuild, NoCommandFaults) {
  // Searches random commands: machines, guards and edges let every handler reach its end.
  const auto search = cairn::testing::search<Databuild>({.runs = 5});
  EXPECT_TRUE(search) << search.text;
  EXPECT_GT(search.accepted, 50U);
}

}  // namespace
}  // namespace databuild
