// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>
#include <utility>

#include "cairn/descriptor.h"
#include "cairn/reflect_names.h"

namespace cairn {

/// Where the values of an enum are looked for, both ends included. A compiler can be asked what a
/// value is called, not which values there are.
struct EnumRange {
  std::int64_t first = 0;
  std::int64_t last = 0;
};

namespace reflect::detail {

template <typename E>
consteval EnumRange default_range() {
  using Number = std::underlying_type_t<E>;
  if constexpr (sizeof(Number) == 1) {
    return std::is_signed_v<Number> ? EnumRange{.first = -128, .last = 127}
                                    : EnumRange{.first = 0, .last = 255};
  } else {
    return std::is_signed_v<Number> ? EnumRange{.first = -128, .last = 1023}
                                    : EnumRange{.first = 0, .last = 1023};
  }
}

}  // namespace reflect::detail

/// One byte wide enums are looked through whole, wider ones from 0 (or -128) to 1023. An enum with
/// values elsewhere says where:
///   template <> inline constexpr cairn::EnumRange cairn::enum_range<Errno>{.first = 5000, .last =
///   5099};
template <typename E>
inline constexpr EnumRange enum_range = reflect::detail::default_range<E>();

namespace reflect {

/// An enum whose values have one width on every machine: `enum X : u8` or an `enum class`.
template <typename E>
concept FixedEnum = std::is_enum_v<E> && !std::is_same_v<std::underlying_type_t<E>, bool> &&
                    requires { E{std::underlying_type_t<E>{}}; };

namespace detail {

/// Reads "A::Open, (A)1, (A)2, A::Closed}" from its start. Most parts are values without a name,
/// all of which start with the same "(A)": it is found once and skipped from then on.
class EnumNameReader {
 public:
  constexpr explicit EnumNameReader(const char* text) : text_(text) {}

  /// Passes over the next values as long as they have no name, and over at most `count`; returns
  /// how many.
  constexpr std::size_t skip_unnamed(std::size_t count) {
    skip_space();
    if (count == 0 || !learn_cast()) {
      return 0;
    }
    const char* at = text_ + at_;
    std::size_t skipped = 0;
    for (; skipped < count && *at == '(' && is_number(at[cast_size_]); ++skipped) {
      at += cast_size_ + 1;
      while (*at != ',' && !closes(*at)) {
        ++at;
      }
      at += at[1] == ' ' ? 2 : 1;
    }
    at_ = static_cast<std::size_t>(at - text_);
    return skipped;
  }

  /// The name of the next value, which has one.
  constexpr std::string_view next() {
    skip_space();
    const std::size_t start = at_;
    const std::size_t end = part_end();
    at_ = end + 1;
    return last_word({text_ + start, end - start}, end - start);
  }

 private:
  constexpr void skip_space() { at_ += text_[at_] == ' ' ? 1 : 0; }

  /// Whether it is known how values without a name start; when the next one is the first of them,
  /// it becomes so.
  constexpr bool learn_cast() {
    if (cast_size_ == 0 && text_[at_] == '(') {
      const std::size_t size = group_end(at_) - at_;
      cast_size_ = is_number(text_[at_ + size]) ? size : 0;
    }
    return cast_size_ != 0;
  }

  static constexpr bool is_number(char c) { return c == '-' || (c >= '0' && c <= '9'); }

  /// Behind the bracket that closes the one at `i`.
  [[nodiscard]] constexpr std::size_t group_end(std::size_t i) const {
    std::size_t depth = 0;
    do {
      depth += opens(text_[i]) ? 1U : 0U;
      depth -= closes(text_[i]) ? 1U : 0U;
      ++i;
    } while (depth != 0);
    return i;
  }

  [[nodiscard]] constexpr std::size_t part_end() const {
    std::size_t i = at_;
    while (text_[i] != ',' && !closes(text_[i])) {
      i = opens(text_[i]) ? group_end(i) : i + 1;
    }
    return i;
  }

  const char* text_;
  std::size_t at_ = 0;
  std::size_t cast_size_ = 0;
};

/// The first `count` of each are in use.
template <std::size_t N>
struct FoundNames {
  std::array<std::string_view, N> names = {};
  std::array<std::size_t, N> positions = {};  ///< in the range
  std::size_t count = 0;
  std::size_t bytes = 0;
};

template <typename E, EnumRange Range, std::size_t... I>
consteval auto find_names(std::index_sequence<I...> /*positions*/) {
  constexpr std::string_view text =
      values_text<static_cast<E>(Range.first + static_cast<std::int64_t>(I))...>();
  EnumNameReader reader(text.data() + text.find_first_of("{<", text.find("Values = ")) + 1);
  FoundNames<sizeof...(I)> found;
  constexpr std::size_t size = sizeof...(I);
  for (std::size_t i = reader.skip_unnamed(size); i < size; i += reader.skip_unnamed(size - i)) {
    const std::string_view name = reader.next();
    found.names[found.count] = name;
    found.positions[found.count] = i;
    found.bytes += name.size();
    ++found.count;
    ++i;
  }
  return found;
}

template <FixedEnum E>
struct EnumTable {
  static constexpr EnumRange range = enum_range<E>;
  static constexpr std::size_t span = static_cast<std::size_t>(range.last - range.first) + 1;

  static constexpr auto found = find_names<E, range>(std::make_index_sequence<span>{});

  static consteval auto pack() {
    std::array<std::string_view, found.count> named = {};
    for (std::size_t n = 0; n < found.count; ++n) {
      named[n] = found.names[n];
    }
    return pack_names<found.bytes>(named);
  }

  static constexpr auto names = pack();

  static consteval auto make_entries() {
    std::array<EnumValue, found.count> made = {};
    for (std::size_t n = 0; n < found.count; ++n) {
      made[n] = {.name = names[n],
                 .value = range.first + static_cast<std::int64_t>(found.positions[n])};
    }
    return made;
  }

  static constexpr auto entries = make_entries();
};

}  // namespace detail

/// The named values, ascending.
template <FixedEnum E>
inline constexpr const auto& enum_values = detail::EnumTable<E>::entries;

template <FixedEnum E>
[[nodiscard]] constexpr bool is_declared(E value) noexcept {
  for (const EnumValue& entry : enum_values<E>) {
    if (entry.value == static_cast<std::int64_t>(value)) {
      return true;
    }
  }
  return false;
}

/// Empty for a value that has no name.
template <FixedEnum E>
[[nodiscard]] constexpr std::string_view enum_name(E value) noexcept {
  for (const EnumValue& entry : enum_values<E>) {
    if (entry.value == static_cast<std::int64_t>(value)) {
      return entry.name;
    }
  }
  return {};
}

}  // namespace reflect

}  // namespace cairn
