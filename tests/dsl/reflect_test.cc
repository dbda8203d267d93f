// SPDX-License-Identifier: Apache-2.0
#include "cairn/reflect.h"

#include <array>
#include <cstdint>
#include <string>

#include <gtest/gtest.h>

#include "cairn/reflect_enum.h"
#include "cairn/reflect_type.h"

namespace cairn {
namespace {

enum class Elsewhere : std::uint16_t { Five = 5000, Six };

}  // namespace

template <>
inline constexpr EnumRange enum_range<Elsewhere> = {.first = 4990, .last = 5010};

}  // namespace cairn

namespace cairn::reflect {
namespace {

struct Empty {};

struct Mixed {
  std::string text;
  double number;
  int row[3];
  std::array<int, 2> pair;
  bool flag;
};

struct Full {
  int a0, a1, a2, a3, a4, a5, a6, a7, b0, b1, b2, b3, b4, b5, b6, b7, c0, c1, c2, c3, c4, c5, c6,
      c7, d0, d1, d2, d3, d4, d5, d6, d7, e0, e1, e2, e3, e4, e5, e6, e7, f0, f1, f2, f3, f4, f5,
      f6, f7, g0, g1, g2, g3, g4, g5, g6, g7, h0, h1, h2, h3, h4, h5, h6, h7;
};

struct TooFull {
  Full full[1];
  Full* a[1];
  int a0, a1, a2, a3, a4, a5, a6, a7, b0, b1, b2, b3, b4, b5, b6, b7, c0, c1, c2, c3, c4, c5, c6,
      c7, d0, d1, d2, d3, d4, d5, d6, d7, e0, e1, e2, e3, e4, e5, e6, e7, f0, f1, f2, f3, f4, f5,
      f6, f7, g0, g1, g2, g3, g4, g5, g6, g7, h0, h1, h2, h3, h4, h5, h6, h7;
};

struct Derived : Empty {
  int a;
};

enum class Sparse : std::uint8_t { Zero, One, Last = 255 };
enum class Signed : std::int8_t { Least = -128, Minus = -1, Zero, Most = 127 };
enum class Codes : std::uint16_t { First = 1, Far = 1023 };

enum Loose { Some };

struct Outer {
  enum Inner : std::uint8_t { A, B };
};

struct Home {};

TEST(Reflect, CountsTheFieldsOfAnyAggregate) {
  // From none to the limit, with types that other probes stumble over; beyond, one more than the
  // limit.
  static_assert(field_count<Empty> == 0);
  static_assert(field_count<Mixed> == 5);
  static_assert(field_count<Full> == 64);
  static_assert(field_count<TooFull> == 65);
  static_assert(HasBase<Derived> && !HasBase<Mixed> && !HasBase<Empty>);
}

TEST(Reflect, NamesTypesAndPlacesFields) {
  // First, last, and one of every sort.
  static_assert(field_names<Mixed>[0] == "text" && field_names<Mixed>[2] == "row");
  static_assert(field_names<Full>[0] == "a0" && field_names<Full>[63] == "h7");
  static_assert(std::is_same_v<FieldType<Mixed, 1>, double>);
  static_assert(std::is_same_v<FieldType<Mixed, 2>, int[3]>);
  static_assert(has_natural_layout<Mixed> && has_natural_layout<Full>);
  static_assert(field_offsets<Mixed>[4] == offsetof(Mixed, flag));
  static_assert(member_index<&Mixed::pair> == 3 && member_index<&Full::h7> == 63);
}

TEST(Reflect, ReachesFieldsByPosition) {
  // Writes through a position and reads through the name.
  Mixed mixed = {};
  field<Mixed, 1>(mixed) = 2.5;
  EXPECT_EQ(mixed.number, 2.5);
}

TEST(Reflect, FindsTheNamedValuesOfAnEnum) {
  // Gaps, negative values and both ends of the range; names that are no values are not found.
  static_assert(enum_values<Sparse>.size() == 3 && enum_values<Sparse>[2].name == "Last");
  static_assert(enum_values<Signed>.size() == 4 && enum_values<Signed>[0].value == -128);
  static_assert(enum_values<Codes>.size() == 2 && enum_name(Codes::Far) == "Far");
  static_assert(is_declared(Sparse::One) && !is_declared(static_cast<Sparse>(7)));
  static_assert(enum_name(static_cast<Sparse>(7)).empty());
  static_assert(!FixedEnum<Loose> && FixedEnum<Outer::Inner>);
}

TEST(Reflect, LooksWhereAnEnumSaysItsValuesAre) {
  // Values beyond the usual range are found once the range is given.
  static_assert(enum_values<Elsewhere>.size() == 2);
  static_assert(enum_values<Elsewhere>[1].name == "Six" && enum_values<Elsewhere>[1].value == 5001);
}

TEST(Reflect, NamesTypesAsSeenFromANamespace) {
  // The namespace of the home type is left out, unnamed ones too.
  static_assert(name_from<Home, Outer::Inner> == "Outer.Inner");
  static_assert(name_from<Home, Mixed> == "Mixed");
  static_assert(name_from<Home, FixedString<3>>.ends_with("FixedString<3>"));
}

}  // namespace
}  // namespace cairn::reflect
