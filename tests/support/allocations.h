// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

namespace cairn::test {

/// How many allocations the process has made, on all its threads but those that are not counted.
/// Whoever links this replaces
/// `operator new` of the whole program, so a test that counts is a program of its own.
[[nodiscard]] std::size_t allocations() noexcept;

/// While it lives, what its thread allocates is not counted.
class Uncounted final {
 public:
  Uncounted() noexcept;
  ~Uncounted();
  Uncounted(const Uncounted&) = delete;
  Uncounted& operator=(const Uncounted&) = delete;
};

}  // namespace cairn::test
