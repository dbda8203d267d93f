// SPDX-License-Identifier: Apache-2.0
// The same domain in two versions that share every name: VERSION is what Ask adds. The static
// member of a template is what the toolchain would make one object of in the whole process.
#include "cairn/domain.h"
#include "cairn/entry.h"

namespace versioned {
using namespace cairn::dsl;

struct Answer {
  Key<Id<Answer>> id = {};
  i64 value = 0;
#if VERSION > 1
  i64 more = 0;
#endif
  using schema = Record<1, VERSION>;
};

struct Ask {
  Id<Answer> answer;
  using schema = Command<1>;
};

enum class Reject : u16 { Asked = 1 };

struct Oracle
    : Domain<"oracle", VERSION, Records<Answer>, Commands<Ask>, Events<>, Rejects<Reject>> {};

template <typename T>
struct Shared {
  static i64 number;
};

template <typename T>
i64 Shared<T>::number = VERSION;

using Tx = cairn::Tx<Oracle>;

inline Tx::Outcome handle(Tx& tx, const Ask& command) {
  Shared<int>::number += 10;
  if (!tx.create(Answer{.id = command.answer, .value = Shared<int>::number})) return Reject::Asked;
  return ok;
}
}  // namespace versioned

extern "C" const cairn_domain* cairn_domain_entry() {
  return &cairn::domain_entry<versioned::Oracle>;
}
