// SPDX-License-Identifier: Apache-2.0
#include "plugin/lint.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>
#include <tuple>
#include <utility>

#include <cxxabi.h>
#include <elf.h>
#include <fmt/core.h>

#include "plugin/elf_file.h"
#include "plugin/lint_imports.h"
#include "plugin/shared_object.h"

namespace cairn::plugin {

namespace {

/// As C++ spells it. Names are taken from the file, and the library's demangler has a bad record
/// with hostile ones of great length.
std::string demangle(std::string_view symbol) {
  constexpr std::size_t bytes_max = 4096;
  std::string plain(symbol);
  if (!symbol.starts_with("_Z") || symbol.size() > bytes_max) {
    return plain;
  }
  int status = 0;
  const std::unique_ptr<char, decltype(&std::free)> name(
      abi::__cxa_demangle(plain.c_str(), nullptr, nullptr, &status), &std::free);
  return status == 0 && name != nullptr ? std::string(name.get()) : plain;
}

/// Objects that compilers and their start files put into every shared object.
bool is_compilers_own(std::string_view name) {
  constexpr std::array whole = {"__dso_handle", "__TMC_END__", "__do_init.__initialized",
                                "__do_fini.__finalized"};
  return std::ranges::find(whole, name) != whole.end() || name.starts_with("completed.") ||
         name.starts_with("DW.ref.");
}

/// Whether loading makes the section read-only after its addresses are filled in.
bool is_fixed_after_loading(const ElfFile& file, const ElfSection& section) {
  constexpr std::array names = {".init_array", ".fini_array", ".dynamic", ".got",
                                ".got.plt",    ".ctors",      ".dtors",   ".tm_clone_table"};
  if (section.name.starts_with(".data.rel.ro") ||
      std::ranges::find(names, section.name) != names.end()) {
    return true;
  }
  return std::ranges::any_of(file.segments(), [&](const ElfSegment& segment) {
    return segment.type == PT_GNU_RELRO && section.address >= segment.address &&
           section.address - segment.address < segment.memory_size &&
           section.size <= segment.memory_size - (section.address - segment.address);
  });
}

class Linter final {
 public:
  explicit Linter(const ElfFile& file) noexcept : file_(file) {}

  std::vector<LintFinding> run() {
    look_at_imports();
    look_at_libraries();
    if (file_.symbols().empty()) {
      add(LintKind::Stripped, "stripped",
          "the file has no symbol table, so what it keeps between calls cannot be named",
          "check the file as it was before strip");
    }
    for (const ElfSymbol& symbol : file_.symbols()) {
      look_at_object(symbol);
    }
    look_at_initialisers();
    std::ranges::sort(findings_, {}, [](const LintFinding& each) {
      return std::tie(each.kind, each.symbol, each.why);
    });
    const auto same = [](const LintFinding& a, const LintFinding& b) {
      return a.kind == b.kind && a.symbol == b.symbol;
    };
    findings_.erase(std::unique(findings_.begin(), findings_.end(), same), findings_.end());
    return std::move(findings_);
  }

 private:
  void add(LintKind kind, std::string_view symbol, std::string why, std::string_view instead) {
    findings_.push_back({.kind = kind,
                         .symbol = std::string(symbol),
                         .name = demangle(symbol),
                         .why = std::move(why),
                         .instead = std::string(instead)});
  }

  void look_at_imports() {
    for (const ElfSymbol& symbol : file_.dynamic_symbols()) {
      if (symbol.section != SHN_UNDEF) {
        look_at_export(symbol);
        continue;
      }
      const ImportVerdict* const verdict =
          symbol.name.empty() ? nullptr : judge_import(symbol.name);
      if (verdict != nullptr) {
        add(verdict->kind, symbol.name, std::string(verdict->why), verdict->instead);
      }
    }
  }

  void look_at_export(const ElfSymbol& symbol) {
    if (symbol.binding == STB_GNU_UNIQUE) {
      add(LintKind::SharedStatic, symbol.name,
          "all versions of the domain in one process would share it",
          "compile with -fvisibility=hidden -fno-gnu-unique");
    }
  }

