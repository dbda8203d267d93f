// SPDX-License-Identifier: Apache-2.0
// For tests, fuzz targets and benchmarks: transaction hashes by number, the tree by its recursive
// definition, and a file in memory.
#pragma once

#include <algorithm>
#include <bit>
#include <cstring>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "base/hash.h"
#include "cairn/bytes.h"
#include "journal/tree.h"
#include "journal/tree_hash.h"
#include "sys/disk.h"

namespace cairn::journal::sample {

/// A transaction's hash that nobody has to store. Another `history` is another journal.
inline Digest transaction_hash(std::uint64_t index, std::uint64_t history = 0) {
  const std::uint64_t numbers[] = {index, history};
  return blake3(std::as_bytes(std::span(numbers)));
}

inline std::vector<Digest> transaction_hashes(std::uint64_t count, std::uint64_t history = 0) {
  std::vector<Digest> hashes(count);
  for (std::uint64_t i = 0; i < count; ++i) {
    hashes[i] = transaction_hash(i, history);
  }
  return hashes;
}

class Source final : public TransactionHashes {
 public:
  explicit Source(std::vector<Digest> hashes) : hashes_(std::move(hashes)) {}

  Result<> read(std::uint64_t first, std::span<Digest> out) override {
    if (first > hashes_.size() || out.size() > hashes_.size() - first) {
      return fail(Errc::Truncated, "the sample ends");
    }
    read_ += out.size();
    std::ranges::copy(std::span(hashes_).subspan(first, out.size()), out.begin());
    return {};
  }

  [[nodiscard]] std::vector<Digest>& hashes() noexcept { return hashes_; }

  /// How many hashes were asked for so far.
  [[nodiscard]] std::uint64_t read_count() const noexcept { return read_; }

 private:
  std::vector<Digest> hashes_;
  std::uint64_t read_ = 0;
};

// RFC 9162, section 2.1, word by word; the leaves are given by their hashes.

// NOLINTBEGIN(misc-no-recursion): the definitions are recursive, and that is why they are here
inline Digest mth(std::span<const Digest> leaves) {
  if (leaves.empty()) {
    return empty_root();
  }
  if (leaves.size() == 1) {
    return leaves.front();
  }
  const std::size_t k = std::bit_floor(leaves.size() - 1);
  return node_hash(mth(leaves.first(k)), mth(leaves.subspan(k)));
}

inline Proof path(std::uint64_t m, std::span<const Digest> leaves) {
  if (leaves.size() == 1) {
    return {};
  }
  const std::size_t k = std::bit_floor(leaves.size() - 1);
  Proof proof = m < k ? path(m, leaves.first(k)) : path(m - k, leaves.subspan(k));
  proof.push_back(mth(m < k ? leaves.subspan(k) : leaves.first(k)));
  return proof;
}

inline Proof subproof(std::uint64_t m, std::span<const Digest> leaves, bool is_known) {
  if (m == leaves.size()) {
    return is_known ? Proof() : Proof{mth(leaves)};
  }
  const std::size_t k = std::bit_floor(leaves.size() - 1);
  Proof proof =
      m <= k ? subproof(m, leaves.first(k), is_known) : subproof(m - k, leaves.subspan(k), false);
  proof.push_back(mth(m <= k ? leaves.subspan(k) : leaves.first(k)));
  return proof;
}

// NOLINTEND(misc-no-recursion)

/// A file whose bytes the test may look at and spoil.
class MemoryFile final : public sys::File {
 public:
  using Bytes = std::vector<std::byte>;

  explicit MemoryFile(std::shared_ptr<Bytes> bytes) : bytes_(std::move(bytes)) {}

  using sys::File::read;
  using sys::File::write;

  Result<std::size_t> read(std::uint64_t offset,
                           std::span<const sys::MutableBuffer> buffers) override {
    std::size_t got = 0;
    for (const sys::MutableBuffer buffer : buffers) {
      const std::uint64_t at = std::min<std::uint64_t>(offset + got, bytes_->size());
      const auto part = std::span(*bytes_).subspan(at);
      const std::size_t size = std::min(part.size(), buffer.size());
      std::ranges::copy(part.first(size), buffer.begin());
      got += size;
    }
    return got;
  }

  Result<> write(std::uint64_t offset, std::span<const sys::ConstBuffer> buffers) override {
    for (const sys::ConstBuffer buffer : buffers) {
      bytes_->resize(std::max<std::size_t>(bytes_->size(), offset + buffer.size()));
      std::ranges::copy(buffer, bytes_->begin() + static_cast<std::ptrdiff_t>(offset));
      offset += buffer.size();
    }
    return {};
  }

  Result<> sync_data() override { return {}; }

  [[nodiscard]] Result<std::uint64_t> size() const override { return bytes_->size(); }

  Result<> resize(std::uint64_t size) override {
    bytes_->resize(size);
    return {};
  }

  Result<> preallocate(std::uint64_t size, sys::Allocation) override {
    bytes_->resize(std::max<std::size_t>(bytes_->size(), size));
    return {};
  }

  [[nodiscard]] bool is_direct() const noexcept override { return false; }

 private:
  std::shared_ptr<Bytes> bytes_;
};

}  // namespace cairn::journal::sample
