// SPDX-License-Identifier: Apache-2.0
#include "sim/random.h"

namespace cairn::sim {

SimRandom::SimRandom(const World& world, const std::string& name)
    : rng_(world.stream("random." + name)) {}

void SimRandom::fill(std::span<std::byte> out) noexcept {
  const std::scoped_lock lock(mutex_);
  std::uint64_t word = 0;
  for (std::size_t i = 0; i < out.size(); ++i) {
    if (i % 8 == 0) {
      word = rng_.u64();
    }
    out[i] = static_cast<std::byte>(word & 0xFFU);
    word >>= 8U;
  }
}

}  // namespace cairn::sim
