// SPDX-License-Identifier: Apache-2.0
#include "sys/posix/posix_threads.h"

#include <algorithm>
#include <optional>

#include <gtest/gtest.h>
#include <sys/resource.h>

namespace cairn::sys {
namespace {

/// How nice a thread of this urgency is.
int niceness_of(Urgency urgency) {
  PosixThreads threads;
  std::optional<int> found;
  auto thread = threads.start("test", urgency, [&] { found = ::getpriority(PRIO_PROCESS, 0); });
  EXPECT_TRUE(thread.has_value());
  // Waits for its end.
  thread->reset();
  return found.value_or(-100);
}

TEST(PosixThreadsTest, BackgroundThreadsStandBackAndTheOthersDoNot) {
  const int mine = ::getpriority(PRIO_PROCESS, 0);
  EXPECT_EQ(niceness_of(Urgency::Normal), mine);
  EXPECT_EQ(niceness_of(Urgency::Background), std::min(mine + 10, 19));
  EXPECT_EQ(::getpriority(PRIO_PROCESS, 0), mine);
}

}  // namespace
}  // namespace cairn::sys
