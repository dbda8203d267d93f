// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/core.h>

#include "apps/cairn/arguments.h"
#include "apps/cairn/domains.h"
#include "apps/cairn/verb.h"
#include "base/limits.h"
#include "petri/export.h"
#include "petri/net.h"
#include "petri/report.h"
#include "petri/runs.h"
#include "petri/runs_file.h"
#include "plugin/lint.h"
#include "schema/schema.h"

namespace cairn::cli {

namespace {

using schema::Schema;

constexpr auto help =
    "Looks for mistakes in what a domain declares: its states and edges as a Petri net, with what\n"
    "tests recorded where they did; and, of a plugin, for what can make two executions differ.\n\n"
    "DOMAIN is a plugin (.so), an IDL file or the name of a built-in example. docs/petri.md and\n"
    "docs/plugins.md explain each finding.\n\n"
    "exit status: 0 nothing worse than notes; 1 an error or a warning was found, or DOMAIN or a\n"
    "FILE cannot be read or written; 2 wrong usage\n\n"
    "example: cairn check bank --dot bank.dot";

struct Request {
  std::string domain;
  bool json = false;
  std::string pnml;
  std::string dot;
  std::string allow;
  std::vector<std::string> runs;
  std::uint64_t rows = 2;
};

/// What one part of the check has to say.
struct Section {
  std::string_view name;
  bool is_clean = false;
  std::string text;
  std::string json;
};

/// What a file holds; one byte more than may be when it is larger.
Result<std::string> read_file(const std::string& path, std::size_t bytes_max) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    return fail(Error(Errc::NotFound, "cannot be read").at(path));
  }
  std::string text;
  text.resize(bytes_max + 1);
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (file.bad()) {
    return fail(Error(Errc::IoFailed, "reading failed").at(path));
  }
  text.resize(static_cast<std::size_t>(file.gcount()));
  return text;
}

/// The runs of all files together; none when none were given.
Result<std::optional<petri::Runs>> read_runs(const Request& request, const Schema& schema) {
  if (request.runs.empty()) {
    return std::nullopt;
  }
  petri::Runs runs(schema);
  for (const std::string& path : request.runs) {
    CAIRN_TRY(const std::string text, read_file(path, petri_runs_bytes_max));
    if (Result<> added = petri::add_runs(schema, text, runs); !added) {
      return fail(std::move(added).error().at(path));
    }
  }
  return runs;
}

Result<Section> check_net(const Request& request, const Schema& schema) {
  CAIRN_TRY(const std::optional<petri::Runs> runs, read_runs(request, schema));
  CAIRN_TRY(const petri::Report report,
            (petri::check(schema, {.rows = static_cast<std::uint32_t>(request.rows)},
                          runs ? &*runs : nullptr)));
  return Section{.name = "petri",
                 .is_clean = report.is_clean(),
                 .text = report.to_text(),
                 .json = report.to_json()};
}

Result<std::vector<plugin::Allowance>> read_allowances(const std::string& path) {
  if (path.empty()) {
    return std::vector<plugin::Allowance>();
  }
  constexpr std::size_t allowance_bytes_max = std::size_t{1} << 20U;
  CAIRN_TRY(const std::string text, read_file(path, allowance_bytes_max));
  if (text.size() > allowance_bytes_max) {
    return fail(Error(Errc::TooLarge, "more than 1 MiB").at(path));
  }
  auto allowances = plugin::parse_allowances(text);
  return allowances ? std::move(allowances) : fail(std::move(allowances).error().at(path));
}

Result<Section> check_imports(const Request& request) {
  CAIRN_TRY(const auto allowances, read_allowances(request.allow));
  CAIRN_TRY(const plugin::LintReport report, plugin::lint_file(request.domain, allowances));
  return Section{.name = "lint",
                 .is_clean = report.is_clean(),
                 .text = plugin::to_text(report),
                 .json = plugin::to_json(report).canonical()};
}

/// Every part that there is, by name.
Result<std::vector<Section>> check_all(const Request& request, const Schema& schema) {
  std::vector<Section> sections;
  CAIRN_TRY(Section net, check_net(request, schema));
  sections.push_back(std::move(net));
  if (is_plugin_path(request.domain)) {
    CAIRN_TRY(Section imports, check_imports(request));
    sections.push_back(std::move(imports));
  }
  return sections;
}

void print(const Request& request, const std::vector<Section>& sections) {
  std::string out;
  for (const Section& section : sections) {
    const std::string_view between = out.empty() ? "" : request.json ? "," : "\n";
    out += between;
    out += request.json ? fmt::format(R"("{}":{})", section.name, section.json) : section.text;
  }
  fmt::print("{}", request.json ? "{" + out + "}\n" : out);
}

Result<> write_file(const std::string& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.close();
  if (!file) {
    return fail(Error(Errc::IoFailed, "cannot be written").at(path));
  }
  return {};
}

Result<> export_net(const Request& request, const Schema& schema) {
  if (!request.pnml.empty()) {
    CAIRN_TRY(const petri::Net net,
              petri::declared_net(schema, static_cast<std::uint32_t>(request.rows)));
    CAIRN_TRY(write_file(request.pnml, petri::to_pnml(schema, net)));
  }
  if (!request.dot.empty()) {
    CAIRN_TRY(write_file(request.dot, petri::to_dot(schema)));
  }
  return {};
}

void declare(CLI::App& app, Request& request) {
  app.add_option("DOMAIN", request.domain, "a plugin (.so), an IDL file, or a built-in example")
      ->required();
  app.add_flag("--json", request.json, "one JSON object");
  app.add_option("--pnml", request.pnml, "write the net to FILE, as PNML of ISO/IEC 15909-2")
      ->type_name("FILE");
  app.add_option("--dot", request.dot, "write a drawing of the lifecycles to FILE, for Graphviz")
      ->type_name("FILE");
  app.add_option("--allow", request.allow,
                 "findings in a plugin that were looked at: a symbol and a reason per line of FILE")
      ->type_name("FILE");
  app.add_option("--runs", request.runs,
                 "runs that tests recorded, one FILE or more: what no run did is a warning")
      ->type_name("FILE");
  add_number(app, "--bound", request.rows, {.min = 1, .max = petri_rows_max},
             "rows of each record when the net is explored (2)");
}

/// Requires: what was asked for makes sense.
Result<Exit> run(const Request& request) {
  CAIRN_TRY(const Schema schema, load_schema(request.domain));
  CAIRN_TRY(const std::vector<Section> sections, check_all(request, schema));
  CAIRN_TRY(export_net(request, schema));
  print(request, sections);
  for (const Section& section : sections) {
    if (!section.is_clean) {
      return Exit::Failed;
    }
  }
  return Exit::Ok;
}

}  // namespace

Exit run_check(Arguments arguments) {
  CLI::App app(help);
  Request request;
  declare(app, request);
  if (const auto ended = parse(app, "check", arguments)) {
    return *ended;
  }
  const Result<Exit> ended = run(request);
  if (!ended) {
    fmt::print(stderr, "cairn check: {}\n", ended.error().to_string());
    return Exit::Failed;
  }
  return *ended;
}

}  // namespace cairn::cli
