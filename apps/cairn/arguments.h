// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <CLI/CLI.hpp>

#include "apps/cairn/verb.h"

namespace cairn::cli {

/// Reads a verb's arguments into what `app` declares. Empty: go on. Otherwise the verb ends with
/// this: help was asked for and printed, or the arguments are wrong and one line on standard error
/// says how, and where to read more.
std::optional<Exit> parse(CLI::App& app, std::string_view verb, Arguments arguments);

/// The numbers an option takes.
struct Bounds {
  std::uint64_t min = 0;
  std::uint64_t max = 0;
};

/// Declares an option that takes a decimal number, strictly: no sign, no other base, nothing behind
/// it, and within the bounds. `target` holds the default and must outlive the parse.
CLI::Option* add_number(CLI::App& app, const std::string& name, std::uint64_t& target,
                        Bounds bounds, const std::string& description);

}  // namespace cairn::cli
