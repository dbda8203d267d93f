// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string_view>

#include <CLI/CLI.hpp>

#include "apps/cairn/verb.h"

namespace cairn::cli {

/// Reads a verb's arguments into what `app` declares. Empty: go on. Otherwise the verb ends with
/// this: help was asked for and printed, or the arguments are wrong and one line on standard error
/// says how, and where to read more.
std::optional<Exit> parse(CLI::App& app, std::string_view verb, Arguments arguments);

}  // namespace cairn::cli
