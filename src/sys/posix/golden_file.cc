// SPDX-License-Identifier: Apache-2.0
#include <fstream>
#include <iterator>
#include <string>

#include <fmt/core.h>

#include "cairn/testing_core.h"

namespace cairn::testing {

std::string compare_with_golden(std::string_view text, const std::string& path, Golden mode) {
  if (mode == Golden::Write) {
    std::ofstream file(path, std::ios::binary);
    file << text;
    return file.flush() ? std::string() : fmt::format("{}: cannot be written", path);
  }
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    return fmt::format("{}: cannot be read; Golden::Write makes it", path);
  }
  const std::string expected((std::istreambuf_iterator<char>(file)), {});
  const std::string differs = difference(expected, text);
  return differs.empty() ? std::string()
                         : fmt::format("{}: {}; Golden::Write takes what is new", path, differs);
}

}  // namespace cairn::testing
