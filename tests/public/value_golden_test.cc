// SPDX-License-Identifier: Apache-2.0
// The bytes of fixed and of seeded random values, pinned in tests/golden/values.txt.
// CAIRN_UPDATE_GOLDEN=1 writes the file first.
#include <gtest/gtest.h>

#include "tests/public/golden_values.h"
#include "tests/support/golden.h"

namespace cairn::sample {
namespace {

TEST(Golden, ValuesAreWrittenAsTheyAlwaysWere) {
  // Everything that is written here, against the file.
  test::expect_golden("values.txt", golden_values());
}

}  // namespace
}  // namespace cairn::sample
