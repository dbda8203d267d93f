// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "sys/disk.h"

namespace cairn::sys {
namespace {

TEST(CheckPath, AcceptsRelativePathsAndTheRoot) {
  // What the tree can name: the root itself, a file, a file in folders, names with dots inside.
  for (const std::string_view path : {"", "a", "a/b", "a/b/c.log", "..a", "a..", ".a", "a/.../b"}) {
    EXPECT_TRUE(check_path(path)) << path;
  }
}

TEST(CheckPath, RefusesEveryWayOutOfTheRoot) {
  // Absolute paths, climbing, empty parts and embedded zeros are refused with the path in the
  // message.
  for (const std::string_view path :
       {"/", "/a", "a/", "a//b", ".", "..", "../a", "a/..", "a/../b", "a/./b", "./a"}) {
    const auto result = check_path(path);
    ASSERT_FALSE(result) << path;
    EXPECT_EQ(result.error().code(), Errc::InvalidArgument);
    EXPECT_NE(result.error().message().find(path), std::string::npos);
  }
  EXPECT_FALSE(check_path(std::string_view("a\0b", 3)));
}

}  // namespace
}  // namespace cairn::sys
