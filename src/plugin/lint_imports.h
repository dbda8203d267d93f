// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "plugin/lint.h"

/// What the lint knows about functions and objects of other libraries.
namespace cairn::plugin {

struct ImportVerdict {
  LintKind kind = LintKind::UnknownImport;
  std::string_view why;
  std::string_view instead;
};

/// Null when the import cannot make two executions differ.
[[nodiscard]] const ImportVerdict* judge_import(std::string_view symbol) noexcept;

/// Whether a domain may ask for this library. What it takes from it is judged by `judge_import`.
[[nodiscard]] bool is_expected_library(std::string_view name) noexcept;

}  // namespace cairn::plugin
