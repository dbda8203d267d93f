// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "base/text.h"
#include "cairn/codec.h"
#include "cairn/key.h"
#include "tests/public/sample_values.h"

/// The text of tests/golden/values.txt as this build makes it: the bytes of fixed and of seeded
/// random values, and results of decimal arithmetic.
namespace cairn::sample {

template <typename T>
void add_golden(std::string& out, std::string_view name, const T& value) {
  GrowingByteWriter writer;
  encode(writer, value);
  out += fmt::format("{} bytes {}\n", name, to_hex(writer.written()));
  if constexpr (Keyable<T>) {
    std::array<std::byte, key_size_max<T>> key = {};
    out += fmt::format("{} key {}\n", name, to_hex(encode_key(key, value)));
  }
}

inline void add_simple(std::string& out) {
  using namespace dsl;  // NOLINT(google-build-using-namespace): as a domain does
  add_golden(out, "bool true", true);
  add_golden(out, "u8 200", u8{200});
  add_golden(out, "u16 258", u16{258});
  add_golden(out, "i32 -2", i32{-2});
  add_golden(out, "u64 max", integer_max<u64>);
  add_golden(out, "i128 min", integer_min<i128>);
  add_golden(out, "decimal<2> -12.05", Decimal<2>::of("-12.05"));
  add_golden(out, "str<8> aé", Str<8>("a\u00e9"));
  add_golden(out, "str<200> 130 bytes", *Str<200>::from(std::string(130, 'x')));
  add_golden(out, "bytes<3> 00ff", *Bytes<3>::parse("00ff"));
  add_golden(out, "id 7", Id<Owner>{7});
  add_golden(out, "timestamp -1", Timestamp{-1});
  add_golden(out, "duration 1.5s", Duration{1'500'000'000});
  add_golden(out, "uuid", *Uuid::parse("0190c0de-0000-7000-8000-000000000001"));
  add_golden(out, "enum High", Mood::High);
  add_golden(out, "enum Low", Mood::Low);
  add_golden(out, "option none", Option<u16>());
  add_golden(out, "option 3", Option<u16>(u16{3}));
  add_golden(out, "array", std::array<u16, 2>{1, 2});
  add_golden(out, "struct", Point{.x = -1, .y = 2});
  add_golden(out, "text", Text<9>("hello"));
  constexpr std::array<u16, 2> numbers = {5, 6};
  add_golden(out, "list", List<u16, 3>(numbers));
}

inline void add_random(std::string& out) {
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    Maker maker(seed);
    add_golden(out, fmt::format("keys {}", seed), maker.make<Keys>());
    add_golden(out, fmt::format("everything {}", seed), maker.make<Everything>());
  }
}

inline void add_decimals(std::string& out) {
  using dsl::Decimal;
  constexpr std::array<Rounding, 7> roundings = {
      Rounding::HalfEven, Rounding::HalfUp,  Rounding::HalfDown, Rounding::Up,
      Rounding::Down,     Rounding::Ceiling, Rounding::Floor};
  Maker maker(99);
  for (const Rounding rounding : roundings) {
    const auto a = maker.make<Decimal<9>>();
    const auto b = maker.make<Decimal<30>>();
    const auto product = checked_multiply_to<2>(a, b, rounding);
    const auto quotient = checked_divide_to<4>(a, b, rounding);
    out += fmt::format("{} * {} = {}\n", a.to_string(), b.to_string(),
                       product ? product->to_string() : "absent");
    out += fmt::format("{} / {} = {}\n", a.to_string(), b.to_string(),
                       quotient ? quotient->to_string() : "absent");
  }
}

inline std::string golden_values() {
  std::string made;
  add_simple(made);
  add_random(made);
  add_decimals(made);
  return made;
}

}  // namespace cairn::sample
