// SPDX-License-Identifier: Apache-2.0
#include "petri/explore.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/limits.h"
#include "petri/test_domain.h"
#include "schema/random_schema.h"

namespace cairn::petri {
namespace {

using testing::ElementsAre;

using Marking = std::vector<std::uint32_t>;

std::optional<Marking> fired(const Transition& transition, Marking marking) {
  for (const Arc& arc : transition.takes) {
    if (marking[arc.place] < arc.weight) {
      return std::nullopt;
    }
    marking[arc.place] -= arc.weight;
  }
  for (const Arc& arc : transition.gives) {
    marking[arc.place] += arc.weight;
  }
  return marking;
}

std::vector<Marking> followers(const Net& net, const Marking& marking) {
  std::vector<Marking> list;
  for (const Transition& transition : net.transitions) {
    if (const auto next = fired(transition, marking)) {
      list.push_back(*next);
    }
  }
  return list;
}

/// All markings with their distance from the start, of the whole net at once: the plainest way.
std::map<Marking, std::size_t> explore_naively(const Net& net) {
  Marking start;
  for (const Place& place : net.places) {
    start.push_back(place.initial);
  }
  std::map<Marking, std::size_t> distance = {{start, 0}};
  std::vector<Marking> queue = {start};
  for (std::size_t i = 0; i < queue.size(); ++i) {
    for (const Marking& next : followers(net, queue[i])) {
      const bool is_new = distance.emplace(next, distance[queue[i]] + 1).second;
      queue.insert(queue.end(), is_new ? 1 : 0, next);
    }
  }
  return distance;
}

bool is_dead_naively(const Net& net, const Marking& marking) {
  return std::ranges::all_of(net.transitions, [&](const Transition& transition) {
    return fired(transition, marking).value_or(marking) == marking;
  });
}

void make_local(const Part& part, std::vector<Arc>& arcs) {
  for (Arc& arc : arcs) {
    arc.place = static_cast<std::uint32_t>(std::ranges::lower_bound(part.places, arc.place) -
                                           part.places.begin());
  }
}

/// The net of one part alone, so that both explorers see the same.
Net net_of(const Net& net, const Part& part) {
  Net alone;
  for (const std::uint32_t place : part.places) {
    alone.places.push_back(net.places[place]);
  }
  for (const std::uint32_t position : part.transitions) {
    Transition transition = net.transitions[position];
    make_local(part, transition.takes);
    make_local(part, transition.gives);
    alone.transitions.push_back(std::move(transition));
  }
  return alone;
}

void expect_part_as_naively(const Net& net, const Part& part) {
  const Net alone = net_of(net, part);
  const auto markings = explore_naively(alone);
  ASSERT_TRUE(part.is_complete);
  ASSERT_EQ(part.size(), markings.size());
  for (std::uint32_t i = 0; i < part.size(); ++i) {
    const Marking marking(part.marking(i).begin(), part.marking(i).end());
    ASSERT_TRUE(markings.contains(marking));
    EXPECT_EQ(Exploration::path(part, i).size(), markings.at(marking));
    EXPECT_EQ(part.dead[i], is_dead_naively(alone, marking));
  }
}

void expect_as_naively(const Net& net) {
  const Exploration exploration(net, {});
  ASSERT_TRUE(exploration.is_complete());
  for (const Part& part : exploration.parts()) {
    expect_part_as_naively(net, part);
  }
  // The whole net: combinations of the parts' markings, the same places, the same transitions.
  const auto markings = explore_naively(net);
  std::size_t combinations = 1;
  for (const Part& part : exploration.parts()) {
    combinations *= part.size();
  }
  EXPECT_EQ(markings.size(), combinations);
  for (std::uint32_t place = 0; place < net.places.size(); ++place) {
    const bool reached =
        std::ranges::any_of(markings, [&](const auto& entry) { return entry.first[place] > 0; });
    EXPECT_EQ(exploration.first_marking(place) != nowhere, reached);
  }
  for (std::uint32_t i = 0; i < net.transitions.size(); ++i) {
    const bool enabled = std::ranges::any_of(markings, [&](const auto& entry) {
      return fired(net.transitions[i], entry.first).has_value();
    });
    EXPECT_EQ(exploration.is_enabled(i), enabled);
  }
}

TEST(Exploration, AgreesWithANaiveOneOnRandomNets) {
  // Markings, shortest distances, dead markings, reached places and enabled transitions, on nets
  // that are small enough to be explored as a whole.
  for (std::uint64_t seed = 1; seed <= 400; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    schema::Choices choices(seed);
    expect_as_naively(random_net(choices));
    ASSERT_FALSE(HasFailure());
  }
}

TEST(Exploration, WitnessIsAShortestWayAndCanBeFired) {
  // A long way and a short one to the same place; the short one is told, and firing it gets there.
  const Net net = small_net("a=1 b c d", "a>b b>c c>d a>d");
  const Exploration exploration(net, {});
  const Part& part = exploration.parts()[0];
  EXPECT_THAT(Exploration::path(part, exploration.first_marking(3)), ElementsAre(3U));
  EXPECT_THAT(Exploration::path(part, exploration.first_marking(2)), ElementsAre(0U, 1U));
}

TEST(Exploration, PlacesThatNothingJoinsAreExploredApart) {
  // Ten lifecycles of three tokens: 10 x 10 markings instead of 10^10.
  std::string places;
  std::string transitions;
  for (int i = 0; i < 10; ++i) {
    places += fmt::format("{0}a{1}=3 b{1} c{1}", i == 0 ? "" : " ", i);
    transitions += fmt::format("{0}a{1}>b{1} b{1}>c{1}", i == 0 ? "" : " ", i);
  }
  const Exploration exploration(small_net(places, transitions), {});
  EXPECT_TRUE(exploration.is_complete());
  EXPECT_EQ(exploration.parts().size(), 10U);
  EXPECT_EQ(exploration.markings(), 100U);
}

TEST(Exploration, DeadMarkingIsFoundWhereTwoWaitForEachOther) {
  // Two clients that each take one of two locks first, in the opposite order.
  const Net net = small_net("a0=1 a1 a2 b0=1 b1 b2 x=1 y=1",
                            "a0,x>a1 a1,y>a2 a2>a0,x,y b0,y>b1 b1,x>b2 b2>b0,x,y");
  const Exploration exploration(net, {});
  const Part& part = exploration.parts()[0];
  const auto dead = std::ranges::find(part.dead, true);
  ASSERT_NE(dead, part.dead.end());
  EXPECT_EQ(std::ranges::count(part.dead, true), 1);
  const auto path = Exploration::path(part, static_cast<std::uint32_t>(dead - part.dead.begin()));
  EXPECT_THAT(path, ElementsAre(0U, 3U));
}

TEST(Exploration, LookingWithoutChangingKeepsNothingAlive) {
  // A transition that gives back what it took fires for ever and gets nowhere.
  const Exploration exploration(small_net("a=1 b", "a>a"), {});
  EXPECT_TRUE(exploration.is_enabled(0));
  EXPECT_TRUE(exploration.parts()[0].dead[0]);
}

TEST(Exploration, SameLocksInTheSameOrderHaveNoDeadMarking) {
  // The clean twin of the above.
  const Net net = small_net("a0=1 a1 a2 b0=1 b1 b2 x=1 y=1",
                            "a0,x>a1 a1,y>a2 a2>a0,x,y b0,x>b1 b1,y>b2 b2>b0,x,y");
  const Exploration exploration(net, {});
  EXPECT_EQ(std::ranges::count(exploration.parts()[0].dead, true), 0);
}

TEST(Exploration, ThatMeetsABoundSaysSo) {
  // A counter that grows for ever meets the bound of tokens; a large net the bound of markings. No
  // marking counts as dead because the bound hides what follows.
  const Exploration counter(small_net("a=1 b", "a>a,b"), {});
  EXPECT_FALSE(counter.is_complete());
  EXPECT_EQ(counter.markings(), petri_tokens_max + 1);
  const Exploration cut(small_net("a=200 b c d", "a>b b>c c>d d>a"), {.markings_max = 50});
  EXPECT_FALSE(cut.is_complete());
  EXPECT_EQ(cut.markings(), 50U);
  EXPECT_EQ(std::ranges::count(cut.parts()[0].dead, true), 0);
  const Exploration full(small_net("a=300 b", "a>b"), {});
  EXPECT_FALSE(full.is_complete());
}

TEST(Exploration, OfNothingIsComplete) {
  // No place and no transition; and a place alone.
  EXPECT_TRUE(Exploration(Net{}, {}).is_complete());
  const Exploration alone(small_net("a=1", ""), {});
  EXPECT_TRUE(alone.is_complete());
  EXPECT_EQ(alone.markings(), 0U);
  EXPECT_EQ(alone.first_marking(0), 0U);
}

}  // namespace
}  // namespace cairn::petri
