// SPDX-License-Identifier: Apache-2.0
#include "schema/drift.h"

#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/hash.h"
#include "schema/sample_domain.h"
#include "schema/schema.h"

namespace cairn::schema {
namespace {

using Json = nlohmann::json;

Schema from(Json idl) {
  idl.erase("fingerprint");
  const std::string text = idl.dump();
  idl["fingerprint"] = blake3(std::as_bytes(std::span(text))).to_string();
  auto schema = Schema::from_idl(idl.dump());
  if (!schema) {
    ADD_FAILURE() << schema.error().to_string();
    std::abort();
  }
  return std::move(*schema);
}

Json sample() {
  return Json::parse(Schema::from_domain(shop::info).value().idl());
}

struct Case {
  std::string_view name;
  void (*change)(Json& idl);
  Verdict verdict;
  std::string_view line;  ///< a line of the report's text, in part
};

// NOLINTNEXTLINE(readability-identifier-naming): GoogleTest looks for this name
void PrintTo(const Case& change, std::ostream* out) {
  *out << change.name;
}

class DriftCase : public testing::TestWithParam<Case> {};

TEST_P(DriftCase, IsJudgedAsTheTableSays) {
  // The sample against itself with one change.
  Json changed = sample();
  GetParam().change(changed);
  const DriftReport report = compare(from(sample()), from(changed));
  EXPECT_EQ(to_string(report.verdict()), to_string(GetParam().verdict)) << report.to_text();
  EXPECT_NE(report.to_text().find(GetParam().line), std::string::npos) << report.to_text();
}

Json& field(Json& idl, const char* list, std::size_t item, std::size_t index) {
  return idl[list][item]["fields"][index];
}

void raise(Json& declaration) {
  declaration["version"] = declaration["version"].get<int>() + 1;
}

constexpr Verdict fine = Verdict::Compatible;
constexpr Verdict migrate = Verdict::NeedsMigration;
constexpr Verdict never = Verdict::Forbidden;

// NOLINTBEGIN(modernize-use-designated-initializers): a table, whose columns are named above
const Case cases[] = {
    {"DomainVersionRises", [](Json& idl) { raise(idl); }, fine,
     "~ domain: compatible: the version rises from 4 to 5"},
    {"DomainVersionFalls", [](Json& idl) { idl["version"] = 3; }, never,
     "~ domain: forbidden: the version goes back"},
    {"OtherDomain", [](Json& idl) { idl["name"] = "store"; }, never,
     "the journal is of domain shop, not store"},
    {"RecordAdded",
     [](Json& idl) {
       Json r = idl["records"][0];
       r["name"] = "Supplier";
       r["kind"] = 9;
       r["fields"][0]["type"] = "id<Supplier>";
       idl["records"].push_back(r);
     },
     fine, "+ record Supplier: compatible"},
    {"RecordRemoved",
     [](Json& idl) {
       idl["records"].erase(2);
       idl["edges"].erase(1);
       idl["invariants"] = Json::array();
     },
     migrate, "- record Product: needs migration: its rows must go somewhere"},
    {"RecordRenamed",
     [](Json& idl) {
       idl["records"][2]["name"] = "Article";
       idl["edges"][1]["target"]["record"] = "Article";
       idl["invariants"][0]["subject"] = "Article";
     },
     migrate, "~ record Article: compatible: it was named Product"},
    {"KindChanged", [](Json& idl) { idl["records"][2]["kind"] = 8; }, never,
     "~ record Product: forbidden: its kind was 7 and is 8"},
    {"KindReused",
     [](Json& idl) {
       idl["commands"][1]["name"] = "Ping";
       idl["commands"][1]["fields"].push_back({{"name", "a"}, {"type", "u8"}});
     },
     never, "~ command Ping: forbidden: its kind 2 belongs to Touch"},
    {"FieldAddedWithoutVersion",
     [](Json& idl) { idl["records"][2]["fields"].push_back({{"name", "a"}, {"type", "u8"}}); },
     never,
     "+ record Product, field a: forbidden: bytes of version 1 would be read wrong; raise the "
     "version"},
    {"FieldAddedWithVersion",
     [](Json& idl) {
       idl["records"][2]["fields"].push_back({{"name", "a"}, {"type", "u8"}});
       raise(idl["records"][2]);
     },
     migrate, "+ record Product, field a: needs migration: rows are migrated"},
    {"FieldRemovedFromCommand",
     [](Json& idl) {
       idl["commands"][2]["fields"].erase(5);
       raise(idl["commands"][2]);
     },
     migrate, "- command Paint, field small: needs migration: what is recorded is upcast"},
    {"FieldsReordered",
     [](Json& idl) { std::swap(field(idl, "commands", 2, 5), field(idl, "commands", 2, 6)); },
     never, "~ command Paint: forbidden: the fields stand in another order"},
    {"StrWidened", [](Json& idl) { field(idl, "records", 0, 1)["type"] = "str<80>"; }, fine,
     "str<60> becomes str<80>; every stored value fits"},
    {"StrNarrowed", [](Json& idl) { field(idl, "records", 0, 1)["type"] = "str<50>"; }, never,
     "str<60> becomes str<50>"},
    {"IntegerWidened",
     [](Json& idl) {
       field(idl, "records", 2, 4)["type"] = "i64";
       raise(idl["records"][2]);
     },
     migrate, "i32 becomes i64"},
    {"NestedChanged",
     [](Json& idl) { idl["structs"][0]["fields"].push_back({{"name", "a"}, {"type", "u8"}}); },
     never, "~ record Customer, field address: forbidden"},
    {"VersionFalls", [](Json& idl) { idl["records"][1]["version"] = 2; }, never,
     "the version goes back from 3 to 2"},
    {"IndexAdded",
     [](Json& idl) {
       idl["records"][2]["indexes"].push_back(
           {{"name", "by_stock_shelf"}, {"unique", false}, {"fields", {"stock", "shelf"}}});
     },
     fine, "+ record Product, index by_stock_shelf: compatible: it is built"},
    {"UniqueAdded",
     [](Json& idl) {
       idl["records"][2]["indexes"].push_back(
           {{"name", "by_stock_shelf"}, {"unique", true}, {"fields", {"stock", "shelf"}}});
     },
     migrate, "+ record Product, index by_stock_shelf: needs migration: it is unique"},
    {"IndexRemoved", [](Json& idl) { idl["records"][1]["indexes"].erase(2); }, fine,
     "- record Order, index by_status_placed: compatible"},
    {"RoleChanged", [](Json& idl) { field(idl, "records", 1, 1).erase("role"); }, fine,
     "its role was immutable and is plain"},
    {"TransitionAdded",
     [](Json& idl) {
       field(idl, "records", 1, 3)["machine"]["transitions"].push_back(
           {{"from", "Cancelled"}, {"to", "Open"}, {"guarded", false}});
     },
     fine, "+ record Order, field status, transition Cancelled to Open: compatible"},
    {"TransitionRemoved",
     [](Json& idl) { field(idl, "records", 1, 3)["machine"]["transitions"].erase(1); }, migrate,
     "- record Order, field status, transition Open to Cancelled: needs migration"},
    {"GuardRemoved",
     [](Json& idl) { field(idl, "records", 1, 3)["machine"]["transitions"][2]["guarded"] = false; },
     fine, "it has no guard any more"},
    {"EnumValueAdded",
     [](Json& idl) { idl["enums"][0]["values"].push_back({{"name", "Gold"}, {"value", 301}}); },
     fine, "+ enum Color, value Gold: compatible"},
    {"EnumValueRemoved", [](Json& idl) { idl["enums"][0]["values"].erase(2); }, migrate,
     "- enum Color, value Blue: needs migration"},
    {"EnumValueRenamed", [](Json& idl) { idl["enums"][0]["values"][2]["name"] = "Azure"; }, migrate,
     "its number 300 was that of Blue"},
    {"EnumValueRenumbered", [](Json& idl) { idl["enums"][0]["values"][2]["value"] = 299; }, never,
     "its number was 300 and is 299"},
    {"EventRemoved", [](Json& idl) { idl["events"] = Json::array(); }, migrate,
     "- event Placed: needs migration"},
    {"EventAboutElse",
     [](Json& idl) {
       idl["events"][0]["about"].erase(1);
       raise(idl["events"][0]);
     },
     migrate, "it is about something else"},
    {"CommandRemoved", [](Json& idl) { idl["commands"].erase(1); }, fine,
     "- command Touch: compatible"},
    {"CommandRenamed", [](Json& idl) { idl["commands"][1]["name"] = "Poke"; }, fine,
     "~ command Poke: compatible: it was named Touch"},
    {"EdgeRemoved", [](Json& idl) { idl["edges"].erase(1); }, migrate,
     "- edge contains: needs migration: its links must go"},
    {"EdgeNarrowed", [](Json& idl) { idl["edges"][1]["target"]["cardinality"] = "one"; }, migrate,
     "its target is one now"},
    {"EdgeRequired", [](Json& idl) { idl["edges"][1]["target"]["required"] = true; }, migrate,
     "its target is required now"},
    {"EdgeMoved", [](Json& idl) { idl["edges"][1]["target"]["record"] = "Customer"; }, never,
     "it joins other records"},
    {"RejectAdded", [](Json& idl) { idl["rejects"].push_back({{"name", "Late"}, {"code", 6}}); },
     fine, "+ reject Late: compatible"},
    {"RejectReused", [](Json& idl) { idl["rejects"][0]["name"] = "Late"; }, never,
     "its code 1 means UnknownCustomer"},
    {"RejectRenumbered", [](Json& idl) { idl["rejects"][0]["code"] = 9; }, never,
     "its code was 1 and is 9"},
    {"InvariantAdded", [](Json& idl) { idl["invariants"].push_back({{"name", "solvent"}}); },
     migrate, "+ invariant solvent: needs migration"},
    {"GateRemoved", [](Json& idl) { idl["gates"] = Json::array(); }, fine,
     "- gate in_hours: compatible"},
    {"OnlyTheOrder", [](Json& idl) { std::swap(idl["commands"][0], idl["commands"][1]); }, fine,
     "declarations stand in another order"},
};
// NOLINTEND(modernize-use-designated-initializers)

INSTANTIATE_TEST_SUITE_P(Drift, DriftCase, testing::ValuesIn(cases),
                         [](const auto& instance) { return std::string(instance.param.name); });

TEST(Drift, TheSameSchemaHasNoDrift) {
  // The sample against itself.
  const DriftReport report = compare(from(sample()), from(sample()));
  EXPECT_TRUE(report.is_same());
  EXPECT_TRUE(report.changes.empty());
  EXPECT_EQ(report.to_text(), "shop 4 and shop 4 are the same\n");
}

TEST(Drift, WhatIsUpcastStandsInNobodysWayWhoUpcasts) {
  // A command and a record lose a field, both of a higher version: the command's is upcast, the
  // record's rows are not.
  Json command = sample();
  command["commands"][2]["fields"].erase(5);
  raise(command["commands"][2]);
  const DriftReport upcast = compare(from(sample()), from(command));
  EXPECT_EQ(upcast.verdict(), Verdict::NeedsMigration);
  EXPECT_EQ(upcast.verdict_when_upcast(), Verdict::Compatible);
  Json record = command;
  record["records"][2]["fields"].push_back({{"name", "a"}, {"type", "u8"}});
  raise(record["records"][2]);
  EXPECT_EQ(compare(from(sample()), from(record)).verdict_when_upcast(), Verdict::NeedsMigration);
  Json same_version = sample();
  same_version["commands"][2]["fields"].erase(5);
  EXPECT_EQ(compare(from(sample()), from(same_version)).verdict_when_upcast(), Verdict::Forbidden);
}

TEST(Drift, StoredBytesAreReadableWithTheSameFieldsAndEveryValue) {
  // Against itself; a field more, a field less, another type, an enum that lost a value.
  const Schema stored = from(sample());
  const StructInfo& paint = *stored.command("Paint");
  const auto judge = [&](const Json& idl) {
    const Schema reads = from(idl);
    return unreadable_as({.older = stored, .newer = reads}, paint, *reads.command("Paint"));
  };
  EXPECT_EQ(judge(sample()), "");
  Json more = sample();
  more["commands"][2]["fields"].push_back({{"name", "a"}, {"type", "u8"}});
  EXPECT_EQ(judge(more), "its field a is not there");
  Json less = sample();
  const std::string last = less["commands"][2]["fields"].back()["name"];
  less["commands"][2]["fields"].erase(less["commands"][2]["fields"].size() - 1);
  EXPECT_EQ(judge(less), "it lacks the field " + last);
  Json other = sample();
  field(other, "commands", 2, 5)["type"] = "u8";
  EXPECT_EQ(judge(other), "its field small is u8, and i8 there");
  Json fewer = sample();
  for (Json& each : fewer["enums"]) {
    if (each["name"] == "Color") {
      each["values"].erase(2);
    }
  }
  EXPECT_EQ(judge(fewer), "its field color cannot be Blue");
}

TEST(Drift, JsonSaysWhatTheTextSays) {
  // One change: the JSON parses and has the same verdict, subject and reason.
  Json changed = sample();
  changed["commands"].erase(1);
  const DriftReport report = compare(from(sample()), from(changed));
  const Json json = Json::parse(report.to_json());
  EXPECT_EQ(json["verdict"], "compatible");
  EXPECT_EQ(json["same"], false);
  ASSERT_EQ(json["changes"].size(), 1U);
  EXPECT_EQ(json["changes"][0]["subject"], "command Touch");
  EXPECT_EQ(json["changes"][0]["change"], "removed");
  EXPECT_EQ(json.dump(), report.to_json());
}

}  // namespace
}  // namespace cairn::schema
