// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

#include <gtest/gtest.h>

namespace cairn::test {

/// That a text is what the file of this name in tests/golden has. CAIRN_UPDATE_GOLDEN=1 writes it
/// there first. The folder is CAIRN_GOLDEN, which ctest sets.
inline void expect_golden(const std::string& name, const std::string& text) {
  const char* const folder = std::getenv("CAIRN_GOLDEN");  // NOLINT(concurrency-mt-unsafe)
  ASSERT_NE(folder, nullptr) << "set CAIRN_GOLDEN to tests/golden";
  const std::string path = std::string(folder) + '/' + name;
  if (std::getenv("CAIRN_UPDATE_GOLDEN") != nullptr) {  // NOLINT(concurrency-mt-unsafe)
    std::ofstream(path, std::ios::binary) << text;
  }
  std::ifstream file(path, std::ios::binary);
  const std::string pinned(std::istreambuf_iterator<char>(file), {});
  EXPECT_EQ(text, pinned) << "CAIRN_UPDATE_GOLDEN=1 writes it anew";
}

}  // namespace cairn::test
