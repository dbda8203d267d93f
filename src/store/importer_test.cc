// SPDX-License-Identifier: Apache-2.0
// What a journal of several schemas says, in another store.
#include "journal/importer.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "journal/history.h"
#include "journal/payloads.h"
#include "journal/print.h"
#include "journal/schemas.h"
#include "journal/verify.h"
#include "tests/store/posix_ground.h"
#include "tests/store/sample_shop.h"

namespace depot_1 {
using namespace cairn::dsl;

struct Weighed {
  u32 amount = 0;  // in pieces
  using schema = Event<1>;
};

struct Left {
  u32 pieces = 0;
  using schema = Event<2>;
};

struct Depot : Domain<"depot", 1, Events<Weighed, Left>> {};

}  // namespace depot_1

namespace depot_2 {
using namespace cairn::dsl;

struct WeighedV1 {
  u32 amount = 0;
  using schema = Event<1>;
};

struct Weighed {
  u32 amount = 0;  // in grams: what a piece was looks like one, and means ten
  using schema = Event<1, 2, Was<WeighedV1>>;
};

struct Left {
  u32 pieces = 0;
  using schema = Event<2>;
};

Weighed upcast(const WeighedV1& older) {
  return {.amount = older.amount * 10};
}

struct Depot : Domain<"depot", 2, Events<Weighed, Left>> {};

}  // namespace depot_2

namespace cairn::store {
namespace {

using ::testing::HasSubstr;
using Lines = std::vector<std::string>;

/// Of a journal that was made with both domains, in its order.
constexpr std::string_view folder = "shop";

template <typename D, typename E>
EventId append_to(ShopRig& rig, const E& event, std::optional<EventId> cause = {}) {
  Batch<D> batch;
  batch.add({"scales"}, event, {.cause = cause});
  return rig.core().append(batch.view()).value().event();
}

class ImporterTest : public ::testing::Test {
 protected:
  /// Seven pieces, and five grams because of them.
  void weigh_twice() {
    ASSERT_TRUE(source_.open<depot_1::Depot>());
    const EventId first = append_to<depot_1::Depot>(source_, depot_1::Weighed{.amount = 7});
    ASSERT_TRUE(source_.open<depot_2::Depot>());
    append_to<depot_2::Depot>(source_, depot_2::Weighed{.amount = 5}, first);
  }

  /// As `cairn export` prints them.
  static Lines exported(ShopRig& rig) {
    auto reader = journal::HistoryReader::open(rig.disk(), std::string(folder)).value();
    const Seq durable = reader.durable();
    const journal::HistoryEntry* const last = reader.at(durable).value();
    const auto schemas =
        journal::Schemas::open(rig.disk(), folder, journal::Schemas::number_after(*last->record))
            .value();
    journal::Payloads payloads(schemas);
    journal::Printer printer(schemas, payloads);
    Lines lines = {journal::print_export_header(
        journal::make_export_header(reader.at(Seq(1)).value()->hash, schemas))};
    for (Seq at(1); at <= durable; at = at.next()) {
      lines.push_back(printer.transaction_json(*reader.at(at).value()));
    }
    return lines;
  }

  /// Into the target. A part of the lines, as of an import that was interrupted, is not finished.
  Result<journal::Importer::Counts> import(const Lines& lines, std::size_t count = SIZE_MAX) {
    target_.close();
    CAIRN_TRY(const auto importer,
              journal::Importer::begin(lines.front(),
                                       [this](const DomainInfo& domain) { return open(domain); }));
    for (std::size_t i = 1; i < lines.size() && i < count; ++i) {
      CAIRN_TRY(importer->add(lines[i], i + 1));
    }
    CAIRN_TRY(count >= lines.size() ? importer->finish() : Result<>());
    return importer->counts();
  }

  Result<std::unique_ptr<StoreCore>> open(const DomainInfo& domain) {
    CAIRN_TRY(auto opened, EventStore::open(ground_.on(target_.disk()), std::string(folder), domain,
                                            target_.options()));
    return std::unique_ptr<StoreCore>(std::move(opened));
  }

