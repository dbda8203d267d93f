// SPDX-License-Identifier: Apache-2.0
// The bytes of fixed and of seeded random values, pinned in tests/golden/values.txt.
// CAIRN_GOLDEN_WRITE=1 writes the file instead of comparing.
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

#include <gtest/gtest.h>

#include "tests/public/golden_values.h"

namespace cairn::sample {
namespace {

TEST(Golden, ValuesAreWrittenAsTheyAlwaysWere) {
  // Everything that is written here, against the file.
  const std::string made = golden_values();
  const char* const folder = std::getenv("CAIRN_GOLDEN");
  ASSERT_NE(folder, nullptr) << "set CAIRN_GOLDEN to tests/golden";
  const std::string path = std::string(folder) + "/values.txt";
  if (std::getenv("CAIRN_GOLDEN_WRITE") != nullptr) {
    std::ofstream(path, std::ios::binary) << made;
    GTEST_SKIP() << "written, not compared";
  }
  std::ifstream file(path, std::ios::binary);
  const std::string pinned(std::istreambuf_iterator<char>(file), {});
  EXPECT_EQ(made, pinned);
}

}  // namespace
}  // namespace cairn::sample
