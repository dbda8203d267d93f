// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <source_location>

namespace cairn {

/// Writes "check failed: <condition> (<file>:<line>, <function>)" to standard error and aborts. The
/// end of every broken invariant: going on would spread the damage into durable history.
[[noreturn]] void check_failed(
    const char* condition, std::source_location place = std::source_location::current()) noexcept;

}  // namespace cairn

// An invariant of Cairn itself. One condition each, without side effects. On in every build,
// release too. Never reachable from outside input: bytes, arguments and peers get a Result instead.
#define CAIRN_CHECK(condition) \
  ((condition) ? static_cast<void>(0) : ::cairn::check_failed(#condition))

// The same for conditions that cost more than O(1). On in the presets dev, asan, tsan, clang and
// fuzz; elsewhere, the simulation of a release binary included, compiled but never evaluated, so
// that it cannot rot.
#ifdef CAIRN_SLOW_CHECKS
#define CAIRN_SLOW_CHECK(condition) CAIRN_CHECK(condition)
#else
#define CAIRN_SLOW_CHECK(condition) \
  do {                              \
    if constexpr (false) {          \
      CAIRN_CHECK(condition);       \
    }                               \
  } while (false)
#endif
