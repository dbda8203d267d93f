// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "sys/net.h"

namespace cairn::sys {

/// A loop on this machine's own clock and sockets. Its `run` blocks the calling thread.
[[nodiscard]] std::unique_ptr<Loop> make_posix_loop();

/// TCP over IPv4 and IPv6. Requires: the loop comes from make_posix_loop, and outlives the net.
[[nodiscard]] std::unique_ptr<Net> make_posix_net(Loop& loop);

}  // namespace cairn::sys
