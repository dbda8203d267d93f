// SPDX-License-Identifier: Apache-2.0
// The inventory domain as a shared object: see docs/plugins.md.
#include "examples/inventory/inventory.h"

extern "C" const cairn_domain* cairn_domain_entry() {
  return &cairn::domain_entry<inventory::Inventory>;
}
