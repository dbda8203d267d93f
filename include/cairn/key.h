// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstring>
#include <span>
#include <string_view>

#include "cairn/bytes.h"
#include "cairn/codec.h"
#include "cairn/key_parts.h"

/// Key bytes of typed values: compared as unsigned bytes they sort as the values do; see
/// docs/formats/values.md. Composite keys are several values, one after the other, most significant
/// first.
namespace cairn {

/// Whether values of T can be keys: not Text, Blob or List, nor anything that holds one.
template <typename T>
concept Keyable = detail::KeyCodec<T>::is_keyable;

/// Bytes of the longest key made of these parts.
template <Keyable... Parts>
inline constexpr std::size_t key_size_max = (detail::KeyCodec<Parts>::size_max + ... + 0);

/// Writes the key into `out`, which has room for the longest, and returns what was written.
template <std::size_t N, Keyable... Parts>
std::span<const std::byte> encode_key(std::array<std::byte, N>& out,
                                      const Parts&... parts) noexcept {
  static_assert(N >= key_size_max<Parts...>,
                "cairn: this buffer is smaller than key_size_max<...>");
  std::byte* end = out.data();
  ((end = detail::KeyCodec<Parts>::put(end, parts)), ...);
  return std::span<const std::byte>(out).first(static_cast<std::size_t>(end - out.data()));
}

/// Reads the parts of a key that takes up all of `bytes`.
/// On failure: the parts are as before; the error names the part or field and its offset.
template <Keyable... Parts>
[[nodiscard]] Result<> decode_key(std::span<const std::byte> bytes, Parts&... parts) {
  ByteReader reader(bytes);
  const auto read = [&](auto... landing) -> Result<> {
    (detail::take_key_part(reader, landing.value(), "key"), ...);
    CAIRN_TRY(reader.expect_end("key"));
    (landing.move_to(parts), ...);
    return {};
  };
  return read(detail::Landing<Parts>{}...);
}

}  // namespace cairn
