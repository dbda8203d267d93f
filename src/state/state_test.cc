// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "base/check.h"
#include "cairn/bytes.h"
#include "schema/key_codec.h"
#include "state/checkpoint.h"
#include "state/delta.h"
#include "state/random_state.h"
#include "state/sample_state.h"
#include "state/writer.h"

namespace cairn::state {
namespace {

using schema::Choices;

const Plan& depot_plan() {
  static const Result<schema::Schema> schema = schema::Schema::from_domain(depot::info);
  CAIRN_CHECK(schema.has_value());
  static const Plan plan(*schema);
  return plan;
}

/// A state of the sample domain, and a writer.
class Depot : public testing::Test {
 protected:
  template <typename R>
  std::int32_t create(std::uint16_t record, const R& value, Row& row) {
    return writer_.create(record, reinterpret_cast<const std::byte*>(&value), row);
  }

  Row make_node(std::uint64_t id, std::uint8_t color = 0) {
    Row row = nullptr;
    EXPECT_EQ(create(depot::node, depot::Node{.id = Id<depot::Node>{id}, .color = color}, row),
              CAIRN_OK);
    return row;
  }

  Row make_account(std::uint64_t id, std::string_view email, std::int64_t balance = 0) {
    Row row = nullptr;
    const depot::Account value = {
        .id = Id<depot::Account>{id}, .email = *Str<12>::from(email), .balance = balance};
    EXPECT_EQ(create(depot::account, value, row), CAIRN_OK);
    return row;
  }

  void begin() { writer_.begin({}); }

  /// What the command left broken.
  Broken broken() {
    const std::optional<Broken> found = writer_.settle();
    EXPECT_TRUE(found.has_value());
    return found.value_or(Broken());
  }

  void accept() {
    ASSERT_FALSE(writer_.settle().has_value());
    writer_.commit(state_.position().next(), 0);
    writer_.finish();
  }

  static std::uint16_t field(std::uint16_t record, std::string_view name) {
    const auto fields = depot_plan().record(record).fields();
    std::uint16_t i = 0;
    while (fields[i].info->name != name) {
      ++i;
    }
    return i;
  }

  template <typename T>
  static void write(std::uint16_t record, Row row, std::string_view name, const T& value) {
    std::memcpy(row + depot_plan().record(record).fields()[field(record, name)].offset, &value,
                sizeof(value));
  }

