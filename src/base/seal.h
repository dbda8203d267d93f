// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <span>

namespace cairn {

/// XChaCha20-Poly1305: bytes that nobody reads or changes without the key. All calls may come from
/// any thread.

inline constexpr std::size_t seal_nonce_bytes = 24;
inline constexpr std::size_t seal_tag_bytes = 16;

/// Wipes itself when destroyed or moved from, cannot be copied, compared or printed. A moved-from
/// key may only be destroyed or assigned.
class SealKey final {
 public:
  static constexpr std::size_t size = 32;
  using Bytes = std::span<const std::byte, size>;

  /// The caller draws the bytes from sys::Random, and wipes them.
  explicit SealKey(Bytes bytes) noexcept;
  SealKey(SealKey&& other) noexcept;
  SealKey& operator=(SealKey&& other) noexcept;
  ~SealKey();

  /// For the file that keeps the key, and nobody else.
  [[nodiscard]] Bytes reveal() const noexcept { return bytes_; }

 private:
  std::array<std::byte, size> bytes_;
};

/// Where bytes are sealed and opened: the same nonce never seals twice under one key, and a random
/// one never does. What is `associated` is not hidden, and must be the same to open.
struct SealContext {
  std::span<const std::byte, seal_nonce_bytes> nonce;
  std::span<const std::byte> associated;
};

/// Requires: `out` has seal_tag_bytes more than `plain`, and overlaps it not at all or in its first
/// byte.
void seal(const SealKey& key, const SealContext& context, std::span<const std::byte> plain,
          std::span<std::byte> out) noexcept;

/// False, and `out` zero, unless exactly this was sealed under the key, nonce and associated bytes.
/// Requires: `out` has seal_tag_bytes less than `sealed`.
[[nodiscard]] bool unseal(const SealKey& key, const SealContext& context,
                          std::span<const std::byte> sealed, std::span<std::byte> out) noexcept;

}  // namespace cairn
