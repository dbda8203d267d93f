// SPDX-License-Identifier: Apache-2.0
#include "plugin/plugin.h"

#include <algorithm>
#include <cstring>
#include <exception>
#include <string_view>
#include <utility>

#include <elf.h>
#include <fmt/core.h>

#include "cairn/layout_stamp.h"
#include "plugin/border.h"
#include "plugin/elf_file.h"
#include "plugin/shared_object.h"
#include "schema/domain_table.h"

namespace cairn::plugin {

struct Plugin::Loaded {
  SharedObject object;  // first, so that it goes last
  std::string path;
  schema::Schema schema;
  std::string name;  // with the zero that C wants behind it
  BorderSlot slot;
  cairn_domain domain = {};
};

namespace {

/// What the first released table had. What came later may be missing.
constexpr std::size_t domain_bytes_min = offsetof(cairn_domain, describe);
constexpr std::size_t domain_bytes_max = 4096;
constexpr auto rebuild = "build the plugin again with the headers of this version of Cairn";

std::string_view file_name(std::string_view path) {
  return path.substr(path.rfind('/') + 1);
}

/// A symbol of this kind is one in the whole process: two versions of a domain would share it.
Result<> check_separate(const ElfFile& file) {
  const auto symbols = file.dynamic_symbols();
  const auto shared = std::ranges::find_if(symbols, [](const ElfSymbol& each) {
    return each.binding == STB_GNU_UNIQUE && each.section != SHN_UNDEF;
  });
  return shared == symbols.end()
             ? Result<>()
             : fail(Error(Errc::InvalidArgument,
                          fmt::format("{} would be shared with other versions of the domain",
                                      shared->name))
                        .advise("compile it with -fvisibility=hidden -fno-gnu-unique"));
}

/// The plugin's table as far as both sides know it; what it lacks is zero.
Result<cairn_domain> read_table(const cairn_domain* table) {
  if (table == nullptr || reinterpret_cast<std::uintptr_t>(table) % alignof(cairn_domain) != 0) {
    return fail(Error(Errc::Corrupt, "cairn_domain_entry gives no table")
                    .advise("return the address of a cairn_domain that stays"));
  }
  std::uint32_t size = 0;
  std::memcpy(&size, table, sizeof(size));
  if (size < domain_bytes_min || size > domain_bytes_max) {
    return fail(Error(Errc::Corrupt, fmt::format("its table says it has {} bytes; at least {} and "
                                                 "at most {} can be",
                                                 size, domain_bytes_min, domain_bytes_max))
                    .advise("set its size to sizeof(cairn_domain)"));
  }
  cairn_domain domain = {};
  std::memcpy(&domain, table, std::min<std::size_t>(size, sizeof(domain)));
  if (domain.abi_version != CAIRN_ABI_VERSION) {
    return fail(Error(Errc::Unsupported,
                      fmt::format("it speaks version {} of the plugin ABI; this host speaks {}",
                                  domain.abi_version, CAIRN_ABI_VERSION))
                    .advise(rebuild));
  }
  return domain;
}

Result<cairn_domain> ask_for_table(const SharedObject& object) {
  void* const symbol = object.find("cairn_domain_entry");
  if (symbol == nullptr) {
    return fail(Error(Errc::NotFound, "it exports no cairn_domain_entry, so it is no domain")
                    .advise("define it as docs/plugins.md says"));
  }
  try {
    return read_table(reinterpret_cast<cairn_domain_entry_function>(symbol)());
  } catch (const std::exception& error) {
    return fail(Errc::Corrupt, fmt::format("its cairn_domain_entry threw: {}", error.what()));
  } catch (...) {
    return fail(Errc::Corrupt, "its cairn_domain_entry threw");
  }
}

Result<> check_wanted(const schema::Schema& schema, const LoadOptions& options) {
  if (!options.name.empty() && options.name != schema.domain().name) {
    return fail(Error(Errc::Conflict, fmt::format("it is the domain \"{}\", not \"{}\"",
                                                  schema.domain().name, options.name))
                    .advise("give the file of the other domain"));
  }
  if (options.fingerprint && *options.fingerprint != schema.fingerprint()) {
    return fail(Error(Errc::Conflict, fmt::format("its schema has the fingerprint {}, not {}",
                                                  schema.fingerprint().to_string(),
                                                  options.fingerprint->to_string()))
                    .advise("`cairn schema diff` tells what separates the two"));
  }
  return {};
}

}  // namespace

Result<Plugin> Plugin::load(const std::string& path, const LoadOptions& options) {
  const auto load = [&]() -> Result<Plugin> {
    CAIRN_TRY(const auto bytes, read_object_file(path));
    CAIRN_TRY(const ElfFile file, ElfFile::read(bytes));
    CAIRN_TRY(check_separate(file));
    CAIRN_TRY(SharedObject object, SharedObject::load(bytes, file_name(path)));
    CAIRN_TRY(const cairn_domain table, ask_for_table(object));
    CAIRN_TRY(schema::Schema schema, schema::read_schema(table));
    CAIRN_TRY(schema::check_table(table, schema.domain()));
    CAIRN_TRY(check_wanted(schema, options));
    auto slot = BorderSlot::claim(table);
    if (!slot) {
      return fail(Error(Errc::Busy, fmt::format("{} plugins are loaded already", plugins_max))
                      .advise("unload one"));
    }
    const std::string name(schema.domain().name);
    return Plugin(std::make_unique<Loaded>(Loaded{.object = std::move(object),
                                                  .path = path,
                                                  .schema = std::move(schema),
                                                  .name = name,
                                                  .slot = std::move(*slot)}));
  };
  auto plugin = load();
  if (!plugin) {
    return fail(std::move(plugin).error().at(path).advise(rebuild));
  }
  return plugin;
}

Plugin::Plugin(std::unique_ptr<Loaded> loaded) noexcept : loaded_(std::move(loaded)) {
  loaded_->domain = loaded_->slot.functions();
  loaded_->domain.name = loaded_->name.c_str();
  loaded_->domain.descriptor = &loaded_->schema.domain();
  const std::string& idl = loaded_->schema.idl();
  loaded_->domain.idl = {.data = idl.data(), .size = idl.size()};
  loaded_->domain.layout = layout_stamp(loaded_->schema.domain());
}

Plugin::Plugin(Plugin&& other) noexcept = default;
Plugin& Plugin::operator=(Plugin&& other) noexcept = default;
Plugin::~Plugin() = default;

const cairn_domain& Plugin::domain() const noexcept {
  return loaded_->domain;
}

const schema::Schema& Plugin::schema() const noexcept {
  return loaded_->schema;
}

const std::string& Plugin::path() const noexcept {
  return loaded_->path;
}

}  // namespace cairn::plugin
