// SPDX-License-Identifier: Apache-2.0
// A user's domain as a plugin, as docs/plugins.md says.
#include <cairn/domain.h>

namespace tally {
using namespace cairn::dsl;

struct Score {
  Key<Str<16>> player = {};
  Decimal<2> points = {};
  using schema = Record<1>;
};

struct Win {
  Str<16> player = {};
  Decimal<2> points = {};
  using schema = Command<1>;
};

enum class Reject : u16 { TooMuch = 1 };
using enum Reject;

struct Tally : Domain<"tally", 1, Records<Score>, Commands<Win>, Events<>, Rejects<Reject>> {};

using Tx = cairn::Tx<Tally>;

inline Tx::Outcome handle(Tx& tx, const Win& win) {
  auto score = tx.find<Score>(win.player);
  if (!score) {
    return tx.create(Score{.player = win.player, .points = win.points}) ? Tx::Outcome(ok) : TooMuch;
  }
  const auto square = cairn::checked_multiply(win.points, win.points, cairn::Rounding::HalfEven);
  const auto sum = square ? cairn::checked_add(score->points, *square) : square;
  if (!sum) return TooMuch;
  score.edit().points = *sum;
  return ok;
}
}  // namespace tally

extern "C" const cairn_domain* cairn_domain_entry() {
  return &cairn::domain_entry<tally::Tally>;
}
