// SPDX-License-Identifier: Apache-2.0
#include "plugin/lint.h"

#include <algorithm>
#include <map>
#include <string>

#include <gtest/gtest.h>

#include "plugin/lint_imports.h"

namespace cairn::plugin {
namespace {

LintReport report_of(std::string_view plugin, std::string_view allow_list = "") {
  const auto allowances = parse_allowances(allow_list);
  EXPECT_TRUE(allowances.has_value()) << allowances.error().to_string();
  auto report =
      lint_file(CAIRN_PLUGIN_FOLDER "/" + std::string(plugin) + ".so", allowances.value());
  EXPECT_TRUE(report.has_value()) << report.error().to_string();
  return report.value_or(LintReport());
}

bool finds(const LintReport& report, LintKind kind, std::string_view symbol) {
  return std::ranges::any_of(report.findings, [&](const LintFinding& each) {
    return each.kind == kind && each.symbol.find(symbol) != std::string::npos;
  });
}

TEST(Lint, FindsOneOfEverything) {
  // A plugin with one of each sin: every kind is named with the symbol that does it.
  const LintReport report = report_of("dirty");
  const std::multimap<LintKind, std::string> expected = {
      {LintKind::Clock, "_ZNSt6chrono3_V212system_clock3nowEv"},
      {LintKind::Clock, "clock"},
      {LintKind::Randomness, "rand"},
      {LintKind::Randomness, "_ZNSt13random_device"},
      {LintKind::Thread, "_ZNSt6thread"},
      {LintKind::Thread, "pthread_mutex_lock"},
      {LintKind::File, "open"},
      {LintKind::Network, "socket"},
      {LintKind::Environment, "getenv"},
      {LintKind::Locale, "setlocale"},
      {LintKind::Locale, "_ZNSo"},
      {LintKind::FloatingPoint, "sin"},
      {LintKind::Process, "abort"},
      {LintKind::Process, "getpid"},
      {LintKind::Loading, "dlopen"},
      {LintKind::InputOutput, "_ZSt4cout"},
      {LintKind::InputOutput, "puts"},
      {LintKind::Unordered, "_ZSt11_Hash_bytesPKvmm"},
      {LintKind::UnknownImport, "getdtablesize"},
      {LintKind::WritableGlobal, "_ZN5dirty12plain_globalE"},
      {LintKind::WritableGlobal, "zeroed_global"},
      {LintKind::WritableGlobal, "_ZN5dirty15pointer_to_textE"},
      {LintKind::WritableGlobal, "_ZN5dirty6objectE"},
      {LintKind::GuardedStatic, "_ZGVZN5dirty8rememberEvE5first"},
      {LintKind::ThreadLocal, "_ZN5dirty10per_threadE"},
      {LintKind::Initialiser, "_GLOBAL__sub_I_"},
      {LintKind::Destructor, "__cxa_atexit"},
  };
  for (const auto& [kind, symbol] : expected) {
    EXPECT_TRUE(finds(report, kind, symbol)) << to_string(kind) << ' ' << symbol << '\n'
                                             << to_text(report);
  }
  for (const LintFinding& finding : report.findings) {
    EXPECT_FALSE(finding.why.empty()) << finding.symbol;
    EXPECT_FALSE(finding.instead.empty()) << finding.symbol;
  }
}

TEST(Lint, ReportsAreOrderedAndRepeatable) {
  // Two runs give the same text, sorted by kind and symbol, with readable C++ names.
  const LintReport report = report_of("dirty");
  EXPECT_EQ(to_text(report), to_text(report_of("dirty")));
  EXPECT_TRUE(std::ranges::is_sorted(report.findings, {}, [](const LintFinding& each) {
    return std::pair(each.kind, each.symbol);
  }));
  EXPECT_NE(to_text(report).find("guarded-static: _ZGVZN5dirty8rememberEvE5first (guard variable "
                                 "for dirty::remember()::first): "),
            std::string::npos);
}

TEST(Lint, NamesASharedStatic) {
  // Built without any flag, the static member of a template is one object in the whole process.
#if defined(__clang__)
  GTEST_SKIP() << "only GCC makes symbols that are unique in the process";
#else
  EXPECT_TRUE(finds(report_of("shared_names"), LintKind::SharedStatic, "6numberE"));
#endif
}

TEST(Lint, AllowedFindingsMoveAsideWithTheirReason) {
  // One finding is allowed; the report keeps it apart, and nothing else changes.
  const LintReport all = report_of("dirty");
  const LintReport report = report_of("dirty", "# looked at\n\ngetpid   only for  messages\n");
  EXPECT_EQ(report.findings.size() + 1, all.findings.size());
  ASSERT_EQ(report.allowed.size(), 1U);
  EXPECT_EQ(report.allowed[0].reason, "only for  messages");
  EXPECT_NE(to_text(report).find("allowed: process: getpid: only for  messages\n"),
            std::string::npos);
}

TEST(Lint, AllowancesThatNothingNeedsAreReported) {
  // A clean plugin with an allow-list is not clean until the list is empty.
  const LintReport report = report_of("counter", "# one\nrandom  long gone\n");
  ASSERT_EQ(report.findings.size(), 1U);
  EXPECT_EQ(report.findings[0].kind, LintKind::UnusedAllowance);
  EXPECT_NE(report.findings[0].why.find("line 2"), std::string::npos);
  EXPECT_TRUE(report_of("counter").is_clean());
}

TEST(Lint, AllowListsAreReadStrictly) {
  // Each mistake is refused with the number of its line.
  const auto refusal = [](std::string_view text) {
    const auto read = parse_allowances(text);
    return read ? "taken" : read.error().to_string();
  };
  EXPECT_NE(refusal("a why\nclock\n").find("line 2: \"clock\" is allowed without a reason"),
            std::string::npos);
  EXPECT_NE(refusal("clock   \t \n").find("line 1"), std::string::npos);
  EXPECT_NE(refusal("a why\nb why\na again").find("line 3: \"a\" is allowed on line 1 already"),
            std::string::npos);
  EXPECT_NE(refusal(std::string_view("a w\0y", 5)).find("no text"), std::string::npos);
  EXPECT_NE(refusal(std::string(2U << 20U, ' ')).find("bytes"), std::string::npos);
  EXPECT_EQ(refusal("# nothing\r\n\r\nclock because it is\r\n"), "taken");
}

TEST(Lint, JsonSaysTheSame) {
  // Keys and words that programs may rely on.
  const std::string text = to_json(report_of("counter", "random  long gone")).canonical();
  EXPECT_EQ(text,
            "{\"allowed\":[],\"clean\":false,\"findings\":[{\"instead\":\"take the line "
            "out\",\"kind\":\"unused-allowance\",\"name\":\"random\",\"symbol\":\"random\",\"why\":"
            "\"line 1 of the allow-list names it, and nothing was found about it\"}]}");
}

TEST(Lint, FilesThatAreNoPluginAreErrors) {
  // The error names the path and says what to do.
  const auto missing = lint_file(CAIRN_PLUGIN_FOLDER "/nothing.so", {});
  ASSERT_FALSE(missing.has_value());
  EXPECT_EQ(missing.error().code(), Errc::NotFound);
  EXPECT_EQ(missing.error().where(), CAIRN_PLUGIN_FOLDER "/nothing.so");
  EXPECT_FALSE(lint_file("/proc/self/exe", {}).has_value());
  EXPECT_FALSE(lint_file("/dev/null", {}).has_value());
}

TEST(JudgeImport, FamiliesAreToldApart) {
  // Neighbours by name that differ in what they are.
  EXPECT_EQ(judge_import("memcpy"), nullptr);
  EXPECT_EQ(judge_import("_Znwm"), nullptr);
  EXPECT_EQ(judge_import("_ZdlPvm"), nullptr);
  EXPECT_EQ(judge_import("__cxa_throw"), nullptr);
  EXPECT_EQ(judge_import("_ZSt20__throw_length_errorPKc"), nullptr);
  EXPECT_EQ(judge_import("_ZSt29_Rb_tree_insert_and_rebalancebPSt18_Rb_tree_node_baseS0_RS_"),
            nullptr);
  EXPECT_EQ(judge_import("_ZNSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEE9_M_createERmm"),
            nullptr);
  EXPECT_EQ(judge_import("_ZTVSt13runtime_error"), nullptr);
  EXPECT_EQ(judge_import("__cxa_guard_acquire")->kind, LintKind::GuardedStatic);
  EXPECT_EQ(judge_import("clock_gettime")->kind, LintKind::Clock);
  EXPECT_EQ(judge_import("clocks")->kind, LintKind::UnknownImport);
  EXPECT_EQ(judge_import("pthread_create")->kind, LintKind::Thread);
  EXPECT_EQ(judge_import("pow")->kind, LintKind::FloatingPoint);
  EXPECT_EQ(judge_import("_ZSt8to_charsPcS_d")->kind, LintKind::FloatingPoint);
  EXPECT_EQ(judge_import("_ZSt99")->kind, LintKind::UnknownImport);
  EXPECT_EQ(judge_import("_ZSt")->kind, LintKind::UnknownImport);
}

}  // namespace
}  // namespace cairn::plugin
