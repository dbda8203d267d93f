// SPDX-License-Identifier: Apache-2.0
#include <fmt/core.h>

#include "sys/disk.h"

namespace cairn::sys {

namespace {

bool is_bad_part(std::string_view part) {
  return part.empty() || part == "." || part == ".." || part.find('\0') != std::string_view::npos;
}

}  // namespace

Result<> check_path(std::string_view path) {
  std::string_view rest = path;
  while (!rest.empty()) {
    const std::size_t slash = rest.find('/');
    const bool is_last = slash == std::string_view::npos;
    if (is_bad_part(rest.substr(0, slash)) || (!is_last && slash + 1 == rest.size())) {
      return fail(
          Error(Errc::InvalidArgument, fmt::format("\"{}\" is not a path below the root", path))
              .advise("use relative paths without empty, '.' or '..' parts"));
    }
    rest = is_last ? std::string_view() : rest.substr(slash + 1);
  }
  return {};
}

}  // namespace cairn::sys
