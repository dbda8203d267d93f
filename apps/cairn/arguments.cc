// SPDX-License-Identifier: Apache-2.0
#include "apps/cairn/arguments.h"

#include <string>
#include <vector>

#include <fmt/core.h>

namespace cairn::cli {

std::optional<Exit> parse(CLI::App& app, std::string_view verb, Arguments arguments) {
  app.name("cairn " + std::string(verb));
  // The library takes them last first.
  std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
  try {
    app.parse(reversed);
  } catch (const CLI::CallForHelp&) {
    fmt::print("{}", app.help());
    return Exit::Ok;
  } catch (const CLI::ParseError& error) {
    fmt::print(stderr, "cairn {}: {}. `cairn {} --help` explains the arguments.\n", verb,
               error.what(), verb);
    return Exit::Usage;
  }
  return std::nullopt;
}

}  // namespace cairn::cli
