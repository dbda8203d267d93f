// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cairn/error.h"
#include "schema/json_tree.h"

/// What in a domain's shared object can make two executions differ, as far as the file shows it:
/// what it asks of other libraries, and what it keeps between calls. A lint lowers the risk and
/// proves nothing; docs/plugins.md names what it cannot see.
namespace cairn::plugin {

/// In the order in which a report lists them.
enum class LintKind : std::uint8_t {
  Clock,
  Randomness,
  Thread,
  File,
  Network,
  Environment,
  Locale,
  FloatingPoint,
  Process,
  Processor,
  Loading,
  InputOutput,
  Unordered,
  UnknownImport,
  Library,
  WritableGlobal,
  GuardedStatic,
  ThreadLocal,
  Initialiser,
  Destructor,
  SharedStatic,
  Stripped,
  UnusedAllowance,
};

/// "floating-point": the word for reports; part of the JSON contract.
[[nodiscard]] std::string_view to_string(LintKind kind) noexcept;

struct LintFinding {
  LintKind kind = LintKind::Clock;
  std::string symbol;   ///< as the file spells it; what an allow-list names
  std::string name;     ///< as C++ spells it; the symbol where that is no different
  std::string why;      ///< what is wrong with it
  std::string instead;  ///< what to do
};

/// What somebody looked at and found harmless.
struct Allowance {
  std::string symbol;
  std::string reason;
  std::size_t line = 0;
};

/// Reads an allow-list: one `symbol  reason` per line, empty lines, and comments behind `#` at the
/// start of a line. A reason must be there, and a symbol only once. The text may be hostile.
Result<std::vector<Allowance>> parse_allowances(std::string_view text);

struct AllowedFinding {
  LintFinding finding;
  std::string reason;
};

struct LintReport {
  std::vector<LintFinding> findings;    ///< by kind, then by symbol
  std::vector<AllowedFinding> allowed;  ///< the same order

  [[nodiscard]] bool is_clean() const noexcept { return findings.empty(); }
};

/// Looks at the bytes of a shared object without loading it. They may be hostile; an error means
/// that they are no shared object for this machine. Deterministic: the same bytes and allow-list
/// give the same report.
Result<LintReport> lint(std::span<const std::byte> object, std::span<const Allowance> allowances);

/// The same for a file; the error names the path. Calls the operating system.
Result<LintReport> lint_file(const std::string& path, std::span<const Allowance> allowances);

/// For people: one line per finding, and one that counts them.
[[nodiscard]] std::string to_text(const LintReport& report);

/// For programs.
[[nodiscard]] schema::JsonTree to_json(const LintReport& report);

}  // namespace cairn::plugin
