// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>

#include "cairn/digest.h"

namespace cairn::journal {

// The hashes of the transparency tree, exactly those of RFC 9162, section 2.1.1, over SHA-256.
// docs/formats/tree.md.

/// SHA-256(0x00 || entry). An entry of ours is the 32-byte hash of a transaction.
[[nodiscard]] Digest leaf_hash(std::span<const std::byte> entry) noexcept;

/// out[i] = leaf_hash(transaction_hashes[i]). Requires: as many on both sides.
void leaf_hashes(std::span<const Digest> transaction_hashes, std::span<Digest> out) noexcept;

/// SHA-256(0x01 || left || right).
[[nodiscard]] Digest node_hash(const Digest& left, const Digest& right) noexcept;

/// The root of a tree without leaves: SHA-256 of nothing.
[[nodiscard]] Digest empty_root() noexcept;

}  // namespace cairn::journal
