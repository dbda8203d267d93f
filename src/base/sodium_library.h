// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

#include <sodium.h>

#include "base/check.h"

/// What the files that call libsodium share. Nobody else includes it.
namespace cairn::sodium_library {

/// The library picks its implementations for this processor once, before its first use.
inline void prepare() noexcept {
  static const int status = sodium_init();
  CAIRN_CHECK(status >= 0);
}

inline const unsigned char* octets(const std::byte* bytes) noexcept {
  return reinterpret_cast<const unsigned char*>(bytes);
}

inline unsigned char* octets(std::byte* bytes) noexcept {
  return reinterpret_cast<unsigned char*>(bytes);
}

}  // namespace cairn::sodium_library
