// SPDX-License-Identifier: Apache-2.0
#include "apps/cairn/domains.h"

#include <algorithm>
#include <array>

#include "examples/bank/bank.h"
#include "examples/build/build.h"

namespace cairn::cli {

std::span<const DomainInfo* const> built_in_domains() noexcept {
  static constexpr std::array domains = {&domain_info<bank::Bank>(),
                                         &domain_info<databuild::Databuild>()};
  return domains;
}

const DomainInfo* find_domain(std::string_view name) noexcept {
  const auto domains = built_in_domains();
  const auto found =
      std::ranges::find(domains, name, [](const DomainInfo* domain) { return domain->name; });
  return found == domains.end() ? nullptr : *found;
}

}  // namespace cairn::cli
