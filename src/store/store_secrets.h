// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/mutex.h"
#include "cairn/secret.h"
#include "journal/secret_keyring.h"
#include "journal/secrets.h"
#include "sys/disk.h"
#include "sys/randomness.h"

namespace cairn::store {

/// The keyring of a store, or that it has none. Any thread. Opening takes microseconds; a key for a
/// new entity takes the time of a sync, and whoever seals or opens meanwhile waits for it.
class StoreSecrets final : public SecretKeys {
 public:
  /// Disk and random outlive it. Requires: it is not open.
  Result<> open(sys::Disk& disk, const std::string& folder, sys::Random& random);
  /// Gives the keyring back; later calls say that the store is closed.
  void close();

  Result<> seal(const SecretPlace& place, std::span<const std::byte> plain,
                std::span<std::byte> sealed) override;
  Result<SecretState> open(const SecretPlace& place, std::span<const std::byte> sealed,
                           std::span<std::byte> plain) override;
  Result<bool> shred(std::string_view entity) override;

  /// Whether a value that is about to be stored will open at its place. InvalidArgument, with the
  /// reason, when it will not. What was shredded meanwhile is fine, and so is, when there is no
  /// keyring, whatever has the form of a sealed value: nobody can know more.
  Result<> check(const SecretPlace& place, std::span<const std::byte> sealed);

 private:
  Result<> check_open() const CAIRN_REQUIRES(mutex_);

  Mutex mutex_;
  std::unique_ptr<journal::SecretKeyring> keyring_ CAIRN_GUARDED_BY(mutex_);
  std::unique_ptr<journal::Secrets> secrets_ CAIRN_GUARDED_BY(mutex_);
  bool is_closed_ CAIRN_GUARDED_BY(mutex_) = false;
};

}  // namespace cairn::store
