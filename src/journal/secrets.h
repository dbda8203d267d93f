// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "base/seal.h"
#include "cairn/secret.h"
#include "journal/secret_keyring.h"

namespace cairn::journal {

/// The parts of a sealed value; see docs/formats/keyring.md. Views.
struct SealedParts {
  std::uint64_t key_id = 0;
  std::span<const std::byte> head;  ///< what the tag is also over
  std::span<const std::byte, seal_nonce_bytes> nonce;
  std::span<const std::byte> sealed;  ///< the plain bytes hidden, and the tag
};

/// Unsupported, by its number, for a newer form; Corrupt for bytes that are none.
[[nodiscard]] Result<SealedParts> parse_sealed(std::span<const std::byte> bytes);

/// Seals and opens under the keys of a keyring. Both outlive it. One thread, that of the keyring.
class Secrets final : public SecretKeys {
 public:
  Secrets(SecretKeyring& keyring, sys::Random& random) noexcept
      : keyring_(keyring), random_(random) {}

  Result<> seal(const SecretPlace& place, std::span<const std::byte> plain,
                std::span<std::byte> sealed) override;
  Result<SecretState> open(const SecretPlace& place, std::span<const std::byte> sealed,
                           std::span<std::byte> plain) override;
  Result<bool> shred(std::string_view entity) override;

 private:
  SecretKeyring& keyring_;
  sys::Random& random_;
};

}  // namespace cairn::journal
