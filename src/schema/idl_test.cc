// SPDX-License-Identifier: Apache-2.0
#include "schema/idl.h"

#include <functional>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/hash.h"
#include "schema/sample_domain.h"
#include "schema/schema.h"

namespace cairn::schema {
namespace {

using Json = nlohmann::json;

const std::string& sample_idl() {
  static const std::string text = Schema::from_domain(shop::info).value().idl();
  return text;
}

std::string with_fingerprint(Json idl) {
  idl.erase("fingerprint");
  const std::string text = idl.dump();
  idl["fingerprint"] = blake3(std::as_bytes(std::span(text))).to_string();
  return idl.dump();
}

std::string error_of(std::string_view text) {
  const auto schema = Schema::from_idl(text);
  return schema ? "no error" : schema.error().to_string();
}

struct Mistake {
  std::string_view name;
  void (*make)(Json& idl);
  Errc code;
  std::string_view place;
  std::string_view words;
};

// NOLINTNEXTLINE(readability-identifier-naming): GoogleTest looks for this name
void PrintTo(const Mistake& mistake, std::ostream* out) {
  *out << mistake.name;
}

class IdlMistake : public testing::TestWithParam<Mistake> {};

TEST_P(IdlMistake, IsRefusedWithPlaceAndReason) {
  // The sample's IDL with one mistake made in it, and the fingerprint that the mistaken text has.
  Json idl = Json::parse(sample_idl());
  GetParam().make(idl);
  const auto schema = Schema::from_idl(with_fingerprint(idl));
  ASSERT_FALSE(schema);
  EXPECT_EQ(schema.error().code(), GetParam().code) << schema.error().to_string();
  EXPECT_EQ(schema.error().where(), GetParam().place);
  EXPECT_NE(schema.error().message().find(GetParam().words), std::string::npos)
      << schema.error().message();
}

Json& field(Json& idl, const char* list, std::size_t item, std::size_t index) {
  return idl[list][item]["fields"][index];
}

constexpr Errc invalid = Errc::InvalidArgument;

// NOLINTBEGIN(modernize-use-designated-initializers): a table, whose columns are named above
const Mistake mistakes[] = {
    {"NewerVersion", [](Json& idl) { idl["idl"] = 2; }, Errc::Unsupported, "$.idl",
     "IDL version 2; this program reads version 1"},
    {"UnknownMember", [](Json& idl) { idl["color"] = 1; }, invalid, "$", "\"color\" is unknown"},
    {"UnknownFieldMember", [](Json& idl) { field(idl, "records", 0, 1)["size"] = 1; }, invalid,
     "$.records[0].fields[1]", "\"size\" is unknown"},
    {"MissingMember", [](Json& idl) { idl["records"][1].erase("kind"); }, Errc::NotFound,
     "$.records[1]", "\"kind\" is missing"},
    {"WrongType", [](Json& idl) { idl["version"] = "4"; }, invalid, "$.version",
     "a string, not a whole number"},
    {"Fraction", [](Json& idl) { idl["version"] = 4.5; }, invalid, "$.version",
     "a fraction or an exponent"},
    {"NegativeKind", [](Json& idl) { idl["records"][0]["kind"] = -1; }, Errc::TooLarge,
     "$.records[0].kind", "not between 0 and 65535"},
    {"ReservedKind", [](Json& idl) { idl["records"][0]["kind"] = 65'280; }, invalid,
     "$.records[0].kind", "not between 1 and 65279"},
    {"KindZero", [](Json& idl) { idl["commands"][0]["kind"] = 0; }, invalid, "$.commands[0].kind",
     "not between 1"},
    {"KindTwice", [](Json& idl) { idl["commands"][2]["kind"] = 1; }, Errc::AlreadyExists,
     "$.commands[2].kind", "kind 1 of Paint is taken"},
    {"VersionZero", [](Json& idl) { idl["events"][0]["version"] = 0; }, invalid,
     "$.events[0].version", "versions count from 1"},
    {"NameTwice", [](Json& idl) { idl["commands"][1]["name"] = "Place"; }, Errc::AlreadyExists,
     "$.commands[1].name", "\"Place\" is taken"},
    {"NoIdentifier", [](Json& idl) { idl["commands"][1]["name"] = "a b"; }, invalid,
     "$.commands[1].name", "not an identifier"},
    {"Keyword", [](Json& idl) { field(idl, "commands", 0, 1)["name"] = "class"; }, invalid,
     "$.commands[0].fields[1].name", "not an identifier"},
    {"FieldTwice", [](Json& idl) { field(idl, "commands", 0, 1)["name"] = "order"; },
     Errc::AlreadyExists, "$.commands[0].fields[1].name", "is taken"},
    {"NoSuchType", [](Json& idl) { field(idl, "commands", 0, 1)["type"] = "f64"; }, invalid,
     "$.commands[0].fields[1].type", "\"f64\" is not a type"},
    {"SpaceInType", [](Json& idl) { field(idl, "commands", 0, 1)["type"] = "list<u8, 3>"; },
     invalid, "$.commands[0].fields[1].type", "\" 3\" is not a number"},
    {"LeadingZero", [](Json& idl) { field(idl, "commands", 0, 1)["type"] = "str<08>"; }, invalid,
     "$.commands[0].fields[1].type", "not a number"},
    {"StrTooLong", [](Json& idl) { field(idl, "commands", 0, 1)["type"] = "str<4097>"; },
     Errc::TooLarge, "$.commands[0].fields[1].type", "not between 1 and 4096"},
    {"EmptyStr", [](Json& idl) { field(idl, "commands", 0, 1)["type"] = "str<0>"; }, invalid,
     "$.commands[0].fields[1].type", "not between 1"},
    {"ScaleTooLarge", [](Json& idl) { field(idl, "commands", 0, 1)["type"] = "decimal<39>"; },
     Errc::TooLarge, "$.commands[0].fields[1].type", "the scale 39 is above 38"},
    {"OptionOfOption",
     [](Json& idl) { field(idl, "commands", 0, 1)["type"] = "option<option<u8>>"; }, invalid,
     "$.commands[0].fields[1].type", "an option of an option"},
    {"TooDeep",
     [](Json& idl) {
       field(idl, "commands", 0, 1)["type"] =
           "list<list<list<list<list<list<list<list<list<u8,1>,1>,1>,1>,1>,1>,1>,1>,1>";
     },
     Errc::TooLarge, "$.commands[0].fields[1].type", "nested deeper than 8"},
    {"NoSuchRecord", [](Json& idl) { field(idl, "commands", 0, 1)["type"] = "id<Ghost>"; },
     Errc::NotFound, "$.commands[0].fields[1].type", "no record \"Ghost\""},
    {"NoSuchEnum", [](Json& idl) { field(idl, "commands", 0, 1)["type"] = "enum<Ghost>"; },
     Errc::NotFound, "$.commands[0].fields[1].type", "no enum \"Ghost\""},
    {"NoSuchStruct", [](Json& idl) { field(idl, "commands", 0, 1)["type"] = "struct<Ghost>"; },
     Errc::NotFound, "$.commands[0].fields[1].type", "no struct \"Ghost\""},
    {"IdOfNaturalKey", [](Json& idl) { field(idl, "commands", 0, 1)["type"] = "id<Product>"; },
     invalid, "$.commands[0].fields[1].type", "the key of Product is not id<Product>"},
    {"TextInRecord", [](Json& idl) { field(idl, "records", 0, 4)["type"] = "text<9>"; }, invalid,
     "$.records[0].fields[4].type", "for commands and events only"},
    {"StructInsideItself",
     [](Json& idl) { field(idl, "structs", 0, 0)["type"] = "struct<Address>"; }, invalid,
     "$.structs[0]", "\"Address\" contains itself"},
    {"UnusedStruct",
     [](Json& idl) {
       idl["structs"].push_back(
           {{"name", "Z"}, {"fields", Json::array({{{"name", "a"}, {"type", "u8"}}})}});
     },
     invalid, "$.structs[3]", "nothing uses \"Z\""},
    {"StructsOutOfOrder", [](Json& idl) { std::swap(idl["structs"][0], idl["structs"][1]); },
     invalid, "$.structs[1].name", "does not come after"},
    {"EmptyStruct", [](Json& idl) { idl["structs"][0]["fields"] = Json::array(); }, invalid,
     "$.structs[0]", "needs fields"},
    {"RecordTooLarge",
     [](Json& idl) { field(idl, "records", 0, 4)["type"] = "array<str<4096>,8>"; }, Errc::TooLarge,
     "$.records[0].fields[4].type", "in memory"},
    {"TooManyFields",
     [](Json& idl) {
       for (int i = 0; i < 65; ++i) {
         idl["commands"][1]["fields"].push_back(
             {{"name", "f" + std::to_string(i)}, {"type", "u8"}});
       }
     },
     Errc::TooLarge, "$.commands[1]", "65 fields; the limit is 64"},
    {"RoleInCommand", [](Json& idl) { field(idl, "commands", 0, 1)["role"] = "key"; }, invalid,
     "$.commands[0].fields[1].role", "only fields of records"},
    {"NoSuchRole", [](Json& idl) { field(idl, "records", 0, 1)["role"] = "main"; }, invalid,
     "$.records[0].fields[1].role", "\"main\" is not one of"},
    {"NoKey", [](Json& idl) { idl["records"][0]["indexes"] = Json::array(); }, invalid,
     "$.records[0].indexes", "has no primary key"},
    {"KeyNotUnique", [](Json& idl) { idl["records"][0]["indexes"][0]["unique"] = false; }, invalid,
     "$.records[0].indexes[0]", "must be unique"},
    {"KeyOverPlainField",
     [](Json& idl) { idl["records"][0]["indexes"][0]["fields"][0] = "credit"; }, invalid,
     "$.records[0].indexes[0]", "part of the primary key"},
    {"IndexOfUnknownField",
     [](Json& idl) { idl["records"][0]["indexes"][1]["fields"][0] = "ghost"; }, Errc::NotFound,
     "$.records[0].indexes[1].fields[0]", "no field \"ghost\""},
    {"IndexNamedTwice", [](Json& idl) { idl["records"][1]["indexes"][2]["name"] = "placed"; },
     Errc::AlreadyExists, "$.records[1].indexes[2].name", "two indexes named"},
    {"SameIndexTwice",
     [](Json& idl) { idl["records"][1]["indexes"][2]["fields"] = Json::array({"placed"}); },
     Errc::AlreadyExists, "$.records[1].indexes[2].fields", "the same fields"},
    {"FieldTwiceInIndex",
     [](Json& idl) {
       idl["records"][1]["indexes"][2]["fields"] = Json::array({"placed", "placed"});
     },
     Errc::AlreadyExists, "$.records[1].indexes[2].fields[0]", "names placed twice"},
    {"RoleWithoutIndex", [](Json& idl) { idl["records"][0]["indexes"].erase(1); }, invalid,
     "$.records[0].fields[1]", "no index of its own"},
    {"KeyTooLong",
     [](Json& idl) {
       field(idl, "records", 2, 0)["type"] = "str<600>";
       field(idl, "commands", 2, 0)["type"] = "str<600>";
     },
     Errc::TooLarge, "$.records[2].indexes[0]", "has 1202 bytes; the limit is 1024"},
    {"SecretOfSecret",
     [](Json& idl) { field(idl, "commands", 0, 1)["type"] = "secret<secret<u8>>"; }, invalid,
     "$.commands[0].fields[1].type", "cannot hold another"},
    {"SecretOfText", [](Json& idl) { field(idl, "commands", 0, 1)["type"] = "secret<text<9>>"; },
     invalid, "$.commands[0].fields[1].type", "stored elsewhere"},
    {"SecretTooLarge",
     [](Json& idl) { field(idl, "commands", 0, 1)["type"] = "secret<str<4090>>"; }, Errc::TooLarge,
     "$.commands[0].fields[1].type", "the limit is 4047"},
    {"SecretInsideAnEventsField",
     [](Json& idl) { field(idl, "events", 0, 1)["type"] = "option<secret<u64>>"; }, invalid,
     "$.events[0].fields[1].type", "has a secret inside it"},
    {"SecretInsideAnEventsList",
     [](Json& idl) { field(idl, "events", 0, 1)["type"] = "list<array<secret<u64>,2>,3>"; },
     invalid, "$.events[0].fields[1].type", "has a secret inside it"},
    {"SecretIndexed", [](Json& idl) { field(idl, "records", 0, 1)["type"] = "secret<u64>"; },
     invalid, "$.records[0].indexes[1].fields[0]", "is secret"},
    {"StateWithoutMachine", [](Json& idl) { field(idl, "records", 1, 3).erase("machine"); },
     invalid, "$.records[1].fields[3]", "needs an enum and a machine"},
    {"UnreachableState",
     [](Json& idl) { field(idl, "records", 1, 3)["machine"]["transitions"].erase(2); }, invalid,
     "$.records[1].fields[3].machine", "no transition leads to Shipped"},
    {"NoSuchState", [](Json& idl) { field(idl, "records", 1, 3)["machine"]["initial"] = "Lost"; },
     Errc::NotFound, "$.records[1].fields[3].machine.initial", "has no value \"Lost\""},
    {"TransitionTwice",
     [](Json& idl) {
       Json& steps = field(idl, "records", 1, 3)["machine"]["transitions"];
       steps.push_back(steps[0]);
     },
     Errc::AlreadyExists, "$.records[1].fields[3].machine.transitions[0]", "declared twice"},
    {"StatesWithGap", [](Json& idl) { idl["enums"][1]["values"][3]["value"] = 9; }, invalid,
     "$.records[1].fields[3]", "leave a gap"},
    {"TooManyStates",
     [](Json& idl) {
       Json& machine = field(idl, "records", 1, 3)["machine"];
       for (int i = 4; i < 65; ++i) {
         const std::string name = "S" + std::to_string(i);
         idl["enums"][1]["values"].push_back({{"name", name}, {"value", i}});
         machine["transitions"].push_back({{"from", "Open"}, {"to", name}, {"guarded", false}});
       }
     },
     Errc::TooLarge, "$.records[1].fields[3].machine", "has 65 states; the limit is 64"},
    {"TooManyGates",
     [](Json& idl) {
       for (int i = 0; i < 256; ++i) {
         idl["gates"].push_back(idl["gates"][0]);
         idl["gates"].back()["name"] = "gate_" + std::to_string(i);
       }
     },
     Errc::TooLarge, "$.gates", "there are 257 of them; the limit is 256"},
    {"TooManyInvariants",
     [](Json& idl) {
       for (int i = 0; i < 256; ++i) {
         idl["invariants"].push_back(idl["invariants"][0]);
         idl["invariants"].back()["name"] = "rule_" + std::to_string(i);
       }
     },
     Errc::TooLarge, "$.invariants", "there are 257 of them; the limit is 256"},
    {"EnumValueTooWide", [](Json& idl) { idl["enums"][1]["values"][3]["value"] = 256; },
     Errc::TooLarge, "$.enums[1].values[3].value", "does not fit into 8 bits"},
    {"EnumNotAscending", [](Json& idl) { idl["enums"][0]["values"][2]["value"] = -2; }, invalid,
     "$.enums[0].values[2].value", "not in ascending order"},
    {"EnumOfText", [](Json& idl) { idl["enums"][0]["type"] = "str<8>"; }, invalid,
     "$.enums[0].type", "stored as an integer"},
    {"EdgeToNowhere", [](Json& idl) { idl["edges"][0]["target"]["record"] = "Ghost"; },
     Errc::NotFound, "$.edges[0].target.record", "no record \"Ghost\""},
    {"InverseTaken",
     [](Json& idl) {
       idl["edges"][1]["target"]["record"] = "Customer";
       idl["edges"][1]["inverse"] = "orders";
     },
     Errc::AlreadyExists, "$.edges[1].inverse", "already leads"},
    {"NoSuchCardinality", [](Json& idl) { idl["edges"][0]["source"]["cardinality"] = "few"; },
     invalid, "$.edges[0].source.cardinality", "not one of one, many"},
    {"RejectCodeZero", [](Json& idl) { idl["rejects"][0]["code"] = 0; }, invalid,
     "$.rejects[0].code", "which means accepted"},
    {"RejectCodeTwice", [](Json& idl) { idl["rejects"][0]["code"] = 5; }, Errc::AlreadyExists,
     "$.rejects[1].code", "the code 5 is taken"},
    {"AboutNothing", [](Json& idl) { idl["events"][0]["about"][0] = "ghost"; }, Errc::NotFound,
     "$.events[0].about[0]", "no field \"ghost\""},
    {"InvariantAboutNothing", [](Json& idl) { idl["invariants"][0]["subject"] = "Ghost"; },
     Errc::NotFound, "$.invariants[0].subject", "nothing that stock_positive can be about"},
    {"GateAboutARecord", [](Json& idl) { idl["gates"][0]["subject"] = "Customer"; }, Errc::NotFound,
     "$.gates[0].subject", "can be about"},
};
// NOLINTEND(modernize-use-designated-initializers)

INSTANTIATE_TEST_SUITE_P(Idl, IdlMistake, testing::ValuesIn(mistakes),
                         [](const auto& instance) { return std::string(instance.param.name); });

TEST(Idl, SampleIsReadBack) {
  // The mistakes above are the only reason for refusal: without one, the text is taken, in any
  // order of members and with white space.
  const Json idl = Json::parse(sample_idl());
  EXPECT_EQ(with_fingerprint(idl), sample_idl());
  const auto schema = Schema::from_idl(idl.dump(3));
  ASSERT_TRUE(schema) << schema.error().to_string();
  EXPECT_EQ(schema->idl(), sample_idl());
}

TEST(Idl, FingerprintMismatchReportsBothValues) {
  // A changed version under the old fingerprint: the error names the claimed and the true one.
  Json idl = Json::parse(sample_idl());
  const std::string claimed = idl["fingerprint"];
  idl["version"] = 5;
  const std::string actual = Json::parse(with_fingerprint(idl))["fingerprint"];
  const std::string error = error_of(idl.dump());
  EXPECT_NE(error.find(claimed), std::string::npos) << error;
  EXPECT_NE(error.find(actual), std::string::npos) << error;
  EXPECT_NE(error.find("$.fingerprint"), std::string::npos) << error;
}

TEST(Idl, TextThatIsNoJsonIsRefused) {
  // Broken syntax, a byte that is no UTF-8, nothing at all, a member given twice, and too much of
  // it.
  EXPECT_NE(error_of("{\"idl\":1,").find("not JSON"), std::string::npos);
  EXPECT_NE(error_of("").find("not JSON"), std::string::npos);
  EXPECT_NE(error_of("{\"idl\":\"\xff\"}").find("not UTF-8"), std::string::npos);
  EXPECT_NE(error_of("[1]").find("an array, not an object"), std::string::npos);
  const std::string twice = "{\"idl\":1," + sample_idl().substr(1);
  EXPECT_NE(error_of(twice).find("\"idl\" is given twice"), std::string::npos) << error_of(twice);
  EXPECT_NE(error_of(std::string(idl_bytes_max + 1, ' ')).find("the limit is"), std::string::npos);
}

TEST(Idl, EveryDeclarationHasItsOwnDigest) {
  // One field of one command renamed: exactly that declaration's digest differs.
  Json idl = Json::parse(sample_idl());
  field(idl, "commands", 2, 5)["name"] = "tiny";
  const Schema before = Schema::from_idl(sample_idl()).value();
  const Schema after = Schema::from_idl(with_fingerprint(idl)).value();
  ASSERT_EQ(before.declarations().size(), after.declarations().size());
  for (std::size_t i = 0; i < before.declarations().size(); ++i) {
    const DeclarationDigest& declaration = before.declarations()[i];
    EXPECT_EQ(declaration.digest == after.declarations()[i].digest, declaration.name != "Paint")
        << declaration.name;
  }
}

TEST(Schema, LooksUpByNameAndByNumber) {
  // Each list of the sample: something that is there, and something that is not.
  const Schema schema = Schema::from_idl(sample_idl()).value();
  EXPECT_EQ(schema.record("Order"), schema.record(std::uint16_t{2}));
  EXPECT_EQ(schema.command("Paint"), schema.command(std::uint16_t{3}));
  EXPECT_EQ(schema.event("Placed"), schema.event(std::uint16_t{1}));
  EXPECT_EQ(schema.reject("OutOfStock"), schema.reject(std::uint16_t{5}));
  EXPECT_EQ(schema.structure("Line")->fields.size(), 3U);
  EXPECT_EQ(schema.enumeration("Order.Status")->values.size(), 4U);
  EXPECT_EQ(schema.edge("contains")->inverse, "contained_in");
  EXPECT_EQ(schema.record("Placed"), nullptr);
  EXPECT_EQ(schema.record(std::uint16_t{3}), nullptr);
  EXPECT_EQ(schema.command(std::uint16_t{0}), nullptr);
  EXPECT_EQ(schema.enumeration("Status"), nullptr);
  EXPECT_EQ(schema.edge("orders"), nullptr);
}

}  // namespace
}  // namespace cairn::schema
