// SPDX-License-Identifier: Apache-2.0
#include "store/store_secrets.h"

#include <algorithm>
#include <string>
#include <utility>

#include "cairn/limits.h"

namespace cairn::store {

Result<> StoreSecrets::open(sys::Disk& disk, const std::string& folder, sys::Random& random) {
  const MutexLock lock(mutex_);
  CAIRN_TRY(keyring_, journal::SecretKeyring::open(disk, folder, random));
  secrets_ = std::make_unique<journal::Secrets>(*keyring_, random);
  return {};
}

void StoreSecrets::close() {
  const MutexLock lock(mutex_);
  secrets_.reset();
  keyring_.reset();
  is_closed_ = true;
}

Result<> StoreSecrets::check_open() const {
  if (is_closed_) {
    return fail(Errc::Closed, "the store is closed");
  }
  if (!secrets_) {
    return fail(Error(Errc::InvalidArgument, "the store has no keyring")
                    .advise("name its folder as StoreOptions::keyring, outside the store's"));
  }
  return {};
}

Result<> StoreSecrets::seal(const SecretPlace& place, std::span<const std::byte> plain,
                            std::span<std::byte> sealed) {
  const MutexLock lock(mutex_);
  CAIRN_TRY(check_open());
  return secrets_->seal(place, plain, sealed);
}

Result<SecretState> StoreSecrets::open(const SecretPlace& place, std::span<const std::byte> sealed,
                                       std::span<std::byte> plain) {
  const MutexLock lock(mutex_);
  CAIRN_TRY(check_open());
  return secrets_->open(place, sealed, plain);
}

Result<bool> StoreSecrets::shred(std::string_view entity) {
  const MutexLock lock(mutex_);
  CAIRN_TRY(check_open());
  return secrets_->shred(entity);
}

Result<> StoreSecrets::check(const SecretPlace& place, std::span<const std::byte> sealed) {
  const MutexLock lock(mutex_);
  if (!secrets_) {
    const auto parts = journal::parse_sealed(sealed);
    return parts ? Result<>()
                 : fail(Error(Errc::InvalidArgument, parts.error().message())
                            .advise("seal it with Store::seal, where the keyring is"));
  }
  cairn::detail::PlainBytes<limits::str_bytes_max> plain;
  const std::size_t size =
      sealed.size() - std::min<std::size_t>(sealed.size(), limits::secret_overhead_bytes);
  const auto opened = secrets_->open(place, sealed, std::span(plain.bytes).first(size));
  return opened ? Result<>()
                : fail(Error(Errc::InvalidArgument, opened.error().message())
                           .advise("seal it with Store::seal, for this field and coordinate"));
}

}  // namespace cairn::store
