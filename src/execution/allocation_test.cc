// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <vector>

#include <gtest/gtest.h>

#include "examples/bank/bank.h"
#include "tests/execution/rig.h"
#include "tests/support/allocations.h"

namespace cairn::execution {
namespace {

constexpr std::uint64_t accounts = 1000;

/// Transfers among the accounts, some of them of more than there is.
std::vector<std::vector<std::byte>> transfers(std::uint64_t count) {
  std::vector<std::vector<std::byte>> all;
  for (std::uint64_t i = 0; i < count; ++i) {
    GrowingByteWriter writer;
    encode(writer, bank::Transfer{.from = {1 + i * 7919 % accounts},
                                  .to = {1 + i * 104'729 % accounts},
                                  .amount = i % 11 == 0 ? 1'000'000 : 5});
    all.emplace_back(writer.written().begin(), writer.written().end());
  }
  return all;
}

TEST(ExecutorAllocation, TransfersAllocateNothing) {
  // Opens accounts, warms up, then counts what ten thousand transfers, accepted and rejected,
  // allocate, with the memory for each asked for in advance.
  Rig rig(domain_entry<bank::Bank>);
  for (std::uint64_t id = 1; id <= accounts; ++id) {
    rig.submit(bank::OpenAccount{.account = {id}, .owner = "somebody", .opening = 1000});
  }
  const auto commands = transfers(10'000);
  std::uint64_t accepted = 0;
  const auto execute_all = [&] {
    for (std::size_t i = 0; i < commands.size(); ++i) {
      const Command ahead = {.kind = 4, .bytes = commands[(i + 8) % commands.size()]};
      rig.executor.prefetch_places(ahead);
      rig.executor.prefetch_rows(ahead);
      const Transaction& done = rig.execute({.kind = 4, .bytes = commands[i]});
      accepted += done.outcome == OutcomeKind::Accepted ? 1U : 0U;
    }
  };
  execute_all();
  const std::size_t before = test::allocations();
  execute_all();
  const std::size_t after = test::allocations();
  EXPECT_EQ(after, before);
  EXPECT_GT(accepted, 10'000U);
  EXPECT_LT(accepted, 20'000U);
}

}  // namespace
}  // namespace cairn::execution
