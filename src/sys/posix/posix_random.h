// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sys/randomness.h"

namespace cairn::sys {

/// The kernel's generator, asked anew each time. Without state: any thread, any number of them.
class PosixRandom final : public Random {
 public:
  void fill(std::span<std::byte> out) noexcept override;
};

}  // namespace cairn::sys
