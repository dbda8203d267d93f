// SPDX-License-Identifier: Apache-2.0
#include "plugin/plugin.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "plugin/border.h"
#include "tests/support/fake_host.h"
#include "tests/support/temp_folder.h"

namespace cairn::plugin {
namespace {

using test::FakeHost;
using test::ModelResult;
using test::ModelVerdict;

std::string path_of(std::string_view plugin) {
  return CAIRN_PLUGIN_FOLDER "/" + std::string(plugin) + ".so";
}

Plugin loaded(std::string_view plugin) {
  auto result = Plugin::load(path_of(plugin));
  if (!result) {
    throw std::runtime_error(result.error().to_string());
  }
  return std::move(*result);
}

/// The error of a load that must fail. It names the path.
std::string refusal(const std::string& path, const LoadOptions& options = {}) {
  const auto result = Plugin::load(path, options);
  if (result) {
    return "loaded";
  }
  EXPECT_NE(result.error().where().find(path), std::string::npos) << result.error().to_string();
  EXPECT_FALSE(result.error().hint().empty()) << result.error().to_string();
  return result.error().to_string();
}

/// Canonical bytes of numbers, each of eight bytes.
std::string numbers(std::initializer_list<std::uint64_t> values) {
  std::string bytes;
  for (const std::uint64_t value : values) {
    for (unsigned shift = 0; shift < 64; shift += 8) {
      bytes.push_back(static_cast<char>(value >> shift));
    }
  }
  return bytes;
}

ModelResult run(FakeHost& host, std::uint16_t kind, const std::string& bytes) {
  return host.execute(kind, std::as_bytes(std::span(bytes)));
}

TEST(Plugin, DomainInPlainCIsExecuted) {
  // Opens, adds, is refused with a detail, faults, sweeps: each outcome as the C code says.
  const Plugin plugin = loaded("counter");
  EXPECT_STREQ(plugin.domain().name, "counter");
  EXPECT_EQ(plugin.schema().domain().name, "counter");
  FakeHost host(plugin.domain());
  EXPECT_EQ(run(host, 1, numbers({7})).verdict, ModelVerdict::Accepted);
  EXPECT_EQ(run(host, 1, numbers({7})).code, 2);
  const ModelResult added = run(host, 2, numbers({7, 30}));
  ASSERT_EQ(added.events.size(), 1U);
  EXPECT_EQ(added.events[0].bytes, numbers({7, 30}));
  EXPECT_EQ(run(host, 2, numbers({7, 2000})).detail, numbers({970}));
  EXPECT_EQ(run(host, 2, numbers({7, ~std::uint64_t{5000}})).text, "nobody takes that much away");
  EXPECT_EQ(run(host, 2, "short").fault_status, CAIRN_MALFORMED);
  EXPECT_EQ(run(host, 3, numbers({31})).events.size(), 1U);
  EXPECT_EQ(host.dump(), "last 7\n");  // the row is gone, and its number stays used
}

TEST(Plugin, FilesThatAreNoPluginAreRefused) {
  // A folder, a device, a pipe, an empty file, text, a program, and a library that is no domain.
  const test::TempFolder folder;
  const std::string pipe = folder.path() + "/pipe";
  const std::string empty = folder.path() + "/empty.so";
  const std::string text = folder.path() + "/text.so";
  std::ofstream(empty).close();
  std::ofstream(text) << "#!/bin/sh\necho no\n";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_NE(refusal(pipe).find("no regular file"), std::string::npos);
  EXPECT_NE(refusal(folder.path()).find("no regular file"), std::string::npos);
  EXPECT_NE(refusal("/dev/zero").find("no regular file"), std::string::npos);
  EXPECT_NE(refusal(path_of("nothing")).find("not_found"), std::string::npos);
  EXPECT_NE(refusal(empty).find("no ELF file"), std::string::npos);
  EXPECT_NE(refusal(text).find("no ELF file"), std::string::npos);
  EXPECT_NE(refusal("/proc/self/exe").find("a program"), std::string::npos);
  EXPECT_NE(refusal(path_of("broken_no_entry")).find("so it is no domain"), std::string::npos);
}

struct Wrong {
  const char* plugin;
  const char* says;
};

class WrongPlugins : public testing::TestWithParam<Wrong> {};

TEST_P(WrongPlugins, AreRefusedWithTheReason) {
  // Plugins that are wrong in one way each, from tests/abi/broken.cc.
  EXPECT_NE(refusal(path_of(GetParam().plugin)).find(GetParam().says), std::string::npos)
      << refusal(path_of(GetParam().plugin));
}

INSTANTIATE_TEST_SUITE_P(
    All, WrongPlugins,
    testing::Values(Wrong{.plugin = "broken_null", .says = "gives no table"},
                    Wrong{.plugin = "broken_throw", .says = "threw: no table today"},
                    Wrong{.plugin = "broken_size", .says = "its table says it has 40 bytes"},
                    Wrong{.plugin = "broken_huge", .says = "4294967295 bytes"},
                    Wrong{.plugin = "broken_version",
                          .says = "version 9 of the plugin ABI; this "
                                  "host speaks 1"},
                    Wrong{.plugin = "broken_execute", .says = "lacks the function `execute`"},
                    Wrong{.plugin = "broken_name",
                          .says = "named \"other\" and its schema "
                                  "\"counter\""},
                    Wrong{.plugin = "broken_no_name", .says = "named \"\""},
                    Wrong{.plugin = "broken_silent", .says = "says nothing about its schema"},
                    Wrong{.plugin = "broken_idl", .says = "its schema: "},
                    Wrong{.plugin = "broken_describe", .says = "`describe` threw"},
                    Wrong{.plugin = "broken_endless", .says = "its schema: "},
                    Wrong{.plugin = "broken_layout",
                          .says = "its rows lie in memory in another "
                                  "way"}),
    [](const auto& wrong) { return std::string(wrong.param.plugin); });

TEST(Plugin, TablesOfOtherAgesAreRead) {
  // One that ends before what came last, and one that goes on behind all that this host knows.
  for (const char* const plugin : {"counter_older", "counter_newer"}) {
    const Plugin other = loaded(plugin);
    EXPECT_EQ(other.schema().idl(), loaded("counter").schema().idl()) << plugin;
    FakeHost host(other.domain());
    EXPECT_EQ(run(host, 1, numbers({1})).verdict, ModelVerdict::Accepted) << plugin;
  }
}

TEST(Plugin, AnotherDomainOrFingerprintIsRefusedWithBoth) {
  // What was wanted and what is there both stand in the message.
  const Digest right = loaded("counter").schema().fingerprint();
  Digest wrong = right;
  wrong.bytes[0] ^= std::byte{1};
  EXPECT_EQ(refusal(path_of("counter"), {.fingerprint = right, .name = "counter"}), "loaded");
  const std::string said = refusal(path_of("counter"), {.fingerprint = wrong});
  EXPECT_NE(said.find(right.to_string()), std::string::npos) << said;
  EXPECT_NE(said.find(wrong.to_string()), std::string::npos) << said;
  EXPECT_NE(refusal(path_of("counter"), {.name = "bank"}).find("\"counter\", not \"bank\""),
            std::string::npos);
}

TEST(Plugin, WhatComesOutOfAFunctionIsAnOutcome) {
  // Functions that throw and answer rubbish: every call is a fault with a text, and the next works.
  const Plugin plugin = loaded("broken_calls");
  FakeHost host(plugin.domain());
  const std::string before = host.dump();
  EXPECT_EQ(run(host, 1, "").text, "an exception left the plugin: thrown across the border");
  EXPECT_EQ(run(host, 2, "").text, "something that is no std::exception left the plugin");
  EXPECT_EQ(run(host, 3, "").text, "the plugin answered 77, which means nothing");
  EXPECT_EQ(host.dump(), before);
}

TEST(Plugin, EveryFunctionIsGuarded) {
  // The same for guards, invariants, gates and upcasts, called as a host would.
  const Plugin plugin = loaded("broken_calls");
  std::vector<std::string> told;
  cairn_host host = {};
  host.fault = [](cairn_call* call, std::int32_t, cairn_bytes text) {
    reinterpret_cast<std::vector<std::string>*>(call)->emplace_back(
        static_cast<const char*>(text.data), text.size);
  };
  auto* const call = reinterpret_cast<cairn_call*>(&told);
  const cairn_domain& domain = plugin.domain();
  EXPECT_EQ(domain.guard(&host, call, 0, nullptr, 0, 0, 0), CAIRN_FAULTED);
  EXPECT_EQ(domain.invariant(&host, call, call, 0, nullptr), CAIRN_FAULTED);
  EXPECT_EQ(domain.gate(&host, call, call, 0, 0, {}), CAIRN_FAULTED);
  cairn_bytes out = {};
  EXPECT_EQ(domain.upcast(&host, call, 0, 0, {}, &out), CAIRN_FAULTED);
  EXPECT_EQ(domain.migrate, nullptr);
  EXPECT_EQ(told, (std::vector<std::string>{"an exception left the plugin: std::bad_alloc",
                                            "an exception left the plugin: std::bad_alloc",
                                            "the plugin answered -1, which means nothing",
                                            "the plugin answered with bytes that are nowhere"}));
}

TEST(Plugin, VersionsOfOneDomainStayApart) {
  // Two versions and a second copy of one, loaded together: each has its own schema, its own code
  // and its own static member of a template, whatever their names.
  const Plugin first = loaded("oracle_1");
  const Plugin second = loaded("oracle_2");
  const Plugin again = loaded("oracle_1");
  EXPECT_EQ(first.schema().fingerprint(), again.schema().fingerprint());
  EXPECT_NE(first.schema().fingerprint(), second.schema().fingerprint());
  FakeHost one(first.domain());
  FakeHost two(second.domain());
  FakeHost three(again.domain());
  const auto value_after = [](FakeHost& host, std::uint64_t id) {
    EXPECT_EQ(run(host, 1, numbers({id})).verdict, ModelVerdict::Accepted);
    std::string key(7, '\0');
    key.push_back(static_cast<char>(id));
    std::int64_t value = 0;
    std::memcpy(&value, static_cast<const std::byte*>(host.find(0, key)) + 8, sizeof(value));
    return value;
  };
  EXPECT_EQ(value_after(one, 1), 11);
  EXPECT_EQ(value_after(one, 2), 21);
  EXPECT_EQ(value_after(two, 1), 12);
  EXPECT_EQ(value_after(three, 1), 11);
}

TEST(Plugin, NamesThatTheProcessWouldShareAreRefused) {
  // Built without any flag, the static member of a template is one object in the whole process.
#if defined(__clang__)
  GTEST_SKIP() << "only GCC makes symbols that are unique in the process";
#else
  const std::string said = refusal(path_of("shared_names"));
  EXPECT_NE(said.find("would be shared with other versions"), std::string::npos) << said;
  EXPECT_NE(said.find("-fno-gnu-unique"), std::string::npos) << said;
#endif
}

TEST(Plugin, AFileThatIsReplacedInPlaceIsAnotherPlugin) {
  // The file is overwritten while it is loaded: the loaded one goes on as it was, and the next load
  // sees the new bytes.
  const test::TempFolder folder;
  const std::string path = folder.path() + "/domain.so";
  const auto overwrite = std::filesystem::copy_options::overwrite_existing;
  std::filesystem::copy_file(path_of("oracle_1"), path);
  const auto first = Plugin::load(path);
  ASSERT_TRUE(first.has_value()) << first.error().to_string();
  std::filesystem::copy_file(path_of("oracle_2"), path, overwrite);
  const auto second = Plugin::load(path);
  ASSERT_TRUE(second.has_value()) << second.error().to_string();
  std::filesystem::resize_file(path, 0);
  EXPECT_EQ(first->schema().domain().version, 1U);
  EXPECT_EQ(second->schema().domain().version, 2U);
  FakeHost host(first->domain());
  EXPECT_EQ(run(host, 1, numbers({1})).verdict, ModelVerdict::Accepted);
}

std::size_t mapped_plugins() {
  std::ifstream maps("/proc/self/maps");
  std::size_t count = 0;
  for (std::string line; std::getline(maps, line);) {
    count += line.find("memfd:counter.so") != std::string::npos ? 1U : 0U;
  }
  return count;
}

TEST(Plugin, DestructionUnloads) {
  // Loads and unloads many times over: no mapping stays, and the state of a plugin starts anew.
  {
    const Plugin plugin = loaded("counter");
    EXPECT_GT(mapped_plugins(), 0U);
  }
  EXPECT_EQ(mapped_plugins(), 0U);
  for (int i = 0; i < 200; ++i) {
    const Plugin plugin = loaded("oracle_1");
    FakeHost host(plugin.domain());
    ASSERT_EQ(run(host, 1, numbers({1})).verdict, ModelVerdict::Accepted);
  }
}

TEST(Plugin, MovingKeepsTheTableWhereItIs) {
  // A host may hold the table while its owner moves the plugin about.
  Plugin plugin = loaded("counter");
  const cairn_domain* const table = &plugin.domain();
  Plugin other = std::move(plugin);
  plugin = std::move(other);
  EXPECT_EQ(&plugin.domain(), table);
  FakeHost host(plugin.domain());
  EXPECT_EQ(run(host, 1, numbers({1})).verdict, ModelVerdict::Accepted);
}

TEST(Plugin, OnlySoManyAreLoadedAtOnce) {
  // All places are taken, one more is refused, and a place that is given back is used again.
  std::vector<Plugin> all;
  for (std::size_t i = 0; i < plugins_max; ++i) {
    all.push_back(loaded("counter"));
  }
  EXPECT_NE(refusal(path_of("counter")).find("64 plugins are loaded already"), std::string::npos);
  all.pop_back();
  EXPECT_EQ(refusal(path_of("counter")), "loaded");
}

}  // namespace
}  // namespace cairn::plugin
