// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstring>
#include <span>
#include <string_view>
#include <utility>

#include "cairn/codec_parts.h"
#include "cairn/reflect.h"

/// The codecs of values that are made of values.
namespace cairn::detail {

template <typename T>
struct Codec<Option<T>> {
  static constexpr bool is_fixed = false;
  static constexpr bool is_memory = false;
  static constexpr std::size_t size_min = 1;
  static constexpr std::size_t size_max = 1 + Codec<T>::size_max;

  static constexpr std::size_t size(const Option<T>& option) noexcept {
    return option.has_value() ? 1 + size_of_value(*option) : 1;
  }

  static std::byte* put(std::byte* out, const Option<T>& option) noexcept {
    *out++ = static_cast<std::byte>(option.has_value() ? 1 : 0);
    return option.has_value() ? Codec<T>::put(out, *option) : out;
  }

  static void take(Source source, Option<T>& option, std::string_view name) noexcept {
    if (source.reader.boolean(name)) {
      take_value(source, ValueAccess::value_in(option), name);
    }
  }
};

template <typename T, std::size_t N>
struct Codec<List<T, N>> {
  static constexpr bool is_fixed = false;
  static constexpr bool is_memory = false;
  static constexpr std::size_t size_min = 1;
  static constexpr std::size_t size_max = varint_size(N) + N * Codec<T>::size_max;

  static constexpr std::size_t size(const List<T, N>& list) noexcept {
    std::size_t total = varint_size(list.size());
    if constexpr (Codec<T>::is_fixed) {
      return total + list.size() * Codec<T>::size_max;
    } else {
      for (const T& value : list) {
        total += size_of_value(value);
      }
      return total;
    }
  }

  static std::byte* put(std::byte* out, const List<T, N>& list) noexcept {
    out = put_varint(out, list.size());
    for (const T& value : list) {
      out = Codec<T>::put(out, value);
    }
    return out;
  }

  /// The count is judged by the limit and by the bytes that are left before any space is taken for
  /// it.
  static void take(Source source, List<T, N>& list, std::string_view name) noexcept {
    const std::size_t count = source.reader.varint_up_to(N, name);
    if (count == 0) {
      return;
    }
    if (source.reader.remaining() < count * Codec<T>::size_min) [[unlikely]] {
      source.reader.bytes(count * Codec<T>::size_min, name);
      return;
    }
    T* const values = take_space<T>(source, count, name);
    if (values == nullptr) [[unlikely]] {
      return;
    }
    std::memset(static_cast<void*>(values), 0, count * sizeof(T));
    for (std::size_t i = 0; i < count && !source.reader.failed(); ++i) {
      take_value(source, values[i], name);
    }
    ValueAccess::point(list, values, count);
  }
};

template <typename T, std::size_t N>
struct Codec<std::array<T, N>> {
  using Array = std::array<T, N>;
  static constexpr bool is_fixed = Codec<T>::is_fixed;
  static constexpr bool is_memory = Codec<T>::is_memory;
  static constexpr std::size_t size_min = N * Codec<T>::size_min;
  static constexpr std::size_t size_max = N * Codec<T>::size_max;

  static constexpr std::size_t size(const Array& array) noexcept {
    std::size_t total = 0;
    for (const T& value : array) {
      total += size_of_value(value);
    }
    return total;
  }

  static std::byte* put(std::byte* out, const Array& array) noexcept {
    if constexpr (is_memory) {
      std::memcpy(out, array.data(), size_max);
      return out + size_max;
    } else {
      for (const T& value : array) {
        out = Codec<T>::put(out, value);
      }
      return out;
    }
  }

  static bool get(const std::byte* in, Array& array) noexcept {
    if constexpr (is_memory) {
      std::memcpy(array.data(), in, size_max);
      return true;
    } else {
      bool good = true;
      for (std::size_t i = 0; i < N; ++i) {
        good &= Codec<T>::get(in + i * Codec<T>::size_max, array[i]);
      }
      return good;
    }
  }

  static void explain(const std::byte* in, ByteReader& reader, std::string_view name,
                      std::size_t back) noexcept {
    constexpr std::size_t step = Codec<T>::size_max;
    T value = zero_value<T>();
    std::size_t at = 0;
    while (at < size_max && Codec<T>::get(in + at, value)) {
      at += step;
    }
    if (at < size_max) {
      Codec<T>::explain(in + at, reader, name, back - at);
    }
  }

  static void take(Source source, Array& array, std::string_view name) noexcept {
    for (std::size_t i = 0; i < N && !source.reader.failed(); ++i) {
      take_value(source, array[i], name);
    }
  }
};

}  // namespace cairn::detail
