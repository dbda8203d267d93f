// SPDX-License-Identifier: Apache-2.0
#include "schema/domain_table.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/core.h>

#include "cairn/layout_stamp.h"
#include "cairn/limits.h"
#include "schema/idl.h"

namespace cairn::schema {

namespace {

/// Collects the pieces of an IDL, up to one byte more than is read.
void append_piece(void* to, cairn_bytes piece) noexcept {
  auto& text = *static_cast<std::string*>(to);
  if (piece.data != nullptr) {
    const std::size_t room = idl_bytes_max + 1 - text.size();
    text.append(static_cast<const char*>(piece.data), std::min(piece.size, room));
  }
}

Result<std::string> read_idl_text(const cairn_domain& domain) {
  if (domain.idl.size != 0 && domain.idl.data != nullptr) {
    const std::size_t size = std::min(domain.idl.size, idl_bytes_max + 1);
    return std::string(static_cast<const char*>(domain.idl.data), size);
  }
  if (domain.describe == nullptr) {
    return fail(Error(Errc::NotFound, "it says nothing about its schema")
                    .advise("give `idl` or `describe` in its table; a descriptor is never read"));
  }
  std::string text;
  try {
    domain.describe(&append_piece, &text);
  } catch (...) {
    return fail(Errc::Corrupt, "its function `describe` threw");
  }
  return text;
}

bool is_guarded(const FieldInfo& field) {
  return field.machine != nullptr &&
         std::ranges::any_of(field.machine->transitions, &Transition::guarded);
}

}  // namespace

Result<Schema> read_schema(const cairn_domain& domain) {
  CAIRN_TRY(const std::string idl, read_idl_text(domain));
  auto schema = Schema::from_plugin_idl(idl);
  if (!schema) {
    return fail(std::move(schema).error().at("its schema"));
  }
  return schema;
}

const char* missing_function(const cairn_domain& domain, const DomainInfo& schema) noexcept {
  const bool has_guard = std::ranges::any_of(schema.records, [](const StructInfo* record) {
    return std::ranges::any_of(record->fields, is_guarded);
  });
  if (domain.execute == nullptr) {
    return "execute";
  }
  if (domain.guard == nullptr && has_guard) {
    return "guard";
  }
  if (domain.invariant == nullptr && !schema.invariants.empty()) {
    return "invariant";
  }
  return domain.gate == nullptr && !schema.gates.empty() ? "gate" : nullptr;
}

Result<> check_table(const cairn_domain& domain, const DomainInfo& schema) {
  const std::size_t name_size =
      domain.name == nullptr ? 0 : ::strnlen(domain.name, limits::name_bytes_max + 1);
  const std::string_view name(name_size == 0 ? "" : domain.name, name_size);
  if (name != schema.name) {
    return fail(Error(Errc::Corrupt, fmt::format("its table is named \"{}\" and its schema \"{}\"",
                                                 name, schema.name))
                    .advise("give both the same name"));
  }
  if (const char* const missing = missing_function(domain, schema)) {
    return fail(
        Error(Errc::Corrupt,
              fmt::format("its table lacks the function `{}`, which its schema asks for", missing))
            .advise("fill it in"));
  }
  if (domain.layout != 0 && domain.layout != layout_stamp(schema)) {
    return fail(
        Error(Errc::Corrupt, "its rows lie in memory in another way than its schema says")
            .advise("compile it without flags that pack or align structs, such as -fpack-struct"));
  }
  return {};
}

}  // namespace cairn::schema
