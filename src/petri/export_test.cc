// SPDX-License-Identifier: Apache-2.0
#include "petri/export.h"

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <set>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "petri/report.h"
#include "petri/test_domain.h"
#include "schema/sample_domain.h"

namespace cairn::petri {
namespace {

using testing::HasSubstr;
using testing::Not;

schema::Schema sample() {
  return schema::Schema::from_domain(shop::info).value();
}

void expect_golden(const std::string& name, const std::string& text) {
  const std::string path = std::string(CAIRN_GOLDEN_FOLDER) + "/petri/" + name;
  if (std::getenv("CAIRN_UPDATE_GOLDEN") != nullptr) {
    std::ofstream(path, std::ios::binary) << text;
  }
  std::ifstream file(path, std::ios::binary);
  EXPECT_EQ(text, std::string(std::istreambuf_iterator<char>(file), {}))
      << path << " differs; if that is meant, run this test with CAIRN_UPDATE_GOLDEN=1";
}

TEST(PetriExport, OfTheSampleIsThatOfTheGoldenFiles) {
  // Net, drawing and report of the sample, byte by byte.
  const schema::Schema schema = sample();
  expect_golden("shop.pnml.txt", to_pnml(schema, declared_net(schema, 2).value()));
  expect_golden("shop.dot.txt", to_dot(schema));
  expect_golden("shop.report.txt", check(schema).value().to_text());
  expect_golden("shop.report.json", check(schema).value().to_json() + "\n");
}

TEST(PetriExport, NamesAreEscapedInXml) {
  // A net from elsewhere may have any names; a control character has no place in XML.
  Net net;
  net.places.push_back({.name = "a<b>&\"c\"\n"});
  const std::string pnml = to_pnml(sample(), net);
  EXPECT_THAT(pnml, HasSubstr("a&lt;b&gt;&amp;&quot;c&quot;\xEF\xBF\xBD"));
  EXPECT_THAT(pnml, Not(HasSubstr("a<b")));
}

TEST(PetriExport, IdsAreUniqueAndWeightsAreWritten) {
  // One net with a weighted arc: each id once, whatever it names.
  const std::string pnml = to_pnml(sample(), small_net("a=2 b", "a,a>b b>a"));
  std::set<std::string> ids;
  std::size_t count = 0;
  for (std::size_t at = pnml.find(" id=\""); at != std::string::npos;
       at = pnml.find(" id=\"", at + 1)) {
    ids.insert(pnml.substr(at + 5, pnml.find('"', at + 5) - at - 5));
    ++count;
  }
  EXPECT_EQ(count, 2U + 2U + 2U + 4U) << "net and page, places, transitions, arcs";
  EXPECT_EQ(ids.size(), count);
  EXPECT_THAT(pnml, HasSubstr("<inscription><text>2</text></inscription>"));
}

}  // namespace
}  // namespace cairn::petri
