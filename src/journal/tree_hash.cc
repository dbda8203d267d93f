// SPDX-License-Identifier: Apache-2.0
#include "journal/tree_hash.h"

#include <array>
#include <cstring>

#include "base/check.h"
#include "base/sha256.h"

namespace cairn::journal {

namespace {

constexpr std::byte leaf_prefix{0};
constexpr std::byte node_prefix{1};
constexpr std::size_t hash_bytes = sizeof(Digest::bytes);

}  // namespace

Digest leaf_hash(std::span<const std::byte> entry) noexcept {
  if (entry.size() == hash_bytes) {
    std::array<std::byte, 1 + hash_bytes> message;
    message[0] = leaf_prefix;
    std::memcpy(message.data() + 1, entry.data(), hash_bytes);
    return sha256(message);
  }
  Sha256Hasher hasher;
  hasher.update(std::span(&leaf_prefix, 1));
  hasher.update(entry);
  return hasher.finish();
}

void leaf_hashes(std::span<const Digest> transaction_hashes, std::span<Digest> out) noexcept {
  CAIRN_CHECK(transaction_hashes.size() == out.size());
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i] = leaf_hash(transaction_hashes[i].bytes);
  }
}

Digest node_hash(const Digest& left, const Digest& right) noexcept {
  std::array<std::byte, 1 + 2 * hash_bytes> message;
  message[0] = node_prefix;
  std::memcpy(message.data() + 1, left.bytes.data(), hash_bytes);
  std::memcpy(message.data() + 1 + hash_bytes, right.bytes.data(), hash_bytes);
  return sha256(message);
}

Digest empty_root() noexcept {
  return sha256({});
}

}  // namespace cairn::journal
