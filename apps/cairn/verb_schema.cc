// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "apps/cairn/arguments.h"
#include "apps/cairn/domains.h"
#include "apps/cairn/verb.h"
#include "schema/drift.h"
#include "schema/schema.h"
#include "schema/shapes.h"

namespace cairn::cli {

namespace {

using schema::Schema;
using schema::SqlDialect;

constexpr auto help =
    "Prints what a domain declares, or as what others can use it.\n\n"
    "DOMAIN is a plugin (.so), an IDL file or the name of a built-in example. Without an option: "
    "a\n"
    "summary.\n"
    "`cairn schema diff OLD NEW` tells what separates two of them.\n\n"
    "exit status: 0 done; 1 DOMAIN cannot be read or is no schema; 2 wrong usage;\n"
    "diff also: 3 needs migration; 4 forbidden\n\n"
    "example: cairn schema bank --sql=postgresql > bank.sql";

constexpr auto diff_help =
    "Tells what separates two schemas, and whether a journal of OLD may be opened with NEW.\n\n"
    "exit status: 0 the same, or compatible; 3 needs migration; 4 forbidden;\n"
    "1 one of them cannot be read; 2 wrong usage\n\n"
    "example: cairn schema diff bank-1.json bank-2.json --json";

/// What `cairn schema diff` says beyond Exit.
constexpr int exit_needs_migration = 3;
constexpr int exit_forbidden = 4;

Exit report(const Error& error) {
  fmt::print(stderr, "cairn schema: {}\n", error.to_string());
  return Exit::Failed;
}

std::string summary(const Schema& schema) {
  const DomainInfo& domain = schema.domain();
  std::string text = fmt::format("{} {}\nfingerprint {}\n", domain.name, domain.version,
                                 schema.fingerprint().to_string());
  for (const schema::DeclarationDigest& declaration : schema.declarations()) {
    text += fmt::format("{:<10} {:<32} {}\n", schema::to_string(declaration.kind), declaration.name,
                        declaration.digest.to_string().substr(0, 16));
  }
  return text;
}

struct Request {
  std::string domain;
  bool idl = false;
  bool openapi = false;
  bool json_schema = false;
  bool typescript = false;
  bool c_header = false;
  bool fingerprint = false;
  std::string sql;
};

Result<std::string> answer(const Request& request, const Schema& schema) {
  if (request.idl) {
    return schema.idl() + "\n";
  }
  if (request.openapi) {
    return schema::to_openapi(schema);
  }
  if (request.json_schema) {
    return schema::to_json_schema(schema);
  }
  if (request.typescript) {
    return schema::to_typescript(schema);
  }
  if (request.c_header) {
    return schema::to_c_header(schema);
  }
  if (request.fingerprint) {
    return schema.fingerprint().to_string() + "\n";
  }
  if (!request.sql.empty()) {
    return schema::to_sql(schema,
                          request.sql == "sqlite" ? SqlDialect::Sqlite : SqlDialect::Postgresql);
  }
  return summary(schema);
}

void declare(CLI::App& app, Request& request) {
  app.add_option("DOMAIN", request.domain,
                 "a plugin (.so), an IDL file, or the name of a built-in example")
      ->required();
  auto* const shape = app.add_option_group("shape", "what to print; at most one of them");
  shape->add_flag("--idl", request.idl, "the canonical IDL, one line of JSON");
  shape->add_flag("--openapi", request.openapi, "components of an OpenAPI 3.1 document");
  shape->add_flag("--jsonschema", request.json_schema, "JSON Schema 2020-12");
  shape->add_option("--sql", request.sql, "tables for a dialect of SQL")
      ->check(CLI::IsMember({"sqlite", "postgresql"}));
  shape->add_flag("--ts", request.typescript, "TypeScript types");
  shape->add_flag("--c", request.c_header, "a C11 header of the memory layouts");
  shape->add_flag("--fingerprint", request.fingerprint, "the fingerprint alone");
  shape->require_option(0, 1);
}

Exit run_diff(Arguments arguments) {
  CLI::App app(diff_help);
  std::string older;
  std::string newer;
  bool json = false;
  app.add_option("OLD", older, "the schema that the journal was written with")->required();
  app.add_option("NEW", newer, "the schema to open it with")->required();
  app.add_flag("--json", json, "one JSON object");
  if (const auto ended = parse(app, "schema diff", arguments)) {
    return *ended;
  }
  const auto old_schema = load_schema(older);
  if (!old_schema) {
    return report(old_schema.error());
  }
  const auto new_schema = load_schema(newer);
  if (!new_schema) {
    return report(new_schema.error());
  }
  const schema::DriftReport drift = schema::compare(*old_schema, *new_schema);
  fmt::print("{}", json ? drift.to_json() + "\n" : drift.to_text());
  switch (drift.verdict()) {
    case schema::Verdict::Compatible:
      return Exit::Ok;
    case schema::Verdict::NeedsMigration:
      return static_cast<Exit>(exit_needs_migration);
    case schema::Verdict::Forbidden:
      return static_cast<Exit>(exit_forbidden);
  }
  return Exit::Failed;
}

}  // namespace

Exit run_schema(Arguments arguments) {
  if (!arguments.empty() && arguments.front() == "diff") {
    return run_diff(arguments.subspan(1));
  }
  CLI::App app(help);
  Request request;
  declare(app, request);
  if (const auto ended = parse(app, "schema", arguments)) {
    return *ended;
  }
  const auto schema = load_schema(request.domain);
  if (!schema) {
    return report(schema.error());
  }
  const auto text = answer(request, *schema);
  if (!text) {
    return report(text.error());
  }
  fmt::print("{}", *text);
  return Exit::Ok;
}

}  // namespace cairn::cli