  ShopRig source_;
  ShopRig target_;
  PosixGround ground_;  ///< an import waits for appends that are under way
};

TEST_F(ImporterTest, AnEventKeepsTheVersionThatItWasStatedInAndIsUpcastWhenItIsRead) {
  // Though what the older one says could be read as the newer one, and would be something else.
  weigh_twice();
  const auto counts = import(exported(source_));
  ASSERT_TRUE(counts) << counts.error().to_string();
  EXPECT_EQ(counts->appended, 2U);
  const auto opened = target_.open<depot_2::Depot>();
  ASSERT_TRUE(opened) << opened.error().to_string();
  EXPECT_EQ(target_->status().schema, 2U);
  const std::vector<StoredEvent> there = source_.all();
  const std::vector<StoredEvent> here = target_.all();
  ASSERT_EQ(here.size(), 2U);
  for (std::size_t i = 0; i < here.size(); ++i) {
    EXPECT_EQ(here[i].type_version, i + 1);
    EXPECT_EQ(here[i].bytes, there[i].bytes);
  }
  EXPECT_EQ(here[1].cause, here[0].id);
  const auto amount = [](const StoredEvent& event) {
    return (*as<depot_2::Weighed, depot_2::Depot>(event))->amount;
  };
  EXPECT_EQ(amount(here[0]), 70U);
  EXPECT_EQ(amount(here[1]), 5U);
  target_.close();
  const auto verdict = journal::verify_journal(target_.disk(), folder, {.values = true});
  ASSERT_TRUE(verdict) << verdict.error().to_string();
  EXPECT_TRUE(verdict->holds()) << verdict->broken->reason;
}

TEST_F(ImporterTest, AnImportThatWasInterruptedGoesOnInTheSchemaInWhichItEnded) {
  weigh_twice();
  const Lines lines = exported(source_);
  ASSERT_TRUE(import(lines, 3));
  const auto counts = import(lines);
  ASSERT_TRUE(counts) << counts.error().to_string();
  EXPECT_EQ(counts->repeated, 1U);
  EXPECT_EQ(counts->appended, 1U);
}

TEST_F(ImporterTest, AStoreWithALaterSchemaTakesWhatHasItsVersionAndRefusesTheRestByName) {
  // What left is stated in both schemas alike; what was weighed is not.
  ASSERT_TRUE(source_.open<depot_1::Depot>());
  append_to<depot_1::Depot>(source_, depot_1::Left{.pieces = 1});
  ASSERT_TRUE(source_.open<depot_2::Depot>());
  append_to<depot_2::Depot>(source_, depot_2::Left{.pieces = 2});
  ASSERT_TRUE(import(exported(source_)));
  append_to<depot_2::Depot>(source_, depot_2::Weighed{.amount = 3});
  const auto counts = import(exported(source_));
  ASSERT_TRUE(counts) << counts.error().to_string();
  EXPECT_EQ(counts->repeated, 2U);
  EXPECT_EQ(counts->appended, 1U);

  ShopRig other;
  ASSERT_TRUE(other.open<depot_1::Depot>());
  append_to<depot_1::Depot>(other, depot_1::Weighed{.amount = 7});
  ASSERT_TRUE(other.open<depot_2::Depot>());
  const auto refused = import(exported(other));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), Errc::Conflict);
  EXPECT_THAT(refused.error().to_string(), HasSubstr("line 3: $.events[0].name"));
  EXPECT_THAT(refused.error().to_string(), HasSubstr("\"Weighed\" has version 1 here"));
}

TEST_F(ImporterTest, ASchemaThatTheFirstLineHasNotIsRefused) {
  weigh_twice();
  Lines lines = exported(source_);
  journal::ExportHeader header = journal::parse_export_header(lines.front()).value();
  header.older.clear();
  lines.front() = journal::print_export_header(header);
  const auto refused = import(lines);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().to_string(),
              HasSubstr("line 5: $.schema: is 2, and the first line has 1 of them"));
}

}  // namespace
}  // namespace cairn::store
