// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "cairn/time.h"
#include "sim/rng.h"

namespace cairn::sim {

/// What a simulated link does wrong, each "once in n" packets; 0 is never. A fresh one only takes
/// its time. Partitions and crashes are not here: a test says when they happen.
struct NetFaults {
  // Streams survive these, slower.
  std::uint64_t drop_one_in = 0;
  std::uint64_t delay_one_in = 0;  ///< this packet and those behind it come up to delay_max late
  std::uint64_t duplicate_one_in = 0;   ///< the copy comes later
  std::uint64_t reorder_one_in = 0;     ///< those behind it overtake this packet
  std::uint64_t short_read_one_in = 0;  ///< per read of the receiver: fewer bytes than there are

  // Streams break by this one.
  std::uint64_t reset_one_in = 0;  ///< the packet is lost and both ends are told to hang up

  // How long a packet takes.
  Duration latency_min = microseconds(100);
  Duration latency_max = microseconds(500);
  Duration delay_max = seconds(2);
};

/// Which faults a run may have, so that it can still be said what must come out.
enum class NetAtlas : std::uint8_t {
  Lossy,  ///< what a stream must survive while both ends live
  Any,    ///< connections break too
};

/// Draws a configuration: each kind of fault is on or off by a coin, and as rare as a second draw
/// says. Runs with some faults off find more than runs with all on.
[[nodiscard]] NetFaults draw_net_faults(Rng& rng, NetAtlas atlas);

}  // namespace cairn::sim
