// SPDX-License-Identifier: Apache-2.0
// The bytes of fixed and of seeded random values, pinned in tests/golden/values.txt.
// CAIRN_GOLDEN_WRITE=1 writes the file instead of comparing.
#include <array>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/text.h"
#include "cairn/codec.h"
#include "cairn/key.h"
#include "tests/public/sample_values.h"

namespace cairn::sample {
namespace {

using namespace cairn::dsl;  // NOLINT(google-build-using-namespace): as a domain does

template <typename T>
void add(std::string& out, std::string_view name, const T& value) {
  GrowingByteWriter writer;
  encode(writer, value);
  out += fmt::format("{} bytes {}\n", name, to_hex(writer.written()));
  if constexpr (Keyable<T>) {
    std::array<std::byte, key_size_max<T>> key = {};
    out += fmt::format("{} key {}\n", name, to_hex(encode_key(key, value)));
  }
}

void add_simple(std::string& out) {
  add(out, "bool true", true);
  add(out, "u8 200", u8{200});
  add(out, "u16 258", u16{258});
  add(out, "i32 -2", i32{-2});
  add(out, "u64 max", integer_max<u64>);
  add(out, "i128 min", integer_min<i128>);
  add(out, "decimal<2> -12.05", Decimal<2>::of("-12.05"));
  add(out, "str<8> aé", Str<8>("a\u00e9"));
  add(out, "str<200> 130 bytes", *Str<200>::from(std::string(130, 'x')));
  add(out, "bytes<3> 00ff", *Bytes<3>::parse("00ff"));
  add(out, "id 7", Id<Owner>{7});
  add(out, "timestamp -1", Timestamp{-1});
  add(out, "duration 1.5s", Duration{1'500'000'000});
  add(out, "uuid", *Uuid::parse("0190c0de-0000-7000-8000-000000000001"));
  add(out, "enum High", Mood::High);
  add(out, "enum Low", Mood::Low);
  add(out, "option none", Option<u16>());
  add(out, "option 3", Option<u16>(u16{3}));
  add(out, "array", std::array<u16, 2>{1, 2});
  add(out, "struct", Point{.x = -1, .y = 2});
  add(out, "text", Text<9>("hello"));
  constexpr std::array<u16, 2> numbers = {5, 6};
  add(out, "list", List<u16, 3>(numbers));
}

void add_random(std::string& out) {
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    Maker maker(seed);
    add(out, fmt::format("keys {}", seed), maker.make<Keys>());
    add(out, fmt::format("everything {}", seed), maker.make<Everything>());
  }
}

void add_decimals(std::string& out) {
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

TEST(Golden, ValuesAreWrittenAsTheyAlwaysWere) {
  // Everything that is written here, against the file.
  std::string made;
  add_simple(made);
  add_random(made);
  add_decimals(made);
  const char* const folder = std::getenv("CAIRN_GOLDEN");
  ASSERT_NE(folder, nullptr) << "set CAIRN_GOLDEN to tests/golden";
  const std::string path = std::string(folder) + "/values.txt";
  if (std::getenv("CAIRN_GOLDEN_WRITE") != nullptr) {
    std::ofstream(path, std::ios::binary) << made;
    GTEST_SKIP() << "written, not compared";
  }
  std::ifstream file(path, std::ios::binary);
  const std::string pinned(std::istreambuf_iterator<char>(file), {});
  EXPECT_EQ(made, pinned);
}

}  // namespace
}  // namespace cairn::sample
