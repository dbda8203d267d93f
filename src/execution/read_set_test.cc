// SPDX-License-Identifier: Apache-2.0
#include "execution/read_set.h"

#include <functional>
#include <string>

#include <gtest/gtest.h>

#include "tests/dsl/shop.h"
#include "tests/execution/rig.h"

namespace cairn::execution {
namespace {

// NOLINTNEXTLINE(google-build-using-namespace): the domain under test.
using namespace shop;

struct Reads : ::testing::Test {
  void SetUp() override {
    rig.submit(Join{.customer = {1}, .email = "a@b"});
    const std::array<u32, 2> quantities = {3, 4};
    for (const i64 price : {5, 9, 12}) {
      rig.submit(Place{.customer = Id<Customer>{1}, .price = price, .quantities = quantities});
    }
  }

  /// What a view read.
  ReadSet read(const std::function<void(const shop::View&)>& look) {
    ReadSet reads;
    rig.executor.read(
        [&](const cairn_host& host, cairn_call& call) {
          look(shop::View(detail::Call{.host = &host, .call = &call}));
        },
        &reads);
    EXPECT_TRUE(reads.holds(rig.state));
    return reads;
  }

  void change(shop::Outcome (*code)(shop::Tx&, const Do&)) {
    do_this = code;
    const Transaction& done = rig.submit(Do{});
    ASSERT_EQ(done.outcome, OutcomeKind::Accepted) << done.text;
  }

