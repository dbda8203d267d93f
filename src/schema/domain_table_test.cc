// SPDX-License-Identifier: Apache-2.0
#include "schema/domain_table.h"

#include <array>
#include <stdexcept>
#include <string>

#include <gtest/gtest.h>

#include "examples/build/build.h"

namespace cairn::schema {
namespace {

std::string error_of(const auto& result) {
  return result ? "no error" : result.error().to_string();
}

TEST(DomainTable, SaysItsSchemaInWords) {
  // The table of a compiled domain, read without its descriptor, has the schema of its types.
  cairn_domain table = domain_entry<databuild::Databuild>;
  const auto compiled = Schema::from_domain(domain_info<databuild::Databuild>());
  ASSERT_TRUE(compiled);
  table.descriptor = nullptr;
  const auto described = read_schema(table);
  ASSERT_TRUE(described) << described.error().to_string();
  EXPECT_EQ(described->idl(), compiled->idl());
  EXPECT_EQ(error_of(check_table(table, described->domain())), "no error");
  table.describe = nullptr;
  table.idl = {.data = compiled->idl().data(), .size = compiled->idl().size()};
  const auto read = read_schema(table);
  ASSERT_TRUE(read) << read.error().to_string();
  EXPECT_EQ(read->fingerprint(), compiled->fingerprint());
}

TEST(DomainTable, ThatSaysNothingOrThrowsHasNoSchema) {
  // A descriptor does not help, and an exception goes no further.
  cairn_domain table = domain_entry<databuild::Databuild>;
  table.describe = nullptr;
  EXPECT_NE(error_of(read_schema(table)).find("says nothing about its schema"), std::string::npos);
  table.describe = [](cairn_write_function, void*) { throw std::runtime_error("no"); };
  EXPECT_NE(error_of(read_schema(table)).find("`describe` threw"), std::string::npos);
}

TEST(DomainTable, LacksAFunctionOnlyWhenTheSchemaAsksForIt) {
  // A domain with a guarded transition; with a gate and an invariant added to its schema, their
  // functions are asked for too.
  const DomainInfo& plain = domain_info<databuild::Databuild>();
  const std::array rules = {RuleInfo{.name = "rule", .subject = ""}};
  DomainInfo ruled = plain;
  ruled.invariants = rules;
  ruled.gates = rules;
  cairn_domain table = domain_entry<databuild::Databuild>;
  EXPECT_EQ(missing_function(table, ruled), nullptr);
  table.gate = nullptr;
  EXPECT_STREQ(missing_function(table, ruled), "gate");
  table.invariant = nullptr;
  EXPECT_STREQ(missing_function(table, ruled), "invariant");
  EXPECT_EQ(missing_function(table, plain), nullptr);
  table.guard = nullptr;
  EXPECT_STREQ(missing_function(table, plain), "guard");
  EXPECT_NE(error_of(check_table(table, plain)).find("lacks the function `guard`"),
            std::string::npos);
  table.execute = nullptr;
  EXPECT_STREQ(missing_function(table, plain), "execute");
}

}  // namespace
}  // namespace cairn::schema
