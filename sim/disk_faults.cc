// SPDX-License-Identifier: Apache-2.0
#include "sim/disk_faults.h"

namespace cairn::sim {

namespace {

// Off half the time; else once in 2^low to 2^high.
std::uint64_t draw_rate(Rng& rng, std::uint64_t low, std::uint64_t high) {
  const auto exponent = rng.maybe_between(low, high);
  return exponent ? std::uint64_t{1} << *exponent : 0;
}

}  // namespace

DiskFaults draw_disk_faults(Rng& rng, Atlas atlas) {
  DiskFaults faults;
  faults.lose_one_in = draw_rate(rng, 0, 3);
  faults.tear_one_in = draw_rate(rng, 0, 3);
  faults.reorder_one_in = draw_rate(rng, 0, 2);
  faults.read_error_one_in = draw_rate(rng, 6, 12);
  faults.write_error_one_in = draw_rate(rng, 6, 12);
  faults.sync_error_one_in = draw_rate(rng, 4, 9);
  faults.open_error_one_in = draw_rate(rng, 4, 9);
  faults.name_error_one_in = draw_rate(rng, 4, 9);
  faults.no_space_one_in = draw_rate(rng, 6, 12);
  faults.slow_one_in = draw_rate(rng, 4, 10);
  if (atlas == Atlas::Everything) {
    faults.bit_rot_one_in = draw_rate(rng, 4, 9);
    faults.misdirected_write_one_in = draw_rate(rng, 4, 9);
    faults.misdirected_read_one_in = draw_rate(rng, 4, 9);
    faults.stale_read_one_in = draw_rate(rng, 4, 9);
    faults.lost_write_one_in = draw_rate(rng, 4, 9);
  }
  return faults;
}

}  // namespace cairn::sim
