// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include "cairn/digest.h"

namespace cairn {

/// SHA-256: for what outside tools must be able to check, like receipts. Everything else takes
/// BLAKE3 (base/hash.h). Allocates nothing after the first call on a thread.
[[nodiscard]] Digest sha256(std::span<const std::byte> bytes) noexcept;

/// SHA-256 over bytes that come in pieces. One allocation, when made. One thread at a time. A
/// moved-from hasher may only be destroyed or assigned.
class Sha256Hasher final {
 public:
  Sha256Hasher() noexcept;

  void update(std::span<const std::byte> bytes) noexcept;
  /// The digest of all bytes since the start or the last `finish`; then starts anew.
  [[nodiscard]] Digest finish() noexcept;

 private:
  struct ContextDeleter {
    void operator()(void* context) const noexcept;
  };

  std::unique_ptr<void, ContextDeleter> context_;
};

}  // namespace cairn