  Rig rig = Rig(domain_entry<Shop>);
};

void edit_order_2(Rig& rig) {
  do_this = [](shop::Tx& tx, const Do&) -> shop::Outcome {
    tx.find(Id<Order>{2}).edit().edits += 1;
    return ok;
  };
  ASSERT_EQ(rig.submit(Do{}).outcome, OutcomeKind::Accepted);
}

TEST_F(Reads, ARowThatWasFoundConflictsWhenItChanges) {
  // Found by key and by a unique value; changes of other rows and refused commands do not matter.
  const ReadSet found = read([](const shop::View& view) {
    static_cast<void>(view.find(Id<Order>{2}));
    static_cast<void>(view.find_by<&Customer::email>("a@b"));
  });
  EXPECT_EQ(found.size(), 2U);
  change([](shop::Tx& tx, const Do&) -> shop::Outcome {
    tx.find(Id<Order>{1}).edit().edits = 1;
    static_cast<void>(tx.create(Tag{.name = "red"}));
    return ok;
  });
  do_this = [](shop::Tx& tx, const Do&) -> shop::Outcome {
    tx.find(Id<Order>{2}).edit().edits = 1;
    return NoSuchOrder;
  };
  EXPECT_EQ(rig.submit(Do{}).outcome, OutcomeKind::Rejected);
  EXPECT_TRUE(found.holds(rig.state));
  edit_order_2(rig);
  EXPECT_FALSE(found.holds(rig.state));
}

TEST_F(Reads, ARowThatWasAbsentConflictsWhenItComes) {
  // And one that goes and comes back is another row.
  const ReadSet absent =
      read([](const shop::View& view) { static_cast<void>(view.find(Id<Order>{4})); });
  const ReadSet unread =
      read([](const shop::View& view) { static_cast<void>(view.find(Id<Order>{77})); });
  rig.submit(Place{.price = 1});
  EXPECT_FALSE(absent.holds(rig.state));
  EXPECT_TRUE(unread.holds(rig.state));
  const ReadSet there =
      read([](const shop::View& view) { static_cast<void>(view.find(Id<Order>{4})); });
  change([](shop::Tx& tx, const Do&) -> shop::Outcome {
    tx.erase(tx.find(Id<Order>{4}));
    return ok;
  });
  EXPECT_FALSE(there.holds(rig.state));
  change([](shop::Tx& tx, const Do&) -> shop::Outcome {
    static_cast<void>(tx.create(Order{.id = Id<Order>{4}, .price = 1}));
    return ok;
  });
  EXPECT_FALSE(there.holds(rig.state));
}

TEST_F(Reads, AScanConflictsWithARowThatComesBetween) {
  // A phantom inside the range conflicts; one outside does not, nor does a row behind the limit.
  const auto open = [](const shop::View& view) {
    for (const auto row :
         view.prefix<&Order::status, &Order::price>(Order::Open).from(i64{5}).before(i64{12})) {
      static_cast<void>(row);
    }
  };
  const ReadSet range = read(open);
  const ReadSet first = read([](const shop::View& view) {
    static_cast<void>(view.first<&Order::status, &Order::price>(Order::Open));
  });
  rig.submit(Place{.price = 12});
  rig.submit(Place{.price = 4});
  EXPECT_TRUE(range.holds(rig.state));
  EXPECT_FALSE(first.holds(rig.state));
  rig.submit(Place{.price = 7});
  EXPECT_FALSE(range.holds(rig.state));
  const ReadSet again = read(open);
  edit_order_2(rig);  // one of the rows that were seen
  EXPECT_FALSE(again.holds(rig.state));
}

TEST_F(Reads, ABackwardScanConflictsLikeAForwardOne) {
  // Two rows from the end; a row behind them conflicts, one before them does not.
  const ReadSet last = read([](const shop::View& view) {
    for (const auto row :
         view.prefix<&Order::status, &Order::price>(Order::Open).backward().limit(2)) {
      static_cast<void>(row);
    }
  });
  rig.submit(Place{.price = 1});
  EXPECT_TRUE(last.holds(rig.state));
  rig.submit(Place{.price = 100});
  EXPECT_FALSE(last.holds(rig.state));
}

TEST_F(Reads, ACountConflictsWhenItWouldBeAnother) {
  // A row that comes and one that goes make the same count again.
  const ReadSet count = read([](const shop::View& view) {
    EXPECT_EQ((view.count<&Order::status, &Order::price>(Order::Open)), 3U);
  });
  rig.submit(Place{.price = 1});
  EXPECT_FALSE(count.holds(rig.state));
  change([](shop::Tx& tx, const Do&) -> shop::Outcome {
    tx.erase(tx.find(Id<Order>{4}));
    return ok;
  });
  EXPECT_TRUE(count.holds(rig.state));
}

TEST_F(Reads, AWalkConflictsWithALinkThatComesOrGoes) {
  // All lines of order 1: a new line, and a line that goes, conflict; those of order 2 do not.
  const auto lines_of_1 = [](const shop::View& view) {
    EXPECT_EQ(view.in<part_of>(view.find(Id<Order>{1})).size(), 2U);
  };
  const ReadSet walked = read(lines_of_1);
  change([](shop::Tx& tx, const Do&) -> shop::Outcome {
    tx.erase(tx.in<part_of>(tx.find(Id<Order>{2})).first());
    return ok;
  });
  EXPECT_TRUE(walked.holds(rig.state));
  change([](shop::Tx& tx, const Do&) -> shop::Outcome {
    static_cast<void>(tx.create(Line{.key = LineKey{.order = 1, .number = 9}, .sku = "z"},
                                linked<part_of>(tx.find(Id<Order>{1}))));
    return ok;
  });
  EXPECT_FALSE(walked.holds(rig.state));
  const ReadSet first = read([](const shop::View& view) {
    static_cast<void>(view.in<part_of>(view.find(Id<Order>{1})).first());
  });
  change([](shop::Tx& tx, const Do&) -> shop::Outcome {
    tx.erase(tx.find<Line>(LineKey{.order = 1, .number = 9}));
    return ok;
  });
  EXPECT_TRUE(first.holds(rig.state));
  change([](shop::Tx& tx, const Do&) -> shop::Outcome {
    tx.erase(tx.find<Line>(LineKey{.order = 1, .number = 1}));
    return ok;
  });
  EXPECT_FALSE(first.holds(rig.state));
}

}  // namespace
}  // namespace cairn::execution
