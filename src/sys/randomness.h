// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>

namespace cairn::sys {

/// The only source of unpredictable bytes: keys, salts, ids, jitter. Handlers never see it (they
/// get randomness seeded by position). May be called from any thread.
class Random {
 public:
  virtual ~Random() = default;

  /// Fills all of `out`. Cannot fail: a system without entropy cannot run a node, and the process
  /// ends.
  virtual void fill(std::span<std::byte> out) noexcept = 0;
};

}  // namespace cairn::sys
