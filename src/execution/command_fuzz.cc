// SPDX-License-Identifier: Apache-2.0
// Arbitrary bytes as commands of every example domain: the first byte chooses the domain; then,
// again and again, a kind, a size and so many bytes. Invariants: nothing aborts; what is not
// accepted changes nothing; a copy of the state that gets the deltas stays equal; another executor,
// which does not believe the domain, gives the same transactions.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "base/check.h"
#include "examples/bank/bank.h"
#include "examples/build/build.h"
#include "examples/inventory/inventory.h"
#include "examples/ledger/ledger.h"
#include "examples/orderbook/orderbook.h"
#include "examples/quota/quota.h"
#include "state/checkpoint.h"
#include "state/delta.h"
#include "tests/execution/rig.h"
#include "tests/execution/shop_script.h"

namespace {

using cairn::OutcomeKind;
using cairn::execution::Command;
using cairn::execution::Rig;
using cairn::execution::Transaction;

const cairn_domain& domain_of(std::uint8_t number) {
  static constexpr std::array<const cairn_domain*, 7> domains = {
      &cairn::domain_entry<bank::Bank>,     &cairn::domain_entry<databuild::Databuild>,
      &cairn::domain_entry<shop::Shop>,     &cairn::domain_entry<inventory::Inventory>,
      &cairn::domain_entry<ledger::Ledger>, &cairn::domain_entry<orderbook::Exchange>,
      &cairn::domain_entry<quota::Quota>};
  return *domains.at(number % domains.size());
}

/// The state under test, one that executes the same without trust, and one that gets the deltas.
class Subject final {
 public:
  explicit Subject(const cairn_domain& domain)
      : rig_(domain),
        twin_(domain, cairn::Trust::Checked),
        replica_(rig_.plan),
        follower_(replica_) {
    rig_.executor.set_budget(budget);
    twin_.executor.set_budget(budget);
  }

  void send(std::uint16_t kind, std::span<const std::byte> bytes) {
    const std::string before = rig_.content();
    const Command command = {.kind = kind, .bytes = bytes};
    rig_.executor.prefetch_places(command);
    rig_.executor.prefetch_rows(command);
    const Transaction& done = rig_.execute(command);
    CAIRN_CHECK(done.outcome == OutcomeKind::Accepted || rig_.content() == before);
    CAIRN_CHECK(text_of(twin_.execute(command)) == text_of(done));
    CAIRN_CHECK(
        cairn::state::apply_delta(follower_, done.delta, done.context.position, done.context.time)
            .has_value());
    follower_.finish();
    CAIRN_CHECK(cairn::state::digest_of(replica_) == cairn::state::digest_of(rig_.state));
  }

 private:
  static constexpr cairn::execution::Budget budget = {
      .steps_max = 10'000, .changes_max = 1000, .bytes_max = std::size_t{1} << 20U};

  Rig rig_;
  Rig twin_;
  cairn::state::State replica_;
  cairn::state::Writer follower_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) {
    return 0;
  }
  shop::do_this = &shop::run_script;
  Subject subject(domain_of(data[0]));
  std::span<const std::byte> rest = std::as_bytes(std::span(data, size)).subspan(1);
  constexpr std::size_t commands_max = 64;
  for (std::size_t i = 0; i < commands_max && rest.size() >= 2; ++i) {
    const auto kind = std::to_integer<std::uint16_t>(rest[0] & std::byte{0x0f});
    const std::size_t length = std::min(std::to_integer<std::size_t>(rest[1]), rest.size() - 2);
    subject.send(kind, rest.subspan(2, length));
    rest = rest.subspan(2 + length);
  }
  return 0;
}
