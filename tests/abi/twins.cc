// SPDX-License-Identifier: Apache-2.0
#include "tests/abi/twins.h"

#include "cairn/entry.h"
#include "examples/bank/bank.h"
#include "examples/build/build.h"
#include "examples/inventory/inventory.h"
#include "examples/quota/quota.h"
#include "tests/abi/counter.h"

namespace cairn::test {

const std::array<Twin, 5>& twins() noexcept {
  static const std::array<Twin, 5> all = {
      Twin{.name = "bank", .file = "bank", .embedded = &domain_entry<bank::Bank>},
      Twin{.name = "databuild", .file = "build", .embedded = &domain_entry<databuild::Databuild>},
      Twin{.name = "counter", .file = "counter", .embedded = &domain_entry<counter::Count>},
      Twin{.name = "inventory",
           .file = "inventory",
           .embedded = &domain_entry<inventory::Inventory>},
      Twin{.name = "quota", .file = "quota", .embedded = &domain_entry<quota::Quota>}};
  return all;
}

}  // namespace cairn::test
