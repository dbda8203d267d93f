// SPDX-License-Identifier: Apache-2.0
// Feeding, looking after the files and asking, all at once. Run under the thread sanitizer by the
// tsan preset.
#include <algorithm>
#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "journal/index.h"
#include "journal/index_sample.h"
#include "tests/log/rig.h"

namespace cairn::journal {
namespace {

using sample::find_all;
using sample::IndexModel;

constexpr std::uint64_t transactions = 6000;

struct Question {
  Region region;
  std::vector<EventPlace> answer;  ///< of the whole journal
};

/// The part of an answer that lies between two sequences.
std::vector<EventPlace> part_of(const std::vector<EventPlace>& answer, std::uint64_t first,
                                std::uint64_t last) {
  const auto sequence = [](const EventPlace& place) { return place.transaction.value(); };
  const auto begin = std::ranges::lower_bound(answer, first, {}, sequence);
  const auto end = std::ranges::upper_bound(answer, last, {}, sequence);
  return begin < end ? std::vector(begin, end) : std::vector<EventPlace>();
}

/// Asks each question over and over until all is fed, and compares with what was fed by then.
void ask(const EventIndex& index, const std::vector<Question>& questions,
         std::atomic<std::size_t>& asked) {
  for (std::uint64_t last = 0; last < transactions;) {
    for (const Question& question : questions) {
      last = index.last();
      const std::uint64_t first = last > 500 ? last - 500 : 1;
      const Cursor on = {.next = {.sequence = first}, .through = last};
      const auto forward = find_all(index, question.region, on, 16);
      auto backward = find_all(index, question.region,
                               {.next = {.sequence = last, .event = UINT32_MAX},
                                .direction = Direction::Backward,
                                .through = first},
                               16);
      const auto expected = part_of(question.answer, first, last);
      EXPECT_EQ(forward, expected) << "from " << first << " to " << last;
      std::ranges::reverse(*backward);
      EXPECT_EQ(*backward, expected) << "back from " << last << " to " << first;
      EXPECT_LE(index.first_at({.nanoseconds = 10}).value(), 1U);
      ++asked;
    }
  }
}

/// Every head is at least as new as it was when the question was asked.
void ask_heads(const EventIndex& index, const IndexModel& model) {
  for (std::uint64_t last = index.last(); last < transactions; last = index.last()) {
    if (last == 0) {
      continue;  // there is nothing yet
    }
    for (std::size_t i = 0; i < model.at(last).events.size(); ++i) {
      const Coordinate& coordinate = model.at(last).coordinates[i];
      const auto head = index.head(coordinate).value();
      if (!coordinate.entity.empty()) {
        ASSERT_TRUE(head.has_value()) << "of an event of " << last;
        EXPECT_GE(head->version, model.at(last).events[i].version) << "of an event of " << last;
      }
    }
  }
}

void seal(EventIndex& index) {
  while (index.covered() < transactions) {
    ASSERT_TRUE(index.seal().has_value());
  }
}

/// In the end there are few files, whatever was sealed during the last merge.
void merge(EventIndex& index) {
  while (index.covered() < transactions) {
    ASSERT_TRUE(index.merge().has_value());
  }
  while (index.merge().value_or(false)) {
  }
  EXPECT_LT(index.stats().files, 30U);
}

TEST(EventIndexThreads, QueriesSeeAllThatWasFedBeforeTheyBegan) {
  // One feeds, one seals and one merges without a pause, three ask in both directions and for
  // heads.
  IndexModel model(21);
  model.grow(transactions);
  std::vector<Question> questions;
  for (int i = 0; i < 8; ++i) {
    const Region region = i == 0 ? Region() : model.region();
    questions.push_back({.region = region, .answer = model.find(region, 1, transactions)});
  }
  log::Rig rig;
  const auto opened = EventIndex::open(rig.disk(), "index", 0, {.merge_width = 3});
  ASSERT_TRUE(opened.has_value());
  EventIndex& index = **opened;
  std::atomic<std::size_t> asked = 0;
  {
    std::vector<std::jthread> threads;
    threads.emplace_back([&] { ask(index, questions, asked); });
    threads.emplace_back([&] { ask(index, questions, asked); });
    threads.emplace_back([&] { ask_heads(index, model); });
    threads.emplace_back([&] { seal(index); });
    threads.emplace_back([&] { merge(index); });
    model.feed(index);
  }
  EXPECT_GT(asked, 0U);
  EXPECT_EQ(index.covered(), transactions);
  EXPECT_EQ(find_all(index, questions[0].region, {}, 1000).value(), questions[0].answer);
}

}  // namespace
}  // namespace cairn::journal
