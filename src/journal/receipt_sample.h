// SPDX-License-Identifier: Apache-2.0
// For tests, fuzz targets and golden files: keys that are no secret, and the receipts of a small
// journal.
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/hash.h"
#include "journal/keys.h"
#include "journal/keys_ring.h"
#include "journal/receipt.h"
#include "journal/tree_sample.h"

namespace cairn::journal::sample {

/// The same bytes for the same number.
class SameRandom final : public sys::Random {
 public:
  explicit SameRandom(std::uint64_t number) : seed_(transaction_hash(number, 7)) {}

  void fill(std::span<std::byte> out) noexcept override {
    std::ranges::copy(std::span(seed_.bytes).first(out.size()), out.begin());
  }

 private:
  Digest seed_;
};

inline SignerKey key(std::uint64_t number, std::string name = "example.org/bank") {
  SameRandom random(number);
  return SignerKey::generate(std::move(name), random);
}

/// Any bytes will do for those who only know that they have a hash.
inline std::vector<std::byte> transaction(std::uint64_t index) {
  const std::string text = "transaction " + std::to_string(index + 1);
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

/// A journal of `size` transactions, whose key number 1 signs.
class Journal final {
 public:
  explicit Journal(std::uint64_t size)
      : source_(hashes(size)), tree_(Tree::open(store_, source_, size).value()), key_(key(1)) {}

  Tree& tree() { return tree_; }

  const SignerKey& signer() { return key_; }

  Note head(std::uint64_t size) {
    return sign_head({.origin = key_.verifier().name(), .tree = tree_.head_at(size).value()}, key_);
  }

  Receipt receipt(std::uint64_t index, std::uint64_t size,
                  std::optional<std::uint64_t> anchor_size = std::nullopt) {
    const std::vector<std::byte> bytes = transaction(index);
    const Note note = head(size);
    return make_receipt(tree_, {.transaction = bytes,
                                .sequence = Seq(index + 1),
                                .note = note,
                                .anchor_size = anchor_size})
        .value();
  }

  [[nodiscard]] Keyring ring() const {
    Keyring ring;
    CAIRN_CHECK(ring.trust(key_.verifier()).has_value());
    return ring;
  }

  Anchors anchors(std::initializer_list<std::uint64_t> sizes) {
    Anchors anchors{.origin = key_.verifier().name(), .heads = {}};
    for (const std::uint64_t size : sizes) {
      anchors.heads.push_back(tree_.head_at(size).value());
    }
    return anchors;
  }

 private:
  static std::vector<Digest> hashes(std::uint64_t size) {
    std::vector<Digest> hashes(size);
    for (std::uint64_t i = 0; i < size; ++i) {
      hashes[i] = blake3(transaction(i));
    }
    return hashes;
  }

  MemoryHashStore store_;
  Source source_;
  Tree tree_;
  SignerKey key_;
};

}  // namespace cairn::journal::sample
