// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstring>
#include <new>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>

#include "cairn/bytes.h"
#include "cairn/codec_struct.h"
#include "cairn/scratch.h"

/// Canonical bytes of typed values: little-endian, no padding, one encoding per value; see
/// docs/formats/values.md. The schema-driven codec writes and reads the same.
namespace cairn {

/// Bytes of the largest value of T.
template <typename T>
inline constexpr std::size_t encoded_size_max = detail::Codec<T>::size_max;

/// Bytes of this value.
template <typename T>
[[nodiscard]] constexpr std::size_t encoded_size(const T& value) noexcept {
  return detail::size_of_value(value);
}

namespace detail {

/// Values that cannot be larger are written first and measured afterwards.
inline constexpr std::size_t small_bytes = 4096;

}  // namespace detail

/// Appends the value. A FixedByteWriter without room for all of it gets none of it, and says so
/// through `overflowed`.
template <typename Writer, typename T>
void encode(Writer& writer, const T& value) noexcept {
  using Codec = detail::Codec<T>;
  if constexpr (!Codec::is_fixed && Codec::size_max <= detail::small_bytes) {
    if (std::byte* const out = writer.raw_up_to(Codec::size_max); out != nullptr) [[likely]] {
      return writer.keep_up_to(Codec::put(out, value));
    }
  }
  std::byte* const out = writer.raw(detail::size_of_value(value));
  if (out != nullptr) [[likely]] {
    Codec::put(out, value);
  }
}

namespace detail {

/// Where a value is read to before it is known to be good. All zero at first: so are unused tails,
/// absent values and padding.
template <typename T>
struct Landing {
  static_assert(std::is_trivially_copyable_v<T> && std::is_standard_layout_v<T>,
                "cairn: values are plain memory");

  T& value() noexcept { return *std::launder(reinterpret_cast<T*>(memory)); }

  void move_to(T& out) noexcept { std::memcpy(static_cast<void*>(&out), memory, sizeof(T)); }

  alignas(T) std::byte memory[sizeof(T)] = {};
};

/// Zeros in pieces that compilers write with a few stores; for the whole GCC chooses an instruction
/// that takes longer to start than most values take to read.
template <std::size_t Size, std::size_t... Piece>
void clear_pieces(void* memory, std::index_sequence<Piece...> /*pieces*/) noexcept {
  auto* const bytes = static_cast<std::byte*>(memory);
  (std::memset(bytes + 64 * Piece, 0, 64), ...);
  std::memset(bytes + 64 * sizeof...(Piece), 0, Size % 64);
}

template <std::size_t Size>
void clear(void* memory) noexcept {
  if constexpr (Size <= 1024) {
    clear_pieces<Size>(memory, std::make_index_sequence<Size / 64>{});
  } else {
    std::memset(memory, 0, Size);
  }
}

/// Reads into the caller's object, and puts back what was there when that fails. Reading elsewhere
/// and copying the value when it is good would be simpler and a third slower: the copy waits for
/// the small writes before it.
template <typename T>
class Attempt {
  static_assert(std::is_trivially_copyable_v<T> && std::is_standard_layout_v<T>,
                "cairn: values are plain memory");

 public:
  /// All zero at first: so are unused tails, absent values and padding.
  Attempt(T& out, Scratch& scratch) noexcept
      : object_(&out), scratch_(&scratch), mark_(scratch.mark()) {
    // Nobody need have initialised the object; that the compiler cannot see which one it is keeps
    // it from warning.
    asm("" : "+r"(object_));
    std::memcpy(before_, object_, sizeof(T));
    clear<sizeof(T)>(object_);
  }

  void undo() noexcept {
    std::memcpy(object_, before_, sizeof(T));
    scratch_->rewind(mark_);
  }

 private:
  void* object_;
  Scratch* scratch_;
  std::byte* mark_;
  alignas(T) std::byte before_[sizeof(T)];  // NOLINT: written at once
};

}  // namespace detail

/// Takes one value off the front of what is left to read, and leaves the rest. Text, Blob and List
/// values point into `scratch`. `name` is what an error calls a value that has no field names of
/// its own. On failure: false; `out` and `scratch` are as before, and the reader has failed.
template <typename T>
[[nodiscard]] bool decode(ByteReader& reader, Scratch& scratch, T& out,
                          std::string_view name = "value") noexcept {
  if constexpr (detail::Codec<T>::is_memory) {
    detail::take_value(detail::Source{.reader = reader, .scratch = scratch}, out, name);
    return !reader.failed();
  } else {
    detail::Attempt<T> attempt(out, scratch);
    detail::take_value(detail::Source{.reader = reader, .scratch = scratch}, out, name);
    if (reader.failed()) [[unlikely]] {
      attempt.undo();
      return false;
    }
    return true;
  }
}

/// Reads a value that takes up all of `bytes`.
/// On failure: `out` and `scratch` are as before; the error names the field and its offset.
template <typename T>
[[nodiscard]] Result<> decode(std::span<const std::byte> bytes, Scratch& scratch, T& out,
                              std::string_view name = "value") {
  ByteReader reader(bytes);
  if constexpr (detail::Codec<T>::is_memory) {
    if (bytes.size() == sizeof(T)) [[likely]] {
      std::memcpy(static_cast<void*>(&out), bytes.data(), sizeof(T));
      return {};
    }
  }
  detail::Attempt<T> attempt(out, scratch);
  detail::take_value(detail::Source{.reader = reader, .scratch = scratch}, out, name);
  if (reader.failed() || reader.remaining() != 0) [[unlikely]] {
    attempt.undo();
    return reader.expect_end(name);
  }
  return {};
}

}  // namespace cairn
