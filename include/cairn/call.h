// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "cairn/plugin.h"

/// How the typed façade talks to its host. Part of the façade; domains do not use it.
namespace cairn::detail {

/// The host's functions and the call they are for. Lives as long as the call.
struct Call {
  const cairn_host* host = nullptr;
  cairn_call* call = nullptr;
};

/// Unwinds a handler that did what no handler may do. Thrown by `end_call` and caught where the
/// host called the domain, and nowhere else; handlers neither see nor catch it.
struct CallEnded {
  std::int32_t status = 0;
  std::string_view text;  ///< a literal
};

[[noreturn]] inline void end_call(std::int32_t status, std::string_view text) {
  throw CallEnded{.status = status, .text = text};
}

[[nodiscard]] constexpr std::string_view status_text(std::int32_t status) noexcept {
  switch (status) {
    case CAIRN_STALE:
      return "the row was erased, or its creation was rolled back";
    case CAIRN_UNDECLARED:
      return "the schema does not declare this";
    case CAIRN_MALFORMED:
      return "the bytes are not what the schema says";
    case CAIRN_READ_ONLY:
      return "a guard, gate, invariant or view changes nothing";
    case CAIRN_LIMIT:
      return "the call ran out of its steps, writes or bytes";
    default:
      return "the host gave an answer that fits no question";
  }
}

/// Ends the call unless the host did what it was asked to.
inline void expect_ok(std::int32_t status) {
  if (status != CAIRN_OK) [[unlikely]] {
    end_call(status, status_text(status));
  }
}

/// Whether the host did it; false for the one other answer that the question allows.
[[nodiscard]] inline bool ok_unless(std::int32_t status, std::int32_t otherwise) {
  if (status == CAIRN_OK) [[likely]] {
    return true;
  }
  if (status != otherwise) [[unlikely]] {
    end_call(status, status_text(status));
  }
  return false;
}

/// Memory for the rest of the call.
[[nodiscard]] inline std::byte* take_memory(const Call& call, std::size_t size) {
  void* const memory = call.host->take_memory(call.call, size);
  if (memory == nullptr) [[unlikely]] {
    end_call(CAIRN_LIMIT, status_text(CAIRN_LIMIT));
  }
  return static_cast<std::byte*>(memory);
}

}  // namespace cairn::detail
