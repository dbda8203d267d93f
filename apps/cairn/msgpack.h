// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace cairn::cli {

/// The same value as MessagePack, members in the same order, in the shortest form of each.
/// Requires: JSON text that this program has printed.
[[nodiscard]] std::string to_msgpack(std::string_view json);

}  // namespace cairn::cli
