// SPDX-License-Identifier: Apache-2.0
#include "tests/abi/stream.h"

#include <string>

#include <gtest/gtest.h>

#include "plugin/lint.h"
#include "plugin/plugin.h"
#include "tests/abi/twins.h"

namespace cairn::test {
namespace {

class Twins : public testing::TestWithParam<Twin> {
 protected:
  static std::string path() {
    return std::string(CAIRN_PLUGIN_FOLDER "/") + std::string(GetParam().file) + ".so";
  }
};

TEST_P(Twins, PluginAndEmbeddedDomainHaveOneSchema) {
  // Byte by byte the same IDL: one from the compiler's descriptors, one from what the plugin says.
  const auto plugin = plugin::Plugin::load(path());
  ASSERT_TRUE(plugin.has_value()) << plugin.error().to_string();
  const auto embedded =
      schema::Schema::from_domain(*static_cast<const DomainInfo*>(GetParam().embedded->descriptor));
  ASSERT_TRUE(embedded.has_value()) << embedded.error().to_string();
  EXPECT_EQ(plugin->schema().idl(), embedded->idl());
  EXPECT_EQ(plugin->schema().fingerprint(), embedded->fingerprint());
}

TEST_P(Twins, PluginAndEmbeddedDomainDoTheSame) {
  // A random stream with rejections, denials and faults, on executors: every transaction is
  // compared byte by byte, and the state behind each.
  const auto plugin = plugin::Plugin::load(path());
  ASSERT_TRUE(plugin.has_value()) << plugin.error().to_string();
  const StreamResult result = run_stream(*GetParam().embedded, plugin->domain(), 2000);
  EXPECT_EQ(result.difference, "");
  EXPECT_GT(result.accepted, 100U);
  EXPECT_GT(result.rejected, 100U);
  EXPECT_GT(result.faulted, 10U);
  EXPECT_EQ(result.denied > 10, !plugin->schema().domain().gates.empty());
}

TEST_P(Twins, LintFindsNothingInAnOrdinaryDomain) {
  // The plugins of the examples and the one in C, as this build's compiler made them.
  const auto report = plugin::lint_file(path(), {});
  ASSERT_TRUE(report.has_value()) << report.error().to_string();
  EXPECT_TRUE(report->is_clean()) << plugin::to_text(*report);
}

TEST(Stream, TellsWhereTwoDomainsPart) {
  // The comparison itself can fail: a plugin whose functions misbehave against the one it copies.
  const auto plugin = plugin::Plugin::load(CAIRN_PLUGIN_FOLDER "/broken_calls.so");
  ASSERT_TRUE(plugin.has_value()) << plugin.error().to_string();
  const StreamResult result = run_stream(*twins()[2].embedded, plugin->domain(), 50);
  EXPECT_NE(result.difference, "");
}

INSTANTIATE_TEST_SUITE_P(All, Twins, testing::ValuesIn(twins()),
                         [](const auto& twin) { return std::string(twin.param.name); });

}  // namespace
}  // namespace cairn::test