  void look_at_libraries() {
    for (const std::string_view library : file_.needed()) {
      if (!is_expected_library(library)) {
        add(LintKind::Library, library,
            "what it does is not in this file, and may differ between machines",
            "link what the domain needs into it");
      }
    }
  }

  void look_at_object(const ElfSymbol& symbol) {
    const ElfSection* const section = file_.section_of(symbol);
    if (section == nullptr || symbol.size == 0 || is_compilers_own(symbol.name)) {
      return;
    }
    if (symbol.type == STT_GNU_IFUNC) {
      add(LintKind::Processor, symbol.name, "it chooses code by the processor it runs on",
          "compile one version for all processors");
    }
    if (symbol.type == STT_TLS) {
      add(LintKind::ThreadLocal, symbol.name,
          "a thread-local variable keeps state between calls, for one thread",
          "keep it in a record, or in a local variable");
    }
    if (symbol.type != STT_OBJECT || (section->flags & SHF_WRITE) == 0 ||
        is_fixed_after_loading(file_, *section)) {
      return;
    }
    if (symbol.name.starts_with("_ZGV")) {
      add(LintKind::GuardedStatic, symbol.name,
          "a static variable of a function keeps what its first call made",
          "make it constexpr, or keep it in a record");
      return;
    }
    add(LintKind::WritableGlobal, symbol.name,
        fmt::format("{} writable bytes in {} keep state between calls, outside the history",
                    symbol.size, section->name),
        "make it const, or keep it in a record");
  }

  void look_at_initialisers() {
    for (const std::uint64_t address : file_.initialisers()) {
      const auto symbols = file_.symbols();
      const auto function = std::ranges::find_if(symbols, [address](const ElfSymbol& each) {
        return each.type == STT_FUNC && each.address == address;
      });
      // Without names nobody knows which is the compiler's own; the report says so already.
      if (function != symbols.end() && function->name != "frame_dummy") {
        add(LintKind::Initialiser, function->name,
            "it runs when the plugin is loaded, before any transaction",
            "make the objects it fills constexpr, or build them in the handler");
      }
    }
  }

  const ElfFile& file_;
  std::vector<LintFinding> findings_;
};

/// Moves what is allowed aside, and tells of allowances that nothing needs.
LintReport apply(std::vector<LintFinding> findings, std::span<const Allowance> allowances) {
  LintReport report;
  std::vector<bool> used(allowances.size(), false);
  for (LintFinding& finding : findings) {
    const auto found = std::ranges::find(allowances, finding.symbol, &Allowance::symbol);
    if (found == allowances.end()) {
      report.findings.push_back(std::move(finding));
      continue;
    }
    used[static_cast<std::size_t>(found - allowances.begin())] = true;
    report.allowed.push_back({.finding = std::move(finding), .reason = found->reason});
  }
  std::vector<LintFinding> unused;
  for (std::size_t i = 0; i < allowances.size(); ++i) {
    if (!used[i]) {
      unused.push_back({.kind = LintKind::UnusedAllowance,
                        .symbol = allowances[i].symbol,
                        .name = demangle(allowances[i].symbol),
                        .why = fmt::format("line {} of the allow-list names it, and nothing was "
                                           "found about it",
                                           allowances[i].line),
                        .instead = "take the line out"});
    }
  }
  std::ranges::sort(unused, {}, &LintFinding::symbol);
  std::ranges::move(unused, std::back_inserter(report.findings));
  return report;
}

}  // namespace

Result<LintReport> lint(std::span<const std::byte> object, std::span<const Allowance> allowances) {
  CAIRN_TRY(const ElfFile file, ElfFile::read(object));
  return apply(Linter(file).run(), allowances);
}

Result<LintReport> lint_file(const std::string& path, std::span<const Allowance> allowances) {
  const auto bytes = read_object_file(path);
  if (!bytes) {
    return fail(Error(bytes.error()).at(path));
  }
  auto report = lint(*bytes, allowances);
  if (!report) {
    return fail(std::move(report).error().at(path).advise("give the .so of a domain"));
  }
  return report;
}

}  // namespace cairn::plugin
