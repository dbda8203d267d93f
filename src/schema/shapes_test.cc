// SPDX-License-Identifier: Apache-2.0
#include "schema/shapes.h"

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <sqlite3.h>

#include "base/text.h"
#include "schema/codec.h"
#include "schema/json.h"
#include "schema/random_schema.h"
#include "schema/sample_domain.h"
#include "schema/schema.h"
#include "tests/support/temp_folder.h"

namespace cairn::schema {
namespace {

using Json = nlohmann::json;

Schema sample() {
  return Schema::from_domain(shop::info).value();
}

std::string read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void write(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

/// Compares with the file of that name, or writes it when the environment asks for that.
void expect_golden(const std::string& name, const std::string& text) {
  const std::string path = std::string(CAIRN_GOLDEN_FOLDER) + "/schema/" + name;
  if (std::getenv("CAIRN_UPDATE_GOLDEN") != nullptr) {
    write(path, text);
  }
  EXPECT_EQ(text, read(path))
      << path << " differs; if that is meant, run this test with CAIRN_UPDATE_GOLDEN=1";
}

class Database final {
 public:
  Database() {
    sqlite3* opened = nullptr;
    EXPECT_EQ(sqlite3_open(":memory:", &opened), SQLITE_OK);
    database_.reset(opened);
    EXPECT_EQ(run("PRAGMA foreign_keys = ON"), "");
  }

  /// The error, or nothing.
  std::string run(const std::string& sql) {
    char* text = nullptr;
    const int status = sqlite3_exec(database_.get(), sql.c_str(), nullptr, nullptr, &text);
    const std::string message = status == SQLITE_OK ? "" : text;
    sqlite3_free(text);
    return message;
  }

 private:
  struct Close {
    void operator()(sqlite3* database) const { sqlite3_close(database); }
  };

  std::unique_ptr<sqlite3, Close> database_;
};

/// Runs a compiler over a text; its exit status.
int check_with(const std::string& command, const std::string& file_name, const std::string& text) {
  const test::TempFolder folder;
  const std::string path = folder.path() + "/" + file_name;
  write(path, text);
  return std::system((command + " " + path).c_str());
}

const std::string c_compiler =
    std::string(CAIRN_C_COMPILER) + " -std=c11 -Wall -Wextra -Wpedantic -Werror -fsyntax-only";

std::string as_unit(const std::string& header) {
  // `#pragma once` belongs to a header, and the compiler warns about it elsewhere.
  std::string unit = header;
  unit.replace(unit.find("#pragma once"), 12, "");
  return unit;
}

TEST(Shapes, AreThoseOfTheGoldenFiles) {
  // Every shape of the sample, byte by byte: a change of format is seen, whichever compiler made
  // this.
  const Schema schema = sample();
  expect_golden("shop.idl.json", schema.idl() + "\n");
  expect_golden("shop.openapi.json", to_openapi(schema));
  expect_golden("shop.schema.json", to_json_schema(schema));
  expect_golden("shop.sqlite.sql.txt", to_sql(schema, SqlDialect::Sqlite).value());
  expect_golden("shop.postgresql.sql.txt", to_sql(schema, SqlDialect::Postgresql).value());
  expect_golden("shop.layouts.h.txt", to_c_header(schema).value());
  expect_golden("shop.ts.txt", to_typescript(schema).value());
}

TEST(Shapes, ValuesAreThoseOfTheGoldenFile) {
  // One pseudo-random value of each struct of the sample, as JSON and as canonical bytes.
  const Schema schema = sample();
  std::string text;
  Choices choices(7);
  for (const auto list :
       {schema.domain().records, schema.domain().commands, schema.domain().events}) {
    for (const StructInfo* structure : list) {
      std::vector<std::byte> space(std::size_t{1} << 16U);
      Scratch views(space);
      alignas(16) std::byte memory[limits::struct_bytes_max];
      random_value(*structure, memory, choices, views);
      std::vector<std::byte> bytes(structure->encoded_size_max);
      bytes.resize(Codec(*structure).encode(memory, bytes).value());
      text += std::string(structure->name) + ' ' + to_hex(bytes) + '\n';
      print_json(*structure, memory, text);
      text += '\n';
    }
  }
  expect_golden("shop.values.txt", text);
}

TEST(Shapes, JsonShapesRefToWhatIsThere) {
  // Both JSON shapes parse, and each "$ref" in them names a definition.
  const Schema schema = sample();
  for (const std::string& text : {to_json_schema(schema), to_openapi(schema)}) {
    const Json json = Json::parse(text);
    const Json flat = json.flatten();
    std::size_t references = 0;
    for (const auto& [path, value] : flat.items()) {
      if (!path.ends_with("/$ref")) continue;
      EXPECT_TRUE(json.contains(Json::json_pointer(value.get<std::string>().substr(1)))) << path;
      ++references;
    }
    EXPECT_GT(references, 5U);
  }
}

TEST(Shapes, SqliteTakesTheTablesAndKeepsTheRules) {
  // Run by SQLite itself: rows that keep the rules go in, each broken rule is refused.
  Database database;
  ASSERT_EQ(database.run(to_sql(sample(), SqlDialect::Sqlite).value()), "");
  EXPECT_EQ(
      database.run(R"(INSERT INTO "Customer" VALUES (1, 'a@b', 'Road 1', NULL, NULL, '1.00'))"),
      "");
  EXPECT_NE(
      database.run(R"(INSERT INTO "Customer" VALUES (1, 'c@d', 'Road 1', NULL, NULL, '1.00'))"), "")
      << "a key twice";
  EXPECT_NE(
      database.run(R"(INSERT INTO "Customer" VALUES (2, 'a@b', 'Road 1', NULL, NULL, '1.00'))"), "")
      << "a unique value twice";
  EXPECT_NE(
      database.run(
          R"(INSERT INTO "Customer" VALUES (2, 'c@d', 'Road 1', '0123456789', NULL, '1.00'))"),
      "")
      << "a text too long";
  EXPECT_NE(database.run(R"(INSERT INTO "Customer" VALUES (2, 'c@d', NULL, NULL, NULL, '1.00'))"),
            "")
      << "nothing where something must be";
  EXPECT_NE(database.run(R"(INSERT INTO "Customer" VALUES (2, 'c@d', 'Road 1', NULL, 9, '1.00'))"),
            "")
      << "a reference to nobody";
  EXPECT_EQ(database.run(
                R"(INSERT INTO "Product" VALUES ('A', 'Blue', x'00', 5, -1, zeroblob(32), NULL))"),
            "");
  EXPECT_NE(database.run(
                R"(INSERT INTO "Product" VALUES ('B', 'Pink', x'00', 5, -1, zeroblob(32), NULL))"),
            "")
      << "no such color";
  EXPECT_NE(database.run(
                R"(INSERT INTO "Product" VALUES ('B', 'Blue', x'00', 5, -1, zeroblob(31), NULL))"),
            "")
      << "no digest";
  EXPECT_NE(database.run(R"(INSERT INTO "contains" VALUES (4, 'A'))"), "") << "a link from nowhere";
}

TEST(Shapes, CompilerAgreesWithTheLayouts) {
  // The C header's own assertions on every offset, judged by the C compiler; one wrong offset makes
  // it fail.
  const std::string header = as_unit(to_c_header(sample()).value());
  EXPECT_EQ(check_with(c_compiler, "shop.c", header), 0);
  std::string wrong = header;
  const std::size_t place = wrong.find("offsetof(struct shop_Customer, email) == 8");
  ASSERT_NE(place, std::string::npos);
  wrong.replace(place, 42, "offsetof(struct shop_Customer, email) == 9");
  EXPECT_NE(check_with(c_compiler + " 2>/dev/null", "shop.c", wrong), 0);
}

TEST(Shapes, TypescriptCompilerTakesTheTypes) {
  // The types, and a value of one of them, under --strict.
  if (std::string_view(CAIRN_TSC).empty() || std::string_view(CAIRN_TSC).ends_with("NOTFOUND")) {
    GTEST_SKIP() << "tsc is not installed; the golden file pins the text";
  }
  const std::string use =
      "\nconst line: Line = { sku: \"A\", count: 3, note: \"\" };\nconst touch: "
      "shop_commands[\"Touch\"] = {};\nvoid [line, touch];\n";
  EXPECT_EQ(check_with(std::string(CAIRN_TSC) + " --noEmit --strict --target es2020", "shop.ts",
                       to_typescript(sample()).value() + use),
            0);
}

TEST(Shapes, OfRandomDomainsAreSoundToo) {
  // Random domains: SQLite runs their tables, their JSON parses, and the C compiler takes all their
  // layouts at once.
  std::string units;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    Choices choices(seed);
    JsonTree idl = random_idl(choices);
    const Schema schema = Schema::from_idl(stamped(std::move(idl))).value();
    Database database;
    ASSERT_EQ(database.run(to_sql(schema, SqlDialect::Sqlite).value()), "");
    EXPECT_FALSE(Json::parse(to_openapi(schema)).empty());
    EXPECT_TRUE(to_sql(schema, SqlDialect::Postgresql));
    EXPECT_TRUE(to_typescript(schema));
    std::string unit = as_unit(to_c_header(schema).value());
    for (std::size_t at = unit.find("random_"); at != std::string::npos;
         at = unit.find("random_", at + 12)) {
      unit.insert(at + 6, std::to_string(seed));
    }
    units += unit;
  }
  // Enums are written as macros that all these units would share.
  EXPECT_EQ(check_with(c_compiler, "random.c", units), 0);
}

TEST(Shapes, NamesThatALanguageCannotTellApartAreRefused) {
  // Two fields that differ by case only: one error in SQL, none in C.
  JsonTree fields =
      JsonTree::array({JsonTree::object({{"name", "a"}, {"type", "u8"}, {"role", "key"}}),
                       JsonTree::object({{"name", "A"}, {"type", "u8"}})});
  JsonTree record = JsonTree::object(
      {{"name", "R"},
       {"kind", JsonTree::number(std::uint64_t{1})},
       {"version", JsonTree::number(std::uint64_t{1})},
       {"fields", std::move(fields)},
       {"indexes", JsonTree::array({JsonTree::object(
                       {{"name", "a"}, {"unique", true}, {"fields", JsonTree::array({"a"})}})})}});
  JsonTree idl = JsonTree::object({{"idl", JsonTree::number(std::uint64_t{1})},
                                   {"name", "d"},
                                   {"version", JsonTree::number(std::uint64_t{1})}});
  idl.set("records", JsonTree::array({std::move(record)}));
  for (const char* list :
       {"enums", "structs", "edges", "commands", "events", "rejects", "gates", "invariants"}) {
    idl.set(list, JsonTree::array());
  }
  const Schema schema = Schema::from_idl(stamped(std::move(idl))).value();
  const auto sql = to_sql(schema, SqlDialect::Sqlite);
  ASSERT_FALSE(sql);
  EXPECT_NE(sql.error().message().find("two declarations would be named \"a\" in SQL"),
            std::string::npos)
      << sql.error().message();
  EXPECT_TRUE(to_c_header(schema));
}

}  // namespace
}  // namespace cairn::schema
