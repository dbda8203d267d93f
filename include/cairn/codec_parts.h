// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>

#include "cairn/bytes.h"
#include "cairn/codec_traits.h"
#include "cairn/scratch.h"

/// How each kind of value is written and read. A `Codec<T>` has
///   is_fixed           whether all values have the same number of bytes
///   size_min, size_max the fewest and the most bytes of a value
///   put(out, value)    writes without asking for room and returns the end
/// and, when it is fixed,
///   get(in, value)     reads size_max bytes; false when they are no value
///   explain(…)         tells the reader which part was no value
/// else
///   size(value)        the bytes of this value
///   take(…)            reads with checks; the reader tells whether that failed
/// Values are read into zeroed memory. Fields of fixed size that follow one another are asked for
/// at once.
namespace cairn::detail {

struct Source {
  ByteReader& reader;
  Scratch& scratch;
};

template <typename T>
struct Codec {
  static_assert(
      never<T>,
      "cairn: this type is no value type: use integers of fixed width, bool, enums of fixed width, "
      "Decimal, Str, Bytes, Id, Timestamp, Duration, Uuid, Digest, Option, std::array, Text, "
      "Blob, List, and structs of these");
};

template <typename T>
[[nodiscard]] constexpr std::size_t size_of_value(const T& value) noexcept {
  if constexpr (Codec<T>::is_fixed) {
    return Codec<T>::size_max;
  } else {
    return Codec<T>::size(value);
  }
}

/// Reads one value, whatever its kind.
template <typename T>
void take_value(Source source, T& value, std::string_view name) noexcept {
  if constexpr (Codec<T>::is_fixed && !Struct<T>) {
    const std::byte* const in = source.reader.bytes(Codec<T>::size_max, name).data();
    if (in != nullptr && !Codec<T>::get(in, value)) [[unlikely]] {
      Codec<T>::explain(in, source.reader, name, Codec<T>::size_max);
    }
  } else {
    Codec<T>::take(source, value, name);
  }
}

// ---- values of fixed size

template <std::size_t Size>
struct FixedCodec {
  static constexpr bool is_fixed = true;
  static constexpr std::size_t size_min = Size;
  static constexpr std::size_t size_max = Size;
};

template <typename T>
  requires is_plain_bytes<T>
struct Codec<T> : FixedCodec<sizeof(T)> {
  static constexpr bool is_memory = true;

  static std::byte* put(std::byte* out, const T& value) noexcept {
    std::memcpy(out, &value, sizeof(T));
    return out + sizeof(T);
  }

  static bool get(const std::byte* in, T& value) noexcept {
    std::memcpy(&value, in, sizeof(T));
    return true;
  }

  static void explain(const std::byte* /*in*/, ByteReader& /*reader*/, std::string_view /*name*/,
                      std::size_t /*back*/) noexcept {}
};

template <>
struct Codec<bool> : FixedCodec<1> {
  static constexpr bool is_memory = false;

  static std::byte* put(std::byte* out, bool value) noexcept {
    *out = static_cast<std::byte>(value ? 1 : 0);
    return out + 1;
  }

  static bool get(const std::byte* in, bool& value) noexcept {
    value = *in == std::byte{1};
    return *in <= std::byte{1};
  }

  static void explain(const std::byte* /*in*/, ByteReader& reader, std::string_view name,
                      std::size_t back) noexcept {
    reader.reject(name, "is neither 0 nor 1", back);
  }
};

template <reflect::FixedEnum E>
struct Codec<E> : FixedCodec<sizeof(E)> {
  static constexpr bool is_memory = false;

  static std::byte* put(std::byte* out, E value) noexcept {
    std::memcpy(out, &value, sizeof(E));
    return out + sizeof(E);
  }

  static bool get(const std::byte* in, E& value) noexcept {
    std::memcpy(&value, in, sizeof(E));
    return holds_declared(value);
  }

  static void explain(const std::byte* /*in*/, ByteReader& reader, std::string_view name,
                      std::size_t back) noexcept {
    reader.reject(name, "is not a declared value", back);
  }
};

template <unsigned S>
struct Codec<Decimal<S>> : FixedCodec<sizeof(Int128)> {
  static constexpr bool is_memory = false;

  static std::byte* put(std::byte* out, Decimal<S> value) noexcept {
    std::memcpy(out, &value, sizeof(Int128));
    return out + sizeof(Int128);
  }

  static bool get(const std::byte* in, Decimal<S>& value) noexcept {
    Int128 mantissa = 0;
    std::memcpy(&mantissa, in, sizeof(Int128));
    std::memcpy(static_cast<void*>(&value), in, sizeof(Int128));
    return is_mantissa(mantissa);
  }

