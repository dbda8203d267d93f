// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

#include "cairn/limits.h"

/// What the language cannot generate: one structured binding per number of fields. `Arity<N>` can
/// tell whether an aggregate takes N initialisers, and call a function with N fields. Written as
/// eight rows of eight; the macros end with this file.
namespace cairn::reflect::detail {

inline constexpr std::size_t arity_max = limits::struct_fields_max + 1;

template <std::size_t N>
struct Arity;

template <>
struct Arity<0> {
  template <typename T>
  static constexpr bool fits = true;

  template <typename T, typename F>
  static constexpr decltype(auto) visit(T& /*object*/, F&& f) {
    return f();
  }
};

// Names and initialisers of whole rows, each with a comma behind it.
#define CAIRN_NAMES_0
#define CAIRN_NAMES_1 CAIRN_NAMES_0 a0, a1, a2, a3, a4, a5, a6, a7,
#define CAIRN_NAMES_2 CAIRN_NAMES_1 b0, b1, b2, b3, b4, b5, b6, b7,
#define CAIRN_NAMES_3 CAIRN_NAMES_2 c0, c1, c2, c3, c4, c5, c6, c7,
#define CAIRN_NAMES_4 CAIRN_NAMES_3 d0, d1, d2, d3, d4, d5, d6, d7,
#define CAIRN_NAMES_5 CAIRN_NAMES_4 e0, e1, e2, e3, e4, e5, e6, e7,
#define CAIRN_NAMES_6 CAIRN_NAMES_5 f0, f1, f2, f3, f4, f5, f6, f7,
#define CAIRN_NAMES_7 CAIRN_NAMES_6 g0, g1, g2, g3, g4, g5, g6, g7,
#define CAIRN_INITS_0
#define CAIRN_INITS_1 {}, {}, {}, {}, {}, {}, {}, {},
#define CAIRN_INITS_2 CAIRN_INITS_1 CAIRN_INITS_1
#define CAIRN_INITS_3 CAIRN_INITS_2 CAIRN_INITS_1
#define CAIRN_INITS_4 CAIRN_INITS_2 CAIRN_INITS_2
#define CAIRN_INITS_5 CAIRN_INITS_4 CAIRN_INITS_1
#define CAIRN_INITS_6 CAIRN_INITS_4 CAIRN_INITS_2
#define CAIRN_INITS_7 CAIRN_INITS_4 CAIRN_INITS_3
#define CAIRN_INITS_8 CAIRN_INITS_4 CAIRN_INITS_4

// The same for the one to eight fields that follow the whole rows.
#define CAIRN_MORE_NAMES_1 h0
#define CAIRN_MORE_NAMES_2 CAIRN_MORE_NAMES_1, h1
#define CAIRN_MORE_NAMES_3 CAIRN_MORE_NAMES_2, h2
#define CAIRN_MORE_NAMES_4 CAIRN_MORE_NAMES_3, h3
#define CAIRN_MORE_NAMES_5 CAIRN_MORE_NAMES_4, h4
#define CAIRN_MORE_NAMES_6 CAIRN_MORE_NAMES_5, h5
#define CAIRN_MORE_NAMES_7 CAIRN_MORE_NAMES_6, h6
#define CAIRN_MORE_NAMES_8 CAIRN_MORE_NAMES_7, h7
#define CAIRN_MORE_INITS_1 \
  {                        \
  }
#define CAIRN_MORE_INITS_2 \
  CAIRN_MORE_INITS_1, {}
#define CAIRN_MORE_INITS_3 \
  CAIRN_MORE_INITS_2, {}
#define CAIRN_MORE_INITS_4 \
  CAIRN_MORE_INITS_3, {}
#define CAIRN_MORE_INITS_5 \
  CAIRN_MORE_INITS_4, {}
#define CAIRN_MORE_INITS_6 \
  CAIRN_MORE_INITS_5, {}
#define CAIRN_MORE_INITS_7 \
  CAIRN_MORE_INITS_6, {}
#define CAIRN_MORE_INITS_8 \
  CAIRN_MORE_INITS_7, {}

#define CAIRN_ARITY(rows, more)                                                               \
  template <>                                                                                 \
  struct Arity<(rows) * 8 + (more)> {                                                         \
    template <typename T>                                                                     \
    static constexpr bool fits = requires { T{CAIRN_INITS_##rows CAIRN_MORE_INITS_##more}; }; \
                                                                                              \
    template <typename T, typename F>                                                         \
    static constexpr decltype(auto) visit(T& object, F&& f) {                                 \
      auto& [CAIRN_NAMES_##rows CAIRN_MORE_NAMES_##more] = object;                            \
      return f(CAIRN_NAMES_##rows CAIRN_MORE_NAMES_##more);                                   \
    }                                                                                         \
  };
#define CAIRN_ARITY_ROW(rows) \
  CAIRN_ARITY(rows, 1)        \
  CAIRN_ARITY(rows, 2)        \
  CAIRN_ARITY(rows, 3)        \
  CAIRN_ARITY(rows, 4)        \
  CAIRN_ARITY(rows, 5)        \
  CAIRN_ARITY(rows, 6)        \
  CAIRN_ARITY(rows, 7)        \
  CAIRN_ARITY(rows, 8)

CAIRN_ARITY_ROW(0)
CAIRN_ARITY_ROW(1)
CAIRN_ARITY_ROW(2)
CAIRN_ARITY_ROW(3)
CAIRN_ARITY_ROW(4)
CAIRN_ARITY_ROW(5)
CAIRN_ARITY_ROW(6)
CAIRN_ARITY_ROW(7)

// One more than allowed, which is enough to know that there are too many. Nobody visits those.
template <>
struct Arity<arity_max> {
  template <typename T>
  // NOLINTNEXTLINE(modernize-use-designated-initializers): the fields have no names here.
  static constexpr bool fits = requires { T{CAIRN_INITS_8 CAIRN_MORE_INITS_1}; };
};

static_assert(arity_max == 65);

#undef CAIRN_ARITY_ROW
#undef CAIRN_ARITY
#undef CAIRN_MORE_INITS_1
#undef CAIRN_MORE_INITS_2
#undef CAIRN_MORE_INITS_3
#undef CAIRN_MORE_INITS_4
#undef CAIRN_MORE_INITS_5
#undef CAIRN_MORE_INITS_6
#undef CAIRN_MORE_INITS_7
#undef CAIRN_MORE_INITS_8
#undef CAIRN_MORE_NAMES_1
#undef CAIRN_MORE_NAMES_2
#undef CAIRN_MORE_NAMES_3
#undef CAIRN_MORE_NAMES_4
#undef CAIRN_MORE_NAMES_5
#undef CAIRN_MORE_NAMES_6
#undef CAIRN_MORE_NAMES_7
#undef CAIRN_MORE_NAMES_8
#undef CAIRN_INITS_0
#undef CAIRN_INITS_1
#undef CAIRN_INITS_2
#undef CAIRN_INITS_3
#undef CAIRN_INITS_4
#undef CAIRN_INITS_5
#undef CAIRN_INITS_6
#undef CAIRN_INITS_7
#undef CAIRN_INITS_8
#undef CAIRN_NAMES_0
#undef CAIRN_NAMES_1
#undef CAIRN_NAMES_2
#undef CAIRN_NAMES_3
#undef CAIRN_NAMES_4
#undef CAIRN_NAMES_5
#undef CAIRN_NAMES_6
#undef CAIRN_NAMES_7

}  // namespace cairn::reflect::detail
