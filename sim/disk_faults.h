// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "cairn/time.h"
#include "sim/rng.h"

namespace cairn::sim {

/// What a simulated disk does wrong, each "once in n" operations of its kind; 0 is never. A fresh
/// one does nothing wrong, not even in a power loss: then every completed write is kept.
struct DiskFaults {
  // What a power loss does to changes that no sync covers.
  std::uint64_t lose_one_in = 0;     ///< a change is gone; without reordering, so are all after it
  std::uint64_t tear_one_in = 0;     ///< some sectors of a write are kept and some are gone
  std::uint64_t reorder_one_in = 0;  ///< per power loss: what is kept follows no order

  // What the disk reports.
  std::uint64_t read_error_one_in = 0;
  std::uint64_t write_error_one_in = 0;  ///< any part may have been written
  std::uint64_t sync_error_one_in = 0;   ///< may or may not have happened; believed clean after
  std::uint64_t open_error_one_in = 0;
  std::uint64_t name_error_one_in = 0;  ///< rename, remove, create_folder
  std::uint64_t no_space_one_in = 0;
  std::uint64_t capacity_bytes = std::uint64_t{1} << 40U;

  // How long it takes.
  std::uint64_t slow_one_in = 0;
  Duration slow_max = seconds(5);

  // What the disk does not report. A node with one copy can notice these and cannot undo them.
  std::uint64_t bit_rot_one_in = 0;  ///< a bit of what a read is about to see, for good
  std::uint64_t misdirected_write_one_in = 0;
  std::uint64_t misdirected_read_one_in = 0;
  std::uint64_t stale_read_one_in = 0;
  std::uint64_t lost_write_one_in = 0;  ///< reported as done
};

/// Which faults a run may have, so that it can still be said what must come out.
enum class Atlas : std::uint8_t {
  OneCopy,     ///< what a node with one disk must survive: all that is acknowledged is there
  Everything,  ///< silent damage too: nothing wrong is ever served, but the node may have to stop
};

/// Draws a configuration: each kind of fault is on or off by a coin, and as rare as a second draw
/// says. Runs with some faults off find more than runs with all on.
[[nodiscard]] DiskFaults draw_disk_faults(Rng& rng, Atlas atlas);

}  // namespace cairn::sim
