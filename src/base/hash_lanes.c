// SPDX-License-Identifier: Apache-2.0
#include "base/hash_lanes.h"

#if __has_include(<blake3_impl.h>)

#include <blake3_impl.h>

bool cairn_blake3_has_lanes(void) {
  return true;
}

// An input of at most one chunk is its own tree: the first block starts the chunk, and the last one
// ends both the chunk and the root. The flags say so, and the digest is the ordinary one.
void cairn_blake3_lanes(const uint8_t* const* inputs, size_t count, size_t blocks, uint8_t* out) {
  blake3_hash_many(inputs, count, blocks, IV, 0, false, 0, CHUNK_START, CHUNK_END | ROOT, out);
}

#else

#include <stdlib.h>

bool cairn_blake3_has_lanes(void) {
  return false;
}

void cairn_blake3_lanes(const uint8_t* const* inputs, size_t count, size_t blocks, uint8_t* out) {
  (void)inputs;
  (void)count;
  (void)blocks;
  (void)out;
  abort();
}

#endif
