// SPDX-License-Identifier: Apache-2.0
// Uses every public header, and a symbol that only the installed archive defines.
#include <cstdio>

#include <cairn/domain.h>
#include <cairn/engine.h>
#include <cairn/error.h>
#include <cairn/ids.h>
#include <cairn/time.h>

/// The least domain there is, to run on the installed engine.
namespace tally {
using namespace cairn::dsl;

struct Count {
  Key<Id<Count>> id = {};
  u64 value = 0;
  using schema = Record<1>;
};

struct Add {
  Id<Count> count;
  using schema = Command<1>;
};

enum class Reject : u16 { Never = 1 };

struct Tally : Domain<"tally", 1, Records<Count>, Commands<Add>, Rejects<Reject>> {};

using Tx = cairn::Tx<Tally>;
using Outcome = Tx::Outcome;

inline Outcome handle(Tx& tx, const Add& cmd) {
  auto count = tx.find(cmd.count);
  if (!count) count = tx.create(Count{.id = cmd.count});
  ++count.edit().value;
  return ok;
}
}  // namespace tally

namespace {

bool counts_to_two() {
  auto engine = cairn::Engine<tally::Tally>::in_memory();
  const tally::Add add = {.count = {7}};
  return engine.submit(add).value().accepted() && engine.submit(add).value().accepted() &&
         engine.find(add.count)->value == 2;
}

cairn::Result<cairn::Seq> parse_position(int number) {
  if (number <= 0) {
    return cairn::fail(cairn::Error(cairn::Errc::InvalidArgument, "positions start at 1")
                           .at("consumer")
                           .advise("pass a positive number"));
  }
  return cairn::Seq(static_cast<cairn::Seq::rep>(number));
}

cairn::Result<cairn::Seq> next_position(int number) {
  CAIRN_TRY(const auto position, parse_position(number));
  return position.next();
}

}  // namespace

int main() {
  const auto next = next_position(41);
  const auto refused = next_position(0);
  if (!counts_to_two() || !next || refused || cairn::seconds(1) != cairn::milliseconds(1000)) {
    return 1;
  }
  std::printf("next position %llu\n%s\n", static_cast<unsigned long long>(next->value()),
              refused.error().to_string().c_str());
  return 0;
}
