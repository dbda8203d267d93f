// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cairn/descriptor.h"
#include "cairn/digest.h"
#include "cairn/error.h"
#include "schema/store.h"

namespace cairn::schema {

enum class DeclarationKind : std::uint8_t {
  Enum,
  Struct,
  Record,
  Edge,
  Command,
  Event,
  Reject,
  Gate,
  Invariant
};

/// "record": the word for messages and reports.
[[nodiscard]] std::string_view to_string(DeclarationKind kind) noexcept;

/// A declaration's own digest tells which one differs when two fingerprints do.
struct DeclarationDigest {
  DeclarationKind kind = DeclarationKind::Enum;
  std::string_view name;
  Digest digest;
};

/// A domain as data, checked: whoever holds one may rely on every rule. Made from a compiled domain
/// or from an IDL; nothing tells which. Owns all it describes, so it outlives plugin and file.
/// Immutable, and safe to read from any thread; descriptors keep their addresses when the Schema
/// moves, and die with it.
class Schema final {
 public:
  /// Copies and checks. An error is a bug in the domain or in what compiled it, and names the place
  /// as the IDL would.
  static Result<Schema> from_domain(const DomainInfo& domain);

  /// Reads an IDL of docs/formats/idl.md. The input may be hostile.
  static Result<Schema> from_idl(std::string_view text);

  /// The same from what a plugin says about itself, which may leave out the fingerprint: it comes
  /// from the code that it describes, and nothing was stored in between.
  static Result<Schema> from_plugin_idl(std::string_view text);

  [[nodiscard]] const DomainInfo& domain() const noexcept { return description_.domain; }

  /// All enums, and all structs that are inside others, by ascending name.
  [[nodiscard]] std::span<const EnumInfo* const> enums() const noexcept {
    return description_.enums;
  }

  [[nodiscard]] std::span<const StructInfo* const> structs() const noexcept {
    return description_.structs;
  }

  // Null when there is none.
  [[nodiscard]] const StructInfo* record(std::string_view name) const noexcept;
  [[nodiscard]] const StructInfo* record(std::uint16_t kind) const noexcept;
  [[nodiscard]] const StructInfo* command(std::string_view name) const noexcept;
  [[nodiscard]] const StructInfo* command(std::uint16_t kind) const noexcept;
  [[nodiscard]] const StructInfo* event(std::string_view name) const noexcept;
  [[nodiscard]] const StructInfo* event(std::uint16_t kind) const noexcept;
  /// Of the nested ones.
  [[nodiscard]] const StructInfo* structure(std::string_view name) const noexcept;
  [[nodiscard]] const EnumInfo* enumeration(std::string_view name) const noexcept;
  [[nodiscard]] const EdgeInfo* edge(std::string_view name) const noexcept;
  [[nodiscard]] const RejectInfo* reject(std::uint16_t code) const noexcept;
  [[nodiscard]] const RejectInfo* reject(std::string_view name) const noexcept;

  /// BLAKE3 over the canonical IDL without its fingerprint.
  [[nodiscard]] const Digest& fingerprint() const noexcept { return fingerprint_; }

  /// The canonical IDL, fingerprint included: equal for equal domains, byte by byte.
  [[nodiscard]] const std::string& idl() const noexcept { return idl_; }

  /// Of all declarations, in the order of the IDL.
  [[nodiscard]] std::span<const DeclarationDigest> declarations() const noexcept {
    return declarations_;
  }

 private:
  /// The places of one kind of declaration, by name and by kind number.
  struct Lookup {
    std::vector<const StructInfo*> by_name;
    std::vector<const StructInfo*> by_kind;
  };

  Schema(std::unique_ptr<Store> store, Description description);

  static Result<Schema> read(std::string_view text, bool needs_fingerprint);
  static Lookup make_lookup(std::span<const StructInfo* const> structs);

  std::unique_ptr<Store> store_;
  Description description_;
  Lookup records_;
  Lookup commands_;
  Lookup events_;
  Digest fingerprint_;
  std::string idl_;
  std::vector<DeclarationDigest> declarations_;
};

}  // namespace cairn::schema
