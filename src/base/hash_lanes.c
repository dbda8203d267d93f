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

enum { chunk_bytes = BLAKE3_CHUNK_LEN, chunk_blocks = BLAKE3_CHUNK_LEN / BLAKE3_BLOCK_LEN };

// A group of lanes costs nearly the same however many of them are in use, and the library makes
// several groups of a number that is no power of two: 15 chunks take three times what 16 take. So a
// group is filled up with inputs whose results nobody reads.
static size_t filled_up(size_t count, size_t lanes) {
  size_t filled = 1;
  while (filled < count) {
    filled *= 2;
  }
  return filled < lanes ? filled : lanes;
}

// `count` inputs of `blocks` blocks, side by side, each 32 bytes in `out`. Behind `out` there is
// room for the results of MAX_SIMD_DEGREE inputs more.
static void hash_side_by_side(const uint8_t* inputs, size_t count, size_t blocks, bool is_parent,
                              uint8_t* out) {
  const uint8_t* lanes[MAX_SIMD_DEGREE];
  const size_t degree = blake3_simd_degree();
  for (size_t done = 0; done < count; done += degree) {
    const size_t used = count - done < degree ? count - done : degree;
    const size_t filled = filled_up(used, degree);
    for (size_t i = 0; i < filled; ++i) {
      lanes[i] = inputs + (done + (i < used ? i : 0)) * blocks * BLAKE3_BLOCK_LEN;
    }
    blake3_hash_many(lanes, filled, blocks, IV, is_parent ? 0 : done, !is_parent,
                     is_parent ? PARENT : 0, is_parent ? 0 : CHUNK_START, is_parent ? 0 : CHUNK_END,
                     out + done * BLAKE3_OUT_LEN);
  }
}

// Pairs level by level, the odd one carried up: the tree of BLAKE3, whose left side is the largest
// power of two that leaves something on the right.
void cairn_blake3_tree(const uint8_t* whole, size_t chunks, const uint8_t* tail, size_t tail_blocks,
                       uint8_t* out) {
  uint8_t values[(CAIRN_BLAKE3_TREE_CHUNKS_MAX + MAX_SIMD_DEGREE) * BLAKE3_OUT_LEN];
  hash_side_by_side(whole, chunks, chunk_blocks, false, values);
  if (tail_blocks != 0) {
    blake3_hash_many(&tail, 1, tail_blocks, IV, chunks, false, 0, CHUNK_START, CHUNK_END,
                     values + chunks * BLAKE3_OUT_LEN);
  }
  size_t count = chunks + (tail_blocks != 0);
  while (count > 2) {
    const size_t pairs = count / 2;
    uint8_t parents[(CAIRN_BLAKE3_TREE_CHUNKS_MAX / 2 + MAX_SIMD_DEGREE) * BLAKE3_OUT_LEN];
    hash_side_by_side(values, pairs, 1, true, parents);
    if (count % 2 != 0) {
      memcpy(parents + pairs * BLAKE3_OUT_LEN, values + (count - 1) * BLAKE3_OUT_LEN,
             BLAKE3_OUT_LEN);
    }
    count = pairs + count % 2;
    memcpy(values, parents, count * BLAKE3_OUT_LEN);
  }
  const uint8_t* const root = values;
  blake3_hash_many(&root, 1, 1, IV, 0, false, PARENT, 0, ROOT, out);
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

void cairn_blake3_tree(const uint8_t* whole, size_t chunks, const uint8_t* tail, size_t tail_blocks,
                       uint8_t* out) {
  (void)whole;
  (void)chunks;
  (void)tail;
  (void)tail_blocks;
  (void)out;
  abort();
}

#endif