  State state_{depot_plan()};
  Writer writer_{state_};
};

TEST_F(Depot, RevisionAndBackPointerFollowTransactions) {
  begin();
  const Row row = make_node(1);
  accept();
  EXPECT_EQ(header_of(row).revision, 1U);
  EXPECT_EQ(last_transaction_of(row), Seq(1));
  begin();
  EXPECT_EQ(writer_.edit(depot::node, row), CAIRN_OK);
  EXPECT_EQ(writer_.revision_of(row), 1U) << "while the command runs";
  accept();
  EXPECT_EQ(header_of(row).revision, 1U) << "nothing differs";
  EXPECT_EQ(last_transaction_of(row), Seq(1));
  begin();
  EXPECT_EQ(writer_.edit(depot::node, row), CAIRN_OK);
  write(depot::node, row, "color", std::uint8_t{7});
  accept();
  EXPECT_EQ(header_of(row).revision, 2U);
  EXPECT_EQ(last_transaction_of(row), Seq(3));
}

TEST_F(Depot, UndoingAGroupBringsBackThePositionBeforeIt) {
  // The first command of the group changes nothing, so the log is empty when the second begins.
  begin();
  writer_.commit(Seq(1), 5);
  begin();
  make_node(1);
  ASSERT_FALSE(writer_.settle().has_value());
  writer_.commit(Seq(2), 6);
  writer_.roll_back_all();
  EXPECT_EQ(state_.position(), Seq(0));
  EXPECT_EQ(state_.time(), 0);
}

TEST_F(Depot, ARowOfARolledBackSavepointStaysStale) {
  // Its slot is not used again before the command ends.
  begin();
  const Writer::Mark mark = writer_.mark();
  const Row gone = make_node(1, 3);
  writer_.roll_back(mark);
  const Row other = make_node(2, 4);
  EXPECT_NE(gone, other);
  EXPECT_FALSE(writer_.is_row(depot::node, gone));
  EXPECT_EQ(reinterpret_cast<const depot::Node*>(gone)->color, 3) << "what it last held";
  accept();
}

TEST_F(Depot, WhatIsWrittenAfterASavepointIsTakenBackWithoutASecondEdit) {
  begin();
  const Row row = make_node(1, 1);
  accept();
  begin();
  ASSERT_EQ(writer_.edit(depot::node, row), CAIRN_OK);
  write(depot::node, row, "color", std::uint8_t{2});
  const Writer::Mark mark = writer_.mark();
  write(depot::node, row, "color", std::uint8_t{3});
  writer_.roll_back(mark);
  EXPECT_EQ(reinterpret_cast<const depot::Node*>(row)->color, 2);
  write(depot::node, row, "color", std::uint8_t{4});
  writer_.roll_back(mark);
  EXPECT_EQ(reinterpret_cast<const depot::Node*>(row)->color, 2);
  writer_.roll_back_command();
  EXPECT_EQ(reinterpret_cast<const depot::Node*>(row)->color, 1);
}

TEST_F(Depot, AKeyWrittenThroughEditIsFoundAndUndone) {
  begin();
  const Row row = make_node(1);
  make_node(2);
  accept();
  const Digest before = digest_of(state_);
  begin();
  ASSERT_EQ(writer_.edit(depot::node, row), CAIRN_OK);
  write(depot::node, row, "id", std::uint64_t{2});
  ASSERT_EQ(writer_.erase(depot::node, row), CAIRN_OK);
  const Broken broken = this->broken();
  EXPECT_EQ(broken.rule, Broken::Rule::ManagedField);
  EXPECT_EQ(broken.position, depot::node);
  EXPECT_EQ(broken.field, 0);
  writer_.roll_back_command();
  EXPECT_EQ(digest_of(state_), before);
}

TEST_F(Depot, AnIndexedFieldOrStateOfANewRowWrittenThroughEditIsFound) {
  for (const std::string_view name : {"balance", "status", "since", "email"}) {
    begin();
    const Row row = make_account(1, "a");
    ASSERT_EQ(writer_.edit(depot::account, row), CAIRN_OK);
    write(depot::account, row, name, std::uint8_t{2});
    const Broken broken = this->broken();
    EXPECT_EQ(broken.field, field(depot::account, name));
    writer_.roll_back_all();
    EXPECT_EQ(state_.rows(depot::account).table.size(), 0U);
  }
}

TEST_F(Depot, SettingTheFieldAfterwardsDoesNotHideIt) {
  begin();
  const Row row = make_account(1, "a", 5);
  accept();
  const Digest before = digest_of(state_);
  begin();
  ASSERT_EQ(writer_.edit(depot::account, row), CAIRN_OK);
  write(depot::account, row, "status", depot::Account::Frozen);
  ASSERT_EQ(
      writer_.become(depot::account, row, field(depot::account, "status"), depot::Account::Open),
      CAIRN_OK);
  const Broken broken = this->broken();
  EXPECT_EQ(broken.rule, Broken::Rule::ManagedField);
  writer_.roll_back_command();
  EXPECT_EQ(digest_of(state_), before);
}

TEST_F(Depot, WhatIsWrittenBetweenFieldsChangesNothing) {
  // Shown by: each byte of a row that no field holds, written to. A delta that named a field for it
  // would be refused.
  begin();
  const Row owner = make_account(1, "a");
  make_node(1);
  Row row = nullptr;
  ASSERT_EQ(create(depot::part, depot::Part{.of = Id<depot::Node>{1}}, row), CAIRN_OK);
  ASSERT_EQ(writer_.link(depot::parts, row, owner), CAIRN_OK);
  accept();
  begin();
  const RecordPlan& plan = depot_plan().record(depot::part);
  ASSERT_EQ(writer_.edit(depot::part, row), CAIRN_OK);
  std::size_t written = 0;
  for (std::uint32_t at = 0; at < plan.info().memory_size; ++at) {
    const bool is_field = std::ranges::any_of(plan.fields(), [&](const FieldPlan& each) {
      return at >= each.offset && at < each.offset + each.size;
    });
    row[at] = is_field ? row[at] : std::byte{0xff};
    written += is_field ? 0U : 1U;
  }
  ASSERT_NE(written, 0U);
  accept();
  EXPECT_EQ(header_of(row).revision, 1U);
}

TEST_F(Depot, AReferenceToNoRowAndALostReferenceAreFound) {
  begin();
  make_account(1, "a");
  const Row friendly = make_account(2, "b");
  accept();
  begin();
  ASSERT_EQ(writer_.edit(depot::account, friendly), CAIRN_OK);
  write(depot::account, friendly, "friend_of", Option<Id<depot::Account>>(Id<depot::Account>{9}));
  Broken broken = this->broken();
  EXPECT_EQ(broken.rule, Broken::Rule::Reference);
  EXPECT_EQ(broken.field, field(depot::account, "friend_of"));
  writer_.roll_back_command();
  begin();
  ASSERT_EQ(writer_.edit(depot::account, friendly), CAIRN_OK);
  write(depot::account, friendly, "friend_of", Option<Id<depot::Account>>(Id<depot::Account>{1}));
  accept();
  EXPECT_EQ(state_.rows(depot::account).references.of(1), 1U);
  begin();
  ASSERT_EQ(writer_.erase(depot::account, state_.find_number(depot::account, 1)), CAIRN_OK);
  broken = this->broken();
  EXPECT_EQ(broken.rule, Broken::Rule::Reference);
  EXPECT_EQ(broken.position, depot::account);
  writer_.roll_back_command();
  EXPECT_EQ(state_.rows(depot::account).references.of(1), 1U);
}

TEST_F(Depot, ARequiredEndThatStaysOpenIsFound) {
  begin();
  Row row = nullptr;
  ASSERT_EQ(create(depot::flag, depot::Flag{.number = std::uint8_t{1}}, row), CAIRN_OK);
  const Broken broken = this->broken();
  EXPECT_EQ(broken.rule, Broken::Rule::SourceEnd);
  EXPECT_EQ(state_.links(broken.position).edge().name, "flagged");
  writer_.roll_back_command();
}

TEST_F(Depot, ATextWithASizeBeyondItsTypeIsMalformed) {
  depot::Account value = {.id = Id<depot::Account>{1}};
  begin();
  const Row row = make_account(7, "x");
  constexpr std::uint16_t huge = 0xffff;
  std::memcpy(static_cast<void*>(&value.email), &huge, sizeof(huge));
  Row made = nullptr;
  EXPECT_EQ(create(depot::account, value, made), CAIRN_MALFORMED);
  EXPECT_EQ(writer_.set(depot::account, row, field(depot::account, "email"),
                        reinterpret_cast<const std::byte*>(&value.email)),
            CAIRN_MALFORMED);
  writer_.roll_back_command();
}

TEST_F(Depot, SetRefusesWhatItMayNotSet) {
  begin();
  const Row row = make_account(1, "a");
  const std::array<std::byte, 64> memory = {};
  for (const std::string_view name : {"id", "since", "status"}) {
    EXPECT_EQ(writer_.set(depot::account, row, field(depot::account, name), memory.data()),
              CAIRN_UNDECLARED);
  }
  EXPECT_EQ(writer_.set(depot::account, row, 99, memory.data()), CAIRN_UNDECLARED);
  EXPECT_EQ(writer_.become(depot::account, row, field(depot::account, "balance"), 1),
            CAIRN_UNDECLARED);
  EXPECT_EQ(writer_.become(depot::account, row, 99, 1), CAIRN_UNDECLARED);
  writer_.roll_back_command();
}

TEST_F(Depot, OnlyDeclaredCommandsOfTheirSizeWait) {
  begin();
  EXPECT_EQ(writer_.schedule({.at = 1, .kind = 99, .command = {}}), CAIRN_UNDECLARED);
  EXPECT_EQ(writer_.schedule({.at = 1, .kind = 1, .command = std::vector<std::byte>(1000)}),
            CAIRN_MALFORMED);
  EXPECT_EQ(state_.timers().size(), 0U);
  writer_.roll_back_command();
}

TEST_F(Depot, ACommandEndsAtItsLimits) {
  writer_.begin({.changes_max = 2, .bytes_max = 1U << 20U});
  const Row row = make_node(1);
  make_node(2);
  Row third = nullptr;
  EXPECT_EQ(create(depot::node, depot::Node{.id = Id<depot::Node>{3}}, third), CAIRN_LIMIT);
  EXPECT_EQ(writer_.edit(depot::node, row), CAIRN_LIMIT);
  std::uint64_t id = 0;
  EXPECT_EQ(writer_.new_id(depot::node, id), CAIRN_LIMIT);
  EXPECT_EQ(writer_.schedule({.at = 1, .kind = 1, .command = {}}), CAIRN_LIMIT);
  writer_.roll_back_command();
  writer_.begin({.changes_max = 100, .bytes_max = 64});
  const Row first = make_node(1);
  const Row second = make_node(2);
  const Row last = make_node(3);
  EXPECT_EQ(writer_.edit(depot::node, first), CAIRN_OK);
  EXPECT_EQ(writer_.edit(depot::node, second), CAIRN_OK);
  EXPECT_EQ(writer_.edit(depot::node, last), CAIRN_LIMIT);
  writer_.roll_back_command();
  EXPECT_EQ(state_.rows(depot::node).table.size(), 0U);
}

TEST_F(Depot, RolledBackRowsCountTowardsTheLimit) {
  writer_.begin({.changes_max = 10, .bytes_max = 1U << 20U});
  const Writer::Mark mark = writer_.mark();
  std::int32_t status = CAIRN_OK;
  std::size_t made = 0;
  for (; status == CAIRN_OK && made < 100; ++made) {
    Row row = nullptr;
    status = create(depot::node, depot::Node{.id = Id<depot::Node>{1}}, row);
    writer_.roll_back(mark);
  }
  EXPECT_EQ(status, CAIRN_LIMIT);
  EXPECT_EQ(made, 11U);
  writer_.roll_back_command();
}

TEST_F(Depot, UniqueValuesMayBeSwappedWithinACommand) {
  begin();
  const Row a = make_account(1, "a");
  const Row b = make_account(2, "b");
  accept();
  begin();
  const auto set_email = [&](Row row, std::string_view text) {
    const auto value = *Str<12>::from(text);
    return writer_.set(depot::account, row, field(depot::account, "email"),
                       reinterpret_cast<const std::byte*>(&value));
  };
  EXPECT_EQ(set_email(a, "b"), CAIRN_TAKEN);
  EXPECT_EQ(set_email(a, "c"), CAIRN_OK);
  EXPECT_EQ(set_email(b, "a"), CAIRN_OK);
  EXPECT_EQ(set_email(a, "b"), CAIRN_OK);
  accept();
  const auto& keys = depot_plan().record(depot::account).keys();
  schema::KeyBuffer buffer;
  EXPECT_EQ(state_.rows(depot::account).find(1, keys[1].encode(a, buffer)), a);
  EXPECT_EQ(state_.rows(depot::account).find(1, keys[1].encode(b, buffer)), b);
}

TEST_F(Depot, MemoryDoesNotGrowWithRowsAndLinksThatComeAndGo) {
  // Shown by: 100,000 rows with links, made and erased, in commands that are accepted, refused and
  // undone; memory after the first thousand is memory at the end.
  const auto used = [&] {
    std::size_t bytes = 0;
    for (const MemoryUse& use : state_.memory_use()) {
      bytes += use.table_bytes + use.index_bytes;
    }
    return bytes;
  };
  std::size_t early = 0;
  for (std::uint64_t i = 1; i <= 100'000; ++i) {
    begin();
    const Writer::Mark mark = writer_.mark();
    make_node(i);
    writer_.roll_back(mark);
    const Row a = make_node(2 * i);
    const Row b = make_node(2 * i + 1);
    ASSERT_EQ(writer_.link(depot::knowing, a, b), CAIRN_OK);
    ASSERT_EQ(writer_.link(depot::knowing, b, a), CAIRN_OK);
    if (i % 3 == 0) {
      writer_.roll_back_command();
    } else {
      ASSERT_FALSE(writer_.settle().has_value());
      writer_.commit(Seq(i), 0);
      begin();
      ASSERT_EQ(writer_.erase(depot::node, a), CAIRN_OK);
      ASSERT_FALSE(writer_.is_row(depot::node, b)) << "it goes with its target";
      ASSERT_FALSE(writer_.settle().has_value());
      i % 3 == 1 ? writer_.commit(Seq(i), 0) : writer_.roll_back_all();
    }
    writer_.finish();
    if (i == 1000) {
      early = used();
    }
  }
  EXPECT_EQ(state_.rows(depot::node).table.size(), 0U);
  EXPECT_LE(state_.rows(depot::node).table.slots(), 3U);
  EXPECT_EQ(used(), early);
}

/// Two random rows of a record: of few values, or of any.
class TwoRows final {
 public:
  explicit TwoRows(const StructInfo& info)
      : info_(info), memory_(2 * (std::size_t{info.memory_size} / sizeof(Int128) + 1)) {}

