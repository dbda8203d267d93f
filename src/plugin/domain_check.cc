// SPDX-License-Identifier: Apache-2.0
// How a check ends inside a plugin: without a word. Telling more takes output, and output is what
// the lint finds in a domain that does it.
#include <exception>

#include "base/check.h"

namespace cairn {

void check_failed(const char* /*condition*/, std::source_location /*place*/) noexcept {
  std::terminate();
}

}  // namespace cairn
