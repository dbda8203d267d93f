// SPDX-License-Identifier: Apache-2.0
// The build domain as a shared object: see docs/plugins.md.
#include "examples/build/build.h"

extern "C" const cairn_domain* cairn_domain_entry() {
  return &cairn::domain_entry<databuild::Databuild>;
}
