// SPDX-License-Identifier: Apache-2.0
#include "base/seal.h"

#include <algorithm>

#include <sodium.h>

#include "base/check.h"
#include "base/sodium_library.h"

namespace cairn {

static_assert(SealKey::size == crypto_aead_xchacha20poly1305_ietf_KEYBYTES);
static_assert(seal_nonce_bytes == crypto_aead_xchacha20poly1305_ietf_NPUBBYTES);
static_assert(seal_tag_bytes == crypto_aead_xchacha20poly1305_ietf_ABYTES);

using sodium_library::octets;

SealKey::SealKey(Bytes bytes) noexcept {
  std::ranges::copy(bytes, bytes_.begin());
}

SealKey::SealKey(SealKey&& other) noexcept : bytes_(other.bytes_) {
  sodium_memzero(other.bytes_.data(), size);
}

SealKey& SealKey::operator=(SealKey&& other) noexcept {
  if (this != &other) {
    bytes_ = other.bytes_;
    sodium_memzero(other.bytes_.data(), size);
  }
  return *this;
}

SealKey::~SealKey() {
  sodium_memzero(bytes_.data(), size);
}

void seal(const SealKey& key, const SealContext& context, std::span<const std::byte> plain,
          std::span<std::byte> out) noexcept {
  CAIRN_CHECK(out.size() == plain.size() + seal_tag_bytes);
  sodium_library::prepare();
  const int status = crypto_aead_xchacha20poly1305_ietf_encrypt(
      octets(out.data()), nullptr, octets(plain.data()), plain.size(),
      octets(context.associated.data()), context.associated.size(), nullptr,
      octets(context.nonce.data()), octets(key.reveal().data()));
  CAIRN_CHECK(status == 0);
}

bool unseal(const SealKey& key, const SealContext& context, std::span<const std::byte> sealed,
            std::span<std::byte> out) noexcept {
  CAIRN_CHECK(sealed.size() == out.size() + seal_tag_bytes);
  sodium_library::prepare();
  const int status = crypto_aead_xchacha20poly1305_ietf_decrypt(
      octets(out.data()), nullptr, nullptr, octets(sealed.data()), sealed.size(),
      octets(context.associated.data()), context.associated.size(), octets(context.nonce.data()),
      octets(key.reveal().data()));
  if (status != 0) {
    std::ranges::fill(out, std::byte{0});
  }
  return status == 0;
}

}  // namespace cairn
