// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <deque>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cairn/codec_traits.h"
#include "cairn/values.h"

namespace cairn::sample {

enum class Colour : std::uint8_t { Red, Green, Blue };
enum class Mood : std::int16_t { Low = -7, Even = 0, High = 300 };

struct Owner {};

/// A wrapper as the façade has them.
template <typename T>
class Held {
 public:
  constexpr Held() = default;

  constexpr explicit Held(const T& value) : value_(value) {}

  [[nodiscard]] constexpr const T& get() const { return value_; }

  friend constexpr auto operator<=>(const Held&, const Held&) = default;

 private:
  T value_ = {};
};

struct Point {
  dsl::i32 x = 0;
  dsl::u32 y = 7;

  friend auto operator<=>(const Point&, const Point&) = default;
};

/// Fixed in size, but not every memory is a value.
struct Mixed {
  Colour colour = Colour::Red;
  bool flag = false;
  dsl::u16 number = 0;

  friend auto operator<=>(const Mixed&, const Mixed&) = default;
};

/// Every type that can be a key, as a composite key.
struct Keys {
  Held<dsl::Id<Owner>> id = {};
  dsl::Str<7> name = {};
  dsl::Bytes<5> bytes = {};
  bool flag = false;
  Colour colour = Colour::Red;
  Mood mood = Mood::Even;
  dsl::Option<dsl::Str<3>> nickname = {};
  dsl::Option<dsl::i8> tiny = {};
  dsl::u16 small = 0;
  dsl::i32 middle = 0;
  dsl::u64 large = 0;
  dsl::i128 huge = 0;
  dsl::u128 vast = 0;
  dsl::Decimal<2> price = {};
  dsl::Timestamp when = {};
  dsl::Duration lasts = {};
  dsl::Uuid uuid = {};
  dsl::Digest digest = {};
  std::array<dsl::Str<2>, 2> pair = {};
  Point point = {};

  friend auto operator<=>(const Keys&, const Keys&) = default;
};

/// And every type that cannot.
struct Everything {
  Keys keys = {};
  Mixed mixed = {};
  std::array<Mixed, 2> more = {};
  dsl::Option<Point> maybe = {};
  dsl::Text<300> text = {};
  dsl::Blob<40> blob = {};
  dsl::List<dsl::u16, 9> numbers = {};
  dsl::List<dsl::Text<8>, 5> words = {};
  dsl::List<Mixed, 3> mixes = {};
  dsl::Option<dsl::Blob<4>> seal = {};
  dsl::u8 last = 0;

  friend auto operator<=>(const Everything&, const Everything&) = default;
};

/// Makes values from a seed: the same seed, the same values, on every machine. Owns what views
/// point at.
class Maker final {
 public:
  explicit Maker(std::uint64_t seed) : random_(seed) {}

  std::uint64_t below(std::uint64_t limit) { return random_() % limit; }

  template <typename T>
  T make() {
    T value = {};
    fill(value);
    return value;
  }

 private:
  template <Integer T>
  void fill(T& value) {
    constexpr std::array<T, 6> edges = {0,
                                        1,
                                        integer_max<T>,
                                        integer_min<T>,
                                        static_cast<T>(integer_max<T> - 1),
                                        static_cast<T>(integer_min<T> + 1)};
    const UInt128 upper = random_();  // one call a statement: their order counts
    const UInt128 wide = upper << 64U | random_();
    const std::uint64_t shift = below(128);
    value = below(2) == 0 ? edges[below(edges.size())] : static_cast<T>(wide >> shift);
  }

  void fill(bool& value) { value = below(2) == 1; }

  template <reflect::FixedEnum E>
  void fill(E& value) {
    value = static_cast<E>(reflect::enum_values<E>[below(reflect::enum_values<E>.size())].value);
  }

  template <unsigned S>
  void fill(Decimal<S>& value) {
    auto mantissa = make<dsl::i128>() % detail::decimal_limit;
    // NOLINTNEXTLINE(bugprone-unchecked-optional-access): the remainder is within the limit.
    value = *Decimal<S>::from_mantissa(mantissa);
  }

  template <std::size_t N>
  void fill(Str<N>& value) {
    value = *Str<N>::from(text(N));
  }

  template <std::size_t N>
  void fill(Bytes<N>& value) {
    value = *Bytes<N>::from(bytes(below(N + 1)));
  }

  template <typename R>
  void fill(Id<R>& value) {
    fill(value.value);
  }

  void fill(Timestamp& value) { fill(value.nanoseconds); }

  void fill(Duration& value) { fill(value.nanoseconds); }

  void fill(Uuid& value) { std::ranges::copy(bytes(16), value.bytes.begin()); }

  void fill(Digest& value) { std::ranges::copy(bytes(32), value.bytes.begin()); }

  template <typename T>
  void fill(Held<T>& value) {
    value = Held<T>(make<T>());
  }

  template <typename T>
  void fill(Option<T>& value) {
    value = below(3) == 0 ? Option<T>() : Option<T>(make<T>());
  }

  template <typename T, std::size_t N>
  void fill(std::array<T, N>& value) {
    for (T& element : value) {
      fill(element);
    }
  }

  template <std::size_t N>
  void fill(Text<N>& value) {
    const std::string& kept = texts_.emplace_back(text(N));
    value = *Text<N>::from(kept);
  }

  template <std::size_t N>
  void fill(Blob<N>& value) {
    const auto& kept = blobs_.emplace_back(bytes(below(N + 1)));
    value = *Blob<N>::from(kept);
  }

  template <typename T, std::size_t N>
  void fill(List<T, N>& value) {
    const std::size_t count = below(N + 1);
    auto& kept = blobs_.emplace_back(count * sizeof(T));  // aligned as operator new aligns
    T* const first = reinterpret_cast<T*>(kept.data());
    for (std::size_t i = 0; i < count; ++i) {
      const T element = make<T>();
      std::memcpy(static_cast<void*>(first + i), &element, sizeof(T));
    }
    value = *List<T, N>::from(std::span<const T>(first, count));
  }

  template <detail::Struct T>
  void fill(T& value) {
    reflect::visit_fields(value, [this](auto&... fields) { (this->fill(fields), ...); });
  }

  /// Of at most `size_max` bytes; often with a zero byte, often with sequences of several bytes.
  std::string text(std::size_t size_max) {
    constexpr std::array<std::string_view, 8> pieces = {
        "a",          "b",         std::string_view("\0", 1), "\x7f", "\u00e9", "\u20ac",
        "\U0001f600", "\U0010ffff"};
    std::string made;
    for (std::size_t count = below(size_max + 1); count > 0; --count) {
      const std::string_view piece = pieces[below(pieces.size())];
      if (made.size() + piece.size() <= size_max) {
        made += piece;
      }
    }
    return made;
  }

  std::vector<std::byte> bytes(std::size_t size) {
    constexpr std::array<unsigned, 4> edges = {0x00, 0x01, 0x7f, 0xff};
    std::vector<std::byte> made(size);
    for (std::byte& byte : made) {
      byte = static_cast<std::byte>(below(2) == 0 ? edges[below(edges.size())] : below(256));
    }
    return made;
  }

  std::mt19937_64 random_;
  std::deque<std::string> texts_;
  std::deque<std::vector<std::byte>> blobs_;
};

}  // namespace cairn::sample

template <typename T>
struct cairn::WrappedValue<cairn::sample::Held<T>> {
  using type = T;
};
