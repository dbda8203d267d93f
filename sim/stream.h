// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "sim/host.h"
#include "sys/net.h"

namespace cairn::sim {

/// What the product holds of a socket, a listener or a network of its node. Names only: the things
/// are in the Host.
[[nodiscard]] std::unique_ptr<sys::Stream> make_stream(Host& host, SocketId socket,
                                                       sys::Endpoint peer);
[[nodiscard]] std::unique_ptr<sys::Net> make_net(Host& host);

}  // namespace cairn::sim
