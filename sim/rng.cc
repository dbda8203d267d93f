// SPDX-License-Identifier: Apache-2.0
#include "sim/rng.h"

#include <bit>

#include "base/check.h"

namespace cairn::sim {

namespace {

// splitmix64: spreads a seed over all bits, and is a bijection, so no two seeds collapse.
std::uint64_t mix(std::uint64_t value) noexcept {
  value += 0x9E3779B97F4A7C15U;
  value = (value ^ (value >> 30U)) * 0xBF58476D1CE4E5B9U;
  value = (value ^ (value >> 27U)) * 0x94D049BB133111EBU;
  return value ^ (value >> 31U);
}

}  // namespace

Rng::Rng(std::uint64_t seed, std::string_view name) {
  std::uint64_t word = mix(seed);
  for (const char letter : name) {
    word = mix(word ^ static_cast<unsigned char>(letter));
  }
  word = mix(word ^ name.size());
  for (std::uint64_t& part : state_) {
    word = mix(word);
    part = word;
  }
  state_[0] |= 1U;  // The all-zero state is the one this generator never leaves.
}

std::uint64_t Rng::u64() noexcept {
  const std::uint64_t result = std::rotl(state_[1] * 5, 7) * 9;
  const std::uint64_t shifted = state_[1] << 17U;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= shifted;
  state_[3] = std::rotl(state_[3], 45);
  return result;
}

std::uint64_t Rng::below(std::uint64_t n) noexcept {
  CAIRN_CHECK(n > 0);
  // Values under 2^64 mod n would make the low results likelier; they are drawn again.
  const std::uint64_t biased = (0 - n) % n;
  std::uint64_t value = u64();
  while (value < biased) {
    value = u64();
  }
  return value % n;
}

std::uint64_t Rng::between(std::uint64_t low, std::uint64_t high) noexcept {
  CAIRN_CHECK(low <= high);
  const std::uint64_t span = high - low + 1;
  return span == 0 ? u64() : low + below(span);
}

std::optional<std::uint64_t> Rng::maybe_between(std::uint64_t low, std::uint64_t high) noexcept {
  const bool is_drawn = chance(1, 2);
  const std::uint64_t value = between(low, high);
  return is_drawn ? std::optional(value) : std::nullopt;
}

bool Rng::chance(std::uint64_t numerator, std::uint64_t denominator) noexcept {
  return below(denominator) < numerator;
}

}  // namespace cairn::sim
