// SPDX-License-Identifier: Apache-2.0
#include "schema/schema.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/core.h>

#include "base/hash.h"
#include "schema/domain_copy.h"
#include "schema/idl.h"
#include "schema/path.h"
#include "schema/rules.h"

namespace cairn::schema {

namespace {

const StructInfo* find_name(const std::vector<const StructInfo*>& sorted,
                            std::string_view name) noexcept {
  const auto found = std::ranges::lower_bound(sorted, name, {}, &StructInfo::name);
  return found != sorted.end() && (*found)->name == name ? *found : nullptr;
}

const StructInfo* find_kind(const std::vector<const StructInfo*>& sorted,
                            std::uint16_t kind) noexcept {
  const auto found = std::ranges::lower_bound(sorted, kind, {}, &StructInfo::kind);
  return found != sorted.end() && (*found)->kind == kind ? *found : nullptr;
}

template <typename T, typename Member, typename Value>
const T* find_in(std::span<const T> list, Member member, const Value& value) noexcept {
  const auto found = std::ranges::find(list, value, member);
  return found == list.end() ? nullptr : &*found;
}

}  // namespace

std::string_view to_string(DeclarationKind kind) noexcept {
  constexpr std::array<std::string_view, 9> words = {
      "enum", "struct", "record", "edge", "command", "event", "reject", "gate", "invariant"};
  return words[std::to_underlying(kind)];
}

Schema::Lookup Schema::make_lookup(std::span<const StructInfo* const> structs) {
  Lookup lookup = {.by_name = {structs.begin(), structs.end()},
                   .by_kind = {structs.begin(), structs.end()}};
  std::ranges::sort(lookup.by_name, {}, &StructInfo::name);
  std::ranges::sort(lookup.by_kind, {}, &StructInfo::kind);
  return lookup;
}

Schema::Schema(std::unique_ptr<Store> store, Description description)
    : store_(std::move(store)),
      description_(std::move(description)),
      records_(make_lookup(description_.domain.records)),
      commands_(make_lookup(description_.domain.commands)),
      events_(make_lookup(description_.domain.events)),
      declarations_(digest_declarations(description_)) {
  JsonTree tree = write_idl(description_);
  const std::string unnamed = tree.canonical();
  fingerprint_ = blake3(std::as_bytes(std::span(unnamed)));
  tree.set("fingerprint", fingerprint_.to_string());
  idl_ = tree.canonical();
}

Result<Schema> Schema::from_domain(const DomainInfo& domain) {
  auto store = std::make_unique<Store>();
  CAIRN_TRY(Description description, copy_domain(domain, *store));
  CAIRN_TRY(check_domain(description));
  return Schema(std::move(store), std::move(description));
}

Result<Schema> Schema::from_idl(std::string_view text) {
  return read(text, true);
}

Result<Schema> Schema::from_plugin_idl(std::string_view text) {
  return read(text, false);
}

Result<Schema> Schema::read(std::string_view text, bool needs_fingerprint) {
  auto store = std::make_unique<Store>();
  CAIRN_TRY(IdlContent content, read_idl(text, *store));
  if (needs_fingerprint && !content.claimed) {
    return Path().fail(Errc::NotFound, "the member \"fingerprint\" is missing");
  }
  CAIRN_TRY(check_domain(content.description));
  Schema schema(std::move(store), std::move(content.description));
  if (content.claimed && schema.fingerprint() != *content.claimed) {
    return fail(Error(Errc::Corrupt,
                      fmt::format("the IDL says its fingerprint is {}, but its content has {}",
                                  content.claimed->to_string(), schema.fingerprint().to_string()))
                    .at("$.fingerprint")
                    .advise("somebody changed the file by hand; write it again with `cairn schema "
                            "DOMAIN --idl`"));
  }
  return schema;
}

const StructInfo* Schema::record(std::string_view name) const noexcept {
  return find_name(records_.by_name, name);
}

const StructInfo* Schema::record(std::uint16_t kind) const noexcept {
  return find_kind(records_.by_kind, kind);
}

const StructInfo* Schema::command(std::string_view name) const noexcept {
  return find_name(commands_.by_name, name);
}

const StructInfo* Schema::command(std::uint16_t kind) const noexcept {
  return find_kind(commands_.by_kind, kind);
}

const StructInfo* Schema::event(std::string_view name) const noexcept {
  return find_name(events_.by_name, name);
}

const StructInfo* Schema::event(std::uint16_t kind) const noexcept {
  return find_kind(events_.by_kind, kind);
}

const StructInfo* Schema::structure(std::string_view name) const noexcept {
  return find_name(description_.structs, name);
}

const EnumInfo* Schema::enumeration(std::string_view name) const noexcept {
  const auto found = std::ranges::lower_bound(description_.enums, name, {}, &EnumInfo::name);
  return found != description_.enums.end() && (*found)->name == name ? *found : nullptr;
}

const EdgeInfo* Schema::edge(std::string_view name) const noexcept {
  return find_in(domain().edges, &EdgeInfo::name, name);
}

const RejectInfo* Schema::reject(std::uint16_t code) const noexcept {
  return find_in(domain().rejects, &RejectInfo::code, code);
}

const RejectInfo* Schema::reject(std::string_view name) const noexcept {
  return find_in(domain().rejects, &RejectInfo::name, name);
}

}  // namespace cairn::schema
