// SPDX-License-Identifier: Apache-2.0
#include "base/check.h"

#include <gtest/gtest.h>

namespace cairn {
namespace {

TEST(CairnCheckDeathTest, NamesTheConditionAndAborts) {
  // In a child process: the message has the condition and the place, and the signal is SIGABRT.
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const int frontier = 3;
  EXPECT_EXIT(CAIRN_CHECK(frontier > 4), testing::KilledBySignal(SIGABRT),
              "check failed: frontier > 4 .*check_test.cc:[0-9]+, ");
}

TEST(CairnCheck, EvaluatesItsConditionOnce) {
  // A side effect would show twice.
  int calls = 0;
  CAIRN_CHECK(++calls > 0);
  EXPECT_EQ(calls, 1);
}

TEST(CairnSlowCheckDeathTest, IsJudgedOnlyWhereSlowChecksAreOn) {
  // The same false condition ends the process in a checked build and is not even evaluated in a
  // release one.
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  int calls = 0;
#ifdef CAIRN_SLOW_CHECKS
  EXPECT_DEATH(CAIRN_SLOW_CHECK(++calls < 0), "check failed: \\+\\+calls < 0");
#else
  CAIRN_SLOW_CHECK(++calls < 0);
#endif
  EXPECT_EQ(calls, 0);
}

}  // namespace
}  // namespace cairn
