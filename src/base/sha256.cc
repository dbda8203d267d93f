// SPDX-License-Identifier: Apache-2.0
#include "base/sha256.h"

#include <openssl/evp.h>

#include "base/check.h"

namespace cairn {

namespace {

/// Looked up once: by name it costs more than hashing a small record. Never freed, since hashers
/// may outlive every other static object.
const EVP_MD* algorithm() noexcept {
  static const EVP_MD* const fetched = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  return fetched;
}

template <typename Holder>
EVP_MD_CTX* context_in(const Holder& holder) noexcept {
  return static_cast<EVP_MD_CTX*>(holder.get());
}

}  // namespace

// The calls below fail only when the algorithm is missing from the crypto library or memory is
// exhausted: there is no going on from either.

void Sha256Hasher::ContextDeleter::operator()(void* context) const noexcept {
  EVP_MD_CTX_free(static_cast<EVP_MD_CTX*>(context));
}

Sha256Hasher::Sha256Hasher() noexcept : context_(EVP_MD_CTX_new()) {
  CAIRN_CHECK(context_ != nullptr);
  CAIRN_CHECK(EVP_DigestInit_ex2(context_in(context_), algorithm(), nullptr) == 1);
}

void Sha256Hasher::update(std::span<const std::byte> bytes) noexcept {
  CAIRN_CHECK(EVP_DigestUpdate(context_in(context_), bytes.data(), bytes.size()) == 1);
}

Digest Sha256Hasher::finish() noexcept {
  Digest digest;
  unsigned size = 0;
  CAIRN_CHECK(EVP_DigestFinal_ex(context_in(context_),
                                 reinterpret_cast<unsigned char*>(digest.bytes.data()),
                                 &size) == 1);
  CAIRN_CHECK(size == digest.bytes.size());
  CAIRN_CHECK(EVP_DigestInit_ex2(context_in(context_), algorithm(), nullptr) == 1);
  return digest;
}

Digest sha256(std::span<const std::byte> bytes) noexcept {
  // NOLINTNEXTLINE(misc-use-internal-linkage): a local of this function has no linkage
  thread_local Sha256Hasher hasher;
  hasher.update(bytes);
  return hasher.finish();
}

}  // namespace cairn
