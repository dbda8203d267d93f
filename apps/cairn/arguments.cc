// SPDX-License-Identifier: Apache-2.0
#include "apps/cairn/arguments.h"

#include <charconv>
#include <string>
#include <system_error>
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

CLI::Option* add_number(CLI::App& app, const std::string& name, std::uint64_t& target,
                        Bounds bounds, const std::string& description) {
  const auto read = [name, bounds, &target](const std::string& text) {
    const char* const end = text.data() + text.size();
    std::uint64_t value = 0;
    const auto [stopped, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc() || stopped != end || value < bounds.min || value > bounds.max) {
      throw CLI::ValidationError(name, fmt::format("takes a number from {} to {}, not \"{}\"",
                                                   bounds.min, bounds.max, text));
    }
    target = value;
  };
  return app.add_option_function<std::string>(name, read, description);
}

}  // namespace cairn::cli
