// SPDX-License-Identifier: Apache-2.0
#include "examples/quota/quota.h"

#include <array>

#include <cairn/testing.h>
#include <gtest/gtest.h>

namespace quota {
namespace {

using cairn::testing::Scenario;

constexpr Duration minute = {60'000'000'000};

TEST(Quota, UseIsCountedUntilTheWindowEnds) {
  // Uses it up, is told what is left and when there is more, and then there is.
  Scenario<Quota> scenario;
  scenario.given(Grant{.tenant = "acme", .limit = 10, .window = minute})
      .when(Use{.tenant = "acme", .units = 7})
      .stated(Used{.tenant = "acme", .units = 7, .left = 3})
      .when(Use{.tenant = "acme", .units = 4})
      .rejected(Exhausted);
  const auto shortfall = scenario.result().detail<Exhausted>();
  EXPECT_EQ((*shortfall)->left, 3U);
  EXPECT_EQ((*shortfall)->again, Timestamp{minute.nanoseconds});
  scenario.after(minute)
      .when(Use{.tenant = "acme", .units = 4})
      .stated(Used{.tenant = "acme", .units = 4, .left = 6});
}

TEST(Quota, ALargeGrantNeedsANameAndAReason) {
  // The gate denies it; with leave it passes, and the record says whose.
  Scenario<Quota> scenario;
  const Grant grant = {.tenant = "acme", .limit = large + 1, .window = minute};
  scenario.when(grant).denied("large_grants_are_approved");
  EXPECT_FALSE(scenario.engine().find<Tenant>("acme"));
  const std::array leave = {cairn::GateBypass{
      .gate = "large_grants_are_approved", .approver = "mara", .reason = "launch day"}};
  scenario.when(grant, leave).accepted();
  ASSERT_EQ(scenario.result().gates().size(), 1U);
  EXPECT_FALSE(scenario.result().gates()[0].allowed);
  EXPECT_EQ(scenario.result().gates()[0].approver, "mara");
  const std::array nobody = {cairn::GateBypass{.gate = "large_grants_are_approved"}};
  EXPECT_THROW(scenario.when(grant, nobody), cairn::testing::Failure);
}

TEST(Quota, NobodyUsesMoreThanWasGrantedWhateverComes) {
  // Searches random commands for one that breaks the invariant, or faults otherwise.
  const auto search = cairn::testing::search<Quota>({.runs = 5});
  EXPECT_TRUE(search) << search.text;
  EXPECT_GT(search.accepted, 100U);
}

}  // namespace
}  // namespace quota
