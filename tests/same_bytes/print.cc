// SPDX-License-Identifier: Apache-2.0
// Prints what must not depend on who compiled it: the fingerprints and descriptions of the example
// domains, and the canonical bytes of the golden values.
#include <cstdio>
#include <string>

#include <fmt/core.h>

#include "cairn/domain.h"
#include "examples/bank/bank.h"
#include "examples/build/build.h"
#include "schema/schema.h"
#include "tests/public/golden_values.h"

namespace {

template <typename D>
bool print_domain() {
  const auto schema = cairn::schema::Schema::from_domain(cairn::domain_info<D>());
  if (!schema) {
    fmt::print(stderr, "{}\n", schema.error().to_string());
    return false;
  }
  fmt::print("{} {}\n{}\n", D::name, schema->fingerprint().to_string(), schema->idl());
  return true;
}

}  // namespace

// NOLINTNEXTLINE(bugprone-exception-escape): a test program out of memory may end so
int main() {
  if (!print_domain<bank::Bank>() || !print_domain<databuild::Databuild>()) {
    return 1;
  }
  fmt::print("{}", cairn::sample::golden_values());
  return 0;
}
