// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace cairn::state {

inline constexpr std::array<char, 8> checkpoint_magic = {'c', 'a', 'i', 'r', 'n', 'c', 'h', 'k'};
inline constexpr std::uint32_t checkpoint_version = 1;
inline constexpr std::size_t checkpoint_piece_bytes = std::size_t{256} * 1024;

}  // namespace cairn::state