  void choose(Choices& choices) {
    Scratch none;
    for (std::byte* const row : {a(), b()}) {
      if (choices.one_in(4)) {
        schema::random_value(info_, row, choices, none);
        continue;
      }
      for (const FieldInfo& field : info_.fields) {
        small_value(*field.type, row + field.offset, choices);
      }
    }
  }

  [[nodiscard]] std::byte* a() { return reinterpret_cast<std::byte*>(memory_.data()); }

  [[nodiscard]] std::byte* b() { return a() + memory_.size() * sizeof(Int128) / 2; }

 private:
  const StructInfo& info_;
  std::vector<Int128> memory_;
};

void expect_key_of_schema(const StructInfo& info, const KeyPlan& key, TwoRows& rows) {
  schema::KeyBuffer own;
  schema::KeyBuffer left;
  schema::KeyBuffer right;
  const auto expected = schema::encode_key(info, key.index(), rows.a(), left);
  const auto other = schema::encode_key(info, key.index(), rows.b(), right);
  ASSERT_TRUE(std::ranges::equal(key.encode(rows.a(), own), expected));
  ASSERT_TRUE(key.matches(rows.a(), expected));
  ASSERT_EQ(key.prefix(rows.a()), KeyPlan::prefix(expected));
  ASSERT_GE(expected.size(), key.size_min());
  ASSERT_TRUE(key.is_well_formed(rows.a()));
  ASSERT_EQ(key.compare(rows.a(), rows.b()),
            std::lexicographical_compare_three_way(expected.begin(), expected.end(), other.begin(),
                                                   other.end()));
}

std::size_t expect_keys_of_schema(const RecordPlan& plan, Choices& choices) {
  constexpr std::size_t rounds = 200;
  TwoRows rows(plan.info());
  for (std::size_t i = 0; i < rounds; ++i) {
    rows.choose(choices);
    for (const KeyPlan& key : plan.keys()) {
      expect_key_of_schema(plan.info(), key, rows);
    }
  }
  return rounds * plan.keys().size();
}

TEST(KeyPlan, GivesTheKeysAndTheOrderOfTheSchema) {
  // Shown by: rows of random domains, each pair in each index.
  std::size_t pairs = 0;
  for (std::uint64_t seed = 1; seed <= 200 && !HasFatalFailure(); ++seed) {
    SCOPED_TRACE(seed);
    Choices choices(seed);
    const auto schema = schema::Schema::from_idl(stamped(random_idl(choices)));
    ASSERT_TRUE(schema);
    const Plan plan(*schema);
    for (std::uint16_t record = 0; record < plan.records(); ++record) {
      pairs += expect_keys_of_schema(plan.record(record), choices);
    }
  }
  EXPECT_GT(pairs, 50'000U);
}

TEST(Memory, OfARowOfSixtyFourBytesIsAtMostSixTenthsMoreThanTheRow) {
  // Shown by: 100,000 rows with one key, a number and a text; row, header, key index, all of it.
  const Result<schema::Schema> schema = schema::Schema::from_domain(vault::info);
  ASSERT_TRUE(schema) << schema.error().to_string();
  const Plan plan(*schema);
  State state(plan);
  Writer writer(state);
  writer.begin({});
  constexpr std::uint64_t count = 100'000;
  for (std::uint64_t i = 1; i <= count; ++i) {
    Row row = nullptr;
    const vault::Numbered number = {.id = Id<vault::Numbered>{i}};
    const vault::Named name = {.name = *Str<22>::from("account-" + std::to_string(i))};
    static_assert(sizeof(number) == 64 && sizeof(name) == 64);
    ASSERT_EQ(writer.create(vault::numbered, reinterpret_cast<const std::byte*>(&number), row), 0);
    ASSERT_EQ(writer.create(vault::named, reinterpret_cast<const std::byte*>(&name), row), 0);
  }
  for (const std::uint16_t record : {vault::numbered, vault::named}) {
    const MemoryUse use = state.memory_use()[record];
    EXPECT_EQ(use.content_bytes, count * 64);
    EXPECT_LE((use.table_bytes + use.index_bytes) * 10, use.content_bytes * 16)
        << use.name << ": " << use.table_bytes << " + " << use.index_bytes;
  }
}

}  // namespace
}  // namespace cairn::state
