// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>

namespace cairn::sys {

/// The bytes of a file in memory, for reading: see File::map. Owned by whoever asked for it; any
/// thread may read. Neither the file object nor the disk has to outlive it.
class Mapping {
 public:
  Mapping() = default;
  virtual ~Mapping() = default;
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;

  /// Aligned for any integer.
  [[nodiscard]] virtual std::span<const std::byte> bytes() const noexcept = 0;
};

}  // namespace cairn::sys
