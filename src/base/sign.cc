// SPDX-License-Identifier: Apache-2.0
#include "base/sign.h"

#include <sodium.h>

#include "base/check.h"
#include "base/sodium_library.h"

namespace cairn {

static_assert(sizeof(PublicKey) == crypto_sign_PUBLICKEYBYTES);
static_assert(sizeof(Signature) == crypto_sign_BYTES);
static_assert(SecretKey::seed_bytes == crypto_sign_SEEDBYTES);

using sodium_library::octets;

SecretKey::SecretKey(std::span<const std::byte, seed_bytes> seed) noexcept {
  static_assert(sizeof(bytes_) == crypto_sign_SECRETKEYBYTES);
  sodium_library::prepare();
  PublicKey unused;
  CAIRN_CHECK(crypto_sign_seed_keypair(octets(unused.bytes.data()), bytes_.data(),
                                       octets(seed.data())) == 0);
}

SecretKey::SecretKey(SecretKey&& other) noexcept : bytes_(other.bytes_) {
  other.wipe();
}

SecretKey& SecretKey::operator=(SecretKey&& other) noexcept {
  if (this != &other) {
    bytes_ = other.bytes_;
    other.wipe();
  }
  return *this;
}

SecretKey::~SecretKey() {
  wipe();
}

void SecretKey::wipe() noexcept {
  sodium_memzero(bytes_.data(), bytes_.size());
}

PublicKey SecretKey::public_key() const noexcept {
  PublicKey key;
  CAIRN_CHECK(crypto_sign_ed25519_sk_to_pk(octets(key.bytes.data()), bytes_.data()) == 0);
  return key;
}

Signature SecretKey::sign(std::span<const std::byte> message) const noexcept {
  Signature signature;
  CAIRN_CHECK(crypto_sign_detached(octets(signature.bytes.data()), nullptr, octets(message.data()),
                                   message.size(), bytes_.data()) == 0);
  return signature;
}

bool verify(const PublicKey& key, std::span<const std::byte> message,
            const Signature& signature) noexcept {
  sodium_library::prepare();
  return crypto_sign_verify_detached(octets(signature.bytes.data()), octets(message.data()),
                                     message.size(), octets(key.bytes.data())) == 0;
}

void wipe_bytes(std::span<std::byte> bytes) noexcept {
  sodium_memzero(bytes.data(), bytes.size());
}

}  // namespace cairn
