// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <utility>

#include <fmt/core.h>

#include "plugin/lint.h"
#include "schema/names.h"

namespace cairn::plugin {

namespace {

constexpr std::size_t allow_bytes_max = std::size_t{1} << 20U;
constexpr std::string_view blanks = " \t\r";

std::string_view trim(std::string_view text) {
  const std::size_t first = text.find_first_not_of(blanks);
  const std::size_t last = text.find_last_not_of(blanks);
  return first == std::string_view::npos ? std::string_view()
                                         : text.substr(first, last - first + 1);
}

bool is_printable(std::string_view text) {
  return std::ranges::all_of(text, [](char letter) {
    return letter == '\t' || static_cast<unsigned char>(letter) >= 0x20;
  });
}

Result<Allowance> parse_line(std::string_view line, std::size_t number) {
  const std::size_t end = std::min(line.find_first_of(blanks), line.size());
  const std::string_view reason = trim(line.substr(end));
  const std::string place = fmt::format("line {}", number);
  if (!is_printable(line)) {
    return fail(Error(Errc::InvalidArgument, "the line is no text").at(place));
  }
  if (reason.empty()) {
    return fail(Error(Errc::InvalidArgument,
                      fmt::format("{} is allowed without a reason", schema::quoted(line)))
                    .at(place)
                    .advise("write why it cannot make two executions differ behind the symbol"));
  }
  return Allowance{
      .symbol = std::string(line.substr(0, end)), .reason = std::string(reason), .line = number};
}

std::string line_of(const LintFinding& finding) {
  const std::string alias =
      finding.name == finding.symbol ? "" : fmt::format(" ({})", finding.name);
  return fmt::format("{}: {}{}: {}", to_string(finding.kind), finding.symbol, alias, finding.why);
}

schema::JsonTree tree_of(const LintFinding& finding) {
  return schema::JsonTree::object({{"kind", to_string(finding.kind)},
                                   {"symbol", finding.symbol},
                                   {"name", finding.name},
                                   {"why", finding.why},
                                   {"instead", finding.instead}});
}

}  // namespace

std::string_view to_string(LintKind kind) noexcept {
  constexpr std::array<std::string_view, 23> words = {
      "clock",           "randomness",     "thread",          "file",           "network",
      "environment",     "locale",         "floating-point",  "process",        "processor",
      "loading",         "input-output",   "unordered",       "unknown-import", "library",
      "writable-global", "guarded-static", "thread-local",    "initialiser",    "destructor",
      "shared-static",   "stripped",       "unused-allowance"};
  return words[std::to_underlying(kind)];
}

Result<std::vector<Allowance>> parse_allowances(std::string_view text) {
  if (text.size() > allow_bytes_max) {
    return fail(Errc::TooLarge,
                fmt::format("the allow-list has more than {} bytes", allow_bytes_max));
  }
  std::vector<Allowance> allowances;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::string_view whole = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), whole.size() + 1));
    const std::string_view line = trim(whole);
    if (line.empty() || line.front() == '#') {
      continue;
    }
    CAIRN_TRY(Allowance allowance, parse_line(line, number));
    const auto same = std::ranges::find(allowances, allowance.symbol, &Allowance::symbol);
    if (same != allowances.end()) {
      return fail(
          Error(Errc::AlreadyExists, fmt::format("{} is allowed on line {} already",
                                                 schema::quoted(allowance.symbol), same->line))
              .at(fmt::format("line {}", number)));
    }
    allowances.push_back(std::move(allowance));
  }
  return allowances;
}

std::string to_text(const LintReport& report) {
  std::string text;
  for (const LintFinding& finding : report.findings) {
    text += fmt::format("{}; {}\n", line_of(finding), finding.instead);
  }
  for (const AllowedFinding& each : report.allowed) {
    text += fmt::format("allowed: {}: {}: {}\n", to_string(each.finding.kind), each.finding.symbol,
                        each.reason);
  }
  text += report.is_clean() ? "nothing found" : fmt::format("{} found", report.findings.size());
  text += report.allowed.empty() ? "\n" : fmt::format(", {} allowed\n", report.allowed.size());
  return text;
}

schema::JsonTree to_json(const LintReport& report) {
  schema::JsonTree findings = schema::JsonTree::array();
  for (const LintFinding& finding : report.findings) {
    findings.push(tree_of(finding));
  }
  schema::JsonTree allowed = schema::JsonTree::array();
  for (const AllowedFinding& each : report.allowed) {
    schema::JsonTree tree = tree_of(each.finding);
    tree.set("reason", each.reason);
    allowed.push(std::move(tree));
  }
  return schema::JsonTree::object({{"clean", report.is_clean()},
                                   {"findings", std::move(findings)},
                                   {"allowed", std::move(allowed)}});
}

}  // namespace cairn::plugin
