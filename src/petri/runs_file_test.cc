// SPDX-License-Identifier: Apache-2.0
#include "petri/runs_file.h"

#include <string>
#include <string_view>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "petri/test_domain.h"

namespace cairn::petri {
namespace {

using testing::HasSubstr;

const TestMachine order = {"status", "Open Paid Sent", "Open>Paid Paid>Sent"};

schema::Schema orders() {
  return TestDomain()
      .record("Order", {order})
      .record("Note")
      .edge({"about", "notes", "Note many", "Order one"})
      .command("Place")
      .command("Pay")
      .schema();
}

TestRuns some_of(const schema::Schema& schema) {
  TestRuns runs(schema);
  runs.accepted("Place", {"+Order:Open>Paid", "!Note", "=Order:Sent"}, {"about"})
      .accepted("Place", {"+Order:Open>Paid", "!Note", "=Order:Sent"}, {"about"})
      .rejected("Pay", {"Order:Open"})
      .accepted("Pay", {"-Order:Paid"});
  return runs;
}

/// The text with another in place of the first such piece.
std::string with(std::string text, std::string_view piece, std::string_view other) {
  const std::size_t at = text.find(piece);
  EXPECT_NE(at, std::string::npos) << piece;
  return text.replace(at, piece.size(), other);
}

TEST(RunsFile, IsReadAsItWasWritten) {
  // Every kind of row, links, and how often each was seen; the text is the same again.
  const schema::Schema schema = orders();
  const TestRuns runs = some_of(schema);
  const std::string text = runs_to_json(schema, runs.runs());
  Runs read(schema);
  ASSERT_TRUE(add_runs(schema, text, read));
  EXPECT_EQ(read.seen(), runs.runs().seen());
  EXPECT_EQ(runs_to_json(schema, read), text);
  EXPECT_THAT(text, HasSubstr(R"("command":"Pay","followed":[],"linked":[],)"
                              R"("rows":[{"after":true,"before":true,"changed":false,)"
                              R"("record":"Order","states":[["Open"]]}],"scanned":[],"times":1)"));
  EXPECT_THAT(text, HasSubstr(R"("times":2)"));
}

TEST(RunsFile, SeveralAreTheSumOfThem) {
  // Twice the same, and one with a run of its own.
  const schema::Schema schema = orders();
  const std::string text = runs_to_json(schema, some_of(schema).runs());
  TestRuns more(schema);
  more.accepted("Pay", {"Order:Open>Paid"});
  Runs all(schema);
  for (const std::string& each : {text, runs_to_json(schema, more.runs()), text}) {
    ASSERT_TRUE(add_runs(schema, each, all));
  }
  EXPECT_EQ(all.seen().size(), 4U);
  EXPECT_THAT(runs_to_json(schema, all), HasSubstr(R"("times":4)"));
}

TEST(RunsFile, OfAnotherDomainIsRefusedWithBothFingerprints) {
  // The same records, and one command more.
  const schema::Schema schema = orders();
  const schema::Schema other =
      TestDomain().record("Order", {order}).command("Place").command("Pay").schema();
  Runs runs(other);
  const auto added = add_runs(other, runs_to_json(schema, some_of(schema).runs()), runs);
  ASSERT_FALSE(added);
  EXPECT_EQ(added.error().code(), Errc::Conflict);
  EXPECT_THAT(added.error().to_string(), HasSubstr(schema.fingerprint().to_string()));
  EXPECT_THAT(added.error().to_string(), HasSubstr(other.fingerprint().to_string()));
}

struct Wrong {
  const char* name;
  const char* piece;
  const char* other;
  const char* said;
};

class WrongRunsFiles : public testing::TestWithParam<Wrong> {};

TEST_P(WrongRunsFiles, AreRefusedWithThePlaceAndAddNothing) {
  // One thing changed in a file that is right.
  const schema::Schema schema = orders();
  const std::string text = runs_to_json(schema, some_of(schema).runs());
  Runs runs(schema);
  const auto added = add_runs(schema, with(text, GetParam().piece, GetParam().other), runs);
  ASSERT_FALSE(added);
  EXPECT_THAT(added.error().to_string(), HasSubstr(GetParam().said));
  EXPECT_TRUE(runs.seen().empty());
}

INSTANTIATE_TEST_SUITE_P(
    All, WrongRunsFiles,
    testing::Values(
        Wrong{"Cut", "}]", "", "is not JSON"},
        Wrong{"UnknownMember", R"("runs":1)", R"("more":0,"runs":1)", "more"},
        Wrong{"UnknownRunMember", R"("times":1)", R"("more":0,"times":1)",
              "commands[1]: the member"},
        Wrong{"UnknownRowMember", R"("after":true)", R"("more":0,"after":true)", "rows[0]"},
        Wrong{"MissingMember", R"("linked":[],)", "", "linked"},
        Wrong{"MemberTwice", R"("runs":1)", R"("runs":1,"runs":1)", "twice"},
        Wrong{"Version", R"("runs":1)", R"("runs":2)", "version 2; this build reads version 1"},
        Wrong{"Fingerprint", R"("fingerprint":")", R"("fingerprint":"x)", "$.fingerprint"},
        Wrong{"Domain", R"("domain":")", R"("domain":"x\n)", "recorded with domain"},
        Wrong{"Command", R"("command":"Pay")", R"("command":"Pya")", "no command \"Pya\""},
        Wrong{"Record", R"("record":"Order")", R"("record":"Odrer")", "no record \"Odrer\""},
        Wrong{"State", R"(["Open"])", R"(["Opne"])", "no state \"Opne\""},
        Wrong{"Step", R"(["Open"])", R"(["Open","Sent"])", "from Open to Sent"},
        Wrong{"NoState", R"(["Open"])", R"([])", "0 states"},
        Wrong{"NoMachine", R"([["Open"]])", R"([])", "Order.status are missing"},
        Wrong{"TooManyMachines", R"([["Open"]])", R"([["Open"],["Open"]])", "more than 1 items"},
        Wrong{"Edge", R"("linked":["about"])", R"("linked":["abuot"])", "no edge \"abuot\""},
        Wrong{"EdgeTwice", R"("linked":["about"])", R"("linked":["about","about"])",
              "more than 1 items"},
        Wrong{"Scanned", R"("scanned":[])", R"("scanned":["Nobody"])", "no record \"Nobody\""},
        Wrong{"Never", R"("times":1)", R"("times":0)", "never seen"},
        Wrong{"Fraction", R"("times":1)", R"("times":1.5)", "fraction"},
        Wrong{"Negative", R"("times":1)", R"("times":-1)", "times"},
        Wrong{"Type", R"("accepted":true)", R"("accepted":1)", "not true or false"}),
    [](const auto& wrong) { return std::string(wrong.param.name); });

TEST(RunsFile, AWrongRunBehindRightOnesAddsNoneOfThem) {
  // The last of the runs contradicts the schema.
  const schema::Schema schema = orders();
  const std::string text = runs_to_json(schema, some_of(schema).runs());
  const std::size_t last = text.rfind(R"(["Open"])");
  ASSERT_NE(last, std::string::npos);
  Runs runs(schema);
  std::string wrong = text;
  wrong.replace(last, 8, R"(["Paid","Open"])");
  EXPECT_FALSE(add_runs(schema, wrong, runs));
  EXPECT_TRUE(runs.seen().empty());
}

TEST(RunsFile, HowOftenIsNeverMoreThanFits) {
  // Two files that each say the greatest number there is.
  const schema::Schema schema = orders();
  TestRuns one(schema);
  one.accepted("Pay", {"Order:Open>Paid"});
  const std::string text =
      with(runs_to_json(schema, one.runs()), R"("times":1)", R"("times":18446744073709551615)");
  Runs runs(schema);
  ASSERT_TRUE(add_runs(schema, text, runs));
  ASSERT_TRUE(add_runs(schema, text, runs));
  EXPECT_EQ(runs.seen().begin()->second, 18446744073709551615U);
}

}  // namespace
}  // namespace cairn::petri
