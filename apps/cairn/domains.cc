// SPDX-License-Identifier: Apache-2.0
#include "apps/cairn/domains.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/nearest.h"
#include "examples/bank/bank.h"
#include "examples/build/build.h"
#include "examples/inventory/inventory.h"
#include "examples/ledger/ledger.h"
#include "examples/orderbook/orderbook.h"
#include "examples/quota/quota.h"
#include "plugin/plugin.h"
#include "schema/idl.h"

namespace cairn::cli {

namespace {

/// What to give instead of a word that is neither a built-in example nor a file.
std::string advice(std::string_view wrong) {
  std::vector<std::string_view> names;
  std::ranges::transform(built_in_domains(), std::back_inserter(names), &DomainInfo::name);
  if (const auto nearest = nearest_name(wrong, names)) {
    return fmt::format("did you mean \"{}\"?", *nearest);
  }
  return fmt::format("give a plugin (.so), an IDL file or a built-in example: {}",
                     fmt::join(names, ", "));
}

Result<std::string> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    return fail(Error(Errc::NotFound, "cannot be read").at(path).advise(advice(path)));
  }
  std::string text;
  text.resize(schema::idl_bytes_max + 1);
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (file.bad()) {
    return fail(Error(Errc::IoFailed, "reading failed").at(path));
  }
  text.resize(static_cast<std::size_t>(file.gcount()));
  return text;
}

}  // namespace

std::span<const DomainInfo* const> built_in_domains() noexcept {
  static constexpr std::array domains = {
      &domain_info<bank::Bank>(),           &domain_info<databuild::Databuild>(),
      &domain_info<inventory::Inventory>(), &domain_info<ledger::Ledger>(),
      &domain_info<orderbook::Exchange>(),  &domain_info<quota::Quota>()};
  return domains;
}

const DomainInfo* find_domain(std::string_view name) noexcept {
  const auto domains = built_in_domains();
  const auto found =
      std::ranges::find(domains, name, [](const DomainInfo* domain) { return domain->name; });
  return found == domains.end() ? nullptr : *found;
}

bool is_plugin_path(std::string_view domain) noexcept {
  return domain.ends_with(".so");
}

Result<schema::Schema> load_schema(const std::string& domain) {
  if (is_plugin_path(domain)) {
    CAIRN_TRY(plugin::Plugin plugin, plugin::Plugin::load(domain));
    return schema::Schema::from_idl(plugin.schema().idl());
  }
  if (const DomainInfo* const built_in = find_domain(domain); built_in != nullptr) {
    return schema::Schema::from_domain(*built_in);
  }
  CAIRN_TRY(const std::string text, read_file(domain));
  auto schema = schema::Schema::from_idl(text);
  if (!schema) {
    return fail(std::move(schema).error().at(domain));
  }
  return schema;
}

}  // namespace cairn::cli
