// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <span>
#include <string_view>
#include <utility>

#include "cairn/codec_composite.h"
#include "cairn/reflect.h"

/// The codec of structs. Fields of fixed size that follow one another form a run, whose bytes are
/// asked for once.
namespace cairn::detail {

/// Makes the reader fail at the first field of a run that is not all there.
void refuse_run(ByteReader& reader, std::span<const std::size_t> sizes,
                std::span<const std::string_view> names) noexcept;

/// What is known about the fields of a struct before any value is.
template <typename List>
struct FieldSizes;

template <typename... F>
struct FieldSizes<reflect::List<F...>> {
  static constexpr std::size_t count = sizeof...(F);
  static constexpr bool all_fixed = (Codec<F>::is_fixed && ...);
  static constexpr bool all_memory = (Codec<F>::is_memory && ...);
  static constexpr std::size_t min = (Codec<F>::size_min + ... + 0);
  static constexpr std::size_t max = (Codec<F>::size_max + ... + 0);

  static constexpr std::array<bool, count> is_fixed = {Codec<F>::is_fixed...};
  static constexpr std::array<std::size_t, count> sizes = {Codec<F>::size_max...};

  /// The bytes from field `first` to the end of its run, and how many fields these are.
  static constexpr std::pair<std::size_t, std::size_t> run(std::size_t first) {
    std::size_t bytes = 0;
    std::size_t end = first;
    while (end < count && is_fixed[end]) {
      bytes += sizes[end++];
    }
    return {bytes, end - first};
  }

  static constexpr bool starts_run(std::size_t i) {
    return is_fixed[i] && (i == 0 || !is_fixed[i - 1]);
  }
};

template <typename T>
using SizesOf = FieldSizes<reflect::FieldTypes<T>>;

template <typename T, typename Indexes>
struct FieldReader;

/// Reads field after field; each step says whether to go on.
template <typename T, std::size_t... I>
struct FieldReader<T, std::index_sequence<I...>> {
  using Sizes = SizesOf<T>;

  Source source;
  const std::byte* in = nullptr;  ///< inside the current run

  template <typename... F>
  void operator()(F&... fields) noexcept {
    static_cast<void>((step<I>(fields) && ...));
  }

  template <std::size_t At, typename F>
  bool step(F& field) noexcept {
    if constexpr (Codec<F>::is_fixed) {
      return enter_run<At>() && step_fixed<At>(field);
    } else {
      Codec<F>::take(source, field, reflect::field_names<T>[At]);
      return !source.reader.failed();
    }
  }

  /// At the first field of a run: asks for all of its bytes.
  template <std::size_t At>
  bool enter_run() noexcept {
    if constexpr (Sizes::starts_run(At)) {
      constexpr auto run = Sizes::run(At);
      if (source.reader.remaining() < run.first) [[unlikely]] {
        refuse_run(source.reader, std::span(Sizes::sizes).subspan(At, run.second),
                   std::span(reflect::field_names<T>).subspan(At, run.second));
        return false;
      }
      in = source.reader.bytes(run.first, reflect::field_names<T>[At]).data();
    }
    return true;
  }

  template <std::size_t At, typename F>
  bool step_fixed(F& field) noexcept {
    if (!Codec<F>::get(in, field)) [[unlikely]] {
      constexpr std::size_t back = Sizes::run(At).first;
      Codec<F>::explain(in, source.reader, reflect::field_names<T>[At], back);
      return false;
    }
    in += Codec<F>::size_max;
    return true;
  }
};

struct PutFields {
  std::byte* out;

  template <typename... F>
  std::byte* operator()(const F&... fields) noexcept {
    ((out = Codec<F>::put(out, fields)), ...);
    return out;
  }
};

struct SumSizes {
  template <typename... F>
  constexpr std::size_t operator()(const F&... fields) const noexcept {
    return (size_of_value(fields) + ... + 0);
  }
};

struct GetFields {
  const std::byte* in;

  template <typename... F>
  bool operator()(F&... fields) noexcept {
    return (get(fields) & ... & true);
  }

  template <typename F>
  bool get(F& field) noexcept {
    const std::byte* const at = in;
    in += Codec<F>::size_max;
    return Codec<F>::get(at, field);
  }
};

template <typename T, typename Indexes>
struct ExplainFields;

template <typename T, std::size_t... I>
struct ExplainFields<T, std::index_sequence<I...>> {
  const std::byte* in;
  ByteReader& reader;
  std::size_t back;

  template <typename... F>
  void operator()(F&... fields) noexcept {
    static_cast<void>((step(fields, reflect::field_names<T>[I]) && ...));
  }

  template <typename F>
  bool step(F& field, std::string_view name) noexcept {
    if (!Codec<F>::get(in, field)) {
      Codec<F>::explain(in, reader, name, back);
      return false;
    }
    in += Codec<F>::size_max;
    back -= Codec<F>::size_max;
    return true;
  }
};

template <Struct T>
struct Codec<T> {
  using Sizes = SizesOf<T>;
  using Indexes = std::make_index_sequence<Sizes::count>;
  static constexpr bool is_fixed = Sizes::all_fixed;
  static constexpr bool is_memory = Sizes::all_memory && Sizes::max == sizeof(T);
  static constexpr std::size_t size_min = Sizes::min;
  static constexpr std::size_t size_max = Sizes::max;

  static constexpr std::size_t size(const T& value) noexcept {
    return reflect::visit_fields(value, SumSizes{});
  }

  static std::byte* put(std::byte* out, const T& value) noexcept {
    if constexpr (is_memory) {
      std::memcpy(out, &value, sizeof(T));
      return out + sizeof(T);
    } else {
      return reflect::visit_fields(value, PutFields{out});
    }
  }

  static bool get(const std::byte* in, T& value) noexcept
    requires is_fixed
  {
    if constexpr (is_memory) {
      std::memcpy(static_cast<void*>(&value), in, sizeof(T));
      return true;
    } else {
      return reflect::visit_fields(value, GetFields{in});
    }
  }

  static void explain(const std::byte* in, ByteReader& reader, std::string_view /*name*/,
                      std::size_t back) noexcept
    requires is_fixed
  {
    if constexpr (!is_memory) {
      T value = zero_value<T>();
      reflect::visit_fields(value, ExplainFields<T, Indexes>{in, reader, back});
    }
  }

  static void take(Source source, T& value, std::string_view /*name*/) noexcept {
    if constexpr (is_memory) {
      if (source.reader.remaining() >= size_max) [[likely]] {
        get(source.reader.bytes(size_max, {}).data(), value);
        return;
      }
    }
    reflect::visit_fields(value, FieldReader<T, Indexes>{source});
  }
};

}  // namespace cairn::detail
