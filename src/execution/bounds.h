// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>

#include "cairn/plugin.h"

/// The bounds of a scan, in key bytes: entries from `lower` on, before `upper`; no bound when
/// empty.
namespace cairn::execution {

/// What a domain gave; nothing when it gave a size and no address.
[[nodiscard]] inline std::span<const std::byte> bytes_of(cairn_bytes bytes) noexcept {
  return {static_cast<const std::byte*>(bytes.data), bytes.data == nullptr ? 0 : bytes.size};
}

[[nodiscard]] bool is_inside(std::span<const std::byte> key, std::span<const std::byte> lower,
                             std::span<const std::byte> upper) noexcept;

/// The point that a scan starts from, forward or backward.
[[nodiscard]] std::span<const std::byte> scan_start(bool backward, std::span<const std::byte> lower,
                                                    std::span<const std::byte> upper) noexcept;

}  // namespace cairn::execution
