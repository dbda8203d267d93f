// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

namespace cairn::test {

/// How many allocations the process has made, on all its threads. Whoever links this replaces
/// `operator new` of the whole program, so a test that counts is a program of its own.
[[nodiscard]] std::size_t allocations() noexcept;

}  // namespace cairn::test
