// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstring>
#include <span>
#include <string_view>
#include <type_traits>

#include "cairn/bytes.h"
#include "cairn/codec_struct.h"

/// How each kind of value is written into a key and read back. A `KeyCodec<T>` has
///   is_keyable
///   size_max           the most bytes of a value
///   put(out, value)    writes without asking for room and returns the end
///   take(…)            reads into zeroed memory; the reader tells whether that failed
namespace cairn::detail {

template <typename T>
struct KeyCodec {
  static constexpr bool is_keyable = false;
};

struct IsKey {
  static constexpr bool is_keyable = true;
};

template <typename T>
void take_key_part(ByteReader& reader, T& value, std::string_view name) noexcept {
  if (!reader.failed()) {
    KeyCodec<T>::take(reader, value, name);
  }
}

template <std::size_t Size>
struct UnsignedOf;

template <>
struct UnsignedOf<1> : std::type_identity<std::uint8_t> {};

template <>
struct UnsignedOf<2> : std::type_identity<std::uint16_t> {};

template <>
struct UnsignedOf<4> : std::type_identity<std::uint32_t> {};

template <>
struct UnsignedOf<8> : std::type_identity<std::uint64_t> {};

template <>
struct UnsignedOf<16> : std::type_identity<UInt128> {};

template <std::size_t Size>
[[nodiscard]] constexpr auto swap_bytes(typename UnsignedOf<Size>::type value) noexcept {
  if constexpr (Size == sizeof(UInt128)) {
    return UInt128{std::byteswap(static_cast<std::uint64_t>(value))} << 64U |
           std::byteswap(static_cast<std::uint64_t>(value >> 64U));
  } else {
    return std::byteswap(value);
  }
}

/// Big-endian, with the sign bit flipped when there is one: for types that are one integer in
/// memory.
template <typename T, bool Signed>
struct NumberKey : IsKey {
  using Number = typename UnsignedOf<sizeof(T)>::type;
  static constexpr std::size_t size_max = sizeof(T);
  static constexpr auto flip =
      static_cast<Number>(Signed ? Number{1} << (8 * sizeof(T) - 1) : Number{0});

  static std::byte* put(std::byte* out, const T& value) noexcept {
    Number number = 0;
    std::memcpy(&number, &value, sizeof(T));
    number = swap_bytes<sizeof(T)>(static_cast<Number>(number ^ flip));
    std::memcpy(out, &number, sizeof(T));
    return out + sizeof(T);
  }

  /// What may be no value of T is judged as if it came from canonical bytes.
  static void take(ByteReader& reader, T& value, std::string_view name) noexcept {
    const std::span<const std::byte> in = reader.bytes(sizeof(T), name);
    if (in.empty()) {
      return;
    }
    Number number = 0;
    std::memcpy(&number, in.data(), sizeof(T));
    number = static_cast<Number>(swap_bytes<sizeof(T)>(number) ^ flip);
    std::array<std::byte, sizeof(T)> canonical = {};
    std::memcpy(canonical.data(), &number, sizeof(T));
    if (!Codec<T>::get(canonical.data(), value)) {
      Codec<T>::explain(canonical.data(), reader, name, sizeof(T));
    }
  }
};

template <Integer T>
struct KeyCodec<T> : NumberKey<T, SignedInteger<T>> {};

template <reflect::FixedEnum E>
struct KeyCodec<E> : NumberKey<E, std::is_signed_v<std::underlying_type_t<E>>> {};

template <>
struct KeyCodec<bool> : NumberKey<bool, false> {};

template <typename R>
struct KeyCodec<Id<R>> : NumberKey<Id<R>, false> {};

template <>
struct KeyCodec<Timestamp> : NumberKey<Timestamp, true> {};

template <>
struct KeyCodec<Duration> : NumberKey<Duration, true> {};

template <unsigned S>
struct KeyCodec<Decimal<S>> : NumberKey<Decimal<S>, true> {};

/// Bytes that sort as they are.
template <typename T>
struct PlainKey : IsKey {
  static constexpr std::size_t size_max = sizeof(T);

  static std::byte* put(std::byte* out, const T& value) noexcept {
    return Codec<T>::put(out, value);
  }

  static void take(ByteReader& reader, T& value, std::string_view name) noexcept {
    if (const auto in = reader.bytes(sizeof(T), name); !in.empty()) {
      Codec<T>::get(in.data(), value);
    }
  }
};

template <>
struct KeyCodec<Uuid> : PlainKey<Uuid> {};

template <>
struct KeyCodec<Digest> : PlainKey<Digest> {};

/// Writes `bytes` so that a shorter text sorts before its continuations: zero bytes as 0x00 0xFF,
/// and 0x00 0x00 at the end.
std::byte* put_key_bytes(std::byte* out, std::span<const std::byte> bytes) noexcept;

/// Reads what `put_key_bytes` writes into `out` and returns how many bytes it stands for; rejects
/// more than `out` holds.
std::size_t take_key_bytes(ByteReader& reader, std::span<std::byte> out,
                           std::string_view name) noexcept;

template <typename T>
struct TextKey : IsKey {
  static constexpr std::size_t size_max = 2 * T::capacity + 2;

