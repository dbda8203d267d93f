// SPDX-License-Identifier: Apache-2.0
#include <fstream>
#include <iterator>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cairn/domain.h"
#include "petri/report.h"
#include "schema/schema.h"

namespace workshop {

using namespace cairn::dsl;  // NOLINT(google-build-using-namespace): this is how a domain begins

struct Job {
  enum Status : u8 { Queued, Running, Paused, Held, Done };

  using Lifecycle =
      Machine<Initial<Queued>, From<Queued>::To<Running>, From<Running>::To<Paused, Done>,
              From<Paused>::To<Held>, From<Held>::To<Paused>>;
  Key<Id<Job>> id = {};
  State<Lifecycle> status = {};
  using schema = Record<1>;
};

struct Order {
  Key<Id<Order>> id = {};
  using schema = Record<2>;
};

struct Bill {
  Key<Id<Bill>> id = {};
  using schema = Record<3>;
};

// NOLINTBEGIN(readability-identifier-naming): the name of an edge is that of its struct
struct for_order : Edge<Many<Job>, Required<One<Order>>, "jobs", OnErase::Cascade> {};

struct billed : Edge<One<Order>, Required<One<Bill>>, "order"> {};

struct bills : Edge<Many<Bill>, Required<Many<Order>>, "bills"> {};

// NOLINTEND(readability-identifier-naming)

struct Workshop
    : Domain<"workshop", 1, Records<Job, Order, Bill>, Edges<for_order, billed, bills>> {};

}  // namespace workshop

namespace cairn::petri {
namespace {

TEST(PetriDocument, ReportOfItsExampleIsWhatItShows) {
  // The domain of docs/petri.md, compiled; the page holds its report word for word.
  const auto schema = schema::Schema::from_domain(domain_info<workshop::Workshop>());
  ASSERT_TRUE(schema);
  std::ifstream file(CAIRN_DOCUMENT, std::ios::binary);
  const std::string page(std::istreambuf_iterator<char>(file), {});
  EXPECT_THAT(page, testing::HasSubstr("```text\n" + check(*schema).value().to_text() + "```\n"));
}

}  // namespace
}  // namespace cairn::petri
