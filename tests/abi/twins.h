// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <string_view>

#include "cairn/plugin.h"

namespace cairn::test {

/// A domain that is compiled into the tests and also built as a plugin.
struct Twin {
  std::string_view name;  ///< of the domain
  std::string_view file;  ///< the plugin's, without ".so"
  const cairn_domain* embedded = nullptr;
};

[[nodiscard]] const std::array<Twin, 5>& twins() noexcept;

}  // namespace cairn::test
