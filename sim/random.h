// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <mutex>
#include <span>
#include <string>

#include "sim/rng.h"
#include "sim/world.h"
#include "sys/randomness.h"

namespace cairn::sim {

/// What one simulated node takes for entropy: a stream of the World's seed. The lock keeps its
/// memory whole when several threads ask, as the interface allows; which of them gets which bytes
/// is deterministic only on the World's one thread. Must not outlive its World.
class SimRandom final : public sys::Random {
 public:
  SimRandom(const World& world, const std::string& name);

  void fill(std::span<std::byte> out) noexcept override;

 private:
  std::mutex mutex_;
  Rng rng_;
};

}  // namespace cairn::sim
