// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace cairn::sys {

/// Whether a path is a folder or leads into it, whatever way both are written and whether or not
/// they are there yet. Also when that cannot be found out.
[[nodiscard]] bool lies_in(const std::string& path, const std::string& folder);

}  // namespace cairn::sys
