// SPDX-License-Identifier: Apache-2.0
#include "journal/schemas.h"

#include <span>
#include <utility>

#include <fmt/format.h>

#include "journal/history.h"
#include "schema/idl.h"
#include "sys/whole_file.h"

namespace cairn::journal {

std::uint32_t Schemas::number_after(const TransactionRecord& last) noexcept {
  const bool installs = last.kind == static_cast<std::uint16_t>(SystemKind::SchemaInstalled);
  return last.schema + (installs ? 1U : 0U);
}

std::string Schemas::path_of(std::string_view journal, std::uint32_t number) {
  return fmt::format("{}/schema-{:06}.json", part_of(journal, schema_folder), number);
}

Result<Schemas> Schemas::open(sys::Disk& disk, std::string_view folder, std::uint32_t in_force) {
  Schemas schemas(disk, std::string(folder));
  for (std::uint32_t number = 1; number <= in_force; ++number) {
    if (auto loaded = schemas.load(number); !loaded) {
      return fail(std::move(loaded)
                      .error()
                      .at(path_of(folder, number))
                      .advise("restore the file from a backup, or write it anew from the "
                              "transaction that installed it"));
    }
  }
  return schemas;
}

Result<> Schemas::load(std::uint32_t number) {
  CAIRN_TRY(const auto bytes,
            sys::read_file(*disk_, path_of(journal_, number), schema::idl_bytes_max));
  CAIRN_TRY(auto schema,
            schema::Schema::from_idl({reinterpret_cast<const char*>(bytes.data()), bytes.size()}));
  schemas_.push_back(std::make_unique<schema::Schema>(std::move(schema)));
  return {};
}

const schema::Schema* Schemas::find(std::uint32_t number) const noexcept {
  return number == 0 || number > schemas_.size() ? nullptr : schemas_[number - 1].get();
}

Result<std::uint32_t> Schemas::add(const schema::Schema& schema) {
  const std::uint32_t number = in_force() + 1;
  CAIRN_TRY(sys::make_folder(*disk_, part_of(journal_, schema_folder)));
  CAIRN_TRY(
      sys::replace_file(*disk_, path_of(journal_, number), std::as_bytes(std::span(schema.idl()))));
  CAIRN_TRY(load(number));
  return number;
}

}  // namespace cairn::journal