  static void explain(const std::byte* /*in*/, ByteReader& reader, std::string_view name,
                      std::size_t back) noexcept {
    reader.reject(name, "has more than 38 digits", back);
  }
};

/// A wrapper and what it holds have one address.
template <Wrapper W>
struct Codec<W> : Codec<typename WrappedValue<W>::type> {
  using Value = typename WrappedValue<W>::type;
  using Inner = Codec<Value>;
  static_assert(std::is_standard_layout_v<W> && sizeof(W) == sizeof(Value));

  static std::byte* put(std::byte* out, const W& wrapper) noexcept {
    return Inner::put(out, reinterpret_cast<const Value&>(wrapper));
  }

  static std::size_t size(const W& wrapper) noexcept
    requires(!Inner::is_fixed)
  {
    return Inner::size(reinterpret_cast<const Value&>(wrapper));
  }

  static bool get(const std::byte* in, W& wrapper) noexcept
    requires(Inner::is_fixed)
  {
    return Inner::get(in, reinterpret_cast<Value&>(wrapper));
  }

  static void take(Source source, W& wrapper, std::string_view name) noexcept
    requires(!Inner::is_fixed)
  {
    Inner::take(source, reinterpret_cast<Value&>(wrapper), name);
  }
};

// ---- text and bytes: a length and what it counts

[[nodiscard]] constexpr std::size_t sized_bytes(std::size_t size) noexcept {
  return varint_size(size) + size;
}

inline std::byte* put_varint(std::byte* out, std::size_t value) noexcept {
  while (value >= 0x80) {
    *out++ = static_cast<std::byte>(value | 0x80U);
    value >>= 7U;
  }
  *out++ = static_cast<std::byte>(value);
  return out;
}

template <typename T>
struct SizedCodec {
  static constexpr bool is_fixed = false;
  static constexpr bool is_memory = false;
  static constexpr std::size_t size_min = 1;
  static constexpr std::size_t size_max = sized_bytes(T::capacity);

  static constexpr std::size_t size(const T& value) noexcept { return sized_bytes(value.size()); }

  static std::byte* put(std::byte* out, const T& value) noexcept {
    out = put_varint(out, value.size());
    copy_text<T::capacity>(out, value.view().data(), value.size());
    return out + value.size();
  }
};

/// Space for `count` objects; rejects the value that needs it when there is none.
template <typename T>
T* take_space(Source source, std::size_t count, std::string_view name) noexcept {
  std::byte* const space = source.scratch.take(count * sizeof(T), alignof(T));
  if (space == nullptr) [[unlikely]] {
    source.reader.reject(name, "is larger than the space to decode into", 0, Errc::TooLarge);
    return nullptr;
  }
  return reinterpret_cast<T*>(space);
}

template <std::size_t N>
struct Codec<Str<N>> : SizedCodec<Str<N>> {
  static void take(Source source, Str<N>& value, std::string_view name) noexcept {
    const std::span<const std::byte> in = source.reader.sized_bytes(N, name);
    if (!ValueAccess::fill(value, in)) [[unlikely]] {
      source.reader.reject(name, "is not valid UTF-8", in.size());
    }
  }
};

template <std::size_t N>
struct Codec<Bytes<N>> : SizedCodec<Bytes<N>> {
  static void take(Source source, Bytes<N>& value, std::string_view name) noexcept {
    ValueAccess::fill(value, source.reader.sized_bytes(N, name));
  }
};

/// Copies into the scratch space, so that the value outlives the bytes it was read from.
template <typename View>
void take_view(Source source, View& value, std::span<const std::byte> in,
               std::string_view name) noexcept {
  using Byte = std::remove_const_t<std::remove_pointer_t<decltype(value.view().data())>>;
  if (in.empty()) {
    return;
  }
  if (Byte* const space = take_space<Byte>(source, in.size(), name); space != nullptr) {
    std::memcpy(space, in.data(), in.size());
    ValueAccess::point(value, space, in.size());
  }
}

template <std::size_t N>
struct Codec<Text<N>> : SizedCodec<Text<N>> {
  static void take(Source source, Text<N>& value, std::string_view name) noexcept {
    const std::span<const std::byte> in = source.reader.sized_bytes(N, name);
    if (!is_utf8({reinterpret_cast<const char*>(in.data()), in.size()})) [[unlikely]] {
      source.reader.reject(name, "is not valid UTF-8", in.size());
    } else {
      take_view(source, value, in, name);
    }
  }
};

template <std::size_t N>
struct Codec<Blob<N>> : SizedCodec<Blob<N>> {
  static void take(Source source, Blob<N>& value, std::string_view name) noexcept {
    take_view(source, value, source.reader.sized_bytes(N, name), name);
  }
};

}  // namespace cairn::detail
