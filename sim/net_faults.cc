// SPDX-License-Identifier: Apache-2.0
#include "sim/net_faults.h"

namespace cairn::sim {

namespace {

// Off half the time; else once in `low` to `high`. Both are drawn always, so that no coin shifts
// the draws after it.
std::uint64_t draw_rate(Rng& rng, std::uint64_t low, std::uint64_t high) {
  const bool on = rng.chance(1, 2);
  const std::uint64_t rate = rng.between(low, high);
  return on ? rate : 0;
}

}  // namespace

NetFaults draw_net_faults(Rng& rng, NetAtlas atlas) {
  NetFaults faults;
  faults.drop_one_in = draw_rate(rng, 4, 100);
  faults.delay_one_in = draw_rate(rng, 20, 500);
  faults.duplicate_one_in = draw_rate(rng, 2, 100);
  faults.reorder_one_in = draw_rate(rng, 2, 100);
  faults.short_read_one_in = draw_rate(rng, 1, 20);
  const std::uint64_t reset_one_in = draw_rate(rng, 50, 2000);
  if (atlas == NetAtlas::Any) {
    faults.reset_one_in = reset_one_in;
  }
  const auto stretch = static_cast<std::int64_t>(rng.between(1, 200));
  faults.latency_max = microseconds(100 + stretch * stretch);
  return faults;
}

}  // namespace cairn::sim
