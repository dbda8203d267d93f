// SPDX-License-Identifier: Apache-2.0
// The quota domain as a shared object: see docs/plugins.md.
#include "examples/quota/quota.h"

extern "C" const cairn_domain* cairn_domain_entry() {
  return &cairn::domain_entry<quota::Quota>;
}
