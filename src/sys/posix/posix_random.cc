// SPDX-License-Identifier: Apache-2.0
#include "sys/posix/posix_random.h"

#include <algorithm>

#include <unistd.h>

#include "base/check.h"

namespace cairn::sys {

namespace {

/// What one call of getentropy gives at most.
constexpr std::size_t draw_max = 256;

}  // namespace

void PosixRandom::fill(std::span<std::byte> out) noexcept {
  // getentropy is getrandom with the interruptions handled.
  while (!out.empty()) {
    const std::size_t count = std::min(out.size(), draw_max);
    CAIRN_CHECK(::getentropy(out.data(), count) == 0);
    out = out.subspan(count);
  }
}

}  // namespace cairn::sys