  static std::byte* put(std::byte* out, const T& value) noexcept {
    return put_key_bytes(out, std::as_bytes(std::span(value.view())));
  }
};

template <std::size_t N>
struct KeyCodec<Str<N>> : TextKey<Str<N>> {
  static void take(ByteReader& reader, Str<N>& value, std::string_view name) noexcept {
    std::array<std::byte, N> memory;
    const std::size_t start = reader.offset();
    const std::size_t size = take_key_bytes(reader, memory, name);
    if (!ValueAccess::fill(value, std::span(memory).first(size))) {
      reader.reject(name, "is not valid UTF-8", reader.offset() - start);
    }
  }
};

template <std::size_t N>
struct KeyCodec<Bytes<N>> : TextKey<Bytes<N>> {
  static void take(ByteReader& reader, Bytes<N>& value, std::string_view name) noexcept {
    std::array<std::byte, N> memory;
    const std::size_t size = take_key_bytes(reader, memory, name);
    ValueAccess::fill(value, std::span(memory).first(size));
  }
};

// ---- values made of values

template <Wrapper W>
struct KeyCodec<W> : KeyCodec<typename WrappedValue<W>::type> {
  using Value = typename WrappedValue<W>::type;

  static std::byte* put(std::byte* out, const W& wrapper) noexcept {
    return KeyCodec<Value>::put(out, reinterpret_cast<const Value&>(wrapper));
  }

  static void take(ByteReader& reader, W& wrapper, std::string_view name) noexcept {
    KeyCodec<Value>::take(reader, reinterpret_cast<Value&>(wrapper), name);
  }
};

template <typename T>
  requires KeyCodec<T>::is_keyable
struct KeyCodec<Option<T>> : IsKey {
  static constexpr std::size_t size_max = 1 + KeyCodec<T>::size_max;

  static std::byte* put(std::byte* out, const Option<T>& option) noexcept {
    *out++ = static_cast<std::byte>(option.has_value() ? 1 : 0);
    return option.has_value() ? KeyCodec<T>::put(out, *option) : out;
  }

  static void take(ByteReader& reader, Option<T>& option, std::string_view name) noexcept {
    if (reader.boolean(name)) {
      KeyCodec<T>::take(reader, ValueAccess::value_in(option), name);
    }
  }
};

template <typename T, std::size_t N>
  requires KeyCodec<T>::is_keyable
struct KeyCodec<std::array<T, N>> : IsKey {
  static constexpr std::size_t size_max = N * KeyCodec<T>::size_max;

  static std::byte* put(std::byte* out, const std::array<T, N>& array) noexcept {
    for (const T& value : array) {
      out = KeyCodec<T>::put(out, value);
    }
    return out;
  }

  static void take(ByteReader& reader, std::array<T, N>& array, std::string_view name) noexcept {
    for (T& value : array) {
      take_key_part(reader, value, name);
    }
  }
};

template <typename List>
struct FieldKeys;

template <typename... F>
struct FieldKeys<reflect::List<F...>> {
  static constexpr bool are_keyable = (KeyCodec<F>::is_keyable && ...);

  static constexpr std::size_t size_max() { return (KeyCodec<F>::size_max + ... + 0); }
};

template <typename T>
using KeysOf = FieldKeys<reflect::FieldTypes<T>>;

struct PutKeys {
  std::byte* out;

  template <typename... F>
  std::byte* operator()(const F&... fields) noexcept {
    ((out = KeyCodec<F>::put(out, fields)), ...);
    return out;
  }
};

struct TakeKeys {
  ByteReader& reader;
  const std::string_view* name;

  template <typename... F>
  void operator()(F&... fields) noexcept {
    (take_key_part(reader, fields, *name++), ...);
  }
};

template <Struct T>
  requires KeysOf<T>::are_keyable
struct KeyCodec<T> : IsKey {
  static constexpr std::size_t size_max = KeysOf<T>::size_max();

  static std::byte* put(std::byte* out, const T& value) noexcept {
    return reflect::visit_fields(value, PutKeys{out});
  }

  static void take(ByteReader& reader, T& value, std::string_view /*name*/) noexcept {
    reflect::visit_fields(value, TakeKeys{reader, reflect::field_names<T>.data()});
  }
};

}  // namespace cairn::detail
