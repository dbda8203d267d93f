// SPDX-License-Identifier: Apache-2.0
#include "sim/net_faults.h"

namespace cairn::sim {

NetFaults draw_net_faults(Rng& rng, NetAtlas atlas) {
  // Off half the time; else once in `low` to `high`.
  const auto draw_rate = [&rng](std::uint64_t low, std::uint64_t high) {
    return rng.maybe_between(low, high).value_or(0);
  };
  NetFaults faults;
  faults.drop_one_in = draw_rate(4, 100);
  faults.delay_one_in = draw_rate(20, 500);
  faults.duplicate_one_in = draw_rate(2, 100);
  faults.reorder_one_in = draw_rate(2, 100);
  faults.short_read_one_in = draw_rate(1, 20);
  const std::uint64_t reset_one_in = draw_rate(50, 2000);
  if (atlas == NetAtlas::Any) {
    faults.reset_one_in = reset_one_in;
  }
  const auto stretch = static_cast<std::int64_t>(rng.between(1, 200));
  faults.latency_max = microseconds(100 + stretch * stretch);
  return faults;
}

}  // namespace cairn::sim
