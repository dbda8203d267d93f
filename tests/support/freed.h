// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>

namespace cairn::test {

/// Looks for a secret in every block that the process frees, on all its threads. Whoever links this
/// replaces `operator delete` of the whole program, so a test that watches is a program of its own.
/// One at a time.
class FreedWatch final {
 public:
  static constexpr std::size_t secret_bytes_max = 256;

  /// Requires: 8 bytes or more, at most secret_bytes_max, and nothing is freed meanwhile.
  explicit FreedWatch(std::span<const std::byte> secret);
  FreedWatch(const FreedWatch&) = delete;
  FreedWatch& operator=(const FreedWatch&) = delete;
  ~FreedWatch();

  /// How many freed blocks had it in them.
  [[nodiscard]] static std::size_t sightings() noexcept;
};

}  // namespace cairn::test
