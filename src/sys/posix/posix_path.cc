// SPDX-License-Identifier: Apache-2.0
#include "sys/posix/posix_path.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

namespace cairn::sys {

bool lies_in(const std::string& path, const std::string& folder) {
  std::error_code failed;
  const auto whole = [&failed](const std::string& text) {
    const std::filesystem::path absolute = std::filesystem::absolute(text, failed);
    return failed ? std::filesystem::path() : std::filesystem::weakly_canonical(absolute, failed);
  };
  const std::filesystem::path inner = whole(path);
  const std::filesystem::path outer = failed ? std::filesystem::path() : whole(folder);
  return failed || std::ranges::mismatch(outer, inner).in1 == outer.end();
}

}  // namespace cairn::sys
