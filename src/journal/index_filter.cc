// SPDX-License-Identifier: Apache-2.0
#include "journal/index_filter.h"

#include "base/checksum.h"
#include "journal/index_format.h"

namespace cairn::journal {

namespace {

constexpr std::uint32_t block_bits = filter_block_bytes * 8;
constexpr std::uint64_t bits_per_key = 12;
constexpr std::uint32_t probes = 8;

std::uint64_t hash_of(std::string_view key) noexcept {
  return checksum64(std::as_bytes(std::span(key)));
}

/// The bits of a key in its block: the lower half of the hash says where the first is and how far
/// it is to the next, the upper half which block.
class Bits final {
 public:
  explicit Bits(std::uint64_t hash) noexcept
      : at_(static_cast<std::uint32_t>(hash)), step_((at_ / block_bits) | 1U) {}

  std::uint32_t next() noexcept {
    const std::uint32_t bit = at_ % block_bits;
    at_ += step_;
    return bit;
  }

 private:
  std::uint32_t at_;
  const std::uint32_t step_;
};

std::byte mask(std::uint32_t bit) noexcept {
  return static_cast<std::byte>(1U << (bit % 8));
}

}  // namespace

IndexFilter::IndexFilter(std::uint64_t keys)
    : blocks_(static_cast<std::uint32_t>((keys * bits_per_key + block_bits - 1) / block_bits)),
      bytes_(std::size_t{blocks_} * filter_block_bytes) {}

std::uint32_t IndexFilter::block_of(std::string_view key, std::uint32_t blocks) noexcept {
  constexpr unsigned half = 32;
  return static_cast<std::uint32_t>(((hash_of(key) >> half) * blocks) >> half);
}

void IndexFilter::add(std::string_view key) noexcept {
  const auto block = std::span(bytes_).subspan(
      std::size_t{block_of(key, blocks_)} * filter_block_bytes, filter_block_bytes);
  Bits bits(hash_of(key));
  for (std::uint32_t i = 0; i < probes; ++i) {
    const std::uint32_t bit = bits.next();
    block[bit / 8] |= mask(bit);
  }
}

bool IndexFilter::may_have(std::span<const std::byte> block, std::string_view key) noexcept {
  Bits bits(hash_of(key));
  for (std::uint32_t i = 0; i < probes; ++i) {
    const std::uint32_t bit = bits.next();
    if ((block[bit / 8] & mask(bit)) == std::byte{0}) {
      return false;
    }
  }
  return true;
}

}  // namespace cairn::journal
