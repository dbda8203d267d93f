// SPDX-License-Identifier: Apache-2.0
#include "base/check.h"

#include <cstdio>
#include <cstdlib>

namespace cairn {

void check_failed(const char* condition, std::source_location place) noexcept {
  std::fprintf(stderr, "check failed: %s (%s:%u, %s)\n", condition, place.file_name(),
               static_cast<unsigned>(place.line()), place.function_name());
  std::fflush(stderr);
  std::abort();
}

}  // namespace cairn
