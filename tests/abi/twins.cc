// SPDX-License-Identifier: Apache-2.0
#include "tests/abi/twins.h"

#include "cairn/entry.h"
#include "examples/bank/bank.h"
#include "examples/build/build.h"
#include "tests/abi/counter.h"

namespace cairn::test {

const std::array<Twin, 3>& twins() noexcept {
  static const std::array<Twin, 3> all = {
      Twin{.name = "bank", .file = "bank", .embedded = &domain_entry<bank::Bank>},
      Twin{.name = "databuild", .file = "build", .embedded = &domain_entry<databuild::Databuild>},
      Twin{.name = "counter", .file = "counter", .embedded = &domain_entry<counter::Count>}};
  return all;
}

}  // namespace cairn::test
