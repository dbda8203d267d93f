// SPDX-License-Identifier: Apache-2.0
#include <string_view>

#include <fmt/core.h>

#include "apps/cairn/arguments.h"
#include "apps/cairn/verb.h"

namespace cairn::cli {

namespace {

#if defined(__clang__)
constexpr std::string_view compiler = "clang " __clang_version__;
#else
constexpr std::string_view compiler = "gcc " __VERSION__;
#endif

}  // namespace

Exit run_version(Arguments arguments) {
  CLI::App app(
      "Prints the version of this binary, and with --json how it was built.\n\nexample: cairn "
      "version --json");
  bool json = false;
  app.add_flag("--json", json, "one JSON object");
  if (const auto ended = parse(app, "version", arguments)) {
    return *ended;
  }
  if (json) {
    fmt::print(R"({{"version": "{}", "compiler": "{}", "build": "{}"}})"
               "\n",
               CAIRN_VERSION, compiler, CAIRN_BUILD_TYPE);
  } else {
    fmt::print("cairn {}\n", CAIRN_VERSION);
  }
  return Exit::Ok;
}

}  // namespace cairn::cli
