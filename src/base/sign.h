// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <span>

namespace cairn {

/// Ed25519 (RFC 8032). All calls may come from any thread.

struct PublicKey {
  std::array<std::byte, 32> bytes = {};

  friend auto operator<=>(const PublicKey&, const PublicKey&) noexcept = default;
};

struct Signature {
  std::array<std::byte, 64> bytes = {};

  friend auto operator<=>(const Signature&, const Signature&) noexcept = default;
};

/// The half of a key pair that signs. Wipes itself when destroyed or moved from, cannot be copied,
/// compared or printed. A moved-from key may only be destroyed or assigned.
class SecretKey final {
 public:
  static constexpr std::size_t seed_bytes = 32;

  /// The same seed gives the same pair. The caller draws it from sys::Random, and wipes it.
  explicit SecretKey(std::span<const std::byte, seed_bytes> seed) noexcept;
  SecretKey(SecretKey&& other) noexcept;
  SecretKey& operator=(SecretKey&& other) noexcept;
  ~SecretKey();

  [[nodiscard]] PublicKey public_key() const noexcept;
  /// Deterministic: one signature for each key and message.
  [[nodiscard]] Signature sign(std::span<const std::byte> message) const noexcept;

 private:
  void wipe() noexcept;

  std::array<unsigned char, 64> bytes_ = {};
};

/// True only for a signature that the owner of the key made over exactly this message. Strict: an S
/// that is not canonical, a point that is not canonical, and keys or R of small order are refused,
/// so nobody can turn one valid signature into another.
[[nodiscard]] bool verify(const PublicKey& key, std::span<const std::byte> message,
                          const Signature& signature) noexcept;

/// Overwrites bytes that were secret, in a way no optimiser removes.
void wipe_bytes(std::span<std::byte> bytes) noexcept;

}  // namespace cairn
