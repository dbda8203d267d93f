// SPDX-License-Identifier: Apache-2.0
// The bank domain as a shared object: see docs/plugins.md.
#include "examples/bank/bank.h"

extern "C" const cairn_domain* cairn_domain_entry() {
  return &cairn::domain_entry<bank::Bank>;
}
