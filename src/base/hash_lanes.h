// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// For hash.cc only. True when this build has the lanes: they are internal to BLAKE3's sources, so
/// a build against an installed library has none.
bool cairn_blake3_has_lanes(void);

/// Hashes `count` whole chunks of `blocks` 64-byte blocks each, writing 32 bytes per input.
/// Requires: cairn_blake3_has_lanes(); 1 to 16 blocks.
void cairn_blake3_lanes(const uint8_t* const* inputs, size_t count, size_t blocks, uint8_t* out);

/// Most chunks of one input of cairn_blake3_tree.
#define CAIRN_BLAKE3_TREE_CHUNKS_MAX 256

/// Hashes one input of several chunks: `chunks` whole ones that lie side by side, and behind them,
/// unless `tail_blocks` is 0, a last one of `tail_blocks` blocks.
/// Requires: cairn_blake3_has_lanes(); 2 to CAIRN_BLAKE3_TREE_CHUNKS_MAX chunks in all.
void cairn_blake3_tree(const uint8_t* whole, size_t chunks, const uint8_t* tail, size_t tail_blocks,
                       uint8_t* out);

#ifdef __cplusplus
}
#endif
