// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace cairn::journal {

/// Says quickly that a coordinate or a request is not in a file: a Bloom filter in blocks, so that
/// one question touches one block. It never says so of one that is there.
class IndexFilter final {
 public:
  explicit IndexFilter(std::uint64_t keys);

  void add(std::string_view key) noexcept;

  [[nodiscard]] std::span<const std::byte> bytes() const noexcept { return bytes_; }

  [[nodiscard]] std::uint32_t blocks() const noexcept { return blocks_; }

  /// The block that knows of the key. Requires: blocks > 0.
  [[nodiscard]] static std::uint32_t block_of(std::string_view key, std::uint32_t blocks) noexcept;
  /// False: the key was not added. Requires: the bytes of its block.
  [[nodiscard]] static bool may_have(std::span<const std::byte> block,
                                     std::string_view key) noexcept;

 private:
  std::uint32_t blocks_;
  std::vector<std::byte> bytes_;
};

}  // namespace cairn::journal
