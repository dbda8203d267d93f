// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <span>
#include <string_view>

#include "cairn/bytes.h"
#include "cairn/call.h"
#include "cairn/codec.h"
#include "cairn/describe_struct.h"
#include "cairn/plugin.h"
#include "cairn/scratch.h"
#include "cairn/sizes.h"

/// A call into the domain, from the side of its host. This is the only place where what the domain
/// throws is caught.
namespace cairn::entry {

inline std::int32_t fault(const detail::Call& call, std::int32_t status, std::string_view text) {
  call.host->fault(call.call, status, {.data = text.data(), .size = text.size()});
  return CAIRN_FAULTED;
}

/// Runs code of the domain; whatever it throws becomes a fault.
template <typename F>
std::int32_t guarded(const detail::Call& call, F&& run) noexcept {
  try {
    return run();
  } catch (const detail::CallEnded& ended) {
    return fault(call, ended.status, ended.text);
  } catch (const std::exception& error) {
    return fault(call, 0, error.what());
  } catch (...) {
    return fault(call, 0, "the domain threw something that is no std::exception");
  }
}

/// Decodes a command, with space for what its texts and lists point at.
template <typename D, typename C>
void decode_command(const detail::Call& call, cairn_bytes bytes, C& command) {
  constexpr std::uint64_t per_byte = describe::scratch_per_byte(describe::type_info<D, C>);
  Scratch scratch;
  if constexpr (per_byte != 0) {
    const std::size_t size = bytes.size * per_byte;
    scratch = Scratch({detail::take_memory(call, size), size});
  }
  ByteReader reader({static_cast<const std::byte*>(bytes.data), bytes.size});
  if (!decode(reader, scratch, command) || reader.remaining() != 0) [[unlikely]] {
    detail::end_call(CAIRN_MALFORMED, detail::status_text(CAIRN_MALFORMED));
  }
}

}  // namespace cairn::entry
